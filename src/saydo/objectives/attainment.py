"""How much of the way to the target has been gone? 100 · (actual − baseline) / (target − baseline).

Takes the table of KPIs and the params; returns it per measure (`of_measure`), or as rows of the KPI
`target_attainment` per segment and period (`attainment`).

It is counted along the KPI's good direction, so that it rises as things get better whichever way
that is: for `closer to 0` the distance from zero is what shrinks. Undefined, with the reason, where
the baseline is not clearly short of the target: there is then no way to go, or none that could be
told from chance. Near that limit the interval is too short: in simulations it holds 96 % where none
was refused, 94 % where 15 % were, and 89 % where chance would have refused half.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from saydo.kpis import KPIS
from saydo.kpis.kpi import Better
from saydo.kpis.status import status
from saydo.languages import gettext as _
from saydo.languages import listed
from saydo.objectives.declared import NAME, TARGET_ATTAINMENT
from saydo.objectives.direction import better_of
from saydo.objectives.estimates import Estimate
from saydo.objectives.history import Row, histories, over
from saydo.params import Measure, Params

CLEAR = 2
"""Half intervals of the baseline that the way must be long: divided by a way that chance could
halve, attainment and its interval would mean nothing."""


@dataclass(frozen=True)
class Attained:
    """A percentage of the way with its 95 % interval, or the reason why there is none."""

    value: float = math.nan
    low: float = math.nan
    high: float = math.nan
    reason: str = ""
    is_measured: bool = True
    """Whether there is an actual value at all."""


def of_measure(actual: Estimate, baseline: Estimate, *, target: float, better: Better) -> Attained:
    """How much of the way from `baseline` to `target` lies behind `actual`.

    The interval is by the delta method, with the baseline as an independent sample, or as known
    where it has no interval. No bounds where the actual value has none.

    Args:
        actual: The value of now.
        baseline: The value from which the way is counted.
        target: In the KPI's unit.
        better: Not `context`.
    """
    if math.isnan(actual.value):
        return Attained(reason=_("not measured"), is_measured=False)
    if math.isnan(baseline.value):
        return Attained(
            reason=_("the first period shown was not measured; give a baseline in the params")
        )
    before = status(baseline.value, baseline.low, baseline.high, target=target, better=better)
    if before == "reached":
        return Attained(reason=_("the target had been reached from the start"))
    if before != "not reached":
        return Attained(reason=_("at the start it was too close to the target to call"))
    now, worst, best = _along(actual, better)
    start, start_low, start_high = _along(baseline, better)
    goal = _along(Estimate(target), better)[0]
    way = goal - start
    reach = np.nanmax([start_high - start, start - start_low]) if baseline.has_interval else 0.0
    if way < CLEAR * reach:
        return Attained(reason=_("at the start it was too close to the target to call"))
    # As the baseline moves the result: d/d baseline = (actual − target) / way².
    shift = abs(now - goal) / way**2 * reach
    value = 100 * (now - start) / way
    low = value - 100 * math.hypot((now - worst) / way, shift)
    high = value + 100 * math.hypot((best - now) / way, shift)
    return Attained(value, low, high)


def attainment(kpis: pd.DataFrame, params: Params) -> pd.DataFrame:
    """The KPI `target_attainment` for every segment and period of a table of KPIs.

    The mean over all measures of the segment's objectives whose attainment is defined; no value in
    a period in which one of those was not measured. A measure of which it is not known yet who
    stayed counts as it was when that was known last. The interval adds up theirs, as if they erred
    together, and so holds at least 95 %.

    Args:
        kpis: `saydo.kpis.compute.COLUMNS`, with every KPI that objectives name.
        params: The objectives.

    Returns:
        Rows of the same columns; `n` is the number of measures.
    """
    cells = kpis.drop_duplicates(["segment", "period_start"])
    cells = cells[["segment", "period_start", "period_end"]]
    known = histories(kpis, params)
    measures: dict[str, list[Measure]] = {}
    for objective in params.objectives:
        tests = [measure for measure in objective.measures if measure.kpi != NAME]
        measures.setdefault(objective.segment, []).extend(tests)
    rows = []
    for cell in cells.to_dict("records"):
        segment = cell["segment"]
        found = [
            _attained(known.get((segment, measure.kpi), []), measure, start=cell["period_start"])
            for measure in measures.get(segment, ())
        ]
        rows.append({**cell, **_mean(found)})
    kpi = TARGET_ATTAINMENT
    declared = {name: getattr(kpi, name) for name in ("side", "theme", "unit", "better")}
    table = pd.DataFrame(rows).assign(kpi=NAME, **declared, target=np.nan)
    table["status"] = np.where(table["value"].isna(), "not measured", "no target")
    return table.reindex(columns=kpis.columns)


def _attained(history: list[Row], measure: Measure, *, start: pd.Timestamp) -> Attained:
    kpi = KPIS[measure.kpi]
    better = better_of(measure, kpi)
    if better == "context":
        return Attained(reason=_("which way is better depends on the context"))
    if not history:
        return Attained(reason=_("not measured"), is_measured=False)
    now = over([row for row in history if row["period_start"] <= start])[-1]
    actual = Estimate.of(now, kpi)
    if measure.baseline is not None:
        baseline = Estimate(measure.baseline)
    else:
        baseline = Estimate.of(history[0], kpi)
        if now is history[0] and not math.isnan(actual.value):
            # The same sample twice: zero by definition, whatever chance did to it.
            way = of_measure(actual, baseline, target=measure.target, better=better)
            return way if way.reason else Attained(0.0, 0.0, 0.0)
    return of_measure(actual, baseline, target=measure.target, better=better)


def _mean(found: list[Attained]) -> dict[str, object]:
    nothing = {"value": np.nan, "ci_low": np.nan, "ci_high": np.nan, "n": np.nan}
    if not found:
        return {**nothing, "reason": _(TARGET_ATTAINMENT.nothing)}
    if not all(each.is_measured for each in found):
        return {**nothing, "reason": _("not all measures of the objectives were measured")}
    defined = [each for each in found if not each.reason]
    if not defined:
        return {**nothing, "reason": found[0].reason}
    return {
        "value": float(np.mean([each.value for each in defined])),
        "ci_low": float(np.mean([each.low for each in defined])),
        "ci_high": float(np.mean([each.high for each in defined])),
        "n": float(len(defined)),
        "reason": _left_out([each for each in found if each.reason], len(found)),
    }


def _left_out(undefined: list[Attained], count: int) -> str:
    if not undefined:
        return ""
    reasons = listed(dict.fromkeys(each.reason for each in undefined))
    words = _("without {left_out} of {count} measures: {reason}")
    return words.format(left_out=len(undefined), count=count, reason=reasons)


def _along(estimate: Estimate, better: Better) -> tuple[float, float, float]:
    """Value and bounds, counted so that more is better; a full count is its own bounds."""
    low = estimate.value if estimate.is_count else estimate.low
    high = estimate.value if estimate.is_count else estimate.high
    if better == "higher":
        return estimate.value, low, high
    if better == "lower":
        return -estimate.value, -high, -low
    nearest = 0.0 if low <= 0 <= high else min(abs(low), abs(high))
    return -abs(estimate.value), -max(abs(low), abs(high)), -nearest
