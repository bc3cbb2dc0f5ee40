"""Measures of amounts, concentration and value: values, intervals, coverage, edges."""

import ibis
import numpy as np
import pandas as pd
import pytest
from scipy import stats

from saydo.kpis.concentration import Peak, TopShare
from saydo.kpis.constant_retention import RetentionValue, ValueOverCost
from saydo.kpis.market_measures import HeavyUsage
from saydo.kpis.value_measures import AmountShare, Total

Q4 = pd.Timestamp("2025-10-01")


def estimates(measure, frame):
    """One estimate per sample (`period_start`)."""
    rows = ibis.memtable(frame)
    sums = rows.group_by("segment", "period_start").agg(
        **{name: aggregate.of for name, aggregate in measure.aggregates(rows).items()}
    )
    sums = sums.execute().set_index(["segment", "period_start"]).sort_index().astype("float64")
    return measure.estimate(sums).reset_index(drop=True)


def estimate(measure, **columns):
    return estimates(measure, pd.DataFrame({"segment": "a", "period_start": Q4, **columns})).iloc[0]


def samples(n, **columns):
    """1,000 samples of `n` customers each; columns have the shape (1000, n)."""
    dates = np.repeat(pd.date_range("2000-01-01", periods=1000), n)
    flat = {name: np.ravel(column) for name, column in columns.items()}
    return pd.DataFrame({"segment": "a", "period_start": dates, **flat})


def coverage(found, truth):
    return ((found["ci_low"] <= truth) & (found["ci_high"] >= truth)).mean()


def test_interval_of_heavy_usage_is_that_of_the_delta_method():
    # R: ours <- c(1, 1, 1, 0, 0); y <- c(100, 40, 20, 10, 30); n <- 5
    #    u <- ours*y/sum(ours*y) - ours/sum(ours) - y/sum(y) + 1/n
    #    exp(log((160/3)/40) + c(-1, 1)*qt(.975, 2)*sqrt(n/(n - 1)*sum(u^2)))
    found = estimate(
        HeavyUsage(of=lambda rows: rows.ours, amount=lambda rows: rows.y),
        ours=[True, True, True, False, False],
        y=[100.0, 40, 20, 10, 30],
    )
    assert (found["ci_low"], found["ci_high"]) == pytest.approx((0.487478690834, 3.646883056032))


def test_interval_of_heavy_usage_covers_the_truth():
    # Our buyers spend 1.5 times as much; 40 % buy ours: index 1.5 / 1.2 = 1.25.
    rng = np.random.default_rng(7)
    n, samples = 200, 1000
    ours = rng.random((samples, n)) < 0.4
    spend = rng.gamma(2, 10, (samples, n)) * np.where(ours, 1.5, 1)
    frame = pd.DataFrame(
        {
            "segment": "a",
            "period_start": np.repeat(pd.date_range("2000-01-01", periods=samples), n),
            "ours": ours.ravel(),
            "y": spend.ravel(),
        }
    )
    measure = HeavyUsage(of=lambda rows: rows.ours, amount=lambda rows: rows.y)
    found = estimates(measure, frame)
    assert 0.93 <= found["ci_low"].lt(1.25).mul(found["ci_high"].gt(1.25)).mean() <= 0.97


def test_share_of_an_amount_by_the_delta_method_on_the_logit():
    # R: x <- c(1, 3, 0, 6); y <- c(10, 10, 10, 20); n <- 4; p <- sum(x)/sum(y)
    #    se <- sqrt(n/(n - 1)*sum((x - p*y)^2))/sum(y)
    #    100*plogis(qlogis(p) + c(-1, 1)*qt(.975, 3)*se/(p*(1 - p)))
    found = estimate(
        AmountShare(of=lambda rows: rows.x, per=lambda rows: rows.y),
        x=[1.0, 3, 0, 6],
        y=[10.0, 10, 10, 20],
    )
    assert found["value"] == pytest.approx(20)
    assert (found["ci_low"], found["ci_high"]) == pytest.approx((5.52592022337, 51.65656838793))


def test_share_of_an_amount_covers_the_truth():
    # Orders of 10 to 100, of which 10 % is given away on average, more to some than to others.
    rng = np.random.default_rng(1)
    y = rng.gamma(2, 20, (1000, 200))
    found = estimates(
        AmountShare(of=lambda rows: rows.x, per=lambda rows: rows.y),
        samples(200, y=y, x=y * rng.beta(1, 9, y.shape)),
    )
    assert 0.93 <= coverage(found, 10) <= 0.97


def test_total_of_clustered_counts_covers_the_truth():
    # 150 customers on average, of whom each has a geometric number of events with mean 2.
    rng = np.random.default_rng(2)
    n = rng.poisson(150, 1000)
    dates = np.repeat(pd.date_range("2000-01-01", periods=1000), n)
    frame = pd.DataFrame({"segment": "a", "period_start": dates, "x": rng.geometric(0.5, n.sum())})
    found = estimates(Total(of=lambda rows: rows.x), frame)
    assert 0.93 <= coverage(found, 300) <= 0.97


def test_total_of_nothing_is_zero_and_has_an_upper_bound():
    found = estimate(Total(of=lambda rows: rows.x), x=[0, 0])
    assert (found["value"], found["n"], found["ci_low"]) == (0, 0, 0)
    assert found["ci_high"] == pytest.approx(3.6888794541)  # R: qgamma(.975, 1)


def peak(**columns):
    return Peak(
        of=lambda rows: (rows.x > 0).ifelse(rows.x, 0.0),
        per=lambda rows: rows.x,
        **columns,
    )


def test_fieller_interval_is_that_of_its_quadratic():
    # R: y <- c(5, 8, -2, 6, 9, 7); x <- pmax(y, 0); n <- 6; t2 <- qt(.975, 5)^2
    #    a <- mean(y)^2 - t2*var(y)/n; b <- mean(x)*mean(y) - t2*cov(x, y)/n
    #    c0 <- mean(x)^2 - t2*var(x)/n; 100*(b + c(-1, 1)*sqrt(b^2 - a*c0))/a
    found = estimate(peak(), x=[5.0, 8, -2, 6, 9, 7])
    assert found["value"] == pytest.approx(100 * 35 / 33)
    assert found["ci_low"] == 100  # R says 94.3456320496, which no peak can be
    assert found["ci_high"] == pytest.approx(183.6123178023)


def test_peak_covers_the_truth():
    # Profit is normal, mean 20, sd 20: E max(x, 0) = 20·Φ(1) + 20·φ(1).
    rng = np.random.default_rng(3)
    found = estimates(peak(), samples(200, x=rng.normal(20, 20, (1000, 200))))
    truth = 100 * (stats.norm.cdf(1) + stats.norm.pdf(1))
    assert 0.93 <= coverage(found, truth) <= 0.97


def top(n, values):
    """Samples with the top tenth cut as the mart cuts it."""
    cuts = np.repeat(np.quantile(values, 0.9, axis=1), n)
    return samples(n, x=values, cut=cuts)


TOP = TopShare(of=lambda rows: rows.x, cut=lambda rows: rows.cut, cut_of_all=lambda rows: rows.cut)


@pytest.mark.parametrize("shape", [1.0, 2.0])
def test_top_share_covers_the_truth(shape):
    # Gamma amounts: the top tenth has 1 − F(q; shape + 1) with F(q; shape) = 0.9.
    rng = np.random.default_rng(4)
    found = estimates(TOP, top(200, rng.gamma(shape, 10, (1000, 200))))
    truth = 100 * stats.gamma.sf(stats.gamma.ppf(0.9, shape), shape + 1)
    assert 0.93 <= coverage(found, truth) <= 0.97


def test_top_share_of_ten_alike_has_no_interval():
    frame = pd.DataFrame({"segment": "a", "period_start": Q4, "x": [5.0] * 10, "cut": 5.0})
    found = estimates(TOP, frame).iloc[0]
    assert found["value"] == pytest.approx(10)
    assert np.isnan(found["ci_low"]) and np.isnan(found["ci_high"])


VALUE = {
    "margin": lambda rows: rows.x,
    "presence": lambda rows: rows.y,
    "earns": lambda rows: rows.y >= 0,
    "watched": lambda rows: rows.s > 0,
    "stayed": lambda rows: rows.h > 0,
    "windows": lambda rows: rows.windows,
    "discount": lambda rows: rows.d,
}


@pytest.mark.parametrize(("rate", "n"), [(0.8, 200), (0.95, 200), (0.6, 50)])
def test_value_at_constant_retention_covers_the_truth(rate, n):
    # Who leaves is there half the time and earns half: margin and retention move together.
    rng = np.random.default_rng(5)
    stays = rng.random((1000, n)) < rate
    presence = np.where(stays, 1.0, 0.5)
    margin = rng.gamma(2, 10, (1000, n)) * presence
    frame = samples(n, x=margin, y=presence, s=np.ones((1000, n)), h=stays)
    found = estimates(RetentionValue(**VALUE), frame.assign(windows=1.0, d=0.02))
    assert 0.93 <= coverage(found, 20 * rate / (1.02 - rate)) <= 0.97


def test_value_over_cost_covers_the_truth():
    # 40 new customers on average, in rows of their own, at 60 each as planned.
    rng = np.random.default_rng(6)
    stays = rng.random((1000, 200)) < 0.85
    new = rng.poisson(40, 1000)
    there = samples(200, x=rng.gamma(2, 10, stays.shape), h=stays).assign(y=1.0, s=1.0, won=0)
    dates = np.repeat(pd.date_range("2000-01-01", periods=1000), new)
    won = pd.DataFrame({"segment": "a", "period_start": dates, "won": 1, "s": 0.0, "h": False})
    won = won.assign(x=rng.gamma(1, 10, len(won)), y=0.5)
    frame = pd.concat([there, won], ignore_index=True)
    is_first = ~frame["period_start"].duplicated()
    measure = ValueOverCost(
        **VALUE,
        cost=lambda rows: rows.cost,
        known=lambda rows: rows.cost,
        won=lambda rows: rows.won,
    )
    frame = frame.assign(windows=1.0, d=0.02, cost=np.where(is_first, 2400.0, 0.0))
    found = estimates(measure, frame)
    truth = 20 * 1.02 / (1.02 - 0.85) * 40 / 2400
    assert 0.93 <= coverage(found, truth) <= 0.97


@pytest.mark.parametrize(
    "measure",
    [
        RetentionValue(**VALUE),
        AmountShare(of=lambda rows: rows.x, per=lambda rows: rows.y),
        peak(),
        TOP,
        HeavyUsage(of=lambda rows: rows.x > 5, amount=lambda rows: rows.x),
    ],
)
@pytest.mark.parametrize("n", [1, 2])
def test_a_small_sample_has_no_interval_that_is_a_point(measure, n):
    frame = pd.DataFrame({"segment": "a", "period_start": Q4, "x": [10.0] * n, "y": 1.0})
    found = estimates(measure, frame.assign(s=1.0, h=True, windows=1.0, d=0.1, cut=10.0)).iloc[0]
    assert found["ci_low"] != found["ci_high"]
