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
import pandas as pd

from saydo.params import ALL
from saydo.tables.declared import DAY, NUMBER, TEXT, as_declared, none_of

Pattern = Literal["reversal", "mix", "within", "still"]
"""reversal: the total moved one way, every segment the other; mix: more of the change is the mix's;
within: more of it is the segments'; still: it did not change."""

COLUMNS: Mapping[str, str] = {
    **dict.fromkeys(("kpi", "segment"), TEXT),
    **dict.fromkeys(("period_start", "before_start"), DAY),
    **dict.fromkeys(("value", "before", "share", "share_before"), NUMBER),
    **dict.fromkeys(("within", "mix", "change"), NUMBER),
    "pattern": TEXT,
}


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
    parts = []
    everyone = latest[(latest["segment"] == ALL) & latest["change"].notna()]
    for row in everyone.itertuples():
        of = kpis[kpis["kpi"] == row.kpi]
        now = _segments(of[of["period_start"] == row.period_start])
        before = _segments(of[pd.to_datetime(of["period_start"]) == row.before_start])
        if now is None or before is None:
            continue
        split = _split(before, now)
        if split is None:
            continue
        parts.append(
            split.assign(kpi=row.kpi, period_start=row.period_start, before_start=row.before_start)
        )
    if not parts:
        return none_of(COLUMNS)
    return as_declared(pd.concat(parts, ignore_index=True), COLUMNS)


def _segments(rows: pd.DataFrame) -> pd.DataFrame | None:
    """`value` and `weight` by segment, with what is left of `all` under an empty name."""
    rows = rows.set_index("segment")[["value", "weight"]].astype("float64")
    if ALL not in rows.index or rows.loc[ALL].isna().any() or not rows.loc[ALL, "weight"] > 0:
        return None
    whole, parts = rows.loc[ALL], rows.drop(index=ALL).dropna()
    parts = parts[parts["weight"] > 0]
    left = whole["weight"] - parts["weight"].sum()
    if left > 1e-9 * whole["weight"]:
        amount = whole["value"] * whole["weight"] - (parts["value"] * parts["weight"]).sum()
        parts.loc[""] = [amount / left, left]
    return parts


def _split(before: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame | None:
    """The shift-share split; None with fewer than two segments."""
    names = [*dict.fromkeys([*now.index.drop("", errors="ignore"), *before.index])]
    names = [*(name for name in names if name), *([""] if "" in names or "" in now.index else [])]
    w0 = before["weight"].reindex(names, fill_value=0.0).to_numpy() / before["weight"].sum()
    w1 = now["weight"].reindex(names, fill_value=0.0).to_numpy() / now["weight"].sum()
    v0, v1 = before["value"].reindex(names).to_numpy(), now["value"].reindex(names).to_numpy()
    # A segment that came or went had no value of its own to change: its coming is mix.
    v0, v1 = np.where(np.isnan(v0), v1, v0), np.where(np.isnan(v1), v0, v1)
    if sum(bool(name) for name in names) < 2:
        return None
    whole0, whole1 = float(w0 @ v0), float(w1 @ v1)
    within = (w0 + w1) / 2 * (v1 - v0)
    shift = (w1 - w0) * ((v0 + v1) / 2 - (whole0 + whole1) / 2)
    table = pd.DataFrame(
        {
            "segment": names,
            "value": v1,
            "before": v0,
            "share": w1,
            "share_before": w0,
            "within": within,
            "mix": shift,
            "change": within + shift,
        }
    )
    total = pd.DataFrame(
        {
            "segment": [ALL],
            "value": whole1,
            "before": whole0,
            "share": 1.0,
            "share_before": 1.0,
            "within": within.sum(),
            "mix": shift.sum(),
            "change": whole1 - whole0,
        }
    )
    pattern = _pattern(whole1 - whole0, v1 - v0, float(within.sum()), float(shift.sum()))
    return pd.concat([total, table], ignore_index=True).assign(pattern=pattern)


def _pattern(change: float, moves: np.ndarray, within: float, shift: float) -> Pattern:
    if change == 0:
        return "still"
    if (np.sign(moves) == -np.sign(change)).all():
        return "reversal"
    return "mix" if abs(shift) > abs(within) else "within"
