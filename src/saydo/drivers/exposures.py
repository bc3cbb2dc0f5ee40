"""Who answered, and did they stay? One row per customer watched.

A landmark design (van Houwelingen, 2007): everyone who is a customer on one day, the landmark, with
the last answer before it and covariates known then, watched from it to `as_of`. One window for all,
fully observed. Taking each customer's last answer instead would choose it by the outcome, for who
leaves gives no later answer (immortal-time bias).

Takes checked tables and the assignment to segments; returns `Exposures`: the table, still on the
engine, with the watch that it comes from and the counts of who was left out and why.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir
import pandas as pd

from saydo.drivers.covariates import covariates
from saydo.errors import NotEstimable
from saydo.languages import gettext
from saydo.languages import noop as _
from saydo.params import Params
from saydo.periods import Period
from saydo.tables.checked import Tables
from saydo.tables.days import midnight
from saydo.tables.last_answers import (
    LATER,
    TOO_OLD,
    last_answers,
    placed_answers,
    usual_scale,
)
from saydo.tables.presence import presence, presence_needs

LEFT_OUT: Mapping[str, str] = {
    "not_active": _("Not a {customer} when the watch began"),
    "not_observed": _("Not known whether they stayed"),
    "never_answered": _("Never answered"),
    "answered_later": _("Answered only after the watch began, or without a date"),
    "answer_too_old": _("Last answer out of date"),
    "other_scale": _("Answered on another scale"),
}
"""Why a customer is no exposure; the first that applies is counted."""


@dataclass(frozen=True)
class Watch:
    """What was watched, and what is known about how well it could be."""

    as_of: date
    horizon_days: int
    landmark: date | None
    """First day of the watch; none where leaving is a label without a date."""
    item: str
    scale: tuple[float, float] | None
    """Of the answers; none where nobody answered `item`."""
    has_time_order: bool
    """Whether every answer is known to come before the watch."""
    covariates: tuple[str, ...] = ()
    lacking: Mapping[str, str] = field(default_factory=dict)
    """Covariates asked for that could not be had, with the reason."""
    attributes: tuple[str, ...] = ()
    """Covariates that are attributes of customers, as recorded now rather than at the landmark."""
    last_activity: date | None = None
    """Last day with an order (`purchase`) or with someone acquired or lost (`contract`)."""
    activity_rate: float = 0.0
    """Days with such activity per day, over the year up to the last one."""
    answer_age_days: float | None = None
    """Mean days between the answers and the landmark; none where either has no date."""
    segments_on: date | None = None
    """Day whose segments count, where customers move between segments by what they do."""


@dataclass(frozen=True)
class Exposures:
    """Customers watched, on the engine, and everyone else counted."""

    table: ir.Table
    """`customer_id`, `segment` (null for customers in none), `satisfaction` (points of the scale),
    `stayed`, and a column per covariate."""
    present: ir.Table
    """Everyone of whom it is known whether they stayed, who answered or not: the columns of
    `table`, and `left_out`, a key of `LEFT_OUT`, null for the customers of `table`."""
    watch: Watch
    left_out: pd.DataFrame
    """`segment`, `reason` (a key of `LEFT_OUT`, or `watched`), `n` (customers); `all` comes first
    and every segment has every reason."""


def exposures_lack(tables: Tables, params: Params) -> str | None:
    """What the tables or params lack for exposures ("needs answers"), or None if nothing."""
    if params.retention is None:
        return gettext("needs retention in params")
    needs = {**presence_needs(params.retention), "answers": ("customer_id", "item", "score")}
    return tables.lacks(needs)


def landmark_of(params: Params, *, as_of: date) -> date:
    """First day of the watch that ends with `as_of`."""
    return as_of + timedelta(days=1 - params.horizon_days)


def exposures(
    tables: Tables,
    assignments: ir.Table,
    *,
    params: Params,
    as_of: date,
    adjust_for: Sequence[str] | None = None,
) -> Exposures:
    """Customers with an answer before the landmark, and whether they stayed after it.

    With `retention.kind: label`, where leaving has no date, everyone with an answer counts, and so
    it does where answers have no date; `watch.has_time_order` is then False. Of several answers at
    the same instant the lowest counts.

    Args:
        tables: Checked tables.
        assignments: `customer_id`, `segment`; one row per customer. Where segments follow
            behaviour, those of the landmark (`segments.assignments_before`).
        params: Retention, satisfaction and its horizon.
        as_of: Last day of the watch.
        adjust_for: Covariates, if other than `params.satisfaction.adjust_for`.

    Raises:
        NotEstimable: Tables or params lack what `exposures_lack` names.
    """
    lack = exposures_lack(tables, params)
    if lack is not None or params.retention is None:
        raise NotEstimable(f"Whether satisfied customers stay can't be watched: {lack}.")
    dated_outcome = params.retention.kind != "label"
    after = as_of + timedelta(days=1)
    landmark = landmark_of(params, as_of=as_of) if dated_outcome else after
    oldest = landmark - timedelta(days=params.satisfaction.max_age_days) if dated_outcome else None
    answers = placed_answers(
        tables["answers"], params.satisfaction.item, before=landmark, oldest=oldest
    )
    scale = usual_scale(answers)
    window = Period(min(landmark, as_of), as_of)
    present = presence(tables, [window], retention=params.retention, as_of=as_of)
    everyone = _everyone(tables["customers"], assignments, present, answers, scale).cache()
    known = covariates(
        tables,
        params.satisfaction.adjust_for if adjust_for is None else adjust_for,
        at=landmark,
        behaviour_known=dated_outcome,
    )
    counts = _counts(everyone, landmark)
    observed = everyone.filter(everyone.stayed.notnull()).drop("answered_at")
    if known.used:
        observed = observed.left_join(known.table, "customer_id").drop("customer_id_right")
        # Several tables are made from it, and covariates read all orders.
        observed = observed.cache()
    watched = observed.filter(observed.left_out.isnull()).drop("left_out")
    last_activity, activity_rate = activity(tables, params.retention.kind, as_of)
    watch = Watch(
        as_of=as_of,
        horizon_days=params.horizon_days,
        landmark=landmark if dated_outcome else None,
        item=params.satisfaction.item,
        scale=scale,
        has_time_order=dated_outcome and "answered_at" in tables["answers"].columns,
        covariates=known.used,
        lacking=known.lacking,
        attributes=known.attributes,
        last_activity=last_activity,
        activity_rate=activity_rate,
        answer_age_days=_mean_age(counts) if dated_outcome else None,
        segments_on=landmark - timedelta(days=1)
        if dated_outcome and params.segments_follow_behaviour
        else None,
    )
    return Exposures(watched, observed, watch, _left_out(counts))


def _everyone(
    customers: ir.Table,
    assignments: ir.Table,
    present: ir.Table,
    answers: ir.Table,
    scale: tuple[float, float] | None,
) -> ir.Table:
    """Every customer with satisfaction and outcome, or with the reason why there is none."""
    active = present.filter(present.active_at_start).select("customer_id", "stayed")
    # A marker, because `stayed` may itself be null.
    active = active.mutate(is_active=ibis.literal(True))
    last = last_answers(answers)
    joined = (
        customers.select("customer_id")
        .left_join(assignments.select("customer_id", "segment"), "customer_id")
        .drop("customer_id_right")
        .left_join(active, "customer_id")
        .drop("customer_id_right")
        .left_join(last, "customer_id")
        .drop("customer_id_right")
    )
    low, high = scale or (0.0, 0.0)
    left_out = ibis.cases(
        (joined.is_active.isnull(), "not_active"),
        (joined.stayed.isnull(), "not_observed"),
        (joined.place.isnull(), "never_answered"),
        (joined.place == LATER, "answered_later"),
        (joined.place == TOO_OLD, "answer_too_old"),
        ((joined.scale_min != low) | (joined.scale_max != high), "other_scale"),
        else_=ibis.null("string"),
    )
    return joined.select(
        "customer_id",
        "segment",
        "stayed",
        "answered_at",
        satisfaction=joined.score,
        left_out=left_out,
    )


def _counts(everyone: ir.Table, landmark: date) -> pd.DataFrame:
    """Customers by segment and reason, with the days since their answers, in one pass."""
    reason = everyone.left_out.fill_null("watched")
    seconds = midnight(landmark).epoch_seconds() - everyone.answered_at.epoch_seconds()
    days = (seconds / 86_400).sum()
    return everyone.group_by("segment", reason=reason).agg(n=everyone.count(), days=days).execute()


def _mean_age(counts: pd.DataFrame) -> float | None:
    watched = counts[counts.reason == "watched"]
    if watched["days"].isna().all():
        return None
    # Engines add in their own order; a hundredth of a day is more than anyone reads.
    return round(float(watched["days"].sum() / watched["n"].sum()), 2)


def _left_out(counts: pd.DataFrame) -> pd.DataFrame:
    wide = counts.pivot_table(
        index="segment", columns="reason", values="n", aggfunc="sum", fill_value=0
    )
    wide = wide.reindex(columns=["watched", *LEFT_OUT], fill_value=0).sort_index()
    # Customers in no segment count in `all` only.
    total = counts.groupby("reason").n.sum().reindex(wide.columns, fill_value=0)
    wide = pd.concat([total.to_frame("all").T, wide])
    return wide.rename_axis(index="segment", columns="reason").stack().rename("n").reset_index()


def activity(tables: Tables, kind: str, as_of: date) -> tuple[date | None, float]:
    """Last day on which the outcome is seen to be recorded, and how usual such days are."""
    if kind == "label":
        return None, 0.0
    if kind == "purchase":
        days = tables["orders"].ordered_at.date().name("day").as_table()
    else:
        customers = tables["customers"]
        days = ibis.union(
            customers.select(day=customers.acquired_on), customers.select(day=customers.left_on)
        )
    days = days.filter(days.day.notnull(), days.day <= as_of).distinct()
    active = pd.to_datetime(days.execute().day)
    if active.empty:
        return None, 0.0
    last, first = active.max(), active.min()
    year = active[active > last - pd.Timedelta(days=365)]
    n_days = min(365, (last - first).days + 1)
    return last.date(), len(year) / n_days
