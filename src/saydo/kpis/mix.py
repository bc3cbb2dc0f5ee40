"""Did they change, or did who they are change? The change of a total, split over its segments.

Where a KPI of everyone is a mean over segments (`weight` in the table of KPIs), its change is that
within segments plus that of the mix:

    V₁ − V₀ = Σ (w₀ + w₁)/2 · (v₁ − v₀)  +  Σ (w₁ − w₀) · ((v₀ + v₁)/2 − (V₀ + V₁)/2)

with `w` the segments' shares of the weight and `v` their values: the shift-share split at the mean
of both periods, exact and without a remainder (Marshall 1923, Edgeworth 1925). The total can move
one way and every segment the other (Simpson 1951).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from saydo.params import ALL
from saydo.tables.declared import DAY, NUMBER, TEXT, as_declared, none_of

Pattern = Literal["reversal", "mix", "within", "still"]
"""reversal: the total moved one way, every segment the other; mix: more of the change is the mix's;
within: more of it is the segments'; still: it did not change."""

_SPLIT = ("value", "before", "share", "share_before", "within", "mix", "change")

COLUMNS: Mapping[str, str] = {
    **dict.fromkeys(("kpi", "segment"), TEXT),
    **dict.fromkeys(("period_start", "before_start"), DAY),
    **dict.fromkeys(_SPLIT, NUMBER),
    "pattern": TEXT,
}

_NOBODY = (np.nan, 0.0)
"""Of a segment that is not there: no value, no weight."""

Array = npt.NDArray[np.float64]
_Parts = dict[str, tuple[float, float]]


def mix(latest: pd.DataFrame, kpis: pd.DataFrame) -> pd.DataFrame:
    """The change of each KPI from a year before, split.

    Args:
        latest: As `report.movement.latest` returns it: which period is compared with which.
        kpis: As `compute` returns it.

    Returns:
        `COLUMNS`, one row per KPI and segment, `all` first with the sums, and last, under an empty
        name, those of no segment or withheld, taken together. Only KPIs that are means over
        segments, have two segments or more in both periods, and whose total is known. `within`,
        `mix` and `change` in the KPI's unit; `share` of the weight, 0 to 1; `pattern` (as `Pattern`
        has it) of the KPI as a whole, the same in all its rows.
    """
    days = pd.to_datetime(kpis["period_start"])
    places = kpis.groupby([kpis["kpi"], days], sort=False).indices
    segments = kpis["segment"].to_numpy(object)
    values = kpis["value"].to_numpy("float64", na_value=np.nan)
    weights = kpis["weight"].to_numpy("float64", na_value=np.nan)

    def parts(kpi: str, day: pd.Timestamp) -> _Parts | None:
        at = places.get((kpi, day))
        return None if at is None else _parts(segments[at], values[at], weights[at])

    known, names, numbers = [], [], []
    everyone = latest[(latest["segment"] == ALL) & latest["change"].notna()]
    for row in everyone.itertuples():
        start = pd.Timestamp(row.period_start)
        now, before = parts(row.kpi, start), parts(row.kpi, row.before_start)
        if now is None or before is None:
            continue
        split = _split(before, now)
        if split is None:
            continue
        named, table, pattern = split
        known += [(row.kpi, start, row.before_start, pattern)] * len(named)
        names += named
        numbers.append(table)
    if not numbers:
        return none_of(COLUMNS)
    found = pd.DataFrame(known, columns=["kpi", "period_start", "before_start", "pattern"])
    found["segment"] = names
    found[list(_SPLIT)] = np.concatenate(numbers)
    return as_declared(found, COLUMNS)


def _parts(segments: npt.NDArray[np.object_], values: Array, weights: Array) -> _Parts | None:
    """Value and weight by segment, with what is left of `all` under an empty name."""
    is_all = segments == ALL
    if not is_all.any() or not weights[is_all][0] > 0 or np.isnan(values[is_all][0]):
        return None
    value, weight = float(values[is_all][0]), float(weights[is_all][0])
    # What is withheld has no value.
    kept = ~is_all & ~np.isnan(values) & (weights > 0)
    found = dict(zip(segments[kept], zip(values[kept], weights[kept], strict=True), strict=True))
    left = weight - weights[kept].sum()
    if left > 1e-9 * weight:
        amount = value * weight - (values[kept] * weights[kept]).sum()
        found[""] = (amount / left, left)
    return found


def _split(before: _Parts, now: _Parts) -> tuple[list[str], Array, Pattern] | None:
    """The shift-share split, `_SPLIT` of `all` and each segment; None with fewer than two."""
    names = [name for name in dict.fromkeys([*now, *before]) if name]
    if len(names) < 2:
        return None
    if "" in now or "" in before:
        names.append("")
    v0, w0 = np.array([before.get(name, _NOBODY) for name in names]).T
    v1, w1 = np.array([now.get(name, _NOBODY) for name in names]).T
    w0, w1 = w0 / w0.sum(), w1 / w1.sum()
    # A segment that came or went had no value of its own to change: its coming is mix.
    v0, v1 = np.where(np.isnan(v0), v1, v0), np.where(np.isnan(v1), v0, v1)
    whole0, whole1 = float(w0 @ v0), float(w1 @ v1)
    within = (w0 + w1) / 2 * (v1 - v0)
    shift = (w1 - w0) * ((v0 + v1) / 2 - (whole0 + whole1) / 2)
    change = whole1 - whole0
    total = (whole1, whole0, 1.0, 1.0, within.sum(), shift.sum(), change)
    table = np.column_stack([v1, v0, w1, w0, within, shift, within + shift])
    pattern = _pattern(change, v1 - v0, float(within.sum()), float(shift.sum()))
    return [ALL, *names], np.vstack([total, table]), pattern


def _pattern(change: float, moves: np.ndarray, within: float, shift: float) -> Pattern:
    if change == 0:
        return "still"
    if (np.sign(moves) == -np.sign(change)).all():
        return "reversal"
    return "mix" if abs(shift) > abs(within) else "within"
