"""What did each customer do in a period? Marts of one row per customer.

Each takes a `Scope` and returns at most one row per customer and period: `segment`, `period_start`,
`person` and the columns its docstring names.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

from saydo.periods import MONTHS, Period
from saydo.tables.scope import KEY, Scope, in_periods, stacked, with_segment


def customers(scope: Scope) -> ir.Table:
    """Customers by their presence: `active_at_start`, `stayed`, `is_new`, `left_new`.

    If there is a table of marketing, one more row per period, of nobody, has `spend` and
    `n_spend_months` where the spend of every month is known; it counts in `all` only.
    """
    present = scope.membership.drop("period_end", "lost_on", "active_at_end")
    if "marketing" not in scope.tables:
        return _rows(present, scope)
    spent = _spent(scope)
    flags = {name: present[name].type() for name in present.columns if name not in KEY}
    numbers = {name: spent[name].type() for name in ("spend", "n_spend_months")}
    nobody = spent.mutate(**{name: ibis.null(type_) for name, type_ in flags.items()})
    somebody = present.mutate(**{name: ibis.null(type_) for name, type_ in numbers.items()})
    columns = [*KEY, *flags, *numbers]
    return _rows(stacked([somebody.select(columns), nobody.select(columns)]), scope)


def purchases(scope: Scope) -> ir.Table:
    """What customers ordered and complained of.

    `n_orders`, `revenue`; `n_complaints` with tickets; `n_ends` where presence is known: at how
    many ends of the period (0 to 2) someone was a customer, with a row for each who was at any.
    """
    parts = [_ordered(scope)]
    if scope.knows_presence:
        present = scope.membership
        n_ends = present.active_at_start.cast("int64") + present.active_at_end.cast("int64")
        parts.append(present.select(*KEY, n_ends=n_ends))
    if scope.tables.has("tickets", "is_complaint"):
        parts.append(_complained(scope))
    return _rows(_side_by_side(parts), scope)


def costs(scope: Scope) -> ir.Table:
    """What customers brought in and cost.

    `n_orders`, `revenue`, `cost`, `n_uncosted` (orders without a cost), `cost_to_serve`,
    `n_cost_months`.
    """
    orders, served = scope.tables["orders"], scope.tables["costs"]
    ordered = in_periods(orders, orders.ordered_at, scope)
    costed = ordered.group_by(*KEY).agg(
        n_orders=ordered.count(),
        revenue=ordered.revenue.sum(),
        cost=ordered.cost.sum(),
        n_uncosted=ordered.cost.isnull().sum(),
    )
    months = in_periods(served, served.month, scope)
    to_serve = months.group_by(*KEY).agg(
        n_cost_months=months.count(), cost_to_serve=months.cost_to_serve.sum()
    )
    return _rows(_side_by_side([costed, to_serve]), scope)


def deliveries(scope: Scope) -> ir.Table:
    """Orders by the period of their promise: `n_due`, and `n_on_time`, complete and kept."""
    orders = scope.tables["orders"]
    due = in_periods(orders, orders.promised_at, scope)
    # A promise without a time of day is kept until that day is over.
    is_day = due.promised_at == due.promised_at.truncate("D")
    in_time = (due.delivered_at <= due.promised_at) | (
        is_day & (due.delivered_at.date() <= due.promised_at.date())
    )
    # Whether a delivered order was complete must be known; what is not delivered has failed.
    known = due.delivered_at.isnull() | due.is_complete.notnull()
    counts = due.group_by(*KEY).agg(
        n_due=known.sum(), n_on_time=(known & in_time & due.is_complete).sum()
    )
    return _rows(counts.mutate(n_on_time=counts.n_on_time.fill_null(0)), scope)


def contracts(scope: Scope) -> ir.Table:
    """Subscriptions other than trials.

    `n_due`, `n_renewed` (by the day of renewal); `mrr_before`, `mrr_now`: recurring revenue twelve
    months before the period's last day, and on it.
    """
    parts = []
    if scope.tables.has("subscriptions", "renewal_due_on", "renewed"):
        parts.append(_renewed(scope))
    if scope.tables.has("subscriptions", "ends_on", "monthly_revenue"):
        parts.append(_recurring(scope))
    return _rows(_side_by_side(parts), scope)


def _rows(rows: ir.Table, scope: Scope) -> ir.Table:
    return with_segment(rows, scope).rename(person="customer_id")


def _side_by_side(parts: Sequence[ir.Table]) -> ir.Table:
    """One row per key that is in any part; the columns of a part are zero where it has no row.

    Grouped first and joined then: to stack the parts and group once takes more time and memory.
    """
    whole, *others = parts
    for part in others:
        other = part.rename(other_id="customer_id", other_start="period_start")
        both = whole.outer_join(
            other,
            [whole.customer_id == other.other_id, whole.period_start == other.other_start],
        )
        whole = both.mutate(
            customer_id=ibis.coalesce(both.customer_id, both.other_id),
            period_start=ibis.coalesce(both.period_start, both.other_start),
        ).drop("other_id", "other_start")
    values = [name for name in whole.columns if name not in KEY]
    return whole.mutate(**{name: whole[name].fill_null(0) for name in values})


def _ordered(scope: Scope) -> ir.Table:
    orders = scope.tables["orders"]
    rows = in_periods(orders, orders.ordered_at, scope)
    return rows.group_by(*KEY).agg(n_orders=rows.count(), revenue=rows.revenue.sum())


def _complained(scope: Scope) -> ir.Table:
    tickets = scope.tables["tickets"]
    rows = in_periods(tickets.filter(tickets.is_complaint), tickets.opened_at, scope)
    return rows.group_by(*KEY).agg(n_complaints=rows.count())


def _paying(scope: Scope) -> ir.Table:
    terms = scope.tables["subscriptions"]
    return terms.filter(~terms.is_trial.fill_null(False)) if "is_trial" in terms.columns else terms


def _renewed(scope: Scope) -> ir.Table:
    terms = _paying(scope)
    rows = in_periods(terms, terms.renewal_due_on, scope)
    return rows.group_by(*KEY).agg(
        n_due=rows.count(), n_renewed=rows.renewed.fill_null(False).sum()
    )


def _recurring(scope: Scope) -> ir.Table:
    terms = _paying(scope)

    def twelve_months(period: Period) -> ir.Table:
        now, year = period.end, period.after.year
        before = period.after.replace(year=year - 1) - timedelta(days=1)
        lasting = terms.filter(
            terms.starts_on <= now, terms.ends_on.isnull() | (terms.ends_on >= before)
        )

        def revenue_on(day: date) -> ir.Value:
            is_on = lasting.ends_on.isnull() | (lasting.ends_on >= day)
            is_on &= lasting.starts_on <= day
            return lasting.monthly_revenue.sum(where=is_on).fill_null(0)

        return lasting.group_by("customer_id").agg(
            period_start=ibis.literal(period.start),
            mrr_before=revenue_on(before),
            mrr_now=revenue_on(now),
        )

    return stacked(map(twelve_months, scope.periods))


def _spent(scope: Scope) -> ir.Table:
    marketing = scope.tables["marketing"]
    rows = in_periods(marketing, marketing.month, scope)
    spent = rows.group_by("period_start").agg(
        spend=rows.spend.sum(), n_spend_months=rows.month.truncate("M").nunique()
    )
    # A month without a row was not free: what it cost is not known.
    whole = spent.filter(spent.n_spend_months == MONTHS[scope.params.period])
    return whole.mutate(customer_id=ibis.null("string"))


def first_purchases(scope: Scope) -> ir.Table:
    """Customers whose wait of `params.horizon_days` after their first order ended in the period.

    So everyone is watched for the same time, and to its end. Of customers acquired before the
    orders begin the first order is not known; they are left out. Column: `n_orders` within that
    time, the first one included.
    """
    wait = ibis.interval(days=scope.params.horizon_days)
    orders = scope.tables["orders"].select("customer_id", "ordered_at")
    first = orders.group_by("customer_id").agg(first_order=orders.ordered_at.min())
    customers = scope.tables["customers"]
    if "acquired_on" in customers.columns:
        begin = orders.ordered_at.min().as_scalar().date()
        earlier = customers.filter(customers.acquired_on < begin)
        first = first.anti_join(earlier, "customer_id")
    first = first.mutate(ends_at=first.first_order + wait)
    watched = in_periods(first, first.ends_at, scope)
    pairs = watched.join(orders, "customer_id")
    counts = pairs.group_by(*KEY).agg(n_orders=(pairs.ordered_at < pairs.ends_at).sum())
    return _rows(counts, scope)
