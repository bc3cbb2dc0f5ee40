"""What have customers been worth, and what will they be? Marts of value over more than a period.

Each takes a `Scope` and returns a table with `segment` and `period_start`; at most one row per
customer and period, but for `purchase_histories`, whose rows stand for several customers.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from saydo.tables.scope import KEY, Scope, in_periods, stacked, with_segment

UNASSIGNED = "\ue000"
"""Stands in for no segment where rows are joined by segment. Private use: no name is this."""

DAYS_APART = 14
"""Grain of times in purchase histories: finer has more patterns, coarser blurs who just bought."""

GRAIN_OF_SPEND = 0.05
"""Grain of the logarithm of mean spend: 5 %."""


def buyers(scope: Scope) -> ir.Table:
    """Who ordered in a period, and how much: `revenue`, and where the top tenth is cut.

    `cut` is that of the segment, `cut_of_all` that of everyone: nine tenths of revenues are not
    above it.
    """
    orders = scope.tables["orders"]
    rows = in_periods(orders, orders.ordered_at, scope)
    sums = rows.group_by(*KEY).agg(revenue=rows.revenue.sum())
    slim = with_segment(sums, scope).select("segment", "period_start", "revenue")
    kept = scope.tables.keep("buyers", slim.mutate(segment=slim.segment.fill_null(UNASSIGNED)))
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

    `n_uncosted` counts those of these orders that have no cost.
    """
    orders = scope.tables["orders"]
    sums = {}
    for number, period in enumerate(scope.periods):
        until = orders.ordered_at < period.after
        margin = orders.revenue - orders.cost
        sums[f"margin_{number}"] = margin.sum(where=until).fill_null(0)
        sums[f"n_uncosted_{number}"] = orders.cost.isnull().sum(where=until).fill_null(0)
    # One pass over all orders, and then over customers.
    kept = scope.tables.keep("value_to_date", orders.group_by("customer_id").agg(**sums))
    to_date = stacked(
        kept.select(
            buyer="customer_id",
            until=ibis.literal(period.start),
            margin=f"margin_{number}",
            n_uncosted=f"n_uncosted_{number}",
        )
        for number, period in enumerate(scope.periods)
    )
    there = scope.membership.filter(scope.membership.active_at_end).select(*KEY)
    rows = there.left_join(
        to_date, [there.customer_id == to_date.buyer, there.period_start == to_date.until]
    )
    rows = rows.select(
        *KEY, margin=rows.margin.fill_null(0), n_uncosted=rows.n_uncosted.fill_null(0)
    )
    return with_segment(rows, scope).rename(person="customer_id")


def settled_orders(scope: Scope) -> ir.Table:
    """Customers with orders whose time to be sent back ended in the period.

    Columns: `revenue` of these orders, and the `returned_value` of them known by now.
    """
    orders = scope.tables["orders"]
    wait = ibis.interval(days=scope.params.definitions.return_days)
    ended = orders.mutate(settled_at=orders.ordered_at + wait)
    rows = in_periods(ended, ended.settled_at, scope)
    sums = rows.group_by(*KEY).agg(
        revenue=rows.revenue.sum(), returned_value=rows.returned_value.sum().fill_null(0)
    )
    return with_segment(sums, scope).rename(person="customer_id")


def purchase_histories(scope: Scope) -> ir.Table:
    """Who bought when, and for how much, until the end of the last period: patterns with counts.

    Of each customer only the orders in the data are known: the first of them counts as the first.
    Two kinds of rows, each of every customer with an order, in the last period alone:

    - `is_timing`: `x` (orders after the first), `t_x` and `t_end` (days from the first to the last
      and to the period's end, at the grain of `DAYS_APART`), `is_current` (a customer at the
      period's end), `is_new` (first order in the last twelve months, and no customer before), with
      `n_customers`, `spend` and `spend_squared` (sums over customers of their revenue and of its
      square), `revenue` and `margin` (of the orders whose cost is known);
    - not `is_timing`: `n_customers` of a like mean spend per order, and their `spend` together, by
      `x`. Only of those who spent something.
    """
    last = scope.periods[-1]
    people = scope.tables.keep("purchase_histories", _histories(scope))
    timing = people.group_by("segment", "x", "t_x", "t_end", "is_current", "is_new").agg(
        n_customers=people.count(),
        spend=people.spend.sum(),
        spend_squared=(people.spend * people.spend).sum(),
        revenue=people.revenue.sum(),
        margin=people.margin.sum(),
        is_timing=ibis.literal(True),
    )
    spent = people.filter(people.spend > 0)
    level = ((spent.spend / (spent.x + 1)).ln() / GRAIN_OF_SPEND).round().cast("int64")
    spending = spent.group_by("segment", "x", level=level).agg(
        n_customers=spent.count(), spend=spent.spend.sum()
    )
    known = {"segment", "x", "n_customers", "spend"}
    absent = {name: ibis.null(timing[name].type()) for name in timing.columns if name not in known}
    spending = spending.mutate(**{**absent, "is_timing": ibis.literal(False)})
    both = stacked([timing, spending.select(timing.columns)])
    return both.mutate(period_start=ibis.literal(last.start))


def _histories(scope: Scope) -> ir.Table:
    last = scope.periods[-1]
    orders = scope.tables["orders"]
    orders = orders.filter(orders.ordered_at < last.after)
    costed = orders.cost.notnull()
    people = orders.group_by("customer_id").agg(
        n_orders=orders.count(),
        first_at=orders.ordered_at.min(),
        last_at=orders.ordered_at.max(),
        spend=orders.revenue.sum(),
        revenue=orders.revenue.sum(where=costed).fill_null(0),
        margin=(orders.revenue - orders.cost).sum(where=costed).fill_null(0),
    )
    member = scope.membership
    current = member.filter(member.active_at_end, member.period_start == last.start)
    current = current.select(current_id="customer_id")
    people = people.left_join(current, people.customer_id == current.current_id)
    year = last.after.replace(year=last.after.year - 1)
    is_new = people.first_at >= year
    customers = scope.tables["customers"]
    if "acquired_on" in customers.columns:
        earlier = customers.filter(customers.acquired_on < year).select(earlier_id="customer_id")
        people = people.left_join(earlier, people.customer_id == earlier.earlier_id)
        is_new = (people.first_at >= year) & people.earlier_id.isnull()
    seconds = ibis.literal(last.after).cast("timestamp").epoch_seconds()
    first, latest = people.first_at.epoch_seconds(), people.last_at.epoch_seconds()
    grain = 86_400 * DAYS_APART
    rows = people.select(
        "customer_id",
        "spend",
        "revenue",
        "margin",
        x=people.n_orders - 1,
        t_x=((latest - first) / grain).round().cast("int64") * DAYS_APART,
        t_end=((seconds - first) / grain).round().cast("int64") * DAYS_APART,
        is_current=people.current_id.notnull(),
        is_new=is_new,
    )
    return with_segment(rows, scope)
