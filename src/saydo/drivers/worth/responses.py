"""What did each respondent say of every attribute, of what they expect, and on the whole?

Takes answers and the assignment to segments; returns the last of them per respondent, reduced on
the engine to patterns with counts: input to a model of how satisfaction comes about.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir
import pandas as pd

from saydo.drivers.importance.responses import usual_scales
from saydo.drivers.patterns import with_everyone
from saydo.params import Params
from saydo.periods import last_periods
from saydo.tables.checked import Tables
from saydo.tables.days import midnight
from saydo.tables.scope import UNITS

Scale = tuple[float, float]


@dataclass(frozen=True)
class Responses:
    """Respondents by what they said."""

    patterns: pd.DataFrame
    """`segment` (`all` first), `period` (first day of that in which they said how satisfied; null
    without dates), `is_recent` (said so within `max_age_days`), `satisfaction`, per attribute a
    column of its name (performance) and one `expected <name>` where it was asked on the same scale,
    and `n` (respondents). Null where a respondent did not say."""
    attributes: tuple[str, ...]
    scales: Mapping[str, Scale]
    """Of satisfaction's item and of each attribute."""
    item: str

    def of(self, segment: str) -> pd.DataFrame:
        """The patterns of one segment."""
        return self.patterns[self.patterns["segment"] == segment].reset_index(drop=True)

    def gap_of(self, attribute: str) -> str | None:
        """The column of what was expected of an attribute, or None if that was not asked."""
        name = expected(attribute)
        return name if name in self.patterns.columns else None


def expected(attribute: str) -> str:
    """The column of what was expected of an attribute."""
    return f"expected {attribute}"


def responses(
    tables: Tables,
    assignments: ir.Table,
    *,
    params: Params,
    as_of: date,
    attributes: Sequence[str],
) -> Responses:
    """Each respondent's last answers, since the first of the study's periods.

    How satisfaction comes about is learned from all of them; where things stand, from those of the
    `satisfaction.max_age_days` up to `as_of`. Where answers have no date, all are recent. Of
    several answers to one question the last counts (the lowest of those at one instant), and only
    those on the scale most used for it. A respondent is a `respondent_id` of a customer, or the
    customer; who is neither is left out.

    Args:
        tables: Checked tables.
        assignments: `customer_id`, `segment`.
        params: Names the item that says how satisfied.
        as_of: Last day.
        attributes: Items that are attributes; satisfaction's own is none.
    """
    item = params.satisfaction.item
    attributes = tuple(name for name in attributes if name != item)
    if not attributes or "answers" not in tables:
        return Responses(_empty(()), (), {}, item)
    rows = _last(tables["answers"], (item, *attributes), params=params, as_of=as_of)
    scales = usual_scales(rows)
    asked = {item: ("score",), **dict.fromkeys(attributes, ("score", "expectation"))}
    columns: dict[str, ir.Value] = {}
    for name, aspects in asked.items():
        scale = scales.get((name, "score"))
        for aspect in aspects:
            if scale is None or scales.get((name, aspect)) != scale:
                continue
            is_it = (rows.item == name) & (rows.aspect == aspect)
            is_it &= (rows.scale_min == scale[0]) & (rows.scale_max == scale[1])
            column = "satisfaction" if name == item else name
            columns[column if aspect == "score" else expected(name)] = rows.score.max(where=is_it)
    known = tuple(name for name in attributes if name in columns)
    if "satisfaction" not in columns or not known:
        return Responses(_empty(columns), known, {}, item)
    is_satisfaction = (rows.item == item) & (rows.aspect == "score")
    wide = rows.group_by("customer_id", "respondent_id").agg(
        period=rows.period.max(where=is_satisfaction),
        is_recent=(rows.is_recent & is_satisfaction).any(),
        **columns,
    )
    segments = assignments.select(assigned_id="customer_id", segment="segment")
    wide = wide.left_join(segments, wide.customer_id == segments.assigned_id)
    wide = wide.filter(wide.satisfaction.notnull())
    names = ["period", "is_recent", *columns]
    counts = wide.group_by("segment", *names).agg(n=wide.count()).execute()
    used = {name: scales[name, "score"] for name in (item, *known)}
    return Responses(with_everyone(counts, names), known, used, item)


def _empty(columns: Iterable[str]) -> pd.DataFrame:
    return pd.DataFrame(columns=["segment", "period", "is_recent", *columns, "n"])


def _last(answers: ir.Table, items: Sequence[str], *, params: Params, as_of: date) -> ir.Table:
    """Each respondent's last answer per item and aspect."""
    usual = ibis.literal("score")
    aspect = answers.aspect.fill_null(usual) if "aspect" in answers.columns else usual
    absent = {
        name: ibis.null(kind)
        for name, kind in (
            ("customer_id", "string"),
            ("respondent_id", "string"),
            ("answered_at", "timestamp"),
        )
        if name not in answers.columns
    }
    rows = answers.mutate(aspect=aspect, **absent)
    rows = rows.filter(
        rows.item.isin(list(items)),
        rows.aspect.isin(["score", "expectation"]),
        rows.score.notnull(),
        rows.customer_id.notnull() | rows.respondent_id.notnull(),
    )
    is_recent: ir.Value = ibis.literal(True)
    period: ir.Value = ibis.null("date")
    if "answered_at" in answers.columns:
        recent = as_of + timedelta(days=1 - params.satisfaction.max_age_days)
        periods = last_periods(as_of, length=params.period, number=params.periods)
        oldest = min(recent, periods[0].start)
        rows = rows.filter(rows.answered_at >= midnight(oldest))
        is_recent = rows.answered_at >= midnight(recent)
        period = rows.answered_at.truncate(UNITS[params.period]).cast("date")
    rows = rows.mutate(is_recent=is_recent, period=period)
    latest_first = ibis.window(
        group_by=["customer_id", "respondent_id", "item", "aspect"],
        order_by=[rows.answered_at.desc(), rows.score, rows.scale_max, rows.scale_min],
    )
    ranked = rows.mutate(nth=ibis.row_number().over(latest_first))
    return ranked.filter(ranked.nth == 0).select(
        "customer_id",
        "respondent_id",
        "item",
        "aspect",
        "score",
        "scale_min",
        "scale_max",
        "is_recent",
        "period",
    )
