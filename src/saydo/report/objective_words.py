"""A measure of an objective in words: value, target, chance, forecast, and what would tell.

Takes rows of `tables/objectives`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import partial
from typing import Any

import pandas as pd

from saydo.kpis import KPIS
from saydo.languages import day, listed, ngettext, noop, number, percent
from saydo.languages import gettext as _
from saydo.languages import period as period_name
from saydo.params import Params
from saydo.periods import MONTHS
from saydo.report.values import interval, shown

Row = Mapping[str, Any]

CHANCES: tuple[tuple[float, str], ...] = (
    (0.975, noop("almost certain")),
    (0.9, noop("very likely")),
    (0.66, noop("likely")),
    (0.33, noop("about as likely as not")),
    (0.1, noop("unlikely")),
    (0.025, noop("very unlikely")),
    (0.0, noop("almost ruled out")),
)
"""Words for probabilities, each from this one up; after the scale of the IPCC."""


def chance(probability: float) -> str:
    """A probability in words and as a percentage."""
    words = next(_(name) for least, name in CHANCES if probability >= least)
    return _("{words} ({share})").format(words=words, share=chance_share(probability))


def chance_share(probability: float) -> str:
    """A probability as a percentage, of which the ends are never claimed."""
    if probability < 0.01:
        return _("under {share}").format(share=percent(1, 0))
    if probability > 0.99:
        return _("over {share}").format(share=percent(99, 0))
    return percent(100 * probability, 0)


def now(row: Row, params: Params) -> str:
    """What was measured last, and what should be."""
    kpi = KPIS[row["kpi"]]
    text = partial(shown, unit=kpi.unit, currency=params.currency)
    known = {
        "kpi": _(kpi.label),
        "value": text(row["value"]),
        "period": period_of(row["period_end"], params),
        "interval": interval_of(row, "ci_low", "ci_high", params),
        "goal": goal(row, params),
    }
    if known["interval"]:
        return _("{kpi}: {value} in {period} (95% interval {interval}). Target: {goal}.").format(
            **known
        )
    return _("{kpi}: {value} in {period}. Target: {goal}.").format(**known)


def sure(row: Row) -> str:
    """The probability that the target is reached now, where chance plays a part in it."""
    if pd.isna(row["p_reached"]) or (pd.isna(row["ci_low"]) and pd.isna(row["ci_high"])):
        return ""
    words = _("Probability that it is reached now: {chance}.")
    return words.format(chance=chance(row["p_reached"]))


def goal(row: Row, params: Params) -> str:
    """The target, on which side of it is good, and by when."""
    kpi = KPIS[row["kpi"]]
    words = {
        "higher": _("at least {target}"),
        "lower": _("at most {target}"),
        "closer to 0": _("at most {target} from zero"),
    }.get(row["better"], "{target}")
    told = words.format(target=shown(row["target"], kpi.unit, currency=params.currency))
    if pd.isna(row["by"]):
        return told
    return _("{goal} by {date}").format(goal=told, date=day(pd.Timestamp(row["by"]).date()))


def ahead(row: Row, params: Params) -> str:
    """The forecast in words, or why there is none."""
    if pd.isna(row["forecast"]):
        return _("No forecast: {reason}.").format(reason=row["forecast_reason"])
    kpi = KPIS[row["kpi"]]
    if row["forecast_reason"]:
        words = _("If the trend and its seasons go on: {value} in {period}")
    else:
        words = _("If the trend goes on: {value} in {period}")
    leads_to = words.format(
        value=shown(row["forecast"], kpi.unit, currency=params.currency),
        period=period_of(row["forecast_end"], params),
    )
    return _(
        "{forecast} (95% prediction interval {interval}); target reached by then: {chance}."
    ).format(
        forecast=leads_to,
        interval=interval_of(row, "forecast_low", "forecast_high", params),
        chance=chance(row["p_by"]),
    )


def more(row: Row) -> str:
    """What it would take to know, where it is not known."""
    told = needed(pd.DataFrame([row]))
    return _("To tell, it would take {more}.").format(more=told) if told else ""


def caveat(row: Row) -> str:
    """What to heed of the value and its reading."""
    return _("Beware: {reason}.").format(reason=row["reason"]) if row["reason"] else ""


def needed(rows: pd.DataFrame) -> str:
    """What would tell of all rows that are uncertain; nothing where no number would."""
    open_yet = rows[rows["status"] == "uncertain"]
    if not open_yet["n_needed"].between(1, math.inf, inclusive="left").all() or open_yet.empty:
        return ""
    said = open_yet.loc[open_yet["side"] == "say", "n_needed"]
    done = open_yet.loc[open_yet["side"] != "say", "n_needed"]
    parts = []
    if len(said):
        count = int(said.max())
        words = ngettext("{count} more answer", "{count} more answers", count)
        parts.append(words.format(count=number(count, 0)))
    if len(done):
        count = int(done.max())
        words = ngettext("{count} more case", "{count} more cases", count)
        parts.append(words.format(count=number(count, 0)))
    return listed(parts)


def interval_of(row: Row, low: str, high: str, params: Params) -> str:
    """An interval in the KPI's unit, or nothing where a bound is missing."""
    if pd.isna(row[low]) or pd.isna(row[high]):
        return ""
    return interval(row[low], row[high], KPIS[row["kpi"]].unit, currency=params.currency)


def period_of(end: Any, params: Params) -> str:
    """The name of the period that ends on `end`."""
    start = pd.Timestamp(end) + pd.Timedelta(days=1) - pd.DateOffset(months=MONTHS[params.period])
    return period_name(start.date(), params.period)
