"""What had customers said, and what did they then do? Marts of words against deeds.

Each takes a `Scope` and returns at most one row per customer and period: `segment`, `period_start`,
`person` and the columns its docstring names. What was said always comes before what was done.
"""

from __future__ import annotations

from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

from saydo.tables.scope import (
    KEY,
    Scope,
    in_periods,
    is_dissatisfied,
    is_satisfied,
    stacked,
    with_segment,
)


def complainers(scope: Scope) -> ir.Table:
    """Customers with a complaint whose wait of `params.horizon_days` ended in the period.

    Of several complaints the first counts. Column: `bought_again` within that time.
    """
    wait = ibis.interval(days=scope.params.horizon_days)
    tickets = scope.tables["tickets"]
    complaints = tickets.filter(tickets.is_complaint).mutate(ends_at=tickets.opened_at + wait)
    complaints = in_periods(complaints, complaints.ends_at, scope)
    firsts = complaints.group_by(*KEY).agg(
        complained_at=complaints.opened_at.min(), ends_at=complaints.ends_at.min()
    )
    orders = scope.tables["orders"].select(buyer="customer_id", ordered_at="ordered_at")
    pairs = firsts.left_join(
        orders,
        [
            firsts.customer_id == orders.buyer,
            orders.ordered_at > firsts.complained_at,
            orders.ordered_at < firsts.ends_at,
        ],
    )
    rows = pairs.group_by(*KEY).agg(bought_again=pairs.buyer.count() > 0)
    return with_segment(rows, scope).rename(person="customer_id")


def said_and_did(scope: Scope) -> ir.Table:
    """Customers who had said how satisfied they were before a period, and whether they stayed.

    Of those there at its start the last answer within `satisfaction.max_age_days` before it counts;
    of several at one instant, the lowest. Columns: `is_satisfied`, `is_dissatisfied`, `stayed`.
    """
    present = scope.membership
    present = present.filter(present.active_at_start, present.stayed.notnull())
    scores = scope.scores()
    scores = scores.filter(scores.is_satisfaction, scores.customer_id.notnull())
    age = timedelta(days=scope.params.satisfaction.max_age_days)

    def said_before(start: date) -> ir.Table:
        recent = scores.filter(scores.answered_at >= start - age, scores.answered_at < start)
        last_first = ibis.window(
            group_by=recent.customer_id, order_by=[recent.answered_at.desc(), recent.score]
        )
        ranked = recent.mutate(nth=ibis.row_number().over(last_first))
        last = ranked.filter(ranked.nth == 0)
        return last.select(
            "customer_id",
            period_start=ibis.literal(start),
            is_satisfied=is_satisfied(last),
            is_dissatisfied=is_dissatisfied(last),
        )

    said = stacked(said_before(period.start) for period in scope.periods)
    rows = said.join(present.select(*KEY, "stayed"), KEY)
    return with_segment(rows, scope).rename(person="customer_id")


def departures(scope: Scope) -> ir.Table:
    """Customers lost in a period who had been asked, and whether they had let anything be known.

    Asked: invited to a survey, or answering one, from `satisfaction.max_age_days` before the period
    until they left. Column: `spoke_up`, by a complaint or a low satisfaction score in that time.
    Who was never asked is left out, complaint or not: who comes in must not depend on having spoken
    up.
    """
    present = scope.membership
    lost = present.filter(present.active_at_start, ~present.stayed).select(*KEY, "lost_on")
    voices = _voices(scope).rename(speaker="customer_id")
    age = ibis.interval(days=scope.params.satisfaction.max_age_days)
    pairs = lost.join(
        voices,
        [
            lost.customer_id == voices.speaker,
            voices.on >= (lost.period_start - age).cast("date"),
            voices.on <= lost.lost_on,
        ],
    )
    rows = pairs.group_by(*KEY).agg(was_asked=pairs.was_asked.any(), spoke_up=pairs.spoke_up.any())
    return with_segment(rows.filter(rows.was_asked), scope).rename(person="customer_id")


def _voices(scope: Scope) -> ir.Table:
    scores = scope.scores()
    scores = scores.filter(scores.is_satisfaction, scores.customer_id.notnull())
    tickets = scope.tables["tickets"]
    complaints = tickets.filter(tickets.is_complaint)
    yes, no = ibis.literal(True), ibis.literal(False)
    voices = [
        scores.select(
            "customer_id",
            on=scores.answered_at.date(),
            was_asked=yes,
            spoke_up=is_dissatisfied(scores),
        ),
        complaints.select(
            "customer_id", on=complaints.opened_at.date(), was_asked=no, spoke_up=yes
        ),
    ]
    if "invitations" in scope.tables:
        sent = scope.tables["invitations"]
        if "delivered" in sent.columns:
            sent = sent.filter(sent.delivered.fill_null(True))
        voices.append(
            sent.select("customer_id", on=sent.sent_at.date(), was_asked=yes, spoke_up=no)
        )
    return stacked(voices)
