"""What may be shown of how segments came about? No count of too few people."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from saydo.privacy import too_small, withheld

_OF_GROUPS: Mapping[str, tuple[str, ...]] = {
    "cluster_centres": ("centre", "score", "n"),
    "need_centres": ("mean", "ci_low", "ci_high", "n"),
}
"""What tells of the people in a group, per table."""


def shown(explained: Mapping[str, pd.DataFrame], *, min_cell: int) -> dict[str, pd.DataFrame]:
    """The tables of `Way.explain`, without what tells of fewer than `min_cell` people.

    Scores of a measure add up to all who ordered, so that of several as many are withheld as it
    takes to hide a small one; those placed and not placed add up to the silent.
    """
    tables = dict(explained)
    for name, columns in _OF_GROUPS.items():
        if name in tables:
            n = tables[name]["n"].to_numpy("int64")
            tables[name] = _blanked(tables[name], too_small(n, min_cell=min_cell), columns)
    if "segment_cuts" in tables:
        cuts = tables["segment_cuts"]
        hidden = cuts.groupby("measure", sort=False)["n_customers"].transform(
            lambda n: withheld(n.to_numpy("int64"), 0, min_cell=min_cell)
        )
        tables["segment_cuts"] = _blanked(cuts, hidden.astype(bool), ("n_customers", "share"))
    if "need_placing" in tables:
        placing = tables["need_placing"]
        counts = (placing["n_placed"], placing["n_silent"] - placing["n_placed"])
        hidden = too_small(counts[0].to_numpy("int64"), min_cell=min_cell)
        hidden |= too_small(counts[1].to_numpy("int64"), min_cell=min_cell)
        columns = ("n_placed", "share_placed", "probability")
        tables["need_placing"] = _blanked(placing, hidden, columns)
    return tables


def _blanked(table: pd.DataFrame, hidden: object, columns: tuple[str, ...]) -> pd.DataFrame:
    nullable = {
        name: "Int64" if pd.api.types.is_integer_dtype(table[name]) else "Float64"
        for name in columns
    }
    typed = table.astype(nullable)
    return typed.assign(**{name: typed[name].mask(hidden) for name in columns})
