"""What did each customer do in a period? Marts of one row per customer.

Each takes a `Scope` and returns at most one row per customer and period: `segment`, `period_start`,
`person` and the columns its docstring names.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

from saydo.periods import MONTHS
from saydo.tables.scope import KEY, Scope, in_periods, stacked, with_segment


def customer_periods(scope: Scope) -> ir.Table:
    """Everything that can be added up per customer and period.

    Columns, where the tables have what they need: `active_at_start`, `stayed`, `is_new`,
    `left_new`, `active_at_end`; `n_orders`, `revenue`, `cost`, `n_uncosted` (orders without a
    cost); `n_due`, `n_on_time` (orders by the period of the promise); `n_complaints`;
    `cost_to_serve`, `n_cost_months`; `n_renewals_due`, `n_renewed`; `mrr_before`, `mrr_now`
    (recurring revenue twelve months before the period's last day, and on it); `spend` and
    `n_spend_months`, where every month is known (on a row of nobody's, which counts in `all`).
    """
    tables, parts = scope.tables, []
    if scope.knows_presence:
        parts.append(_present(scope))
    if "orders" in tables:
        parts.append(_ordered(scope))
    if tables.has("orders", "promised_at", "delivered_at", "is_complete"):
        parts.append(_delivered(scope))
    if tables.has("tickets", "is_complaint"):
        parts.append(_complained(scope))
    if "costs" in tables:
        parts.append(_served(scope))
    if tables.has("subscriptions", "renewal_due_on", "renewed"):
        parts.append(_renewed(scope))
    if tables.has("subscriptions", "ends_on", "monthly_revenue"):
        parts.append(_recurring(scope))
    if "marketing" in tables:
        parts.append(_spent(scope))
    rows = with_segment(_added_up(parts), scope)
    return rows.rename(person="customer_id")


def _added_up(parts: Sequence[ir.Table]) -> ir.Table:
    """One row per key, of parts with columns of their own.

    Stacked and then grouped once, rather than grouped one by one and joined: no part needs to know
    every customer, and the engine passes over each only once.
    """
    types = {name: part[name].type() for part in parts for name in part.columns}
    values = [name for name in types if name not in KEY]

    def widened(part: ir.Table) -> ir.Table:
        return part.select(
            *KEY,
            **{
                name: part[name] if name in part.columns else ibis.null(types[name])
                for name in values
            },
        )

    stack = stacked(widened(part) for part in parts)
    totals = stack.group_by(*KEY).agg(
        **{
            name: stack[name].any() if types[name].is_boolean() else stack[name].sum()
            for name in values
        }
    )
    known = {
        name: totals[name].fill_null(False if types[name].is_boolean() else 0)
        for name in values
        if name != "stayed"  # null means that it is not known
    }
    return totals.mutate(**known)


def _present(scope: Scope) -> ir.Table:
    return scope.membership().drop("period_end", "lost_on")


def _ordered(scope: Scope) -> ir.Table:
    orders = scope.tables["orders"]
    rows = in_periods(orders, orders.ordered_at, scope)
    columns = {"n_orders": ibis.literal(1, "int64"), "revenue": rows.revenue}
    if "cost" in rows.columns:
        columns |= {"cost": rows.cost, "n_uncosted": rows.cost.isnull().cast("int64")}
    return rows.select(*KEY, **columns)


def _delivered(scope: Scope) -> ir.Table:
    orders = scope.tables["orders"]
    due = in_periods(orders, orders.promised_at, scope)
    # A promise without a time of day is kept until that day is over.
    is_day = due.promised_at == due.promised_at.truncate("D")
    in_time = (due.delivered_at <= due.promised_at) | (
        is_day & (due.delivered_at.date() <= due.promised_at.date())
    )
    is_kept = (in_time & due.is_complete).fill_null(False)
    # Whether a delivered order was complete must be known; what is not delivered has failed.
    known = due.filter(due.delivered_at.isnull() | due.is_complete.notnull())
    return known.select(*KEY, n_due=ibis.literal(1, "int64"), n_on_time=is_kept.cast("int64"))


def _complained(scope: Scope) -> ir.Table:
    tickets = scope.tables["tickets"]
    rows = in_periods(tickets.filter(tickets.is_complaint), tickets.opened_at, scope)
    return rows.select(*KEY, n_complaints=ibis.literal(1, "int64"))


def _served(scope: Scope) -> ir.Table:
    costs = scope.tables["costs"]
    rows = in_periods(costs, costs.month, scope)
    return rows.select(*KEY, "cost_to_serve", n_cost_months=ibis.literal(1, "int64"))


def _paying(scope: Scope) -> ir.Table:
    terms = scope.tables["subscriptions"]
    return terms.filter(~terms.is_trial.fill_null(False)) if "is_trial" in terms.columns else terms


def _renewed(scope: Scope) -> ir.Table:
    terms = _paying(scope)
    rows = in_periods(terms, terms.renewal_due_on, scope)
    return rows.select(
        *KEY,
        n_renewals_due=ibis.literal(1, "int64"),
        n_renewed=rows.renewed.fill_null(False).cast("int64"),
    )


def _recurring(scope: Scope) -> ir.Table:
    terms = _paying(scope)

    def twelve_months(start: date, after: date) -> ir.Table:
        now = after - timedelta(days=1)
        before = after.replace(year=after.year - 1) - timedelta(days=1)

        def revenue_on(day: date) -> ir.Value:
            is_on = (terms.starts_on <= day) & (terms.ends_on.isnull() | (terms.ends_on >= day))
            return is_on.ifelse(terms.monthly_revenue, 0.0)

        return terms.filter(
            terms.starts_on <= now, terms.ends_on.isnull() | (terms.ends_on >= before)
        ).select(
            "customer_id",
            period_start=ibis.literal(start),
            mrr_before=revenue_on(before),
            mrr_now=revenue_on(now),
        )

    return stacked(twelve_months(period.start, period.after) for period in scope.periods)


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

    So everyone is watched for the same time, and to its end. Column: `n_orders` within that time,
    the first one included.
    """
    wait = ibis.interval(days=scope.params.horizon_days)
    orders = scope.tables["orders"].select("customer_id", "ordered_at")
    first = orders.group_by("customer_id").agg(first_order=orders.ordered_at.min())
    first = first.mutate(ends_at=first.first_order + wait)
    watched = in_periods(first, first.ends_at, scope)
    pairs = watched.join(orders, "customer_id")
    counts = pairs.group_by(*KEY).agg(n_orders=(pairs.ordered_at < pairs.ends_at).sum())
    return with_segment(counts, scope).rename(person="customer_id")
