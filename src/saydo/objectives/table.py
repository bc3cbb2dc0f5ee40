"""Which objectives are reached, which will be, and what would it take to know? `tables/objectives`.

Takes the table of KPIs and the params; returns one row per measure of every objective, exact for
that objective: two that name the same KPI with different targets have a row each.
"""

from __future__ import annotations

import math
from datetime import date
from typing import Any

import pandas as pd

from saydo.errors import NotEstimable
from saydo.kpis import KPIS
from saydo.kpis.status import status
from saydo.languages import gettext as _
from saydo.objectives.attainment import of_measure
from saydo.objectives.confidence import p_reached
from saydo.objectives.direction import better_of
from saydo.objectives.estimates import Estimate
from saydo.objectives.forecast import Forecast, forecast
from saydo.objectives.history import Row, histories, over
from saydo.objectives.sample_size import n_needed
from saydo.params import Measure, Params
from saydo.periods import MONTHS, last_periods

COLUMNS = (
    "segment",
    "voice",
    "kpi",
    "target",
    "value",
    "p_reached",
    "status",
    "n_needed",
    "by",
    "better",
    "side",
    "ci_low",
    "ci_high",
    "n",
    "period_end",
    "baseline",
    "attainment",
    "forecast",
    "forecast_low",
    "forecast_high",
    "p_by",
    "forecast_end",
    "objective",
    "reason",
    "forecast_reason",
    "attainment_reason",
)
"""Columns of the result, in this order."""

_NUMBERS = (
    "target", "value", "p_reached", "n_needed", "ci_low", "ci_high", "n", "baseline", "attainment",
    "forecast", "forecast_low", "forecast_high", "p_by",
)  # fmt: skip


def objectives(kpis: pd.DataFrame, *, params: Params, as_of: date) -> pd.DataFrame:
    """Every measure of every objective, in the order of the params.

    Args:
        kpis: `saydo.kpis.compute.COLUMNS`.
        params: The objectives.
        as_of: Last day that is known.

    Returns:
        `COLUMNS`. `objective` numbers them from 0. `value` to `n` are of the last period, or of the
        last over which it is known who stayed; `period_end` says which. `p_reached` and `p_by` (0
        to 1) are the probabilities that the true value is on the target's good side now, and will
        be in the last period that ends by `by` (`forecast_end`). `n_needed` counts further units of
        `n`, and may be infinite. What is empty has its reason: `reason` of the value and its
        reading, `forecast_reason`, `attainment_reason`.
    """
    known = histories(kpis, params)
    rows = [
        {
            "objective": number,
            "segment": objective.segment,
            "voice": objective.voice,
            **_tested(known.get((objective.segment, measure.kpi), []), measure, params, as_of),
        }
        for number, objective in enumerate(params.objectives)
        for measure in objective.measures
    ]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    days = {name: pd.to_datetime(table[name]) for name in ("by", "period_end", "forecast_end")}
    return table.assign(**days).astype(dict.fromkeys(_NUMBERS, "float64"))


def _tested(rows: list[Row], measure: Measure, params: Params, as_of: date) -> dict[str, Any]:
    kpi = KPIS[measure.kpi]
    better = better_of(measure, kpi)
    known: dict[str, Any] = {
        "kpi": kpi.name, "side": kpi.side, "better": better, "target": measure.target,
        "by": measure.by, "baseline": measure.baseline,
    }  # fmt: skip
    if not rows:
        nothing = _("not measured")
        return {**known, "status": "not measured", "reason": nothing, "forecast_reason": nothing}
    history = over(rows)
    now = history[-1]
    estimate = Estimate.of(now, kpi)
    state = status(
        estimate.value, estimate.low, estimate.high, target=measure.target, better=better
    )
    known |= {
        "value": estimate.value, "ci_low": estimate.low, "ci_high": estimate.high, "n": estimate.n,
        "period_end": now["period_end"], "status": state, "reason": now["reason"] or "",
    }  # fmt: skip
    if state in ("not measured", "no target"):
        why = known["reason"] or _("which way is better depends on the context")
        return known | {"reason": why, "forecast_reason": why, "attainment_reason": why}
    if not (estimate.is_count or estimate.has_interval):
        # Of a sample without variation nothing is known of chance: neither side is proven.
        known["status"] = "uncertain"
    needed = n_needed(estimate, target=measure.target, better=better)
    sure = p_reached(estimate, target=measure.target, better=better)
    known |= {"p_reached": sure, "n_needed": needed}
    known["reason"] = "; ".join(filter(None, [known["reason"], _unknown(sure, needed)]))
    known |= _attained(history, estimate, measure)
    return known | _foreseen(history, measure, params, as_of)


def _unknown(sure: float, needed: float) -> str:
    """Why there is no probability, or no number of answers that would tell."""
    if math.isinf(needed):
        return _("the value is so close to the target that no number of answers would tell")
    if math.isnan(sure):
        return _("the interval does not say how sure it is")
    return ""


def _attained(history: list[Row], estimate: Estimate, measure: Measure) -> dict[str, Any]:
    kpi = KPIS[measure.kpi]
    if measure.baseline is None:
        baseline = Estimate.of(history[0], kpi)
    else:
        baseline = Estimate(measure.baseline)
    way = of_measure(estimate, baseline, target=measure.target, better=better_of(measure, kpi))
    return {
        "baseline": baseline.value,
        "attainment": way.value,
        "attainment_reason": way.reason,
    }


def _foreseen(history: list[Row], measure: Measure, params: Params, as_of: date) -> dict[str, Any]:
    if measure.by is None:
        return {"forecast_reason": _("no due date")}
    if measure.by <= as_of:
        return {"forecast_reason": _("the due date has gone by")}
    kpi = KPIS[measure.kpi]
    (last,) = last_periods(measure.by, length=params.period, number=1)
    estimates = {_number(row["period_start"], params): Estimate.of(row, kpi) for row in history}
    due = _number(pd.Timestamp(last.start), params)
    if due <= max(estimates):
        return {"forecast_reason": _("no further period ends by the due date")}
    year = 12 // MONTHS[params.period]
    try:
        seen: Forecast = forecast(estimates, due=due, year=year)
    except NotEstimable as refused:
        return {"forecast_reason": str(refused)}
    low, high = seen.interval
    return {
        "forecast": seen.value,
        "forecast_low": low,
        "forecast_high": high,
        "p_by": seen.p_reached(target=measure.target, better=better_of(measure, kpi)),
        "forecast_end": last.end,
        "forecast_reason": _("seasons are allowed for") if seen.is_seasonal else "",
    }


def _number(start: pd.Timestamp, params: Params) -> int:
    """A period's number, counted without gaps from the year 0."""
    return int((start.year * 12 + start.month - 1) // MONTHS[params.period])
