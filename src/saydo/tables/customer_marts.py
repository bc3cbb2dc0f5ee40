"""What did each customer do in a period? Marts of one row per customer.

Each takes a `Scope` and returns at most one row per customer and period: `segment`, `period_start`,
`person` and the columns its docstring names.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from saydo.periods import MONTHS, Period
from saydo.tables.customer_parts import tried, used, with_exposure
from saydo.tables.order_parts import orders_by_period, orders_in_waits
from saydo.tables.scope import KEY, Scope, in_periods, stacked, with_segment


def customers(scope: Scope) -> ir.Table:
    """All that customers were and did in a period: most KPIs of deeds read this one mart.

    A row for each customer who is one at any end of the period, is new, ordered, asked for help or
    was served. A column is there if the tables have what it is made of:

    - presence: `active_at_start`, `stayed` (null where not known), `is_new`, `left_new`,
      `active_at_end`, `n_ends` (at how many ends of the period, 0 to 2, someone is a customer),
      `n_months` (of a period), `n_features` (that customers have paid for),
      `n_windows` (times in a period over which staying is told), `discount_rate` (over such a one),
      `is_lost` (within it where the day is known); with `acquired_on` also `watched` (share of the
      period's days as a customer) and `tenure_days` (from the first day to the period's last);
    - orders: `n_orders`, `revenue`, and the sums `cost`, `list_value`, `quantity`; `n_uncosted`
      (orders without a cost), `listed_discount` (on orders whose list value is known) and
      `n_categories` (distinct);
    - tickets: `n_tickets` (requests for help), `n_complaints`, `n_defects` (complaints about the
      product), `n_rated` (rated good or bad), `n_rated_good`;
    - costs: `cost_to_serve`, `n_cost_months`;
    - events: `n_events`, `n_features_used` (distinct ones of those customers have paid for);
    - attributes: `acquired_on`, `is_member`, `is_referred`;
    - marketing: `spend`, `n_spend_months`, in one more row per period, of nobody, where the spend
      of every month is known; it counts in `all` only, and its other columns are null.
    """
    parts = []
    if scope.knows_presence:
        parts.append(_present(scope))
    if scope.tables.has("orders", "customer_id", "ordered_at"):
        parts.append(_ordered(scope))
    if "tickets" in scope.tables:
        parts.append(_asked(scope))
    if "costs" in scope.tables:
        parts.append(_served(scope))
    if "events" in scope.tables:
        parts.append(used(scope))
    rows = _with_attributes(side_by_side(parts), scope)
    if scope.knows_presence:
        rows = _with_constants(rows, scope)
        if "acquired_on" in rows.columns:
            rows = with_exposure(rows)
    if "marketing" in scope.tables:
        rows = with_nobody(rows, spent(scope))
    return rows.rename(person="customer_id")


def contracts(scope: Scope) -> ir.Table:
    """Subscriptions other than trials, but for `n_trials` that ended and `n_converted` of them.

    `n_due`, `n_renewed` (by the day of renewal); `mrr_before`, `mrr_now`: recurring revenue twelve
    months before the period's last day, and on it.
    """
    parts = []
    if scope.tables.has("subscriptions", "renewal_due_on", "renewed"):
        parts.append(_renewed(scope))
    if scope.tables.has("subscriptions", "ends_on", "monthly_revenue"):
        parts.append(_recurring(scope))
    if scope.tables.has("subscriptions", "ends_on", "is_trial"):
        parts.append(tried(scope))
    return _rows(side_by_side(parts), scope)


def _rows(rows: ir.Table, scope: Scope) -> ir.Table:
    return with_segment(rows, scope).rename(person="customer_id")


def side_by_side(parts: Sequence[ir.Table]) -> ir.Table:
    """One row per key that is in any part; where a part has no row its numbers are zero, its flags
    false, but for `stayed`: of someone who was not there it is not known.

    Grouped first and joined then: to stack the parts and group once takes more time and memory.
    """
    whole, *others = map(_narrowed, parts)
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
    filled = {
        name: whole[name].fill_null(False if whole[name].type().is_boolean() else 0)
        for name in whole.columns
        if name not in {*KEY, "stayed"}
    }
    return whole.mutate(**filled)


def _narrowed(part: ir.Table) -> ir.Table:
    """The part with its counts in 32 bits, of which joins have half, or a quarter, to move."""
    counts = [name for name in part.columns if part[name].type() == dt.int64]
    return part.mutate(**{name: part[name].cast("int32") for name in counts})


def _present(scope: Scope) -> ir.Table:
    rows = scope.membership
    ends = rows.active_at_start.cast("int64") + rows.active_at_end.fill_null(False).cast("int64")
    start = rows.period_start.epoch_days()
    return rows.mutate(
        n_ends=ends,
        is_lost=rows.lost_on.notnull(),
        n_days=rows.period_end.epoch_days() - start + 1,
        n_days_until_left=ibis.coalesce(rows.lost_on, rows.period_end).epoch_days() - start + 1,
    ).drop("period_end", "lost_on")


def _with_constants(rows: ir.Table, scope: Scope) -> ir.Table:
    """The rows with what is the same in all of them: added last, so that joins need not move it."""
    # Who stays is told over the period, or over the wait for an order.
    retention, months = scope.params.retention, MONTHS[scope.params.period]
    within = retention.within_days if retention else None
    n_windows = months * 365.25 / 12 / within if within else 1.0
    yearly = 1 + scope.params.definitions.discount_rate
    return rows.mutate(
        n_months=ibis.literal(months),
        n_features=ibis.literal(len(scope.params.definitions.features)),
        n_windows=ibis.literal(n_windows),
        discount_rate=ibis.literal(yearly ** (months / 12 / n_windows) - 1),
    )


def _ordered(scope: Scope) -> ir.Table:
    orders = orders_by_period(scope)
    others = {"segment", "first_order", "last_day", "n_days", "costed"}
    return orders.drop(*others & set(orders.columns))


def _asked(scope: Scope) -> ir.Table:
    tickets = scope.tables["tickets"]
    rows = in_periods(tickets, tickets.opened_at, scope)
    counts = {"n_tickets": rows.count()}
    if "topic" in rows.columns:
        is_ours = rows.topic == scope.params.definitions.follow_up_topic
        counts["n_tickets"] = (~is_ours.fill_null(False)).sum()
    if "is_complaint" in rows.columns:
        is_complaint = rows.is_complaint.fill_null(False)
        counts["n_complaints"] = is_complaint.sum()
        if "topic" in rows.columns:
            is_defect = rows.topic == scope.params.definitions.defect_topic
            counts["n_defects"] = (is_complaint & is_defect.fill_null(False)).sum()
    if "rating" in rows.columns:
        counts["n_rated"] = rows.rating.isin(("good", "bad")).fill_null(False).sum()
        counts["n_rated_good"] = (rows.rating == "good").fill_null(False).sum()
    return rows.group_by(*KEY).agg(**counts)


def _served(scope: Scope) -> ir.Table:
    costs = scope.tables["costs"]
    rows = in_periods(costs, costs.month, scope)
    return rows.group_by(*KEY).agg(
        n_cost_months=rows.count(), cost_to_serve=rows.cost_to_serve.sum()
    )


def _with_attributes(rows: ir.Table, scope: Scope) -> ir.Table:
    """The rows with the segment of their customer, and what else is known of that one."""
    names = ("segment", "acquired_on", "is_member", "is_referred")
    known = scope.customers
    known = known.select(*(name for name in names if name in known.columns), known_id="customer_id")
    return rows.left_join(known, rows.customer_id == known.known_id).drop("known_id")


def with_nobody(rows: ir.Table, spent: ir.Table) -> ir.Table:
    """The rows, and those of `spent`, with nulls in the columns that they have not in common."""
    added = [name for name in spent.columns if name not in rows.columns]
    own = {name: rows[name].type() for name in rows.columns if name not in spent.columns}
    somebody = rows.mutate(**{name: ibis.null(spent[name].type()) for name in added})
    nobody = spent.mutate(**{name: ibis.null(type_) for name, type_ in own.items()})
    columns = [*rows.columns, *added]
    return stacked([somebody.select(columns), nobody.select(columns)])


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
            return is_on.ifelse(lasting.monthly_revenue, 0.0).sum().fill_null(0)

        return lasting.group_by("customer_id").agg(
            period_start=ibis.literal(period.start),
            mrr_before=revenue_on(before),
            mrr_now=revenue_on(now),
        )

    return stacked(map(twelve_months, scope.periods))


def spent(scope: Scope) -> ir.Table:
    """`spend` and `n_spend_months` of periods of which every month is known; a row of nobody."""
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
    days = scope.params.horizon_days
    rows = orders_in_waits(scope)
    watched = in_periods(rows, rows.first_order, scope, wait=days)
    return watched.select("segment", "period_start", person="customer_id", n_orders=f"n_in_{days}")
