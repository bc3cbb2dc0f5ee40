"""The same customers again: who was there at several landmarks, what they said, did they stay?

The landmark design of `exposures`, repeated: a landmark every `horizon_days` back from `as_of`, so
that windows never overlap, each with the last answer and the covariates known before it.

Takes checked tables and the assignment to segments; returns `Waves`: one row per customer and wave,
still on the engine.

With `purchase`, a customer who did not buy in one window is not active when the next begins, so
that active customers' rows are chosen by their own outcomes: 1, 1, 0 occurs and 0, 1, 1 can't. A
comparison within customers needs the waves in between as well. So customers who bought before a
landmark but are not active at it have a row too, marked by `is_active`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir
import pandas as pd

from saydo.drivers.covariates import Known, covariates
from saydo.drivers.exposures import Watch, activity, exposures_lack
from saydo.drivers.gate import horizon
from saydo.errors import NotEstimable
from saydo.languages import contract_name, day, number
from saydo.languages import gettext as _
from saydo.params import Params
from saydo.periods import Period
from saydo.tables.checked import Tables
from saydo.tables.days import midnight
from saydo.tables.last_answers import USABLE, last_answers, placed_answers, usual_scale
from saydo.tables.presence import membership

MAX_WAVES = 24
"""Of a customer's history; more would seldom have answers, and make histories wide."""


@dataclass(frozen=True)
class Waves:
    """Customers at several landmarks, on the engine."""

    table: ir.Table
    """`customer_id`, `segment` (null for customers in none), `wave` (position in `landmarks`),
    `satisfaction` (points of the scale), `stayed` (with `purchase`: bought within the window),
    `is_active` (a customer when the window began), and a column per covariate. One row per customer
    and wave with an answer that was up to date."""
    watch: Watch
    """Of the last wave; what holds for all of them."""
    landmarks: tuple[date, ...]
    """First days of the windows, oldest first; two or more."""
    kind: str
    """`retention.kind`: contract or purchase."""
    segments_follow_behaviour: bool
    """Whether segments were drawn from behaviour up to `as_of`, and so from who stayed."""


def waves(
    tables: Tables,
    assignments: ir.Table,
    *,
    params: Params,
    as_of: date,
    adjust_for: Sequence[str] | None = None,
) -> Waves:
    """Customers with an answer before each of several landmarks, and whether they stayed after it.

    As many landmarks as `params.periods`, `MAX_WAVES` and the first answer allow.

    Args:
        tables: Checked tables.
        assignments: `customer_id`, `segment`; one row per customer.
        params: Retention, satisfaction and its horizon, periods.
        as_of: Last day of the last window.
        adjust_for: Covariates, if other than `params.satisfaction.adjust_for`.

    Raises:
        NotEstimable: Tables or params lack something, answers or leaving have no date, the data
            end before the last window does, or answers reach back for fewer than two windows.

    References:
        van Houwelingen & Putter (2012), Dynamic Prediction in Clinical Survival Analysis, ch. 7.
    """
    _refuse_without_order(tables, params)
    assert params.retention is not None  # Nothing is lacking.
    horizon = timedelta(days=params.horizon_days)
    after, item = as_of + timedelta(days=1), params.satisfaction.item
    answered = placed_answers(tables["answers"], item, before=after - horizon, oldest=None)
    landmarks = _landmarks(answered, params, after=after)
    scale = usual_scale(answered)
    last_activity, activity_rate = activity(tables, params.retention.kind, as_of)
    names = params.satisfaction.adjust_for if adjust_for is None else tuple(adjust_for)
    known = [covariates(tables, names, at=landmark) for landmark in landmarks]
    watch = Watch(
        as_of=as_of,
        horizon_days=params.horizon_days,
        landmark=landmarks[-1],
        item=item,
        scale=scale,
        has_time_order=True,
        covariates=known[-1].used,
        lacking=known[-1].lacking,
        attributes=known[-1].attributes,
        last_activity=last_activity,
        activity_rate=activity_rate,
    )
    _refuse_unfinished(watch)
    parts = [
        _wave(tables, one, scale, landmark=landmark, params=params, as_of=as_of).mutate(
            wave=ibis.literal(place, "int64")
        )
        for place, (landmark, one) in enumerate(zip(landmarks, known, strict=True))
    ]
    named = assignments.select("customer_id", "segment")
    table = ibis.union(*parts).left_join(named, "customer_id").drop("customer_id_right")
    return Waves(
        table.select(
            "customer_id",
            "segment",
            "wave",
            "satisfaction",
            "stayed",
            "is_active",
            *watch.covariates,
        ),
        watch,
        landmarks,
        params.retention.kind,
        params.segments_follow_behaviour,
    )


def _refuse_without_order(tables: Tables, params: Params) -> None:
    lack = exposures_lack(tables, params)
    if lack is not None or params.retention is None:
        raise NotEstimable(_("Not measured ({lack}).").format(lack=lack))
    if params.retention.kind == "label":
        reason = _(
            "Leaving has no date, so that answers may have been given after it. Give "
            "{column} and retention.kind: contract to know."
        )
        raise NotEstimable(reason.format(column=contract_name("customers.left_on")))
    if "answered_at" not in tables["answers"].columns:
        raise NotEstimable(
            _("Answers have no date (answered_at), so that they may have been given later.")
        )


def _refuse_unfinished(watch: Watch) -> None:
    # The gate asks whether anyone was watched only to word its reason.
    check = horizon(pd.DataFrame({"satisfaction": [0.0]}), watch, {})
    if check.outcome == "refuse":
        raise NotEstimable(check.reason)


def _landmarks(answers: ir.Table, params: Params, *, after: date) -> tuple[date, ...]:
    """First days of the windows that have an answer before them, oldest first."""
    first = answers.answered_at.min().execute()
    most = min(params.periods, MAX_WAVES)
    horizon = timedelta(days=params.horizon_days)
    days = [after - horizon * back for back in range(most, 0, -1)]
    if pd.isna(first):
        days = []
    days = [one for one in days if pd.Timestamp(one) > first]
    if len(days) < 2:
        raise NotEstimable(
            _(
                "Answers reach back for fewer than two windows of {days} days up to {end}, so that "
                "nobody is seen twice."
            ).format(days=number(params.horizon_days, 0), end=day(after - timedelta(days=1)))
        )
    return tuple(days)


def _wave(
    tables: Tables,
    known: Known,
    scale: tuple[float, float] | None,
    *,
    landmark: date,
    params: Params,
    as_of: date,
) -> ir.Table:
    """Everyone of one landmark with an answer up to date: covariates, satisfaction, outcome."""
    oldest = landmark - timedelta(days=params.satisfaction.max_age_days)
    answers = placed_answers(
        tables["answers"], params.satisfaction.item, before=landmark, oldest=oldest
    )
    last = last_answers(answers.filter(answers.place == USABLE))
    low, high = scale or (0.0, 0.0)
    last = last.filter(last.scale_min == low, last.scale_max == high)
    said = last.select("customer_id", satisfaction=last.score)
    rows = _outcomes(tables, landmark=landmark, params=params, as_of=as_of)
    rows = rows.join(said, "customer_id")
    if known.used:
        rows = rows.left_join(known.table, "customer_id").drop("customer_id_right")
    return rows


def _outcomes(tables: Tables, *, landmark: date, params: Params, as_of: date) -> ir.Table:
    """`customer_id`, `stayed`, `is_active` of whoever is, or with `purchase` was, a customer."""
    assert params.retention is not None
    window = Period(landmark, landmark + timedelta(days=params.horizon_days - 1))
    there = membership(tables, [window], retention=params.retention, as_of=as_of)
    active = there.filter(there.active_at_start, there.stayed.notnull())
    rows = active.select("customer_id", "stayed", is_active=ibis.literal(True))
    if params.retention.kind == "contract":
        return rows
    orders = tables["orders"]
    before = orders.filter(orders.ordered_at < midnight(landmark)).select("customer_id").distinct()
    lapsed = before.anti_join(active, "customer_id")
    # Who buys in the window is there at its end: it is as long as the wait for an order.
    seen = there.select("customer_id", "active_at_end")
    lapsed = lapsed.left_join(seen, "customer_id").drop("customer_id_right")
    return rows.union(
        lapsed.select(
            "customer_id",
            stayed=lapsed.active_at_end.fill_null(False),
            is_active=ibis.literal(False),
        )
    )
