"""What do orders tell of each customer? Passes over all orders, made once for all marts.

Each takes a `Scope` and returns a table that the engine keeps, one row per customer, or per
customer and period. What many marts read has the segment of the customer in it already.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

import ibis
import ibis.expr.types as ir

from saydo.tables.lifetime_marts import day_number
from saydo.tables.scope import KEY, Scope, in_periods, with_segment

_SUMMED = ("revenue", "cost", "discount", "list_value", "quantity", "returned_value")


def orders_by_period(scope: Scope) -> ir.Table:
    """One row per customer and period with an order.

    `segment`, `n_orders` and the sums that the mart `customers` names.
    """
    return scope.kept("orders_by_period", _orders_by_period)


def orders_to_date(scope: Scope) -> ir.Table:
    """One row per customer with an order.

    `customer_id`, `segment`; `first_order`, the instant of the first in the data, and
    `knows_first`, whether it is the first ever: that is not known of those who were customers
    before the orders begin. Where orders have `revenue` and `cost` also sums: by the end of each
    period shown, counted from 0, `margin_0`, `n_uncosted_0` and so on, of all orders; by the end of
    the last of them `spend`, the revenue of all orders, and `revenue` and `margin`, those of the
    last twelve months' orders of known cost.
    """
    return scope.kept("orders_to_date", _orders_to_date)


def order_days(scope: Scope) -> ir.Table:
    """One row per customer who ordered by the end of the last period, from days with an order.

    `customer_id`, `segment`, `knows_first`, `first_day`; `until_0`, the last day before the first
    period (null if there is none), and `n_0`, how many there were; `until_1`, the last day by the
    end of the first period, and `n_1`, how many within it, and so on. A column per period rather
    than a row: what came before a period is then at hand without sorting or joining. Days are
    counted from 1970 on, so that they are whole numbers.
    """
    return scope.kept("order_days", _order_days)


def orders_in_waits(scope: Scope) -> ir.Table:
    """One row per customer whose first order is known and may be waited upon in the periods.

    `customer_id`, `segment`, `first_order`; for each wait that a mart knows, how many orders lie
    within it, the first one included: `n_in_90` within 90 days.
    """
    return scope.kept("orders_in_waits", _orders_in_waits)


def _orders_by_period(scope: Scope) -> ir.Table:
    orders = scope.tables["orders"]
    rows = in_periods(orders, orders.ordered_at, scope)
    if "category" in rows.columns:
        rows, n_categories = _with_category_bits(rows, scope.categories)
    sums = {name: rows[name].sum().fill_null(0) for name in _SUMMED if name in rows.columns}
    if "cost" in sums:
        sums["n_uncosted"] = rows.cost.isnull().sum()
    if {"discount", "list_value"} <= set(sums):
        # Not a filter on the sum, which takes DuckDB several times as long.
        is_listed = rows.list_value > 0
        sums["listed_discount"] = is_listed.ifelse(rows.discount, 0.0).sum().fill_null(0)
    if "category" in rows.columns:
        sums["n_categories"] = n_categories(rows)
    return with_segment(rows.group_by(*KEY).agg(n_orders=rows.count(), **sums), scope)


def _with_category_bits(
    rows: ir.Table, names: Sequence[str]
) -> tuple[ir.Table, Callable[[ir.Table], ir.IntegerScalar]]:
    """The orders, and what counts the distinct categories of some of them.

    Each category is a bit of a whole number: to collect bits takes no more than to add, whereas a
    set of texts per customer takes several times as long. There are 63 bits; where there are more
    categories, sets it is.
    """
    if len(names) > 63:
        return rows, lambda rows: rows.category.nunique()
    bits = ibis.memtable(
        {"named": names, "bit": [1 << place for place in range(len(names))]},
        schema={"named": "string", "bit": "int64"},
    )

    def n_bits(rows: ir.Table) -> ir.IntegerScalar:
        seen = rows.bit.bit_or().fill_null(0)
        return sum(((seen >> place) & 1 for place in range(len(names))), ibis.literal(0))

    return rows.left_join(bits, rows.category == bits.named).drop("named"), n_bits


def _orders_to_date(scope: Scope) -> ir.Table:
    orders = scope.tables["orders"]
    if {"revenue", "cost"} <= set(orders.columns):
        placed, sums = _with_amounts(orders, scope)
    else:
        placed, sums = orders.select("customer_id", "ordered_at"), {}
    first = placed.ordered_at.min()
    to_date = placed.group_by(buyer="customer_id").agg(first_order=first, **sums)
    customers = scope.customers
    rows = to_date.left_join(customers, to_date.buyer == customers.customer_id)
    knows_first = ibis.literal(True)
    if "acquired_on" in customers.columns:
        begin = orders.ordered_at.min().as_scalar().date()
        knows_first = rows.acquired_on.isnull() | (rows.acquired_on >= begin)
    return rows.select(
        "segment",
        *(name for name in to_date.columns if name != "buyer"),
        customer_id="buyer",
        knows_first=knows_first,
    )


def _with_amounts(orders: ir.Table, scope: Scope) -> tuple[ir.Table, dict[str, ir.Scalar]]:
    """The orders with what is added up, and the sums of `orders_to_date`."""
    last = scope.periods[-1]
    in_time = orders.ordered_at < last.after
    # Margins of long ago are not those to come.
    year = last.after.replace(year=last.after.year - 1)
    tells_margin = orders.cost.notnull() & (orders.ordered_at >= year) & in_time
    placed = orders.select(
        "customer_id",
        "ordered_at",
        gain=orders.revenue - orders.cost,
        uncosted=orders.cost.isnull().cast("int64"),
        spend=in_time.ifelse(orders.revenue, 0.0),
        revenue=tells_margin.ifelse(orders.revenue, 0.0),
        margin=tells_margin.ifelse(orders.revenue - orders.cost, 0.0),
    )
    sums = {name: placed[name].sum() for name in ("spend", "revenue", "margin")}
    for number, period in enumerate(scope.periods):
        until = placed.ordered_at < period.after
        sums[f"margin_{number}"] = until.ifelse(placed.gain, 0.0).sum().fill_null(0)
        sums[f"n_uncosted_{number}"] = until.ifelse(placed.uncosted, 0).sum().fill_null(0)
    return placed, sums


def _order_days(scope: Scope) -> ir.Table:
    orders = scope.tables["orders"]
    orders = orders.filter(orders.ordered_at < scope.periods[-1].after)
    # In 32 bits as long as there are many of them.
    day = orders.ordered_at.date().epoch_days().cast("int32")
    days = orders.select(buyer="customer_id", day=day).distinct()
    edges = [day_number(period.start) for period in scope.periods] + [
        day_number(scope.periods[-1].after)
    ]
    number = sum(((days.day >= edge).cast("int8") for edge in edges[:-1]), ibis.literal(0, "int8"))
    placed = days.mutate(number=number)
    columns = {}
    for number in range(len(edges)):
        day = (placed.number == number).ifelse(placed.day, ibis.null("int32"))
        columns[f"last_{number}"] = day.max()
        columns[f"n_{number}"] = day.count()
    wide = placed.group_by("buyer").agg(first_day=placed.day.min(), **columns)
    until = {
        f"until_{number}": ibis.coalesce(
            *(wide[f"last_{back}"] for back in range(number, -1, -1))
        ).cast("int64")
        for number in range(len(edges))
    }
    n = {name: wide[name] for name in columns if name.startswith("n_")}
    wide = wide.select("buyer", first_day=wide.first_day.cast("int64"), **until, **n)
    known = orders_to_date(scope).select("customer_id", "segment", "knows_first")
    return wide.join(known, wide.buyer == known.customer_id).drop("buyer")


def _orders_in_waits(scope: Scope) -> ir.Table:
    waits = {scope.params.horizon_days, scope.params.definitions.repeat_days}
    since = scope.periods[0].start - timedelta(days=max(waits))
    first = orders_to_date(scope)
    first = first.filter(first.first_order >= since, first.knows_first)
    first = first.select("customer_id", "segment", "first_order")
    orders = scope.tables["orders"]
    orders = orders.filter(orders.ordered_at >= since)
    orders = orders.select(buyer="customer_id", ordered_at="ordered_at")
    pairs = first.join(orders, first.customer_id == orders.buyer)
    n = {
        f"n_in_{days}": (pairs.ordered_at < pairs.first_order + ibis.interval(days=days)).sum()
        for days in sorted(waits)
    }
    return pairs.group_by(*first.columns).agg(**n)
