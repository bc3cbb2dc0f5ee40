"""What did each customer bring in over twelve months? One row per customer, on the engine."""

from __future__ import annotations

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir

from saydo.periods import Period
from saydo.tables.checked import Tables
from saydo.tables.days import midnight

PROFIT_NEEDS: Mapping[str, tuple[str, ...]] = {
    "orders": ("customer_id", "ordered_at", "revenue", "cost"),
    "costs": ("customer_id", "month", "cost_to_serve"),
}
"""Tables and columns without which profit can't be told, as `Tables.lacks` takes them."""

_DIGITS = 6
"""Decimals of money: who broke even must not seem to lose by the last digit of a sum."""


def customer_profits(tables: Tables, months: Period) -> ir.Table:
    """Profit of each customer who ordered or was served within some months.

    Whoever has an order of unknown cost has no profit that is known. Without that order they would
    seem to cost more than they bring in, for it was served too.

    Args:
        tables: Must not lack `PROFIT_NEEDS`.
        months: From the first day of a month to the last of one.

    Returns:
        `customer_id`, `profit` (revenue less cost of goods and cost to serve, in the study's
        currency; null where not known) and `n_uncosted` (orders of unknown cost).
    """
    start, after = midnight(months.start), midnight(months.after)
    orders, costs = tables["orders"], tables["costs"]
    ordered = orders.filter(orders.ordered_at >= start, orders.ordered_at < after)
    earned = ordered.group_by("customer_id").agg(
        margin=(ordered.revenue - ordered.cost).sum(),
        n_uncosted=ordered.cost.isnull().sum().cast("int64"),
    )
    billed = costs.filter(costs.month >= months.start, costs.month <= months.end)
    served = billed.group_by(served_id="customer_id").agg(cost_to_serve=billed.cost_to_serve.sum())
    both = earned.outer_join(served, earned.customer_id == served.served_id)
    both = both.mutate(
        customer_id=ibis.coalesce(both.customer_id, both.served_id),
        n_uncosted=both.n_uncosted.fill_null(0),
        profit=(both.margin.fill_null(0.0) - both.cost_to_serve.fill_null(0.0)).round(_DIGITS),
    )
    known = (both.n_uncosted == 0).ifelse(both.profit, ibis.null("float64"))
    return both.select("customer_id", "n_uncosted", profit=known)
