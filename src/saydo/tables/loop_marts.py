"""Was somebody called on who was unhappy, and was a complaint handled well?

Each mart takes a `Scope` and returns rows with `segment`, `period_start`, `person` and the columns
its docstring names. Only answers of known customers can be joined with what they asked for.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from saydo.tables.scope import KEY, Scope, in_periods, with_segment


def complaint_answers(scope: Scope) -> ir.Table:
    """Answers to the item `complaint_handling` by customers who had complained, one row each.

    The complaint came within `satisfaction.max_age_days` before the answer or on its day. Columns
    as in the mart `answers`: `score`, `scale_min`, `scale_max`, `weight`.
    """
    scores = scope.scores()
    said = scores.filter(scores.item == "complaint_handling", scores.customer_id.notnull())
    said = in_periods(said, said.answered_at, scope)
    tickets = scope.tables["tickets"]
    complaints = tickets.filter(tickets.is_complaint).select(
        complainer="customer_id", complained_on=tickets.opened_at.date()
    )
    age = ibis.interval(days=scope.params.satisfaction.max_age_days)
    answered_on = said.answered_at.date()
    rows = said.semi_join(
        complaints,
        [
            said.customer_id == complaints.complainer,
            complaints.complained_on <= answered_on,
            complaints.complained_on >= (answered_on - age).cast("date"),
        ],
    )
    return with_segment(rows, scope).select(
        "segment", "period_start", "person", "score", "scale_min", "scale_max", "weight"
    )


def detractors(scope: Scope) -> ir.Table:
    """Customers who gave 0 to 6 of 0–10 for `recommend`, and whether we called on them.

    One row per customer and period, that in which the wait of `definitions.follow_up_days` after
    the answer ended. Answers of any survey count. `n_low`: such answers; `n_followed`: those after
    which a ticket on `definitions.follow_up_topic` was opened within that time.
    """
    definitions = scope.params.definitions
    wait = ibis.interval(days=definitions.follow_up_days)
    scores = scope.scores()
    low = scores.filter(
        scores.item == "recommend",
        scores.scale_min == 0,
        scores.scale_max == 10,
        scores.score <= 6,
        scores.customer_id.notnull(),
    )
    low = low.mutate(ends_at=low.answered_at + wait)
    low = in_periods(low, low.ends_at, scope).select(*KEY, "answered_at", "ends_at").distinct()
    tickets = scope.tables["tickets"]
    calls = tickets.filter(tickets.topic == definitions.follow_up_topic).select(
        called="customer_id", called_at="opened_at"
    )
    pairs = low.left_join(
        calls,
        [
            low.customer_id == calls.called,
            calls.called_at >= low.answered_at,
            calls.called_at < low.ends_at,
        ],
    )
    each = pairs.group_by(*KEY, "answered_at").agg(is_followed=pairs.called.count() > 0)
    counts = each.group_by(*KEY).agg(n_low=each.count(), n_followed=each.is_followed.sum())
    return with_segment(counts, scope).rename(person="customer_id")
