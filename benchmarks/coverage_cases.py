"""The populations on which `coverage.py` tries each measure, and the truth about them.

Shapes are those of the field: scores lean to the top, amounts and waits are skewed to the right,
and customers differ, so that what one of them does is alike. Truths are closed forms or, where
there is none, read off a population of millions.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from coverage import Case, Draw
from scipy import stats

from saydo.kpis.distributions import Quantile
from saydo.kpis.measures import Mean, NetShare, Share
from saydo.kpis.pooled import CostPer, Count, PooledShare, Rate, Ratio

Random = np.random.Generator

SCORES = np.array([0.04, 0.06, 0.12, 0.38, 0.40])
"""Shares of 1 to 5."""
RECOMMEND = np.array([2, 1, 1, 2, 2, 6, 7, 14, 25, 18, 22]) / 100
"""Shares of 0 to 10."""
WEIGHTS = np.array([0.6, 1.0, 2.2])
"""Of the strata, who are a third of the sample each and differ in what they answer."""


def rows(samples: int, n: int, **columns: np.ndarray) -> pd.DataFrame:
    """Columns of shape (samples, n) as a table."""
    flat = {name: np.ravel(values) for name, values in columns.items()}
    return pd.DataFrame({"sample": np.repeat(np.arange(samples), n), **flat})


def answers(shares: np.ndarray, lowest: int) -> Draw:
    """Scores from `lowest` on with these shares."""

    def draw(rng: Random, samples: int, n: int) -> pd.DataFrame:
        score = lowest + rng.choice(len(shares), (samples, n), p=shares)
        return rows(samples, n, score=score.astype("float64"))

    return draw


def yes(share: float) -> Draw:
    """Answers, this share of them yes."""

    def draw(rng: Random, samples: int, n: int) -> pd.DataFrame:
        return rows(samples, n, yes=rng.random((samples, n)) < share)

    return draw


def weighted_answers(rng: Random, samples: int, n: int) -> pd.DataFrame:
    """Scores 0 to 10 of three strata, the heavier the weight the lower the scores."""
    stratum = rng.integers(0, 3, (samples, n))
    score = rng.choice(11, (samples, n), p=RECOMMEND)
    score = np.maximum(score - stratum, 0)
    return rows(samples, n, score=score.astype("float64"), weight=WEIGHTS[stratum])


def _weighted_truth(of: np.ndarray) -> float:
    """Of a function of the scores 0 to 10, over the strata."""
    each = [of[np.maximum(np.arange(11) - stratum, 0)] @ RECOMMEND for stratum in range(3)]
    return float(each @ WEIGHTS / WEIGHTS.sum())


_ELEVEN = np.arange(11)


def waits(rng: Random, samples: int, n: int) -> pd.DataFrame:
    """Hours, log-normal about 6, in whole minutes."""
    hours = 6 * np.exp(rng.normal(0, 1.0, (samples, n)))
    return rows(samples, n, hours=np.floor(hours * 60) / 60)


def spending(rng: Random, samples: int, n: int) -> pd.DataFrame:
    """Orders and revenue of buyers: some order often, and log-normal baskets differ by buyer."""
    orders = 1 + rng.poisson(rng.gamma(1.0, 1.5, (samples, n)))
    usual = np.exp(rng.normal(0, 0.4, (samples, n)))
    # The sum of so many log-normal baskets of mean 40, matched in mean and variance (gamma).
    shape = orders / (np.exp(0.6**2) - 1)
    revenue = 40 * usual * rng.gamma(shape) * orders / shape
    return rows(samples, n, revenue=revenue, orders=orders)


def tickets(share: float, alike: float) -> Draw:
    """Customers with one ticket or more, `share` of them good; `alike` is the correlation within."""

    def draw(rng: Random, samples: int, n: int) -> pd.DataFrame:
        trials = 1 + rng.poisson(1.0, (samples, n))
        size = (1 - alike) / alike
        good = rng.beta(share * size, (1 - share) * size, (samples, n))
        return rows(samples, n, trials=trials, hits=rng.binomial(trials, good))

    return draw


def complaints(rate: float, uneven: float) -> Draw:
    """Complaints and orders of customers; `uneven` is the variance of their rates over its mean²."""

    def draw(rng: Random, samples: int, n: int) -> pd.DataFrame:
        orders = rng.poisson(3.0, (samples, n))
        each = rng.gamma(1 / uneven, rate * uneven, (samples, n)) if uneven else rate
        return rows(samples, n, orders=orders, complaints=rng.poisson(each * orders))

    return draw


def arrivals(rng: Random, samples: int, n: int) -> pd.DataFrame:
    """New customers, n on average, each with one share of a known spend of 100 n."""
    count = rng.poisson(n, samples)
    sample = np.repeat(np.arange(samples), count)
    new = pd.DataFrame({"sample": sample, "is_new": True, "spend": 0.0, "months": 0})
    nobody = {"sample": np.arange(samples), "is_new": False, "spend": 100.0 * n, "months": 3}
    return pd.concat([new, pd.DataFrame(nobody)], ignore_index=True)


CASES = (
    Case(Share(of=lambda t: t.yes), "yes or no, 82 % yes", yes(0.82), 82.0),
    Case(Share(of=lambda t: t.yes), "yes or no, 8 % yes", yes(0.08), 8.0),
    Case(
        Share(of=lambda t: t.score >= 8, weight=lambda t: t.weight),
        "0 to 10, weighted, strata differ",
        weighted_answers,
        100 * _weighted_truth(_ELEVEN >= 8),
    ),
    Case(
        NetShare(up=lambda t: t.score >= 9, down=lambda t: t.score <= 6),
        "0 to 10, 40 % promoters, 21 % detractors",
        answers(RECOMMEND, 0),
        100 * (RECOMMEND[9:].sum() - RECOMMEND[:7].sum()),
    ),
    Case(
        NetShare(up=lambda t: t.score >= 9, down=lambda t: t.score <= 6, weight=lambda t: t.weight),
        "0 to 10, weighted, strata differ",
        weighted_answers,
        100 * _weighted_truth((_ELEVEN >= 9) * 1.0 - (_ELEVEN <= 6)),
    ),
    Case(
        Mean(of=lambda t: t.score), "1 to 5, mean 4.04", answers(SCORES, 1), SCORES @ np.arange(1, 6)
    ),
    Case(
        Mean(of=lambda t: t.score),
        "0 to 10, mean 7.5",
        answers(RECOMMEND, 0),
        RECOMMEND @ _ELEVEN,
    ),
    Case(
        Mean(of=lambda t: t.score, weight=lambda t: t.weight),
        "0 to 10, weighted, strata differ",
        weighted_answers,
        _weighted_truth(_ELEVEN),
    ),
    Case(
        Quantile(of=lambda t: t.hours),
        "median of log-normal hours, in minutes",
        waits,
        6.0,
    ),
    Case(
        Quantile(of=lambda t: t.hours, q=0.9),
        "90th percentile of log-normal hours",
        waits,
        6 * np.exp(stats.norm.ppf(0.9)),
    ),
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
)
