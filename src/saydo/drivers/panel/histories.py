"""Waves reduced to what models of repeated outcomes need: distinct histories with counts.

A history is what was said, known and done at each wave by one customer; customers with the same one
are counted. Made on the engine in one query. A model whose customers are independent of each other
gives the same estimates and errors on counted histories as on rows of customers.

Takes `Waves`; returns `Histories`. They count single customers: input to models, not for showing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from saydo.drivers.exposures import Watch
from saydo.drivers.panel.waves import Waves
from saydo.params import ALL


@dataclass(frozen=True)
class Histories:
    """Distinct histories of all segments."""

    rows: pd.DataFrame
    """One row per history and wave in it, sorted by them: `history` (0, 1, …), `segment` (null for
    customers in none), `n` (customers with this history), `wave` (ISO date of its landmark),
    `satisfaction`, `stayed` (0 or 1), `is_active`, and a column per covariate."""
    watch: Watch
    kind: str
    """`retention.kind`."""
    segments_follow_behaviour: bool = False
    """As in `Waves`."""

    def of(self, segment: str) -> pd.DataFrame:
        """Rows of one segment; of everyone for `all`."""
        return self.rows if segment == ALL else self.rows[self.rows["segment"] == segment]


def histories(waves: Waves) -> Histories:
    """Distinct histories by segment, with the number of customers of each."""
    table = waves.table
    what = ["satisfaction", "stayed", "is_active", *waves.watch.covariates]
    # Booleans have no maximum on every engine.
    table = table.mutate(stayed=table.stayed.cast("int64"), is_active=table.is_active.cast("int64"))
    names = {
        (name, place): f"x{column}_{place}"
        for column, name in enumerate(what)
        for place in range(len(waves.landmarks))
    }
    # A customer has at most one row per wave: its maximum is the row itself.
    wide = table.group_by("customer_id", "segment").agg(
        **{
            made: table[name].max(where=table.wave == place)
            for (name, place), made in names.items()
        }
    )
    counted = wide.group_by("segment", *names.values()).agg(n=wide.count()).execute()
    counted = counted.sort_values(["segment", *names.values()], ignore_index=True)
    parts = []
    for place, landmark in enumerate(waves.landmarks):
        of_wave = counted[["segment", "n", *(names[name, place] for name in what)]]
        of_wave = of_wave.set_axis(["segment", "n", *what], axis="columns")
        of_wave = of_wave.assign(history=counted.index, wave=landmark.isoformat())
        parts.append(of_wave[of_wave["stayed"].notna()])
    rows = pd.concat(parts, ignore_index=True).sort_values(["history", "wave"], ignore_index=True)
    rows = rows.astype({"stayed": "int64", "n": "int64"}).astype({"is_active": bool})
    order = ["history", "segment", "n", "wave", *what]
    return Histories(rows[order], waves.watch, waves.kind, waves.segments_follow_behaviour)


def collapse(rows: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """The same customers, whose histories are told apart by `names` only.

    Args:
        rows: As `Histories.rows`, of any segments.
        names: Columns, among them `wave` and `stayed`.

    Returns:
        `history`, `n`, and the columns `names`, sorted by history and wave.
    """
    if rows.empty:
        return rows[["history", "n", *names]]
    place = rows.groupby(list(names), dropna=False, sort=True, observed=True).ngroup().to_numpy()
    of_history, history = np.unique(rows["history"].to_numpy(), return_inverse=True)
    wave_names, wave = np.unique(rows["wave"].to_numpy(str), return_inverse=True)
    wide = np.full((len(of_history), len(wave_names)), -1)
    wide[history, wave] = place
    distinct, which = np.unique(wide, axis=0, return_inverse=True)
    n = np.zeros(len(of_history), "int64")
    n[history] = rows["n"].to_numpy()
    counts = np.bincount(which.ravel(), n, len(distinct)).astype("int64")
    made, column = np.nonzero(distinct >= 0)
    # Any row with this pattern stands for all of them.
    example = np.zeros(place.max() + 1, "int64")
    example[place] = np.arange(len(place))
    chosen = rows.iloc[example[distinct[made, column]]][list(names)].reset_index(drop=True)
    chosen.insert(0, "history", made)
    chosen.insert(1, "n", counts[made])
    return chosen
