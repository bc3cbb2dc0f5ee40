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
from saydo.tables.customer_parts import events_by_period
from saydo.tables.lifetime_marts import day_number
from saydo.tables.order_parts import orders_in_waits, orders_to_date
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
    wide = orders_to_date(scope)

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
    rows = orders_in_waits(scope)
    rows = rows.mutate(has_repeated=rows[f"n_in_{days}"] >= 2)
    ended = in_periods(rows, rows.first_order, scope, wait=days)
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
    people = events_by_period(scope)
    people = people.filter(people.first_at.notnull())
    has_arrived = (people.last_at >= people.first_at).fill_null(False)
    rows = people.select(*KEY, has_arrived=has_arrived)
    return with_segment(rows, scope).rename(person="customer_id")


def _pattern(
    wide: ir.Table, period: Period, last: ir.Value, *, is_last: bool
) -> dict[str, ir.Value]:
    nothing = ibis.null("int64")
    if not is_last:
        return dict.fromkeys(("x", "weeks_to_last", "weeks"), nothing)
    values = {
        "x": wide.n_days - 1,
        "weeks_to_last": (last - wide.first_day) // 7,
        "weeks": (day_number(period.end) - wide.first_day) // 7,
    }
    return {name: wide.knows_first.ifelse(value, nothing) for name, value in values.items()}
