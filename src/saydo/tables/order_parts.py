"""What do orders tell of each customer? Passes over all orders, made once for all marts.

Each takes a `Scope` and returns a table that the engine keeps, one row per customer, or per
customer and period. What many marts read has the segment of the customer in it already.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from saydo.periods import MONTHS
from saydo.tables.scope import KEY, Scope, in_periods, period_start, stacked, with_segment

_BITS = 63
"""Of a whole number, without its sign."""

_SUMMED = ("revenue", "cost", "list_value", "quantity")


def orders_by_period(scope: Scope) -> ir.Table:
    """One row per customer and period with an order.

    `segment`, `n_orders` and the sums that the mart `customers` names; `first_order`, `last_day`
    and `n_days`, how many days have one; where orders have a `cost` also `costed`, the revenue of
    those whose cost is known.
    """
    return scope.kept("orders_by_period", _orders_by_period)


def orders_to_date(scope: Scope) -> ir.Table:
    """One row per customer who ordered by the end of the last period; orders of one day are one.

    `customer_id`, `segment`; `first_order`, the instant of the first in the data, its `first_day`,
    and `knows_first`, whether it is the first ever: that is not known of those who were customers
    before the orders begin. `until_0`, the last day with an order before the first period (null if
    there is none), and `n_0`, how many there were; `until_1`, the last day by the end of the first
    period, and `n_1`, how many within it, and so on; `n_days`, of them all. Where orders have a
    `cost` also sums: by the end of each period, counted from 0, `margin_0`, `n_uncosted_0` and so
    on, of all orders; by the end of the last of them `spend`, the revenue of all orders, and
    `revenue` and `margin`, those of the last twelve months' orders of known cost. A column per
    period rather than a row: what came before a period is then at hand without sorting or joining.
    Days are counted from 1970 on, so that they are whole numbers.
    """
    return scope.kept("orders_to_date", _orders_to_date)


def orders_in_waits(scope: Scope) -> ir.Table:
    """One row per customer whose first order is known and may be waited upon in the periods.

    `customer_id`, `segment`, `first_order`; for each wait that a mart knows, how many orders lie
    within it, the first one included: `n_in_90` within 90 days.
    """
    return scope.kept("orders_in_waits", _orders_in_waits)


def _orders_by_period(scope: Scope) -> ir.Table:
    orders = scope.tables["orders"]
    rows = in_periods(orders, orders.ordered_at, scope)
    sums = {name: rows[name].sum().fill_null(0) for name in _SUMMED if name in rows.columns}
    if {"discount", "list_value"} <= set(rows.columns):
        # Not a filter on the sum, which takes DuckDB several times as long.
        is_listed = rows.list_value > 0
        sums["listed_discount"] = is_listed.ifelse(rows.discount, 0.0).sum().fill_null(0)
    if "category" in rows.columns:
        rows, sums["n_categories"] = _with_categories(rows, scope.categories)
    sums |= _days_and_amounts(rows, scope)
    return with_segment(rows.group_by(*KEY).agg(n_orders=rows.count(), **sums), scope)


def _with_categories(rows: ir.Table, names: Sequence[str]) -> tuple[ir.Table, ir.IntegerScalar]:
    """The orders, and how many distinct categories some of them have."""
    if len(names) > 10 * _BITS:
        return rows, rows.category.nunique()
    places = ibis.memtable(
        {"named": names, "place": range(len(names))}, schema={"named": "string", "place": "int32"}
    )
    placed = rows.left_join(places, rows.category == places.named).drop("named")
    return placed, _n_distinct(placed.place, len(names))


def _n_distinct(places: ir.IntegerColumn, n_places: int) -> ir.IntegerScalar:
    """How many of these places, counted from 0, occur.

    Each is a bit of a whole number: to collect bits takes no more than to add, whereas a set of
    texts or days per customer takes several times as long.
    """
    # From the left, as a 1 would be shifted in 32 bits.
    highest = ibis.literal(1 << (_BITS - 1))
    words = (
        places.between(first, first + _BITS - 1).ifelse(
            highest >> (places - first).cast("int32"), 0
        )
        for first in range(0, n_places, _BITS)
    )
    # In 64 bits, as Ibis takes a sum of any whole numbers to be, whatever the engine makes of it.
    counts = [_bit_count(word.bit_or().fill_null(0)).cast("int64") for word in words]
    return sum(counts[1:], counts[0])


@ibis.udf.scalar.builtin(name="bit_count", signature=((dt.int64,), dt.int8))
def _bit_count(word: int) -> int:  # type: ignore[empty-body]
    """How many bits are set."""


def _days_and_amounts(orders: ir.Table, scope: Scope) -> dict[str, ir.Scalar]:
    """What `orders_to_date` is made of, of orders with their `period_start`."""
    day = orders.ordered_at.date().epoch_days().cast("int32")
    place = day - orders.period_start.epoch_days().cast("int32")
    columns = {
        "first_order": orders.ordered_at.min(),
        "last_day": day.max(),
        "n_days": _n_distinct(place, 31 * MONTHS[scope.params.period]),
    }
    if "cost" in orders.columns:
        columns["n_uncosted"] = orders.cost.isnull().sum().cast("int32")
    if _tells_margins(orders):
        columns |= {
            "revenue": orders.revenue.sum().fill_null(0),
            "cost": orders.cost.sum().fill_null(0),
            "costed": orders.cost.notnull().ifelse(orders.revenue, 0.0).sum().fill_null(0),
        }
    return columns


def _tells_margins(orders: ir.Table) -> bool:
    return {"revenue", "cost"} <= set(orders.columns)


def _orders_to_date(scope: Scope) -> ir.Table:
    orders, customers = scope.tables["orders"], scope.customers
    older = orders.filter(orders.ordered_at < scope.periods[0].start)
    older = older.mutate(period_start=period_start(older.ordered_at, scope))
    older = older.group_by(*KEY).agg(**_days_and_amounts(older, scope))
    rows = stacked([older, orders_by_period(scope).select(older.columns)])
    starts = [period.start for period in scope.periods]
    # In which period shown, counted from 1, or in none of them.
    begun = [(rows.period_start >= start).cast("int8") for start in starts]
    number = sum(begun[1:], begun[0])
    rows = rows.mutate(number=number)
    if _tells_margins(orders):
        rows = rows.mutate(gain=rows.costed - rows.cost)
    numbers = range(len(starts) + 1)
    sums = {"first_order": rows.first_order.min(), "n_days": rows.n_days.sum()}
    sums |= {f"last_{each}": _within(rows, "last_day", each) for each in numbers}
    sums |= {f"n_{each}": _within(rows, "n_days", each).fill_null(0) for each in numbers}
    if _tells_margins(orders):
        # Margins of long ago are not those to come.
        last = scope.periods[-1]
        is_recent = rows.period_start >= last.after.replace(year=last.after.year - 1)
        sums |= {
            "spend": rows.revenue.sum(),
            "revenue": is_recent.ifelse(rows.costed, 0.0).sum(),
            "margin": is_recent.ifelse(rows.gain, 0.0).sum(),
        }
        for name in ("gain", "n_uncosted"):
            sums |= {f"{name}_{each}": _within(rows, name, each).fill_null(0) for each in numbers}
    to_date = rows.group_by(buyer="customer_id").agg(**sums)
    known = to_date.left_join(customers, to_date.buyer == customers.customer_id)
    knows_first = ibis.literal(True)
    if "acquired_on" in customers.columns:
        begin = orders.ordered_at.min().as_scalar().date()
        knows_first = known.acquired_on.isnull() | (known.acquired_on >= begin)
    columns = {
        "customer_id": known.buyer,
        "knows_first": knows_first,
        "first_day": known.first_order.date().epoch_days().cast("int64"),
        **{f"n_{each}": known[f"n_{each}"].cast("int64") for each in numbers},
    }
    for each in numbers:
        last_days = (known[f"last_{back}"] for back in range(each, -1, -1))
        columns[f"until_{each}"] = ibis.coalesce(*last_days).cast("int64")
    kept = ["segment", "first_order", "n_days"]
    if _tells_margins(orders):
        kept += ["spend", "revenue", "margin"]
        for each in numbers[1:]:
            for name, part in (("margin", "gain"), ("n_uncosted", "n_uncosted")):
                parts = [known[f"{part}_{number}"] for number in range(each + 1)]
                columns[f"{name}_{each - 1}"] = sum(parts[1:], parts[0])
    return known.select(*kept, **columns)


def _within(rows: ir.Table, name: str, number: int) -> ir.Scalar:
    """What the period of this number has of a customer, or for 0 all that came before."""
    value = (rows.number == number).ifelse(rows[name], ibis.null(rows[name].type()))
    # There is one row in a period shown, of which the maximum is found in less room than a sum.
    return value.sum() if number == 0 and name != "last_day" else value.max()


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
