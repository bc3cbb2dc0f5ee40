"""What was known of each customer on the day they came under watch?

Takes the checked tables and each customer's own day of entry; returns what `covariates` returns
for one day of all. Later orders and tickets are not read: they are part of how customers leave.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import ibis
import ibis.expr.types as ir

from saydo.drivers.covariates import DAYS_PER_MONTH, GRAIN, YEAR, Known, covariates
from saydo.tables.checked import Tables


def known_at_entry(tables: Tables, entries: ir.Table, names: Sequence[str]) -> Known:
    """Covariates of customers, known when their day of entry begins.

    Args:
        tables: Checked tables.
        entries: `customer_id`, `acquired` and `entry`, as days since 1970; one row per customer.
        names: Own covariates of `covariates`, with the same definitions, or attributes of
            customers.
    """
    # Which can be had, and attributes, don't depend on the day.
    general = covariates(tables, names, at=date(1970, 1, 1))
    own = [name for name in general.used if name not in general.attributes]
    known = entries
    if {"recency", "frequency", "spend"} & set(own):
        known = _with_orders(known, tables["orders"], with_spend="spend" in own)
    if "tickets" in own:
        known = _with_tickets(known, tables["tickets"])
    known = known.select("customer_id", *(_log2_rounded(known[name]).name(name) for name in own))
    if general.attributes:
        attributes = general.table.select("customer_id", *general.attributes)
        known = known.left_join(attributes, "customer_id").drop("customer_id_right")
    table = known.select("customer_id", *general.used)
    return Known(table, general.used, general.attributes, general.lacking)


def _with_orders(entries: ir.Table, orders: ir.Table, *, with_spend: bool) -> ir.Table:
    orders = orders.mutate(day=orders.ordered_at.date().epoch_days())
    joined = entries.join(orders, "customer_id")
    before = joined.filter(joined.day < joined.entry)
    recent = before.day >= before.entry - YEAR.days
    sums = {"last_order": before.day.max(), "orders": recent.sum()}
    if with_spend:
        sums["revenue"] = before.revenue.sum(where=recent)
    known = entries.left_join(before.group_by("customer_id").agg(**sums), "customer_id")
    known = known.drop("customer_id_right").mutate(
        recency=lambda rows: (
            (rows.entry - ibis.coalesce(rows.last_order, rows.acquired)) / DAYS_PER_MONTH
        ),
        frequency=lambda rows: rows.orders.fill_null(0),
    )
    return known.mutate(spend=known.revenue.fill_null(0)) if with_spend else known


def _with_tickets(entries: ir.Table, tickets: ir.Table) -> ir.Table:
    tickets = tickets.mutate(day=tickets.opened_at.date().epoch_days())
    joined = entries.join(tickets, "customer_id")
    before = joined.filter(joined.day < joined.entry, joined.day >= joined.entry - YEAR.days)
    opened = before.group_by("customer_id").agg(opened=before.count())
    known = entries.left_join(opened, "customer_id").drop("customer_id_right")
    return known.mutate(tickets=known.opened.fill_null(0)).drop("opened")


def _log2_rounded(x: ir.Value) -> ir.Value:
    """As `covariates` rounds: refunds can make spend negative, which is no less than nothing."""
    x = x.cast("float64")
    doublings = (ibis.greatest(x, 0.0) + 1.0).log2()
    return x.isnull().ifelse(ibis.null("float64"), (doublings / GRAIN).round() * GRAIN)
