"""What did each customer say last, before the watch began?

Takes answers; returns scores placed in time against the watch, the scale most of them are on, and
the last one of each customer.
"""

from __future__ import annotations

from datetime import date

import ibis
import ibis.expr.types as ir

from saydo.tables.days import midnight

USABLE, TOO_OLD, LATER = 0, 1, 2


def placed_answers(answers: ir.Table, item: str, *, before: date, oldest: date | None) -> ir.Table:
    """Scores of the item, each placed in time against the watch."""
    answers = answers.filter(
        answers.item == item, answers.score.notnull(), answers.customer_id.notnull()
    )
    if "aspect" in answers.columns:
        answers = answers.filter(answers.aspect.fill_null("score") == "score")
    if "answered_at" not in answers.columns:
        answers = answers.mutate(answered_at=ibis.null("timestamp"), place=ibis.literal(USABLE))
    else:
        at = answers.answered_at
        place = (at < midnight(before)).ifelse(USABLE, LATER)
        if oldest is not None:
            place = ibis.cases((at < midnight(oldest), TOO_OLD), else_=place)
        answers = answers.mutate(place=at.isnull().ifelse(LATER, place))
    return answers.select("customer_id", "score", "scale_min", "scale_max", "answered_at", "place")


def usual_scale(answers: ir.Table) -> tuple[float, float] | None:
    """The scale of most answers: of those before the watch, or of any where there are none."""
    usable = (answers.place == USABLE).sum()
    scales = answers.group_by("scale_min", "scale_max").agg(usable=usable, n=answers.count())
    found = (
        scales.order_by(
            scales.usable.desc(), scales.n.desc(), scales.scale_max.desc(), scales.scale_min
        )
        .limit(1)
        .execute()
    )
    if found.empty:
        return None
    return float(found.scale_min.iloc[0]), float(found.scale_max.iloc[0])


def last_answers(answers: ir.Table) -> ir.Table:
    """One answer per customer: the last usable one, or else what stands in for it."""
    latest_first = ibis.window(
        group_by=answers.customer_id,
        order_by=[
            answers.place,
            answers.answered_at.desc(),
            answers.score,
            answers.scale_max,
            answers.scale_min,
        ],
    )
    ranked = answers.mutate(nth=ibis.row_number().over(latest_first))
    return ranked.filter(ranked.nth == 0).drop("nth")
