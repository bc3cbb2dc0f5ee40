"""What do customers buy, and what do they cost?

Takes the number of orders per customer and quarter, and returns the rows of `orders`, `costs` and
`events`, and what was sold by month and market, which the tables about the market build on.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from saydo.tables.sample import company
from saydo.tables.sample.behaviour import Lives
from saydo.tables.sample.calendar import Calendar
from saydo.tables.sample.columns import (
    SECONDS_A_DAY,
    clock,
    codes,
    days,
    ids,
    instants,
    of_customer,
)
from saydo.tables.sample.people import People

CATEGORIES = ("groceries", "household", "drinks", "baby", "pets", "garden")
CATEGORY_SHARES = (0.38, 0.20, 0.16, 0.10, 0.09, 0.07)
UNIT_PRICES = np.array([6.5, 7.9, 9.9, 12.5, 14.9, 18.9, 24.5, 32.0])
"""At list, before the last year."""
CUT_IN_LAST_YEAR = 0.92
"""List prices of the last year, as a multiple of those before."""
UNIT_COST_SHARE = 0.62
"""Of the list price before the last year: costs don't fall with prices."""
DISCOUNTS = np.array([0.0, 0.05, 0.10, 0.15])
DISCOUNT_SHARES, DISCOUNT_SHARES_IN_LAST_YEAR = (0.70, 0.18, 0.09, 0.03), (0.30, 0.20, 0.30, 0.20)
COST_OF_ORDER, COST_OF_TICKET = 3.2, 9.5
EVENTS = ("visit", "log_in", "search", "help_article")
EVENT_SHARES = (0.48, 0.30, 0.14, 0.08)
EVENTS_A_QUARTER = 0.35


@dataclass(frozen=True)
class Orders:
    """Orders of a chunk of customers, one element per order in each array."""

    customer: NDArray[np.int64]
    """Place of the customer within the chunk."""
    ordered: NDArray[np.int64]
    """Seconds since 1970."""
    month: NDArray[np.integer]
    """Index of the month within the window."""
    product: NDArray[np.integer]
    quantity: NDArray[np.integer]
    discount: NDArray[np.integer]
    """Which of `DISCOUNTS`."""
    is_last_year: NDArray[np.bool_]

    @property
    def list_value(self) -> NDArray[np.float64]:
        unit = UNIT_PRICES[self.product] * np.where(self.is_last_year, CUT_IN_LAST_YEAR, 1)
        return np.round(unit * self.quantity, 2)

    @property
    def discount_value(self) -> NDArray[np.float64]:
        return np.round(self.list_value * DISCOUNTS[self.discount], 2)

    @property
    def revenue(self) -> NDArray[np.float64]:
        return np.round(self.list_value - self.discount_value, 2)


def place_orders(
    rng: np.random.Generator, group: People, lives: Lives, calendar: Calendar
) -> Orders:
    """The orders that lives count, each with its day and what was bought."""
    customer, day = days_here(rng, lives.n_orders, group, lives, calendar)
    month = calendar.month_of(day)
    last_year = month >= calendar.n_months - 12
    chance = rng.random(len(day))
    usual, cut = (
        np.searchsorted(np.cumsum(shares[:-1]), chance, side="right")
        for shares in (DISCOUNT_SHARES, DISCOUNT_SHARES_IN_LAST_YEAR)
    )
    return Orders(
        customer=customer,
        ordered=clock(rng, day),
        month=month,
        product=rng.integers(0, len(UNIT_PRICES), len(day)),
        quantity=1 + rng.poisson(1.4, len(day)),
        discount=np.where(last_year, cut, usual),
        is_last_year=last_year,
    )


def orders(
    rng: np.random.Generator, placed: Orders, calendar: Calendar, names: pa.Array, *, first: int
) -> dict[str, pa.Array]:
    """Columns of the table `orders`; `first` is the number of the first order."""
    count, end = len(placed.ordered), calendar.after * SECONDS_A_DAY
    noon = placed.ordered // SECONDS_A_DAY * SECONDS_A_DAY + SECONDS_A_DAY // 2
    promised = noon + (rng.integers(2, 5, count) * 24 + 6) * 3600
    late = rng.random(count) < 0.08
    hours = np.where(late, rng.integers(3, 60, count), -rng.integers(1, 30, count))
    delivered = promised + hours * 3600
    under_way = delivered >= end
    list_value, discount, revenue = placed.list_value, placed.discount_value, placed.revenue
    cost = np.round(UNIT_PRICES[placed.product] * placed.quantity * UNIT_COST_SHARE, 2)
    sent_back = ~under_way & (rng.random(count) < 0.05)
    return {
        "order_id": ids("O", first + np.arange(count), width=9),
        "customer_id": of_customer(names, placed.customer),
        "ordered_at": instants(placed.ordered),
        "revenue": pa.array(revenue),
        "cost": pa.array(cost),
        "discount": pa.array(discount),
        "list_value": pa.array(list_value),
        "quantity": pa.array(placed.quantity.astype(np.float64)),
        "category": codes(
            np.searchsorted(np.cumsum(CATEGORY_SHARES[:-1]), rng.random(count)), CATEGORIES
        ),
        "promised_at": instants(promised),
        "delivered_at": instants(delivered, missing=under_way),
        "is_complete": pa.array(rng.random(count) < 0.97, mask=under_way),
        "returned_value": pa.array(np.where(sent_back, revenue, 0.0)),
    }


def active_months(
    placed: Orders, lives: Lives, calendar: Calendar
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Orders and tickets, each counted by customer and month: two arrays of that shape."""
    shape = (len(lives.left), calendar.n_months)
    asked = lives.tickets
    asked_month = calendar.month_of(asked.opened // SECONDS_A_DAY)
    return (
        _counts(placed.customer, placed.month, shape),
        _counts(asked.customer, asked_month, shape),
    )


def costs(
    rng: np.random.Generator,
    n_orders: NDArray[np.int64],
    n_tickets: NDArray[np.int64],
    calendar: Calendar,
    names: pa.Array,
) -> dict[str, pa.Array]:
    """Columns of the table `costs`: one row per customer and month with an order or a ticket."""
    customer, month = np.nonzero(n_orders + n_tickets)
    usual = COST_OF_ORDER * n_orders[customer, month] + COST_OF_TICKET * n_tickets[customer, month]
    spent = usual * rng.gamma(8.0, 1 / 8.0, len(usual))
    return {
        "customer_id": of_customer(names, customer),
        "month": days(calendar.month_starts[month]),
        # To the tenth: more would be false precision for an allocated cost.
        "cost_to_serve": pa.array(np.round(spent, 1)),
    }


def events(
    rng: np.random.Generator, group: People, lives: Lives, calendar: Calendar, names: pa.Array
) -> dict[str, pa.Array]:
    """Columns of the table `events`."""
    part = lives.n_days / np.diff(calendar.quarter_starts)
    customer, day = days_here(rng, rng.poisson(EVENTS_A_QUARTER * part), group, lives, calendar)
    kind = np.searchsorted(np.cumsum(EVENT_SHARES[:-1]), rng.random(len(day)))
    return {
        "customer_id": of_customer(names, customer),
        "event": codes(kind, EVENTS),
        "at": instants(clock(rng, day, opens=6, closes=24)),
    }


def sold(
    placed: Orders, n_orders: NDArray[np.int64], group: People, calendar: Calendar
) -> NDArray[np.float64]:
    """Revenue, units, buyers and new buyers, shape (months, markets, 4)."""
    shape = (calendar.n_months, len(company.MARKETS))
    market = group.market[placed.customer]
    buyer, bought = np.nonzero(n_orders)
    new = group.acquired >= calendar.start
    return np.stack(
        [
            _sums(placed.month, market, placed.revenue, shape),
            _sums(placed.month, market, placed.quantity, shape),
            _counts(bought, group.market[buyer], shape),
            _counts(calendar.month_of(group.acquired[new]), group.market[new], shape),
        ],
        axis=2,
    )


def days_here(
    rng: np.random.Generator,
    counts: NDArray[np.integer],
    group: People,
    lives: Lives,
    calendar: Calendar,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Whose each of so many facts per customer and quarter is, and on which day they were here."""
    n_quarters = calendar.n_quarters
    cell = np.repeat(np.arange(counts.size), counts.ravel())
    customer, quarter = np.divmod(cell, n_quarters)
    came = np.maximum(group.acquired[customer], calendar.quarter_starts[quarter])
    n_days = lives.n_days.ravel()[cell]
    return customer, came + np.floor(rng.random(len(cell)) * n_days).astype(np.int64)


def _counts(
    row: NDArray[np.integer], column: NDArray[np.integer], shape: tuple[int, int]
) -> NDArray[np.int64]:
    flat = row.astype(np.int64) * shape[1] + column
    return np.bincount(flat, minlength=shape[0] * shape[1]).reshape(shape)


def _sums(
    row: NDArray[np.integer],
    column: NDArray[np.integer],
    values: NDArray[np.number],
    shape: tuple[int, int],
) -> NDArray[np.float64]:
    flat = row.astype(np.int64) * shape[1] + column
    sums = np.bincount(flat, values, minlength=shape[0] * shape[1])
    return sums.astype(np.float64).reshape(shape)
