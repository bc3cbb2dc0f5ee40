"""Which rows does a KPI aggregate? One tidy table per grain, each row in a segment and a period.

A mart takes a `Scope` (tables, assignment to segments, periods, params) and returns an Ibis table
with `segment` (null for rows without a known customer, which count in `all` only), `period_start`,
`person` where rows are about persons, and the columns that KPIs read. A column is there only if the
tables have what it is made of. `MARTS` lists them all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import ibis
import ibis.expr.types as ir

from saydo.tables import (
    brand_marts,
    customer_marts,
    delivery_marts,
    lifetime_marts,
    loop_marts,
    market_marts,
    order_marts,
    say_do_marts,
    service_marts,
    survey_marts,
    value_marts,
)
from saydo.tables.scope import Scope, in_periods, with_segment


def answers(scope: Scope) -> ir.Table:
    """Survey answers, one row each, scores only.

    Without a column `answered_at` all of them count in the last period. Where there are dates a row
    without one counts in none, and so does a row without a weight in a weighted survey.
    """
    rows = scope.scores()
    if "answered_at" in rows.columns:
        rows = in_periods(rows, rows.answered_at, scope)
    else:
        rows = rows.mutate(period_start=ibis.literal(scope.periods[-1].start))
    rows = with_segment(rows, scope).select(
        "segment",
        "period_start",
        "person",
        "item",
        "score",
        "scale_min",
        "scale_max",
        "weight",
        "is_satisfaction",
        "is_transactional",
    )
    # Kept, or each of a hundred aggregates would work out anew what an answer is about.
    return scope.tables.keep("answers_of_periods", rows)


def leads(scope: Scope) -> ir.Table:
    """Leads, in the period in which they came in; nobody's segment, for most never become ours.

    With `marketing` there is one more row per period, of no lead, as in `customers`: `spend` and
    `n_spend_months`.
    """
    rows = in_periods(scope.tables["leads"], scope.tables["leads"].created_at, scope)
    rows = rows.mutate(person=rows.lead_id)
    if "marketing" in scope.tables:
        rows = customer_marts.with_nobody(rows, customer_marts.spent(scope).drop("customer_id"))
    return rows.mutate(segment=ibis.null("string"))


@dataclass(frozen=True)
class Mart:
    """A mart, and whom its rows are about."""

    build: Callable[[Scope], ir.Table]
    people: bool = True
    """Rows are about persons (`person`), who must not be recognisable."""
    is_unique: bool = False
    """No person has two rows in one period, so that rows can be counted instead of persons."""
    is_wide: bool = False
    """Joins much by customer and period: its periods, which rest on themselves alone, are built in
    shares where customers are many."""


MARTS: Mapping[str, Mart] = MappingProxyType(
    {
        "customers": Mart(customer_marts.customers, is_unique=True, is_wide=True),
        "deliveries": Mart(delivery_marts.deliveries, is_unique=True),
        "contracts": Mart(customer_marts.contracts, is_unique=True),
        "buyers": Mart(value_marts.buyers, is_unique=True),
        "value_to_date": Mart(value_marts.value_to_date, is_unique=True),
        "settled_orders": Mart(value_marts.settled_orders, is_unique=True),
        "purchase_histories": Mart(value_marts.purchase_histories, is_unique=True),
        "first_purchases": Mart(customer_marts.first_purchases, is_unique=True),
        "first_orders": Mart(order_marts.first_orders),
        "order_histories": Mart(order_marts.order_histories, is_unique=True),
        "journeys": Mart(order_marts.journeys, is_unique=True),
        "cohorts": Mart(lifetime_marts.cohorts, is_unique=True),
        "lives": Mart(lifetime_marts.lives, is_unique=True),
        # Two rows per person, of which a group of persons holds one.
        "tenures": Mart(lifetime_marts.tenures, is_unique=True),
        "complained_before": Mart(lifetime_marts.complained_before, is_unique=True),
        "complainers": Mart(say_do_marts.complainers, is_unique=True),
        "said_and_did": Mart(say_do_marts.said_and_did, is_unique=True),
        "departures": Mart(say_do_marts.departures, is_unique=True),
        "answers": Mart(answers),
        "help_given": Mart(service_marts.help_given, is_unique=True),
        "activations": Mart(service_marts.activations, is_unique=True),
        "newcomers": Mart(service_marts.newcomers, is_unique=True),
        "tickets": Mart(service_marts.tickets),
        "shipments": Mart(delivery_marts.shipments, is_unique=True),
        "leads": Mart(leads, is_unique=True),
        "market": Mart(market_marts.market, people=False),
        "brands": Mart(market_marts.brands, people=False),
        "market_months": Mart(market_marts.market_months, people=False),
        "market_years": Mart(market_marts.market_years, people=False),
        "wallets": Mart(market_marts.wallets, is_unique=True),
        "respondents": Mart(survey_marts.respondents, is_unique=True),
        "expectations": Mart(survey_marts.expectations, is_unique=True),
        "responses": Mart(survey_marts.responses, is_unique=True),
        "invited": Mart(survey_marts.invited, is_unique=True),
        "asked_and_stayed": Mart(survey_marts.asked_and_stayed, is_unique=True),
        "complaint_answers": Mart(loop_marts.complaint_answers),
        "detractors": Mart(loop_marts.detractors, is_unique=True),
        "public_comments": Mart(brand_marts.public_comments),
        "brand_tracker": Mart(brand_marts.brand_tracker, is_unique=True),
        "brand_ranks": Mart(brand_marts.brand_ranks, is_unique=True),
        "kano": Mart(brand_marts.kano, is_unique=True),
        "advertising": Mart(brand_marts.advertising, people=False),
        "searches": Mart(brand_marts.searches, people=False),
    }
)
"""Every mart by its name."""
