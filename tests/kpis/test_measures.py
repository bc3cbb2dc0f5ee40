"""Measures on tables by hand: values, n, intervals, coverage where customers differ."""

import ibis
import numpy as np
import pandas as pd
import pytest

from saydo.kpis.distributions import Distribution, Quantile
from saydo.kpis.measures import Mean, NetShare, Share
from saydo.kpis.pooled import Count, PooledShare, Rate, Ratio

Q4 = pd.Timestamp("2025-10-01")


def estimates(measure, frame):
    """One estimate per sample (`period_start`)."""
    rows = ibis.memtable(frame)
    sums = rows.group_by("segment", "period_start").agg(
        **{name: aggregate.of for name, aggregate in measure.aggregates(rows).items()}
    )
    sums = sums.execute().set_index(["segment", "period_start"]).sort_index().astype("float64")
    if isinstance(measure, Distribution):
        levels = measure.levels(rows)
        counts = rows.filter(measure.counted(rows)).mutate(**levels)
        counts = counts.group_by("segment", "period_start", *levels).agg(count=counts.count())
        found = measure.estimate_from(sums, counts.execute().set_index(sums.index.names))
    else:
        found = measure.estimate(sums)
    return found.reset_index(drop=True)


def estimate(measure, **columns):
    return estimates(measure, pd.DataFrame({"segment": "a", "period_start": Q4, **columns})).iloc[0]


def test_weighted_share_and_its_interval_at_the_effective_n():
    # Weights 3, 1, 1, 1: 4/6 satisfied; effective n = 36/12 = 3.
    found = estimate(
        Share(of=lambda rows: rows.x > 3, weight=lambda rows: rows.w),
        x=[5, 4, 1, 1],
        w=[3.0, 1, 1, 1],
    )
    # R: p <- 2/3; n <- 3; z <- qnorm(.975)
    #    (p + z^2/(2*n) + c(-1, 1)*z*sqrt(p*(1-p)/n + z^2/(4*n^2))) / (1 + z^2/n)
    assert found["value"] == pytest.approx(100 * 4 / 6)
    assert found["n"] == 4
    assert (found["ci_low"], found["ci_high"]) == pytest.approx((20.7659600802, 93.850805528))


def test_heavy_answers_that_are_divided_count_for_less_than_kish_has_it():
    # Weights 4 (hit, miss) and 1 (four hits): share (4 + 4)/12 = 2/3; Kish's n = 144/36 = 4.
    # Σ w²·(hit − share)² = 16/9 + 64/9 + 4/9 = 84/9, so that n = (2/9) · 144 / (84/9) = 24/7.
    x, w = [5, 1, 5, 5, 5, 5], [4.0, 4, 1, 1, 1, 1]
    found = estimate(Share(of=lambda rows: rows.x > 3, weight=lambda rows: rows.w), x=x, w=w)
    # R: p <- 2/3; n <- 24/7; z <- qnorm(.975)
    #    100 * (p + z^2/(2*n) + c(-1, 1)*z*sqrt(p*(1-p)/n + z^2/(4*n^2))) / (1 + z^2/n)
    assert (found["ci_low"], found["ci_high"]) == pytest.approx((22.4796832907, 93.2404320826))
    # Between 1 and −1 both variances are four times as large, and n is the same.
    net = estimate(
        NetShare(
            up=lambda rows: rows.x > 3, down=lambda rows: rows.x < 3, weight=lambda rows: rows.w
        ),
        x=x,
        w=w,
    )
    # R: u <- 2/3; d <- 1/3; p <- (u*n + 1)/(n + 2); q <- (d*n + 1)/(n + 2)
    #    100 * pmin(1, (p - q) + c(-1, 1) * z * sqrt((p + q - (p - q)^2) / (n + 2)))
    assert (net["ci_low"], net["ci_high"]) == pytest.approx((-61.1832323575, 100))
    mean = estimate(Mean(of=lambda rows: rows.x, weight=lambda rows: rows.w), x=x, w=w)
    # Scores are 1 + 4·hit: R: 11/3 + c(-1, 1) * qt(.975, n - 1) * sqrt(16 * 2/9 / (n - 1))
    assert (mean["ci_low"], mean["ci_high"]) == pytest.approx((-0.750983875993, 8.084317209326))


def test_rows_without_weight_do_not_count():
    found = estimate(
        Share(of=lambda rows: rows.x > 3, weight=lambda rows: rows.w), x=[5, 1, 1], w=[1.0, 1.0, 0]
    )
    assert (found["value"], found["n"]) == (50, 2)


def test_weighted_mean():
    # (3·5 + 1·1) / 4 = 4; variance (3·1² + 1·3²)/4 = 3; n = 16/10 = 1.6; 3/(1.6 − 1) = 5.
    found = estimate(
        Mean(of=lambda rows: rows.x, weight=lambda rows: rows.w), x=[5.0, 1.0], w=[3.0, 1.0]
    )
    assert found["value"] == 4
    # R: 4 + c(-1, 1) * qt(.975, 0.6) * sqrt(5)
    assert (found["ci_low"], found["ci_high"]) == pytest.approx((-147.704679849, 155.704679849))


def test_mean_equals_r():
    # R: t.test(c(3, 4, 4, 5, 2, 5))$conf.int
    found = estimate(Mean(of=lambda rows: rows.x), x=[3, 4, 4, 5, 2, 5])
    assert tuple(found[["value", "ci_low", "ci_high"]]) == pytest.approx(
        (23 / 6, 2.60649564163, 5.06017102504)
    )


def test_mean_over_two_scales_means_nothing():
    measure = Mean(of=lambda rows: rows.x, scale=(lambda rows: rows.low, lambda rows: rows.high))
    found = estimate(measure, x=[4, 8], low=[1, 1], high=[5, 10])
    assert np.isnan(found["value"])
    assert found["reason"] == "answers are on different scales"


def test_net_share_counts_passives():
    found = estimate(
        NetShare(up=lambda rows: rows.x >= 9, down=lambda rows: rows.x <= 6), x=[10, 9, 8, 7, 0]
    )
    assert found["value"] == pytest.approx(100 * (2 - 1) / 5)


X = [1, 2, 2, 3, 5, 8, 9, 11, 12, 14, 20, 21, 25, 30, 44]


def test_median_and_its_order_statistics_equal_r():
    # R: sort(x)[qbinom(.025, 15, .5)]; sort(x)[qbinom(.975, 15, .5) + 1]; median(x)
    found = estimate(Quantile(of=lambda rows: rows.x), x=X)
    assert tuple(found[["value", "ci_low", "ci_high"]]) == (11, 3, 21)


def test_median_of_an_even_number_is_between_the_middle_two():
    found = estimate(Quantile(of=lambda rows: rows.x), x=[4.0, 1.0, 3.0, 2.0])
    assert found["value"] == 2.5


def test_quantile_equals_r():
    # R: quantile(x, .9)
    found = estimate(Quantile(of=lambda rows: rows.x, q=0.9), x=X)
    assert found["value"] == pytest.approx(28)


def test_open_values_are_longer_than_any():
    # 1 2 3 · · : the third of five is the median; its upper bound is open.
    found = estimate(Quantile(of=lambda rows: rows.x), x=[3, None, 1, None, 2])
    assert (found["value"], found["n"]) == (3, 5)
    assert np.isnan(found["ci_high"])
    too_many = estimate(Quantile(of=lambda rows: rows.x), x=[3, None, 1, None])
    assert np.isnan(too_many["value"])
    assert too_many["reason"] == "too many are still open"


def test_rows_that_do_not_count_take_no_rank():
    found = estimate(
        Quantile(of=lambda rows: rows.x, among=lambda rows: rows.ok),
        x=[1, 2, 3, 100, 100],
        ok=[True, True, True, False, False],
    )
    assert (found["value"], found["n"]) == (2, 3)


def test_ratio_and_its_delta_interval_equal_r():
    # R: x <- c(10, 0, 30, 20, 15); y <- c(1, 2, 2, 1, 1); r <- sum(x)/sum(y); n <- 5
    #    r + c(-1, 1) * qt(.975, n-1) * sqrt(n/(n-1) * sum((x - r*y)^2) / sum(y)^2)
    found = estimate(
        Ratio(of=lambda rows: rows.x, per=lambda rows: rows.y),
        x=[10, 0, 30, 20, 15],
        y=[1, 2, 2, 1, 1],
    )
    assert tuple(found[["value", "ci_low", "ci_high", "n"]]) == pytest.approx(
        (75 / 7, -0.484553993432, 21.913125422, 5)
    )


def test_rate_without_events_still_has_an_upper_bound():
    # R: poisson.test(0, T = 2)$conf.int * 1000
    found = estimate(
        Rate(events=lambda rows: rows.x, exposure=lambda rows: rows.y, times=1000),
        x=[0, 0],
        y=[1, 1],
    )
    assert tuple(found[["value", "ci_low", "ci_high"]]) == pytest.approx((0, 0, 1844.439727))


def test_count_is_shown_with_its_exact_interval():
    # R: poisson.test(10)$conf.int
    found = estimate(Count(of=lambda rows: rows.x > 0), x=[1] * 10 + [0])
    assert tuple(found[["value", "ci_low", "ci_high"]]) == pytest.approx(
        (10, 4.79538869613, 18.390356042)
    )


SAMPLES, CUSTOMERS = 1000, 200
SAMPLE = np.repeat(pd.date_range("2000-01-01", periods=SAMPLES), CUSTOMERS)


def covered(measure, truth, **columns):
    found = estimates(measure, pd.DataFrame({"segment": "a", "period_start": SAMPLE, **columns}))
    assert len(found) == SAMPLES
    return ((found["ci_low"] <= truth) & (truth <= found["ci_high"])).mean()


def test_pooled_share_covers_though_orders_of_a_customer_are_alike():
    # Each customer is on time at a rate of their own, Beta(4, 1): 80 % on average.
    rng = np.random.default_rng(3)
    size = SAMPLES * CUSTOMERS
    trials = 1 + rng.poisson(3, size)
    hits = rng.binomial(trials, rng.beta(4, 1, size))
    measure = PooledShare(hits=lambda rows: rows.hits, trials=lambda rows: rows.trials)
    assert 0.93 < covered(measure, 80, hits=hits, trials=trials) < 0.97
    # Taking each order for a separate trial would not.
    share, n = hits.reshape(SAMPLES, -1).sum(1), trials.reshape(SAMPLES, -1).sum(1)
    naive = 1.96 * np.sqrt(share / n * (1 - share / n) / n)
    assert (abs(share / n - 0.8) <= naive).mean() < 0.9


def test_rate_covers_though_some_customers_complain_more():
    # Complaints are Poisson at a rate of the customer's own, Gamma with mean 0.1 per order.
    rng = np.random.default_rng(4)
    size = SAMPLES * CUSTOMERS
    n_orders = 1 + rng.poisson(2, size)
    complaints = rng.poisson(rng.gamma(1, 0.1, size) * n_orders)
    measure = Rate(events=lambda rows: rows.x, exposure=lambda rows: rows.y, times=1000)
    assert 0.93 < covered(measure, 100, x=complaints, y=n_orders) < 0.97


def test_ratio_covers():
    rng = np.random.default_rng(5)
    size = SAMPLES * CUSTOMERS
    n_orders = 1 + rng.poisson(2, size)
    revenue = n_orders * rng.gamma(4, 10, size)
    measure = Ratio(of=lambda rows: rows.x, per=lambda rows: rows.y)
    assert 0.93 < covered(measure, 40, x=revenue, y=n_orders) < 0.97


def test_mean_covers_with_unequal_weights():
    rng = np.random.default_rng(6)
    size = SAMPLES * CUSTOMERS
    measure = Mean(of=lambda rows: rows.x, weight=lambda rows: rows.w)
    x, w = rng.integers(1, 6, size), rng.gamma(4, 0.25, size)
    assert 0.93 < covered(measure, 3, x=x, w=w) < 0.97


def test_median_covers():
    rng = np.random.default_rng(7)
    measure = Quantile(of=lambda rows: rows.x)
    assert 0.93 < covered(measure, np.log(2), x=rng.exponential(1, SAMPLES * CUSTOMERS)) < 0.975
