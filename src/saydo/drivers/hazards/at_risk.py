"""From answers to stretches of time at risk, on the engine.

Takes customers and answers; returns them by tenure in units of so many days, each instant rounded
up to the end of its unit: what is known then holds from the next unit on, and who leaves within a
unit leaves at its end.
"""

from __future__ import annotations

from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

from saydo.tables.days import midnight
from saydo.tables.lifetime_marts import day_number


def people(
    customers: ir.Table, assignments: ir.Table, *, since: date, as_of: date, days: float
) -> ir.Table:
    """Everyone, with the units of tenure in which they come under watch and go from it."""
    joined = (
        customers.select("customer_id", "acquired_on", "left_on")
        .left_join(assignments.select("customer_id", "segment"), "customer_id")
        .drop("customer_id_right")
    )
    acquired, after = joined.acquired_on.epoch_days(), day_number(as_of + timedelta(days=1))
    over = joined.left_on.epoch_days() + 1
    is_there = (
        (acquired < after)
        & (over > day_number(since)).fill_null(True)
        & (over > acquired).fill_null(True)
    )
    return joined.select(
        "customer_id",
        "segment",
        acquired=acquired,
        is_there=is_there,
        under_watch=ibis.greatest(ibis.literal(day_number(since)) - acquired, 0),
        leaves=units(over - acquired, days),
        # The last unit is watched only if it is over.
        ends=((after - acquired) / days).floor().cast("int64"),
    )


def scores(answers: ir.Table, item: str, *, as_of: date) -> ir.Table:
    """The item's dated scores up to `as_of`."""
    answers = answers.filter(
        answers.item == item,
        answers.score.notnull(),
        answers.customer_id.notnull(),
        answers.answered_at < midnight(as_of + timedelta(days=1)),
    )
    if "aspect" in answers.columns:
        answers = answers.filter(answers.aspect.fill_null("score") == "score")
    return answers.select("customer_id", "score", "scale_min", "scale_max", "answered_at")


def usual_scale(answers: ir.Table) -> tuple[float, float]:
    counts = answers.group_by("scale_min", "scale_max").agg(n=answers.count())
    most = counts.order_by(counts.n.desc(), counts.scale_max.desc(), counts.scale_min).limit(1)
    found = most.execute()
    if found.empty:
        return 0.0, 0.0
    return float(found["scale_min"].iloc[0]), float(found["scale_max"].iloc[0])


def by_unit(people: ir.Table, answers: ir.Table, *, max_age_days: int, days: float) -> ir.Table:
    """The last answer before each unit of tenure that has a new one, and until when it is valid."""
    there = people.filter(people.is_there)
    joined = there.join(answers, "customer_id")
    # It counts from the day after on, for so many days.
    counts_from = joined.answered_at.date().epoch_days() + 1 - joined.acquired
    joined = joined.mutate(
        start=units(ibis.greatest(counts_from, joined.under_watch), days),
        expires=units(counts_from + max_age_days, days),
    )
    latest_first = ibis.window(
        group_by=[joined.customer_id, joined.start],
        order_by=[joined.answered_at.desc(), joined.score, joined.scale_max, joined.scale_min],
    )
    ranked = joined.mutate(rank=ibis.row_number().over(latest_first))
    return ranked.filter(ranked["rank"] == 0).drop("rank")


def stretches(said: ir.Table, scale: tuple[float, float]) -> ir.Table:
    """One row per stretch of time with the same answer; `nth` of its customer."""
    by_customer = ibis.window(group_by=said.customer_id, order_by=said.start)
    said = said.mutate(following=said.start.lead().over(by_customer))
    stop = ibis.least(
        said.expires,
        said.ends,
        ibis.coalesce(said.following, said.ends),
        ibis.coalesce(said.leaves, said.ends),
    )
    said = said.mutate(stop=stop, left=(said.leaves == stop).fill_null(False))
    low, high = scale
    said = said.filter(
        said.start < said.stop, said.scale_min == low, said.scale_max == high
    ).rename(satisfaction="score")
    by_customer = ibis.window(group_by=said.customer_id, order_by=said.start)
    return said.select(
        "customer_id",
        "segment",
        "acquired",
        "start",
        "stop",
        "satisfaction",
        "left",
        nth=ibis.row_number().over(by_customer),
    )


def units(tenure: ir.Value, days: float) -> ir.Value:
    """Days of tenure in units, up to the end of the unit."""
    return (tenure / days).ceil().cast("int64")
