"""Intervals against R and closed forms, and their coverage by simulation."""

import numpy as np
import pytest
from scipy import stats

from saydo.kpis import intervals

rng = np.random.default_rng  # every test seeds its own


def bounds(interval, *arguments):
    low, high = interval(*(np.array([float(argument)]) for argument in arguments))
    return float(low[0]), float(high[0])


def coverage(low, high, truth):
    return float(np.mean((low <= truth) & (truth <= high)))


@pytest.mark.parametrize(
    ("share", "n", "expected"),
    [
        # R: prop.test(15, 20, correct = FALSE)$conf.int; prop.test(0, 11, correct = FALSE)$conf.int
        (15 / 20, 20, (0.531299122381, 0.888138298592)),
        (0, 11, (0.0, 0.258832966968)),
    ],
)
def test_wilson_equals_r(share, n, expected):
    assert bounds(intervals.wilson, share, n) == pytest.approx(expected, abs=1e-9)


def test_garwood_equals_r():
    # R: poisson.test(10)$conf.int; poisson.test(0)$conf.int
    assert bounds(intervals.garwood, 10) == pytest.approx((4.79538869613, 18.390356042))
    assert bounds(intervals.garwood, 0) == pytest.approx((0, 3.68887945411))


def test_student_equals_r():
    # R: t.test(c(3, 4, 4, 5, 2, 5))$conf.int
    x = np.array([3, 4, 4, 5, 2, 5.0])
    found = bounds(intervals.student, x.mean(), x.var(ddof=1) / 6, 6)
    assert found == pytest.approx((2.60649564163, 5.06017102504))


def test_no_variation_gives_no_interval_around_a_mean():
    assert np.isnan(bounds(intervals.student, 5, 0, 11)).all()
    assert np.isnan(bounds(intervals.student, 5, 1, 1)).all()


def test_net_share_equals_its_closed_form():
    # R: n <- 50; p <- 31/52; q <- 9/52
    #    (p - q) + c(-1, 1) * qnorm(.975) * sqrt((p + q - (p - q)^2) / (n + 2))
    found = bounds(intervals.net_share, 30 / 50, 8 / 50, 50)
    assert found == pytest.approx((0.2142629681, 0.631890878053))


@pytest.mark.parametrize(("up", "down"), [(1, 0), (0, 1), (0, 0)])
def test_net_share_has_width_where_all_answer_alike(up, down):
    low, high = bounds(intervals.net_share, up, down, 11)
    assert low <= up - down <= high
    assert high - low > 0.2


@pytest.mark.parametrize(
    ("up", "down"), [(0.5, 0.2), (0.7, 0.1), (0.9, 0.02), (0.3, 0.3), (0.1, 0.05)]
)
def test_net_share_covers(up, down):
    counts = rng(1).multinomial(200, [up, down, 1 - up - down], 10_000) / 200
    low, high = intervals.net_share(counts[:, 0], counts[:, 1], np.full(10_000, 200.0))
    assert 0.94 < coverage(low, high, up - down) < 0.965


@pytest.mark.parametrize("share", [0.05, 0.3, 0.82])
def test_wilson_covers(share):
    found = rng(2).binomial(200, share, 10_000) / 200
    low, high = intervals.wilson(found, np.full(10_000, 200.0))
    assert 0.935 < coverage(low, high, share) < 0.97


@pytest.mark.parametrize("q", [0.25, 0.5, 0.9])
def test_ranks_of_order_statistics_hold_95_percent_for_every_n(q):
    # The ranks of `Quantile`. The number of values below the quantile is binomial, so that
    # their coverage is exact arithmetic.
    n = np.arange(11, 2000)
    half = intervals.Z * np.sqrt(n * q * (1 - q))
    low = np.maximum(np.floor(n * q + 0.5 - half), 0)
    high = np.minimum(np.ceil(n * q - 0.5 + half) + 1, n + 1)
    exact = stats.binom.cdf(high - 1, n, q) - stats.binom.cdf(low - 1, n, q)
    assert exact.min() >= 0.95
    assert exact[n >= 200].max() < 0.975


def test_trials_that_are_alike_within_customers_count_for_less():
    # 40 customers with 5 orders each, each customer on time always or never: 40 trials, not 200.
    alike = intervals.effective_trials(
        np.array([100.0]), np.array([200.0]), np.array([40 * 2.5**2]), np.array([40.0])
    )
    assert alike == pytest.approx(40)
    # One order each, 20 of 40 on time: Σ(hit − ½)² = 40 · ¼, which is what independence gives.
    single = intervals.effective_trials(
        np.array([20.0]), np.array([40.0]), np.array([10.0]), np.array([40.0])
    )
    assert single == pytest.approx(40)


def test_trials_that_all_went_one_way_count_as_one_per_customer():
    found = intervals.effective_trials(
        np.array([200.0]), np.array([200.0]), np.array([0.0]), np.array([40.0])
    )
    assert found == 40


def test_kish_of_equal_weights_is_their_number():
    assert intervals.kish(np.array([6.0]), np.array([12.0])) == 3
    # Weights 1, 1, 4: 36 / 18.
    assert intervals.kish(np.array([6.0]), np.array([18.0])) == 2
