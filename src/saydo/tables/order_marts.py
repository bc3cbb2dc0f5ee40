"""How do customers' orders, and steps towards them, follow each other? Marts of sequences.

Each takes a `Scope` and returns rows with `segment`, `period_start`, `person` and the columns its
docstring names; at most one per customer and period, but for `first_orders`, which may have two.
Days are counted from 1970 on, so that they are whole numbers.
"""

from __future__ import annotations

from datetime import timedelta

import ibis
import ibis.expr.types as ir

from saydo.periods import Period
from saydo.tables.lifetime_marts import day_number
from saydo.tables.scope import KEY, Scope, in_periods, stacked, with_segment


def order_histories(scope: Scope) -> ir.Table:
    """Customers who had ordered by the end of the period; orders of one day are one.

    Columns:

    - `was_active` at the start: with an order in the `params.lapse_days` before it, or else
      `was_lapsed`, with an older one; `has_lapsed` by the end: none in the `lapse_days` up to it;
    - `ordered` within the period;
    - `days_since` the last order, on the period's last day;
    - `days_between` orders, the mean over the gaps that ended in the period, to a tenth of a day;
      null for whom none did;
    - in the last period, for customers not acquired before the orders begin, whose first order
      would not be known: `x`, orders after the first; `weeks_to_last` and `weeks`, whole weeks from
      the first order to the last and to the period's end. Else null.
    """
    days = order_days(scope)
    # Kept with its joins, or each period of each query would make them anew.
    wide = scope.tables.keep("order_days_of", with_segment(_with_knowledge(days, scope), scope))

    def at_end(number: int, period: Period) -> ir.Table:
        before, last = wide[f"until_{number - 1}"], wide[f"until_{number}"]
        start, after = day_number(period.start), day_number(period.after)
        lapse = scope.params.lapse_days
        n = wide[f"n_{number}"]
        # The first order ever begins a gap, but ends none.
        since = ibis.coalesce(before, wide.first_day)
        n_gaps = (n - before.isnull().cast("int64")).nullif(0)
        tenths = (20 * (last - since) + n_gaps) // (2 * n_gaps)
        return wide.filter(wide.first_day < after).select(
            "segment",
            person=wide.customer_id,
            period_start=ibis.literal(period.start),
            was_active=(before >= start - lapse).fill_null(False),
            was_lapsed=(before < start - lapse).fill_null(False),
            has_lapsed=last < after - lapse,
            ordered=n > 0,
            days_since=day_number(period.end) - last,
            days_between=(n > 0).ifelse(tenths / 10, ibis.null("float64")),
            **_pattern(wide, period, last, is_last=number == len(scope.periods)),
        )

    return stacked(at_end(number, period) for number, period in enumerate(scope.periods, start=1))


def first_orders(scope: Scope) -> ir.Table:
    """Customers by their first order, twice: where it lies, and where the wait after it ends.

    The wait is of `definitions.repeat_days`. Columns: `is_cohort`, in a row of the period of the
    first order, or else of that in which the wait ended; `has_repeated`, by a second order before
    it did; `is_watched`, whether the waits of all of the period's cohort are over. Customers
    acquired before the orders begin are left out.
    """
    days = scope.params.definitions.repeat_days
    wait = ibis.interval(days=days)
    orders = scope.tables["orders"].select("customer_id", "ordered_at")
    first = orders.group_by("customer_id").agg(first_order=orders.ordered_at.min())
    since = scope.periods[0].start - timedelta(days=days)
    first = _with_knowledge(first.mutate(first_day=first.first_order.date().epoch_days()), scope)
    first = first.filter(first.first_order >= since, first.knows_first)
    pairs = first.select("customer_id", "first_order").join(orders, "customer_id")
    in_time = pairs.ordered_at < pairs.first_order + wait
    rows = pairs.group_by("customer_id", "first_order").agg(has_repeated=in_time.sum() >= 2)
    rows = with_segment(scope.tables.keep("first_orders", rows), scope)
    ended = in_periods(rows, rows.first_order + wait, scope)
    began = in_periods(rows, rows.first_order, scope)
    last_day = scope.as_of - timedelta(days=days)
    watched = [period.start for period in scope.periods if period.end <= last_day]
    is_watched = began.period_start.isin(watched) if watched else ibis.literal(False)
    columns = ("segment", "period_start", "has_repeated")
    return stacked(
        [
            began.select(
                *columns, person="customer_id", is_cohort=ibis.literal(True), is_watched=is_watched
            ),
            ended.select(
                *columns,
                person="customer_id",
                is_cohort=ibis.literal(False),
                is_watched=ibis.literal(True),
            ),
        ]
    )


def journeys(scope: Scope) -> ir.Table:
    """Persons who were at the first stage of `definitions.journey` in the period.

    Column: `has_arrived`, at the last stage too, in the same period and not before the first.
    """
    stages = scope.params.definitions.journey
    events = scope.tables["events"]
    rows = in_periods(events.filter(events.event.isin([stages[0], stages[-1]])), events.at, scope)
    people = rows.group_by(*KEY).agg(
        first_at=rows.at.min(where=rows.event == stages[0]),
        last_at=rows.at.max(where=rows.event == stages[-1]),
    )
    people = people.filter(people.first_at.notnull())
    has_arrived = (people.last_at >= people.first_at).fill_null(False)
    rows = people.select(*KEY, has_arrived=has_arrived)
    return with_segment(rows, scope).rename(person="customer_id")


def order_days(scope: Scope) -> ir.Table:
    """One row per customer who ordered by the end of the last period, from days with an order.

    `customer_id`, `first_day`; `until_0`, the last day before the first period (null if there is
    none), and `n_0`, how many there were; `until_1`, the last day by the end of the first period,
    and `n_1`, how many within it, and so on. A column per period rather than a row: what came
    before a period is then at hand without sorting or joining.
    """
    return scope.kept("order_days", _order_days)


def _order_days(scope: Scope) -> ir.Table:
    orders = scope.tables["orders"]
    orders = orders.filter(orders.ordered_at < scope.periods[-1].after)
    # In 32 bits as long as there are many of them.
    day = orders.ordered_at.date().epoch_days().cast("int32")
    days = orders.select("customer_id", day=day).distinct()
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
    wide = placed.group_by("customer_id").agg(first_day=placed.day.min(), **columns)
    until = {
        f"until_{number}": ibis.coalesce(
            *(wide[f"last_{back}"] for back in range(number, -1, -1))
        ).cast("int64")
        for number in range(len(edges))
    }
    n = {name: wide[name] for name in columns if name.startswith("n_")}
    return wide.select("customer_id", first_day=wide.first_day.cast("int64"), **until, **n)


def _with_knowledge(histories: ir.Table, scope: Scope) -> ir.Table:
    """Adds `knows_first`: the `first_day` with an order is that of the first order ever.

    It is not known of those who were customers before the orders begin.
    """
    customers = scope.tables["customers"]
    if "acquired_on" not in customers.columns:
        return histories.mutate(knows_first=ibis.literal(True))
    begin = histories.first_day.min().as_scalar()
    acquired = customers.select(known_id="customer_id", acquired=customers.acquired_on.epoch_days())
    rows = histories.left_join(acquired, histories.customer_id == acquired.known_id)
    knows_first = rows.acquired.isnull() | (rows.acquired >= begin)
    return rows.mutate(knows_first=knows_first).drop("known_id", "acquired")


def _pattern(
    wide: ir.Table, period: Period, last: ir.Value, *, is_last: bool
) -> dict[str, ir.Value]:
    nothing = ibis.null("int64")
    if not is_last:
        return dict.fromkeys(("x", "weeks_to_last", "weeks"), nothing)
    n = sum(wide[name] for name in wide.columns if name.startswith("n_"))
    values = {
        "x": n - 1,
        "weeks_to_last": (last - wide.first_day) // 7,
        "weeks": (day_number(period.end) - wide.first_day) // 7,
    }
    return {name: wide.knows_first.ifelse(value, nothing) for name, value in values.items()}
