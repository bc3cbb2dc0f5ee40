"""Did orders come when promised, and how long did they take? Marts of deliveries.

Each takes a `Scope` and returns rows with `segment`, `period_start` and the columns its docstring
names.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from saydo.tables.order_parts import orders_by_period
from saydo.tables.scope import KEY, Scope, in_periods, stacked, with_segment
from saydo.tables.service_marts import seconds_until


def deliveries(scope: Scope) -> ir.Table:
    """Orders by the period of their promise: `n_due`, and `n_on_time`, complete and kept."""
    orders = scope.tables["orders"]
    due = in_periods(orders, orders.promised_at, scope)
    # A promise without a time of day is kept until that day is over.
    is_day = due.promised_at == due.promised_at.truncate("D")
    in_time = (due.delivered_at <= due.promised_at) | (
        is_day & (due.delivered_at.date() <= due.promised_at.date())
    )
    # Whether an order that came in time was complete must be known; any other has failed.
    known = ~in_time.fill_null(False) | due.is_complete.notnull()
    counts = due.group_by(*KEY).agg(
        n_due=known.sum(), n_on_time=(known & in_time & due.is_complete).sum()
    )
    counts = counts.mutate(n_on_time=counts.n_on_time.fill_null(0))
    return with_segment(counts, scope).rename(person="customer_id")


def shipments(scope: Scope) -> ir.Table:
    """Counts of orders by how long they took, in the period in which they were ordered.

    Two kinds of rows: `n_orders` by `days_to_delivery`, to the nearest hour, until then or until
    the last day known is over, and `is_delivered`; and `n_people` who ordered, which a sum over the
    others would not tell. What a kind of row does not tell is zero in it, or null.
    """
    orders = scope.tables["orders"]
    rows = in_periods(orders, orders.ordered_at, scope)
    seconds = seconds_until(rows.ordered_at, rows.delivered_at, scope)
    rows = rows.select(
        *KEY,
        hours=(seconds / 3600 + 0.5).floor(),
        is_delivered=rows.delivered_at.notnull(),
    )
    rows = with_segment(rows, scope)
    waits = rows.group_by("segment", "period_start", "hours", "is_delivered").agg(
        n_orders=rows.count()
    )
    people = orders_by_period(scope)
    people = people.group_by("segment", "period_start").agg(n_people=people.count())
    both = stacked(
        [
            waits.select(
                "segment",
                "period_start",
                "is_delivered",
                "n_orders",
                days_to_delivery=waits.hours / 24,
                n_people=ibis.literal(0, "int64"),
            ),
            people.select(
                "segment",
                "period_start",
                "n_people",
                is_delivered=ibis.null("boolean"),
                n_orders=ibis.literal(0, "int64"),
                days_to_delivery=ibis.null("float64"),
            ),
        ]
    )
    return scope.tables.keep("shipments", both)
