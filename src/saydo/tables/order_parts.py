"""What do orders tell of each customer? Passes over all orders, made once for all marts.

Each takes a `Scope` and returns a table that the engine keeps, one row per customer, or per
customer and period. What many marts read has the segment of the customer in it already.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from saydo.periods import MONTHS
from saydo.tables.lifetime_marts import day_number
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
    `cost` also sums: by the end of each period, counted from 0, `margin_0` and so on, of all
    orders; by the end of the last of them `spend`, the revenue of all orders, and `revenue` and
    `margin`, those of the last twelve months' orders of known cost; and `uncosted_from`, the start
    of the first period, shown or not, with an order of unknown cost. A column per period rather
    than a row: what came before a period is then at hand without sorting or joining. Days are
    counted from 1970 on, so that they are whole numbers.
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
    is_older = rows.number == 0
    place = rows.last_day.cast("int64") - rows.period_start.epoch_days()
    in_periods_shown = _Packed(len(starts), largest=31 * MONTHS[scope.params.period])
    sums = {
        "first_order": rows.first_order.min(),
        "n_days": rows.n_days.sum(),
        "last_0": is_older.ifelse(rows.last_day, ibis.null("int32")).max(),
        "n_0": is_older.ifelse(rows.n_days, 0).sum(),
        **in_periods_shown.words("place", rows.number, place + 1),
        **in_periods_shown.words("n", rows.number, rows.n_days),
    }
    numbers = range(len(starts) + 1)
    if _tells_margins(orders):
        # Margins of long ago are not those to come.
        last = scope.periods[-1]
        is_recent = rows.period_start >= last.after.replace(year=last.after.year - 1)
        uncosted = (rows.n_uncosted > 0).ifelse(rows.period_start, ibis.null("date"))
        sums |= {
            "spend": rows.revenue.sum(),
            "revenue": is_recent.ifelse(rows.costed, 0.0).sum(),
            "margin": is_recent.ifelse(rows.gain, 0.0).sum(),
            "uncosted_from": uncosted.min(),
        }
        sums |= {f"gain_{each}": _gain(rows, each).fill_null(0) for each in numbers}
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
        "n_0": known.n_0.cast("int64"),
        "until_0": known.last_0.cast("int64"),
    }
    last_days = [columns["until_0"]]
    for each, start in enumerate(starts, start=1):
        place = in_periods_shown.value("place", known, each).nullif(0)
        last_days.insert(0, place + (day_number(start) - 1))
        columns[f"n_{each}"] = in_periods_shown.value("n", known, each)
        columns[f"until_{each}"] = ibis.coalesce(*last_days)
    kept = ["segment", "first_order", "n_days"]
    if _tells_margins(orders):
        kept += ["spend", "revenue", "margin", "uncosted_from"]
        for each in numbers[1:]:
            parts = [known[f"gain_{number}"] for number in range(each + 1)]
            columns[f"margin_{each - 1}"] = sum(parts[1:], parts[0])
    return known.select(*kept, **columns)


@dataclass(frozen=True)
class _Packed:
    """One number of each period, counted from 1, side by side in as few whole numbers as hold them.

    To collect these takes the engine a third of what it takes to pick out the row of each period.
    """

    n_periods: int
    largest: int

    def words(self, name: str, period: ir.Value, value: ir.Value) -> dict[str, ir.Scalar]:
        """What to aggregate the rows of a customer to: one row per period at most, or 0 for none.

        Args:
            name: Of the columns.
            period: Its number, from 1; rows with 0 count for none.
            value: From 0 to the largest, in 64 bits also in the engine, which has to shift it.
        """
        words = {}
        for number in range(-(-self.n_periods // self._in_word)):
            first = 1 + number * self._in_word
            is_in = (period >= first) & (period < first + self._in_word)
            place = is_in.ifelse(period - first, 0).cast("int32")
            words[f"{name}_word_{number}"] = is_in.ifelse(value << place * self._bits, 0).bit_or()
        return words

    def value(self, name: str, rows: ir.Table, period: int) -> ir.IntegerValue:
        """The number of this period, out of the columns that `words` has made; 0 if it had none."""
        word, place = divmod(period - 1, self._in_word)
        whole = rows[f"{name}_word_{word}"]
        number: ir.IntegerValue = (whole >> place * self._bits) & ((1 << self._bits) - 1)
        return number

    @property
    def _bits(self) -> int:
        return self.largest.bit_length()

    @property
    def _in_word(self) -> int:
        return _BITS // self._bits


def _gain(rows: ir.Table, number: int) -> ir.Scalar:
    """What the period of this number brought, or for 0 all that came before."""
    gain = (rows.number == number).ifelse(rows.gain, ibis.null("float64"))
    # There is one row in a period shown, of which the maximum is found in less room than a sum.
    return gain.sum() if number == 0 else gain.max()


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
