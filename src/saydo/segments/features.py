"""What is known of each customer on a day: the columns that rules and RFM may use."""

from __future__ import annotations

from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

from saydo.tables.checked import Tables
from saydo.tables.days import midnight


def customer_features(tables: Tables, *, as_of: date) -> ir.Table:
    """One row per customer: the attributes, and what the customer did up to `as_of`.

    Columns, beside those of `customers` (each only where its table was given): `tenure_days` since
    acquisition; `recency_days` since the last order, `frequency` (orders) and `spend` (the study's
    currency) over the whole life; `n_tickets`. Customers without orders have a frequency and spend
    of 0 and no recency.
    """
    today, tomorrow = ibis.date(as_of), midnight(as_of + timedelta(days=1))
    features = tables["customers"]
    if "left_on" in features.columns:
        left_on = features.left_on
        features = features.mutate(left_on=(left_on <= today).ifelse(left_on, ibis.null("date")))
    if "acquired_on" in features.columns:
        features = features.mutate(tenure_days=today.delta(features.acquired_on, unit="day"))
    if "orders" in tables:
        orders = tables["orders"]
        orders = orders.filter(orders.ordered_at < tomorrow)
        life = orders.group_by("customer_id").agg(
            last_order_on=orders.ordered_at.max().date(),
            frequency=orders.count(),
            spend=orders.revenue.sum(),
        )
        features = _beside(features, life)
        features = features.mutate(
            recency_days=today.delta(features.last_order_on, unit="day"),
            frequency=features.frequency.fill_null(0),
            spend=features.spend.fill_null(0.0),
        ).drop("last_order_on")
    if "tickets" in tables:
        tickets = tables["tickets"]
        tickets = tickets.filter(tickets.opened_at < tomorrow)
        asked = tickets.group_by("customer_id").agg(n_tickets=tickets.count())
        features = _beside(features, asked)
        features = features.mutate(n_tickets=features.n_tickets.fill_null(0))
    return features


def _beside(customers: ir.Table, life: ir.Table) -> ir.Table:
    joined = customers.left_join(life, "customer_id")
    return joined.drop(*[name for name in joined.columns if name.endswith("_right")])
