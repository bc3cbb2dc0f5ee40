"""What have customers been worth, and what will they be? Marts of value over more than a period.

Each takes a `Scope` and returns a table with `segment` and `period_start`; at most one row per
customer and period, but for `purchase_histories`, whose rows stand for several customers.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from saydo.tables.lifetime_marts import day_number
from saydo.tables.order_parts import orders_by_period, orders_to_date
from saydo.tables.scope import KEY, Scope, in_periods, stacked, with_segment

UNASSIGNED = "\ue000"
"""Stands in for no segment where rows are joined by segment. Private use: no name is this."""

GRAIN_OF_SPEND = 0.02
"""Grain of the logarithm of mean spend: 2 %."""


def buyers(scope: Scope) -> ir.Table:
    """Who ordered in a period, and how much: `revenue`, and where the top tenth is cut.

    `cut` is that of the segment, `cut_of_all` that of everyone: nine tenths of revenues are not
    above it.
    """
    orders = orders_by_period(scope)
    kept = orders.select("period_start", "revenue", segment=orders.segment.fill_null(UNASSIGNED))
    of_segment = kept.group_by(cut_segment="segment", cut_period="period_start").agg(
        cut=kept.revenue.quantile(0.9)
    )
    of_all = kept.group_by(all_period="period_start").agg(cut_of_all=kept.revenue.quantile(0.9))
    with_cuts = kept.join(
        of_segment,
        [kept.segment == of_segment.cut_segment, kept.period_start == of_segment.cut_period],
    )
    with_both = with_cuts.join(of_all, with_cuts.period_start == of_all.all_period)
    return with_both.select(
        "period_start",
        "revenue",
        "cut",
        "cut_of_all",
        segment=with_both.segment.nullif(UNASSIGNED),
    )


def value_to_date(scope: Scope) -> ir.Table:
    """Customers at the end of a period, and the `margin` of all their orders until then.

    `is_costed`: the cost of each of these orders is known.
    """
    there = scope.membership.filter(scope.membership.active_at_end)
    there = there.select(person="customer_id", period_start="period_start")
    people, sums = scope.customers.select("customer_id", "segment"), orders_to_date(scope)
    sums = sums.drop("segment").rename(buyer="customer_id")
    people = people.left_join(sums, people.customer_id == sums.buyer)
    rows = there.left_join(people, there.person == people.customer_id)

    margins = (
        (rows.period_start == period.start, rows[f"margin_{number}"])
        for number, period in enumerate(scope.periods)
    )
    return rows.select(
        "segment",
        "period_start",
        "person",
        margin=ibis.cases(*margins).fill_null(0),
        is_costed=(rows.uncosted_from > rows.period_start).fill_null(True),
    )


def settled_orders(scope: Scope) -> ir.Table:
    """Customers with orders whose time to be sent back ended in the period.

    Columns: `revenue` of these orders, and the `returned_value` of them known by now.
    """
    orders = scope.tables["orders"]
    wait = scope.params.definitions.return_days
    rows = in_periods(orders, orders.ordered_at, scope, wait=wait)
    sums = rows.group_by(*KEY).agg(
        revenue=rows.revenue.sum(), returned_value=rows.returned_value.sum().fill_null(0)
    )
    return with_segment(sums, scope).rename(person="customer_id")


def purchase_histories(scope: Scope) -> ir.Table:
    """Who bought when, and for how much, until the end of the last period: patterns with counts.

    Orders of one day are one purchase. Two kinds of rows, in the last period alone:

    - `is_timing`, of every customer with an order: `x` (purchases after the first); whole
      `weeks_to_last` and `weeks`, from the first purchase in the data to the last, and to the
      period's end; `knows_first` (not a customer before the orders begin), `is_current` (a customer
      at the period's end), `is_new` (won in its last twelve months); sums over the `n_customers`:
      `spend` and `spend_squared` of their revenue, `revenue` and `margin` of the last twelve
      months' orders of known cost; and the same in all rows, `horizon` (months) and
      `discount_rate` (of a year) of the params;
    - else, of those who spent anything: `n_customers` by `x` and `level`, the logarithm of mean
      spend per purchase in steps of `GRAIN_OF_SPEND`.

    What a kind of row does not tell is zero in it, or false.
    """
    people = scope.tables.keep("purchase_histories", _histories(scope))
    definitions = scope.params.definitions
    pattern = ("x", "weeks_to_last", "weeks", "knows_first", "is_current", "is_new")
    timing = people.group_by("segment", *pattern).agg(
        n_customers=people.count(),
        spend=people.spend.sum(),
        spend_squared=(people.spend * people.spend).sum(),
        revenue=people.revenue.sum(),
        margin=people.margin.sum(),
    )
    timing = timing.mutate(
        is_timing=ibis.literal(True),
        level=ibis.literal(0, "int64"),
        horizon=ibis.literal(definitions.clv_months, "int64"),
        discount_rate=ibis.literal(definitions.discount_rate, "float64"),
    )
    spent = people.filter(people.spend > 0)
    level = ((spent.spend / (spent.x + 1)).ln() / GRAIN_OF_SPEND).round().cast("int64")
    levels = spent.group_by("segment", "x", level=level).agg(n_customers=spent.count())
    types = timing.schema()
    absent = {
        name: ibis.literal(False if types[name].is_boolean() else 0).cast(types[name])
        for name in timing.columns
        if name not in levels.columns
    }
    both = stacked([timing, levels.mutate(**absent).select(timing.columns)])
    rows = both.mutate(period_start=ibis.literal(scope.periods[-1].start))
    return scope.tables.keep("purchase_patterns", rows)


def _histories(scope: Scope) -> ir.Table:
    """One row per customer who ordered by the end of the last period."""
    last = scope.periods[-1]
    year = last.after.replace(year=last.after.year - 1)
    people = orders_to_date(scope)
    people = people.select(
        "customer_id",
        "segment",
        "knows_first",
        "spend",
        "revenue",
        "margin",
        x=people.n_days - 1,
        first=people.first_day,
        last=people[f"until_{len(scope.periods)}"],
    )
    member = scope.membership
    current = member.filter(member.active_at_end, member.period_start == last.start)
    current = current.select(current_id="customer_id")
    people = people.left_join(current, people.customer_id == current.current_id)
    return people.select(
        "customer_id",
        "segment",
        "x",
        "knows_first",
        "spend",
        "revenue",
        "margin",
        weeks_to_last=(people.last - people["first"]) // 7,
        weeks=(day_number(last.end) - people["first"]) // 7,
        is_current=people.current_id.notnull(),
        is_new=people.knows_first & (people["first"] >= day_number(year)),
    )
