"""What happens around Acme: leads, spending, rivals, and what buyers of the category say?

Leads belong to customers and are made with each chunk. All other tables are small and made once,
at the end, from what Acme sold by month and market.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from saydo.tables.sample import company
from saydo.tables.sample.calendar import Calendar
from saydo.tables.sample.columns import (
    SECONDS_A_DAY,
    clock,
    codes,
    days,
    ids,
    instants,
    rated,
)
from saydo.tables.sample.people import People

LEAD_CHANNELS = ("search", "social", "partner")
LOST_LEADS = 2.2
"""Leads that come to nothing, for each that becomes a customer."""
COST_PER_NEW = (38.0, 46.0, 12.0, 30.0, 24.0)
"""Spent per new customer, by channel."""
BRANDS = (company.OWN_BRAND, *company.RIVALS)
SIZES = (1.0, 1.6, 0.9, 0.5)
"""Sales of each brand as multiples of ours, before the last year."""
TREND_IN_LAST_YEAR = (0.0, 0.18, -0.03, 0.02)
"""Growth over the last year beyond ours: Bolt, which answers fast, gains."""
UNIT_PRICE_RATIO = (1.0, 1.12, 1.05, 0.9)
BUYERS_OF_ONE_OF_ALL = 0.78
"""Buyers of any brand for each buyer of a brand: some buy several brands in a month."""
PEOPLE_PER_BUYER = 25
ASKED_A_MONTH, WALLETS, KANO_RESPONDENTS = 150, 1_500, 800
# Answers to Kano's pair of questions by type: attractive, one-dimensional, must-be, indifferent.
KANO_PAIRS = np.array([(1, 3), (1, 5), (3, 5), (3, 3)])
KANO_OF_WANTED = (0.10, 0.45, 0.35, 0.10)
KANO_OF_OTHER = (0.25, 0.15, 0.10, 0.50)


def leads(
    rng: np.random.Generator, group: People, calendar: Calendar, names: pa.Array, *, first: int
) -> dict[str, pa.Array]:
    """Columns of the table `leads`; `first` is the number of the first lead."""
    channels = np.array([company.CHANNELS.index(channel) for channel in LEAD_CHANNELS])
    won = np.flatnonzero((group.acquired >= calendar.start) & np.isin(group.channel, channels))
    converted = clock(rng, group.acquired[won])
    n_lost = int(rng.poisson(LOST_LEADS * len(won)))
    lost_day = rng.integers(calendar.start, calendar.after, n_lost)
    created = np.concatenate(
        [
            converted - (rng.gamma(1.5, 4.0, len(won)) * SECONDS_A_DAY).astype(np.int64),
            clock(rng, lost_day),
        ]
    )
    lost_channel = channels[rng.integers(0, len(channels), n_lost)]
    is_lost = np.arange(len(created)) >= len(won)
    nobody = np.zeros(n_lost, np.int64)
    customer = pa.array(np.concatenate([won, nobody]).astype(np.int32), mask=is_lost)
    return {
        "lead_id": ids("L", first + np.arange(len(created)), width=8),
        "created_at": instants(created),
        "channel": codes(np.concatenate([group.channel[won], lost_channel]), company.CHANNELS),
        "converted_at": instants(np.concatenate([converted, nobody]), missing=is_lost),
        "customer_id": pa.DictionaryArray.from_arrays(customer, names),
    }


def new_customers(group: People, calendar: Calendar) -> NDArray[np.int64]:
    """How many came, shape (months, markets, channels)."""
    shape = (calendar.n_months, len(company.MARKETS), len(company.CHANNELS))
    new = group.acquired >= calendar.start
    month = calendar.month_of(group.acquired[new]).astype(np.int64)
    flat = (month * shape[1] + group.market[new]) * shape[2] + group.channel[new]
    return np.bincount(flat, minlength=int(np.prod(shape))).reshape(shape)


def marketing(
    rng: np.random.Generator, new: NDArray[np.int64], calendar: Calendar
) -> dict[str, pa.Array]:
    """Columns of the table `marketing`; `new` is as `new_customers` gives it."""
    month, market, channel = (axis.ravel() for axis in np.indices(new.shape))
    smooth = 0.5 * new + 0.5 * new.mean(axis=0)
    spend = smooth * np.array(COST_PER_NEW) * rng.gamma(60, 1 / 60, new.shape)
    return {
        "month": days(calendar.month_starts[month]),
        "market": codes(market, company.MARKETS),
        "channel": codes(channel, company.CHANNELS),
        "spend": pa.array(np.round(spend, 2).ravel()),
        "category_spend": pa.array(np.round(spend * rng.uniform(3.5, 4.5, new.shape), 2).ravel()),
    }


def market(
    rng: np.random.Generator, sold: NDArray[np.float64], calendar: Calendar
) -> dict[str, pa.Array]:
    """Columns of the table `market`.

    Our own rows are what the orders say. `sold` has the shape (months, markets, 4): revenue, units,
    buyers and new buyers.
    """
    shape = (calendar.n_months, len(company.MARKETS), len(BRANDS))
    month, place, brand = (axis.ravel() for axis in np.indices(shape))
    own = brand == 0
    into_last_year = np.clip(month - (calendar.n_months - 13), 0, 12) / 12
    size = np.array(SIZES)[brand] * (1 + np.array(TREND_IN_LAST_YEAR)[brand] * into_last_year)
    size = size * np.where(own, 1, rng.gamma(400, 1 / 400, len(own)))
    # Rivals' sales follow the seasons of the market, not every turn of ours.
    usual = 0.5 * sold + 0.5 * sold.mean(axis=0)
    base = np.where(own[:, None], sold[month, place], usual[month, place] * size[:, None])
    revenue, units, buyers, new_buyers = base.T
    population = PEOPLE_PER_BUYER * np.ceil(sold[..., 2].max(axis=0))
    return {
        "month": days(calendar.month_starts[month]),
        "market": codes(place, company.MARKETS),
        "brand": codes(brand, BRANDS),
        "is_own": pa.array(own),
        "revenue": pa.array(np.round(revenue, 2)),
        "units": pa.array(np.rint(units / np.array(UNIT_PRICE_RATIO)[brand])),
        "buyers": pa.array(np.rint(buyers)),
        "category_buyers": pa.array(_category_buyers(np.rint(buyers).reshape(shape)).ravel()),
        "population": pa.array(np.maximum(population, 100)[place]),
        "new_buyers": pa.array(np.rint(new_buyers)),
    }


def _category_buyers(buyers: NDArray[np.float64]) -> NDArray[np.float64]:
    """Who buys any brand, beside every brand (the last axis): fewer than all brands' buyers.

    No fewer than the largest brand has, which in a very small sample may be most of them.
    """
    everyone = np.rint(BUYERS_OF_ONE_OF_ALL * buyers.sum(axis=-1))
    return np.broadcast_to(np.maximum(everyone, buyers.max(axis=-1))[..., None], buyers.shape)


def brand_tracker(rng: np.random.Generator, calendar: Calendar) -> dict[str, pa.Array]:
    """Columns of the table `brand_tracker`; names of image items are extra columns."""
    count = ASKED_A_MONTH * calendar.n_months
    month = np.repeat(np.arange(calendar.n_months), ASKED_A_MONTH)
    n_days = np.diff(calendar.month_starts)[month]
    day = calendar.month_starts[month] + np.floor(rng.random(count) * n_days).astype(np.int64)
    in_last_year = month >= calendar.n_months - 12
    # A funnel: who names us first also names us unprompted, and so on.
    aided = rng.random(count) < 0.72
    unaided = aided & (rng.random(count) < 0.45)
    first = unaided & (rng.random(count) < 0.35)
    considers = aided & (rng.random(count) < 0.42)
    prefers = considers & (rng.random(count) < np.where(in_last_year, 0.26, 0.30))
    image = {
        "image_quick": np.where(in_last_year, 3.0, 4.0),
        "image_cheap": np.where(in_last_year, 3.9, 3.2),
        "image_reliable": np.full(count, 3.8),
        "image_friendly": np.full(count, 3.7),
    }
    return {
        "respondent_id": ids("R", np.arange(count), width=6),
        "market": codes(
            np.searchsorted(np.cumsum(company.MARKET_SHARES[:-1]), rng.random(count)),
            company.MARKETS,
        ),
        "asked_at": instants(clock(rng, day)),
        "top_of_mind": pa.array(first),
        "unaided": pa.array(unaided),
        "aided": pa.array(aided),
        "considers": pa.array(considers),
        "prefers": pa.array(prefers),
        "weight": pa.array(np.round(rng.gamma(20, 1 / 20, count), 3)),
    } | {
        # Who doesn't know us can't say how we are.
        name: pa.array(rated(rng.normal(mean, 0.9), 1, 5).astype(np.float64), mask=~aided)
        for name, mean in image.items()
    }


def wallet(
    rng: np.random.Generator, more: np.random.Generator, calendar: Calendar
) -> dict[str, pa.Array]:
    """Columns of the table `wallet`: what buyers of the category spend on each brand they use."""
    share = rng.dirichlet(np.array(SIZES), WALLETS) * (rng.random((WALLETS, len(BRANDS))) < 0.55)
    share[share.sum(axis=1) == 0, 1] = 1.0
    total = np.round(rng.gamma(4.0, 60.0, WALLETS), 2)
    spend = np.round(share / share.sum(axis=1, keepdims=True) * total[:, None], 2)
    person, brand = np.nonzero(spend)
    rank = 1 + (-spend).argsort(axis=1, kind="stable").argsort(axis=1, kind="stable")
    return {
        "respondent_id": ids("W", person, width=6),
        "brand": codes(brand, BRANDS),
        "is_own": pa.array(brand == 0),
        "spend": pa.array(spend[person, brand]),
        "category_spend": pa.array(np.round(spend.sum(axis=1), 2)[person]),
        "rank": pa.array(rank[person, brand]),
        "asked_at": instants(_asked(more, WALLETS, calendar)[person]),
    }


def kano(
    rng: np.random.Generator, more: np.random.Generator, calendar: Calendar
) -> dict[str, pa.Array]:
    """Columns of the table `kano`, whose features are the attributes, done well or not."""
    shares = [profile.share for profile in company.PROFILES]
    profile = np.searchsorted(np.cumsum(shares[:-1]), rng.random(KANO_RESPONDENTS))
    person, feature = (
        axis.ravel() for axis in np.indices((KANO_RESPONDENTS, len(company.ATTRIBUTES)))
    )
    wanted = np.array([company.ATTRIBUTES.index(each.wants) for each in company.PROFILES])
    bounds = np.where(
        (wanted[profile[person]] == feature)[:, None],
        np.cumsum(KANO_OF_WANTED)[:-1],
        np.cumsum(KANO_OF_OTHER)[:-1],
    )
    kind = (rng.random(len(person))[:, None] >= bounds).sum(axis=1)
    # One in twenty answers without reading.
    careless = rng.random(len(person)) < 0.05
    pairs = np.where(careless[:, None], rng.integers(1, 6, (len(person), 2)), KANO_PAIRS[kind])
    return {
        "respondent_id": ids("Q", person, width=6),
        "feature": codes(feature, company.ATTRIBUTES),
        "functional": pa.array(pairs[:, 0]),
        "dysfunctional": pa.array(pairs[:, 1]),
        "asked_at": instants(_asked(more, KANO_RESPONDENTS, calendar)[person]),
    }


def searches(rng: np.random.Generator, calendar: Calendar) -> dict[str, pa.Array]:
    """Columns of the table `searches`."""
    month, brand = (axis.ravel() for axis in np.indices((calendar.n_months, len(BRANDS))))
    into_last_year = np.clip(month - (calendar.n_months - 13), 0, 12) / 12
    growth = 1 + np.array(TREND_IN_LAST_YEAR)[brand] * into_last_year
    expected = 20_000 * np.array(SIZES)[brand] * growth * 1.004**month
    return {
        "month": days(calendar.month_starts[month]),
        "brand": codes(brand, BRANDS),
        "is_own": pa.array(brand == 0),
        "queries": pa.array(rng.poisson(expected).astype(np.float64)),
    }


def _asked(more: np.random.Generator, count: int, calendar: Calendar) -> NDArray[np.int64]:
    """When each of so many respondents was asked: in their order, evenly over the window."""
    day = np.linspace(calendar.start, calendar.after, count, endpoint=False).astype(np.int64)
    return clock(more, day)
