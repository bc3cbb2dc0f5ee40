"""What customers do: populations of orders, tickets and money for `coverage.py`, and their truth.

Amounts are skewed to the right, and customers differ, so that what one of them does is alike.
Truths are closed forms or, where there is none, read off a population of millions.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
from populations import Random, rows
from scipy import stats
from simulated import Case, Draw

from saydo.kpis.concentration import Peak, TopShare
from saydo.kpis.constant_retention import RetentionValue, ValueOverCost
from saydo.kpis.payback import Payback
from saydo.kpis.pooled import CostPer, Count, PooledShare, Rate, Ratio
from saydo.kpis.value_measures import AmountShare, Total


def spending(rng: Random, samples: int, n: int) -> pd.DataFrame:
    """Orders and revenue of buyers: some order often, and log-normal baskets differ by buyer."""
    orders = 1 + rng.poisson(rng.gamma(1.0, 1.5, (samples, n)))
    usual = np.exp(rng.normal(0, 0.4, (samples, n)))
    # A gamma of the mean and variance that so many log-normal baskets of mean 40 add up to.
    shape = orders / (np.exp(0.6**2) - 1)
    revenue = 40 * usual * rng.gamma(shape) * orders / shape
    is_back = rng.random((samples, n)) < 0.15
    returned = revenue * np.where(is_back, rng.uniform(0.1, 0.7, (samples, n)), 0.0)
    return rows(samples, n, revenue=revenue, orders=orders, returned=returned)


def tickets(share: float, alike: float) -> Draw:
    """Customers with a ticket or more, `share` of them good; `alike` is the correlation within."""

    def draw(rng: Random, samples: int, n: int) -> pd.DataFrame:
        trials = 1 + rng.poisson(1.0, (samples, n))
        size = (1 - alike) / alike
        good = rng.beta(share * size, (1 - share) * size, (samples, n))
        return rows(samples, n, trials=trials, hits=rng.binomial(trials, good))

    return draw


def complaints(rate: float, uneven: float) -> Draw:
    """Complaints and orders of customers, whose rates have a variance of `uneven` · mean²."""

    def draw(rng: Random, samples: int, n: int) -> pd.DataFrame:
        orders = rng.poisson(3.0, (samples, n))
        each = rng.gamma(1 / uneven, rate * uneven, (samples, n)) if uneven else rate
        return rows(samples, n, orders=orders, complaints=rng.poisson(each * orders))

    return draw


def arrivals(rng: Random, samples: int, n: int) -> pd.DataFrame:
    """Customers who come by chance, n on average, some with several orders.

    One row more, of nobody, tells what was spent on winning them: 100 for each expected.
    """
    sample = np.repeat(np.arange(samples), rng.poisson(n, samples))
    orders = 1 + rng.poisson(rng.gamma(1.0, 1.5, len(sample)))
    came = pd.DataFrame({"sample": sample, "is_new": True, "orders": orders})
    nobody = pd.DataFrame({"sample": np.arange(samples), "is_new": False, "orders": 0})
    both = [came.assign(spend=0.0, months=0), nobody.assign(spend=100.0 * n, months=3)]
    return pd.concat(both, ignore_index=True)


def profits(rng: Random, samples: int, n: int) -> pd.DataFrame:
    """Profit of customers, log-normal margin less a gamma cost to serve: a quarter lose money."""
    profit = np.exp(rng.normal(4, 0.7, (samples, n))) - rng.gamma(2.0, 22.0, (samples, n))
    return rows(samples, n, profit=profit, gain=np.maximum(profit, 0.0))


def revenues(rng: Random, samples: int, n: int) -> pd.DataFrame:
    """Log-normal revenue of buyers, with the cut above which the top tenth lies."""
    revenue = np.exp(rng.normal(4, 0.8, (samples, n)))
    ordered = np.sort(revenue, axis=1)
    cut = (ordered[:, [n - n // 10 - 1]] + ordered[:, [n - n // 10]]) / 2
    return rows(samples, n, revenue=revenue, cut=np.broadcast_to(cut, revenue.shape))


_RETENTION, _MARGIN, _DISCOUNT = 0.9, 30.0, 0.025


def earners(rng: Random, samples: int, n: int) -> pd.DataFrame:
    """Customers with a log-normal margin, 90 % of whom stay, the better ones rather.

    New ones come besides, half as many, and a row of nobody tells what winning them cost.
    """
    size = rng.normal(0, 0.9, (samples, n))
    margin = _MARGIN * np.exp(size - 0.9**2 / 2)
    # Of those in the lower half 85 % stay, in the upper 95.
    stayed = rng.random((samples, n)) < np.where(size > 0, _RETENTION + 0.05, _RETENTION - 0.05)
    there = rows(samples, n, margin=margin, stayed=stayed).assign(watched=True, won=False)
    sample = np.repeat(np.arange(samples), rng.poisson(n / 2, samples))
    new = pd.DataFrame({"sample": sample, "margin": 0.0, "watched": False, "won": True})
    nobody = pd.DataFrame({"sample": np.arange(samples), "margin": 0.0, "watched": False})
    parts = [
        there.assign(spend=0.0, known=0),
        new.assign(stayed=False, spend=0.0, known=0),
        nobody.assign(stayed=False, won=False, spend=50.0 * n, known=3),
    ]
    return pd.concat(parts, ignore_index=True).assign(windows=1.0, discount=_DISCOUNT, one=1.0)


@cache
def _peak() -> float:
    population = profits(np.random.default_rng(1), 1, 8_000_000)
    return float(100 * population["gain"].sum() / population["profit"].sum())


_EARNING = {
    "margin": lambda t: t.margin,
    "presence": lambda t: t.one,
    "earns": lambda t: t.watched,
    "watched": lambda t: t.watched,
    "stayed": lambda t: t.stayed,
    "windows": lambda t: t.windows,
    "discount": lambda t: t.discount,
}

CASES = (
    Case(
        Ratio(of=lambda t: t.revenue, per=lambda t: t.orders),
        "revenue per order, skewed, buyers differ",
        spending,
        40 * np.exp(0.4**2 / 2),
    ),
    Case(
        Ratio(of=lambda t: t.orders, per=lambda t: (t.orders > 0).cast("int64")),
        "orders per buyer, 1 to many",
        spending,
        2.5,
    ),
    Case(
        AmountShare(of=lambda t: t.returned, per=lambda t: t.revenue),
        "6 % of revenue sent back, by 15 % of buyers",
        spending,
        100 * 0.15 * 0.4,
    ),
    Case(
        PooledShare(hits=lambda t: t.hits, trials=lambda t: t.trials),
        "82 % of tickets, alike within customers (0.3)",
        tickets(0.82, 0.3),
        82.0,
    ),
    Case(
        PooledShare(hits=lambda t: t.hits, trials=lambda t: t.trials),
        "10 % of tickets, alike within customers (0.1)",
        tickets(0.10, 0.1),
        10.0,
    ),
    Case(
        Rate(events=lambda t: t.complaints, exposure=lambda t: t.orders, times=1000),
        "80 complaints per 1,000 orders, customers alike",
        complaints(0.08, 0),
        80.0,
    ),
    Case(
        Rate(events=lambda t: t.complaints, exposure=lambda t: t.orders, times=1000),
        "80 complaints per 1,000 orders, customers differ",
        complaints(0.08, 3.0),
        80.0,
    ),
    Case(Count(of=lambda t: t.is_new), "new customers, n expected", arrivals, float),
    Case(
        Total(of=lambda t: t.orders), "orders of n expected customers", arrivals, lambda n: 2.5 * n
    ),
    Case(
        CostPer(cost=lambda t: t.spend, known=lambda t: t.months, count=lambda t: t.is_new),
        "100 spent per new customer, n expected",
        arrivals,
        100.0,
    ),
    Case(
        Peak(of=lambda t: t.gain, per=lambda t: t.profit),
        "profits, a quarter of customers lose money",
        profits,
        lambda n: _peak(),
    ),
    Case(
        TopShare(of=lambda t: t.revenue, cut=lambda t: t.cut, cut_of_all=lambda t: t.cut),
        "log-normal revenue, top tenth",
        revenues,
        100 * (1 - stats.norm.cdf(stats.norm.ppf(0.9) - 0.8)),
        note="The top tenth of 30 are three, too few to tell how their amounts are spread: the "
        "interval is very wide. Where amounts are spread as a power law, it falls short: of 200 "
        "Pareto amounts of exponent 2.5 it holds the truth in 88 %.",
    ),
    Case(
        RetentionValue(**_EARNING),
        "log-normal margin, 90 % stay, the better ones rather",
        earners,
        _MARGIN * _RETENTION / (1 + _DISCOUNT - _RETENTION),
    ),
    Case(
        ValueOverCost(
            **_EARNING,
            cost=lambda t: t.spend,
            known=lambda t: t.known,
            won=lambda t: t.won,
        ),
        "the same, at 100 per new customer",
        earners,
        _MARGIN * (1 + _DISCOUNT) / (1 + _DISCOUNT - _RETENTION) / 100,
    ),
    Case(
        Payback(
            spend=lambda t: t.spend,
            known=lambda t: t.known,
            new=lambda t: t.won,
            margin=lambda t: t.margin,
            presence=lambda t: t.one,
            months=lambda t: t.one,
            among=lambda t: t.watched,
        ),
        "log-normal margin, 100 per new customer, n/2 expected",
        earners,
        100 / _MARGIN,
    ),
)
"""What customers do."""
