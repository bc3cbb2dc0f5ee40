"""What share of customers stays, by how satisfied they said they were?

Takes patterns; returns one row per segment and level of satisfaction, with Wilson intervals. This
is the raw table: nothing is modelled, and nothing adjusted for.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from statsmodels.stats.proportion import proportion_confint

from saydo.drivers.patterns import collapse
from saydo.suppression import withheld, withheld_reason
from saydo.tables.declared import COUNT, NUMBER, TEXT, as_declared, none_of

COUNTS = ("n", "n_stayed", "n_left")
RATES = ("retention", "ci_low", "ci_high")
COLUMNS: Mapping[str, str] = {
    "segment": TEXT,
    "satisfaction": NUMBER,
    **dict.fromkeys(COUNTS, COUNT),
    **dict.fromkeys(RATES, NUMBER),
    "reason": TEXT,
}


def dose_response(
    patterns: pd.DataFrame, *, min_cell: int = 11, confidence: float = 0.95
) -> pd.DataFrame:
    """Retention by level of satisfaction.

    A level that fewer than `min_cell` customers gave is withheld, and with it whatever would let it
    be derived. Guarded are the customers who gave a level, as with every rate: how many of them
    left is what is said about them.

    Args:
        patterns: As `patterns` returns them.
        min_cell: Fewest customers about whom anything is shown.
        confidence: Coverage of the interval.

    Returns:
        `segment`, `satisfaction` (points), `n`, `n_stayed`, `n_left` (customers), `retention`,
        `ci_low`, `ci_high` (%), `reason` (why a level is withheld; else empty). Levels that nobody
        of the segment gave are no rows.

    References:
        Wilson (1927), J. Am. Stat. Assoc. 22; Brown, Cai & DasGupta (2001), Stat. Sci. 16.
    """
    parts = [
        collapse(one, ["satisfaction"]).assign(segment=segment)
        for segment, one in patterns.groupby("segment", sort=False)
    ]
    if not parts:
        return none_of(COLUMNS)
    cells = pd.concat(parts, ignore_index=True)
    cells["n"] = cells["n_stayed"] + cells["n_left"]
    hidden = withheld_levels(patterns, min_cell=min_cell).reset_index()
    hidden = hidden.melt(id_vars="segment", var_name="satisfaction", value_name="hidden")
    hidden = hidden.astype({"satisfaction": float})
    cells = cells.merge(hidden, on=["segment", "satisfaction"], how="left", validate="1:1")
    low, high = proportion_confint(
        cells["n_stayed"], cells["n"], alpha=1 - confidence, method="wilson"
    )
    told = cells[["segment", "satisfaction", *COUNTS]].assign(
        retention=100 * cells["n_stayed"] / cells["n"],
        ci_low=100 * low,
        ci_high=100 * high,
        reason=np.where(cells["hidden"], withheld_reason(min_cell), ""),
    )
    shown = as_declared(told, COLUMNS)
    shown.loc[cells["hidden"], [*COUNTS, *RATES]] = pd.NA
    return shown


def withheld_levels(patterns: pd.DataFrame, *, min_cell: int) -> pd.DataFrame:
    """Whether each level must be withheld: segments by levels, in the order of `patterns`."""
    n = patterns["n_stayed"] + patterns["n_left"]
    wide = n.groupby([patterns["segment"], patterns["satisfaction"]], sort=False).sum().unstack()
    wide = wide.reindex(patterns["segment"].unique()).sort_index(axis="columns")
    return withheld(wide.fillna(0).astype(int), min_cell=min_cell)
