"""Projected value and customer equity against closed forms and a simulated truth."""

from datetime import date
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from scipy import special

from saydo.kpis import gamma_gamma, lifetimes
from saydo.kpis.gamma_gamma import GammaGamma
from saydo.kpis.lifetimes import BgNbd
from saydo.kpis.projected_value import WEEKS_IN_MONTH, ProjectedValue

Q4 = pd.Timestamp("2025-10-01")
TIMING = BgNbd(r=0.243, alpha=4.414, a=0.793, b=2.426)
"""Of CDNOW, by the week: Fader, Hardie & Lee (2005), Marketing Science 24."""
SPEND = GammaGamma(p=6.25, q=3.74, gamma=15.44)
"""Of CDNOW: Fader, Hardie & Lee (2005), J. Marketing Research 42."""


@pytest.fixture
def published(monkeypatch):
    """The published parameters in place of fitted ones: a handful of orders fits no model."""

    def timing(x, t_x, t_end, count):
        watch = count @ t_end / count.sum()
        m = TIMING
        place = [m.r, m.r / m.alpha * watch, m.a + m.b, m.a / m.b]
        return lifetimes.Fit(x, t_x, t_end, count, np.log(place))

    def spending(n, mean, count):
        unit = count @ mean / count.sum()
        place = np.log([SPEND.p, SPEND.q - 1, SPEND.mean / unit])
        return gamma_gamma.Fit(n, mean, count, place)

    monkeypatch.setattr(lifetimes, "fit", timing)
    monkeypatch.setattr(gamma_gamma, "fit", spending)


def purchases_until(weeks, *, x, t_x, t_end):
    """Equation 10 of Fader, Hardie & Lee (2005), with Gauss's hypergeometric function."""
    r, alpha, a, b = TIMING.r, TIMING.alpha, TIMING.a, TIMING.b
    ratio = (alpha + t_end) / (alpha + t_end + weeks)
    series = special.hyp2f1(r + x, b + x, a + b + x - 1, weeks / (alpha + t_end + weeks))
    stopped = (x > 0) * a / (b + x - 1) * ((alpha + t_end) / (alpha + t_x)) ** (r + x)
    return (a + b + x - 1) / (a - 1) * (1 - ratio ** (r + x) * series) / (1 + stopped)


def purchases_of_new_until(weeks):
    """Equation 9."""
    r, alpha, a, b = TIMING.r, TIMING.alpha, TIMING.a, TIMING.b
    series = special.hyp2f1(r, b, a + b - 1, weeks / (alpha + weeks))
    return (a + b - 1) / (a - 1) * (1 - (alpha / (alpha + weeks)) ** r * series)


def worth(until, months, yearly=0.1):
    """Discounted purchases, from those until each month."""
    edges = [until(WEEKS_IN_MONTH * month) if month else 0.0 for month in range(months + 1)]
    return sum(
        (after - before) / (1 + yearly) ** ((month + 0.5) / 12)
        for month, (before, after) in enumerate(pairwise(edges))
    )


@pytest.fixture
def frames():
    """One bought once, 13 weeks ago; one twice, in weeks 0 and 13 of 26; one twice and left; one
    was there before the orders begin. 40 % of revenue is margin.
    """
    orders = [
        ("once", "2025-10-01 10:00", 30.0),
        ("twice", "2025-07-02", 20.0),
        ("twice", "2025-10-01 09:00", 25.0),
        ("twice", "2025-10-01 21:00", 25.0),
        ("left", "2025-06-01", 50.0),
        ("left", "2025-06-20", 50.0),
        ("old", "2025-05-28", 10.0),
        ("old", "2025-12-31 23:00", 10.0),
    ]
    orders = pd.DataFrame(orders, columns=["customer_id", "ordered_at", "revenue"])
    orders["ordered_at"] = pd.to_datetime(orders["ordered_at"], format="mixed")
    people = [
        ("once", "2025-10-01", None),
        ("twice", "2025-07-02", None),
        ("left", "2025-06-01", "2025-08-01"),
        ("old", "2019-01-01", None),
        ("never", "2025-01-01", None),
    ]
    return {
        "customers": pd.DataFrame(people, columns=["customer_id", "acquired_on", "left_on"]),
        "orders": orders.assign(
            order_id=[f"o{number}" for number in range(8)], cost=orders["revenue"] * 0.6
        ),
    }


def values(months):
    """Of the three who are customers and ordered; times are in the middle of their week."""
    each = {
        "once": ({"x": 0, "t_x": 0.0, "t_end": 13.5}, 1, 30.0),
        # Two orders of one day are one purchase.
        "twice": ({"x": 1, "t_x": 13.5, "t_end": 26.5}, 2, 70.0),
        "old": ({"x": 1, "t_x": 31.5, "t_end": 31.5}, 2, 20.0),
    }
    return [
        worth(lambda weeks, seen=seen: purchases_until(weeks, **seen), months)
        * (SPEND.p * (SPEND.gamma + spend) / (SPEND.p * n + SPEND.q - 1))
        * 0.4
        for seen, n, spend in each.values()
    ]


@pytest.mark.parametrize("months", [1, 36])
def test_projected_value_is_a_sum_over_months_by_the_closed_form(
    published, measured, frames, months
):
    row = measured(frames, "clv_prob", definitions={"clv_months": months})
    assert (row["value"], row["n"]) == (pytest.approx(np.mean(values(months)), rel=1e-6), 3)


def test_the_margin_is_that_of_the_last_twelve_months(published, measured, frames):
    # An order of 2024 that cost nothing, of someone who has left since.
    earlier = (
        frames["orders"]
        .tail(1)
        .assign(
            order_id="earlier", customer_id="left", ordered_at=pd.Timestamp("2024-12-31"), cost=0.0
        )
    )
    orders = pd.concat([frames["orders"], earlier], ignore_index=True)
    row = measured({**frames, "orders": orders}, "clv_prob")
    assert row["value"] == pytest.approx(np.mean(values(36)), rel=1e-6)


def test_equity_adds_those_who_will_come(published, measured, frames):
    # Won in the last twelve months: once, twice and left, though left has left again: a quarter of
    # one a month. Each buys at once, in the middle of a month, and goes on as new customers do.
    months = 36
    later = [worth(purchases_of_new_until, left) if left else 0.0 for left in range(months)]
    won = sum(
        0.25 * (1 + later[months - 1 - month]) / 1.1 ** ((month + 0.5) / 12)
        for month in range(months)
    )
    row = measured(frames, "customer_equity", definitions={"clv_months": months})
    expected = sum(values(months)) + won * SPEND.mean * 0.4
    assert (row["value"], row["n"]) == (pytest.approx(expected, rel=1e-6), 3)


def test_projections_are_of_the_last_period_only(published, kpi_table, frames):
    table = kpi_table(frames, "clv_prob", periods=2)
    table = table[table["segment"] == "all"]
    assert list(table["value"].isna()) == [True, False]
    assert table["reason"].iloc[0] == "projected from the last period only"


def test_too_few_orders_project_nothing(measured, frames):
    row = measured(frames, "clv_prob")
    assert np.isnan(row["value"])
    assert row["reason"] == "the orders do not tell who stopped from who buys seldom"


def buyers(rng, size):
    """Customers of known models, with their patterns, and what they are truly worth."""
    rate, chance = rng.gamma(0.8, 1 / 8, size), rng.beta(1.0, 6.0, size)
    t_end = rng.integers(20, 104, size) + 0.5
    x, t_x, is_alive = np.zeros(size), np.zeros(size), np.ones(size, bool)
    clock, going = np.zeros(size), np.ones(size, bool)
    while going.any():
        clock = clock + rng.exponential(1 / rate)
        going &= clock < t_end
        x[going] += 1
        t_x[going] = clock[going]
        stops = going & (rng.random(size) < chance)
        is_alive[stops] = False
        going &= ~stops
    own = 20 / rng.gamma(4.0, 1.0, size)
    spend = rng.gamma(3.0 * (x + 1), own)
    ahead = WEEKS_IN_MONTH * np.arange(13)
    until = (1 - np.exp(-np.outer(rate * chance, ahead))) / chance[:, None]
    discounts = 1.1 ** (-(np.arange(12) + 0.5) / 12)
    worth = is_alive * (np.diff(until, axis=1) @ discounts) * own * 3.0
    timing = pd.DataFrame(
        {
            "is_timing": True,
            "x": x,
            "weeks_to_last": np.floor(t_x),
            "weeks": np.floor(t_end),
            "level": 0,
            "spend": spend,
            "spend_squared": spend**2,
            "revenue": spend,
            "margin": 0.5 * spend,
        }
    )
    level = np.round(np.log(spend / (x + 1)) / 0.02)
    levels = pd.DataFrame({"is_timing": False, "x": x, "level": level})
    both = pd.concat([timing, levels], ignore_index=True).fillna(0.0)
    both = both.assign(
        knows_first=both["is_timing"],
        is_current=both["is_timing"],
        is_new=False,
        n_customers=1,
        count=1,
        segment="a",
        period_start=Q4,
    )
    return both.set_index(["segment", "period_start"]), 0.5 * worth.mean()


def project(patterns, size):
    index = pd.MultiIndex.from_tuples([("a", Q4)], names=["segment", "period_start"])
    sums = pd.DataFrame({"n": float(size), "months": 12.0, "yearly": 0.1}, index=index)
    return ProjectedValue().estimate_from(sums, patterns).iloc[0]


def test_projected_value_of_many_is_what_they_are_worth():
    patterns, truth = buyers(np.random.default_rng(10), 20_000)
    found = project(patterns, 20_000)
    # What the customers of a sample are truly worth varies, too: three times the interval's half.
    assert found["value"] == pytest.approx(truth, abs=1.5 * (found["ci_high"] - found["ci_low"]))
    assert found["ci_high"] - found["ci_low"] < 0.1 * truth


@pytest.mark.slow
def test_interval_of_projected_value_covers_the_truth():
    # The truth is what customers of these models are worth on average, from a million of them.
    rng = np.random.default_rng(11)
    truth = np.mean([buyers(rng, 100_000)[1] for _part in range(10)])
    samples = [project(buyers(rng, 500)[0], 500) for _sample in range(200)]
    covers = [row["ci_low"] <= truth <= row["ci_high"] for row in samples]
    # 200 samples: the share that covers has a standard error of 1.5 points.
    assert 0.92 <= np.mean(covers) <= 0.98


def test_as_of_within_a_period_is_not_read(published, measured, frames):
    # Orders after the last complete period are not in its histories.
    later = (
        frames["orders"]
        .tail(1)
        .assign(order_id="later", customer_id="once", ordered_at=pd.Timestamp("2026-01-05"))
    )
    orders = pd.concat([frames["orders"], later], ignore_index=True)
    row = measured({**frames, "orders": orders}, "clv_prob", as_of=date(2026, 1, 31))
    assert row["value"] == pytest.approx(np.mean(values(36)), rel=1e-6)
