"""How long things last: populations of waits and of customers' lives for `coverage.py`.

Much of it is not over when we look. Truths are closed forms or, where there is none, read off a
population of millions whose future is known.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from populations import Random, rows
from scipy import stats
from simulated import Case

from saydo.kpis.distributions import Quantile
from saydo.kpis.projected_value import ProjectedValue
from saydo.kpis.projections import MeanPAlive, ProjectedRetention
from saydo.kpis.survival import BEGINS, DAYS_PER_MONTH, ENDS, LEAVES, MedianSurvival, Survival
from saydo.kpis.waiting import MedianWait
from saydo.tables.value_marts import GRAIN_OF_SPEND

Array = npt.NDArray[np.float64]


def replies(rng: Random, samples: int, n: int) -> pd.DataFrame:
    """Hours to a reply, log-normal about 6, in whole minutes; 2 % never have one.

    Tickets come over the 90 days until now.
    """
    hours = 6 * np.exp(rng.normal(0, 1.0, (samples, n)))
    hours[rng.random((samples, n)) < 0.02] = np.inf
    known = rng.uniform(0, 90 * 24, (samples, n))
    time = np.floor(np.minimum(hours, known) * 60) / 60
    return rows(samples, n, time=time, is_over=hours <= known)


def hours(rng: Random, samples: int, n: int) -> pd.DataFrame:
    """Hours, log-normal about 6, in whole minutes."""
    return rows(samples, n, hours=np.floor(360 * np.exp(rng.normal(0, 1.0, (samples, n)))) / 60)


def first_values(rng: Random, samples: int, n: int) -> pd.DataFrame:
    """Days to first value, exponential with mean 30, of customers who came in the last 90 days."""
    days = rng.exponential(30, (samples, n))
    known = rng.uniform(0, 90, (samples, n))
    return rows(samples, n, time=np.floor(np.minimum(days, known)), is_over=days <= known)


_SHAPE, _SCALE = 0.8, 900.0


def memberships(rng: Random, samples: int, n: int) -> pd.DataFrame:
    """Days as a customer, Weibull, of those who were there within the last 365 days.

    Half came within that time; the others had been there for up to four years when it began.
    """
    is_new = rng.random((samples, n)) < 0.5
    begins = np.where(is_new, 0, rng.integers(1, 1460, (samples, n)))
    ends = begins + np.where(is_new, rng.integers(1, 366, (samples, n)), 365)
    # Given that they were still there when the watch began.
    life = _SCALE * ((begins / _SCALE) ** _SHAPE + rng.exponential(1, (samples, n))) ** (1 / _SHAPE)
    age = np.ceil(life)
    leaves = age <= ends
    came = rows(samples, n, age=begins.astype("float64")).assign(step=BEGINS)
    went = rows(samples, n, age=np.where(leaves, age, ends))
    went = went.assign(step=np.where(np.ravel(leaves), LEAVES, ENDS))
    return pd.concat([came, went], ignore_index=True).assign(months=12.0)


_ALPHA, _BETA = 1.0, 7.0


def contracts(rng: Random, samples: int, n: int) -> pd.DataFrame:
    """Periods as a customer, leaving by chances of their own, over a watch of four periods."""
    entry = np.where(rng.random((samples, n)) < 0.5, 0, rng.integers(1, 9, (samples, n)))
    watch = np.where(entry == 0, rng.integers(1, 5, (samples, n)), 4)
    # Who is still there after some periods is less likely to leave.
    chance = rng.beta(_ALPHA, _BETA + entry)
    lasted = rng.geometric(chance) - 1
    table = rows(
        samples,
        n,
        entry=entry,
        periods=entry + np.minimum(lasted, watch),
        is_lost=lasted < watch,
    )
    return table.assign(chance=np.ravel(chance))


@cache
def _next_retention() -> float:
    population = contracts(np.random.default_rng(2), 1, 6_000_000)
    return float(100 * (1 - population.loc[~population["is_lost"], "chance"]).mean())


class Histories(NamedTuple):
    """Purchases of customers by the BG/NBD model, in weeks since the first."""

    x: npt.NDArray[np.int64]
    t_x: Array
    t_end: Array
    is_alive: npt.NDArray[np.bool_]
    ahead: Array
    """Purchases in the 36 months after, each discounted from the middle of its month."""


_MONTH = 365.25 / 12 / 7
_MONTHS, _YEARLY = 36, 0.10


def histories(rng: Random, count: int, *, future: bool) -> Histories:
    """Lives of customers: rates are gamma(1, 8), chances to stop beta(0.8, 2.5)."""
    rate, stop = rng.gamma(1.0, 1 / 8.0, count), rng.beta(0.8, 2.5, count)
    t_end = rng.uniform(26, 78, count)
    until = t_end + (_MONTHS * _MONTH if future else 0)
    x, t_x, ahead = np.zeros(count, dtype="int64"), np.zeros(count), np.zeros(count)
    is_alive = np.ones(count, dtype=bool)
    who, now = np.arange(count), np.zeros(count)
    while len(who):
        now = now + rng.exponential(1 / rate[who])
        who, now = who[now <= until[who]], now[now <= until[who]]
        is_seen = now <= t_end[who]
        x[who] += is_seen
        t_x[who] = np.where(is_seen, now, t_x[who])
        month = np.floor((now - t_end[who]) / _MONTH)
        ahead[who] += np.where(is_seen, 0.0, (1 + _YEARLY) ** (-(month + 0.5) / 12))
        stops = rng.random(len(who)) < stop[who]
        is_alive[who[stops & is_seen]] = False
        who, now = who[~stops], now[~stops]
    return Histories(x, t_x, t_end, is_alive, ahead)


def buyers(rng: Random, samples: int, n: int) -> pd.DataFrame:
    """Histories in whole weeks."""
    lives = histories(rng, samples * n, future=False)
    return rows(
        samples,
        n,
        x=lives.x,
        weeks_to_last=np.floor(lives.t_x).astype("int64"),
        weeks=np.floor(lives.t_end).astype("int64"),
    )


_P, _Q, _GAMMA = 6.0, 4.0, 15.0
_SHARE = 0.4
"""Of margin in revenue."""


def spenders(rng: Random, samples: int, n: int) -> pd.DataFrame:
    """Histories with what was spent, by the gamma-gamma model, as `purchase_histories` has them."""
    lives = buyers(rng, samples, n)
    purchases = lives["x"].to_numpy() + 1
    rate = rng.gamma(_Q, 1 / _GAMMA, samples * n)
    spend = rng.gamma(_P * purchases) / rate
    timing = lives.assign(
        is_timing=True,
        knows_first=True,
        is_current=True,
        is_new=False,
        level=0,
        n_customers=1,
        spend=spend,
        spend_squared=spend**2,
        revenue=spend,
        margin=_SHARE * spend,
    )
    nothing = dict.fromkeys(("spend", "spend_squared", "revenue", "margin"), 0.0)
    level = np.round(np.log(spend / purchases) / GRAIN_OF_SPEND).astype("int64")
    levels = timing.assign(
        is_timing=False,
        is_current=False,
        knows_first=False,
        weeks=0,
        weeks_to_last=0,
        level=level,
        **nothing,
    )
    both = pd.concat([timing, levels], ignore_index=True)
    return both.assign(horizon=_MONTHS, discount_rate=_YEARLY)


@cache
def _future() -> Histories:
    return histories(np.random.default_rng(3), 4_000_000, future=True)


def _worth() -> float:
    return _SHARE * _P * _GAMMA / (_Q - 1) * float(_future().ahead.mean())


CASES = (
    Case(Quantile(of=lambda t: t.hours), "median of log-normal hours, in minutes", hours, 6.0),
    Case(
        Quantile(of=lambda t: t.hours, q=0.9),
        "90th percentile of log-normal hours",
        hours,
        6 * np.exp(stats.norm.ppf(0.9)),
    ),
    Case(
        MedianWait(time=lambda t: t.time, is_over=lambda t: t.is_over),
        "log-normal hours, 2 % never answered",
        replies,
        # The median of the others' log-normal hours, at which half of all have a reply.
        6 * np.exp(stats.norm.ppf(0.5 / 0.98)),
    ),
    Case(
        MedianWait(time=lambda t: t.time, is_over=lambda t: t.is_over),
        "days to value, 32 % not over",
        first_values,
        np.floor(30 * np.log(2)),
        note="In whole days, which are wide against the interval of a large sample: bounds that "
        "fall on the day of the truth hold it, so that coverage rises above 95 %.",
    ),
    Case(
        Survival(age=lambda t: t.age, step=lambda t: t.step, months=lambda t: t.months),
        "Weibull lives, delayed entry, after 12 months",
        memberships,
        100 * np.exp(-((365 / _SCALE) ** _SHAPE)),
        is_slow=True,
    ),
    Case(
        MedianSurvival(age=lambda t: t.age, step=lambda t: t.step),
        "Weibull lives, delayed entry",
        memberships,
        np.ceil(_SCALE * np.log(2) ** (1 / _SHAPE)) / DAYS_PER_MONTH,
        is_slow=True,
    ),
    Case(
        ProjectedRetention(
            entry=lambda t: t.entry, periods=lambda t: t.periods, is_lost=lambda t: t.is_lost
        ),
        "shifted beta-geometric lives, delayed entry",
        contracts,
        lambda n: _next_retention(),
        is_slow=True,
        note="There is no value with fewer than ten losses. At n = 30 that leaves samples in which "
        "more left than usual, which is why their intervals lie too low.",
    ),
    Case(
        MeanPAlive(
            x=lambda t: t.x, weeks_to_last=lambda t: t.weeks_to_last, weeks=lambda t: t.weeks
        ),
        "BG/NBD lives over 26 to 78 weeks",
        buyers,
        lambda n: 100 * float(_future().is_alive.mean()),
        is_slow=True,
    ),
    Case(
        ProjectedValue(),
        "BG/NBD lives, gamma-gamma spending, 36 months",
        spenders,
        lambda n: _worth(),
        is_slow=True,
    ),
)
"""How long things last, and what they will be worth."""
