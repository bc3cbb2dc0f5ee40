"""How sure is a target reached: against exact distributions, and against a known truth."""

import math

import numpy as np
import pytest
from scipy import stats

from saydo.kpis import intervals
from saydo.objectives.confidence import p_reached
from saydo.objectives.estimates import Estimate

NAN = math.nan


def test_a_share_has_the_probability_of_its_beta_distribution(share):
    # R: pbeta(.75, 160.5, 40.5, lower.tail = FALSE)
    assert p_reached(share(160, 200), target=75, better="higher") == pytest.approx(0.9514266781)
    assert p_reached(share(160, 200), target=75, better="lower") == pytest.approx(0.0485733219)


def test_the_trials_of_a_share_are_worked_back_from_its_interval(share):
    for hits, n in ((0, 40), (3, 40), (20, 40), (40, 40), (151.3, 187.4)):
        assert share(hits, n).trials == pytest.approx(n)
    # Any other interval of a percentage is not taken for Wilson's.
    assert Estimate(50, 44, 55, 100, range=(0, 100)).trials is None


@pytest.mark.parametrize("n", [11, 30, 200, 5000])
def test_the_probability_agrees_with_the_interval_within_two_hundredths(share, n):
    for hits in range(5, n - 4, max(1, n // 20)):
        known = share(hits, n)
        assert p_reached(known, target=known.low, better="higher") == pytest.approx(0.975, abs=0.02)
        assert p_reached(known, target=known.high, better="lower") == pytest.approx(0.975, abs=0.02)


def test_a_mean_has_the_normal_probability_on_either_side(normal):
    known = normal(50, 2)
    for target in (44, 47, 50, 51, 55):
        expected = stats.norm.sf(target, 50, 2)
        assert p_reached(known, target=target, better="higher") == pytest.approx(expected)
        assert p_reached(known, target=target, better="lower") == pytest.approx(1 - expected)


def test_an_asymmetric_interval_is_read_side_by_side():
    known = Estimate(4.0, 3.0, 8.0, 60)
    # One standard error below is 1/1.96, above 4/1.96.
    below = stats.norm.cdf(-1.96 * 0.5)
    assert p_reached(known, target=3.5, better="lower") == pytest.approx(below, abs=1e-4)
    above = stats.norm.cdf(1.96 * 0.5)
    assert p_reached(known, target=6, better="lower") == pytest.approx(above, abs=1e-4)
    assert p_reached(known, target=4, better="lower") == 0.5


def test_closer_to_zero_counts_what_lies_between_both_ends(normal):
    expected = stats.norm.cdf(2, 1, 1.5) - stats.norm.cdf(-2, 1, 1.5)
    for value in (1, -1):
        known = normal(value, 1.5)
        assert p_reached(known, target=2, better="closer to 0") == pytest.approx(expected)
    assert p_reached(normal(0.5, 1), target=0, better="closer to 0") == 0


def test_negative_targets_have_no_special_direction(normal):
    known = normal(-12, 1.5)
    assert p_reached(known, target=-20, better="higher") > 0.9999
    assert p_reached(known, target=-10, better="higher") == pytest.approx(
        stats.norm.sf(-10, -12, 1.5)
    )


def test_a_full_count_is_reached_or_not():
    known = Estimate(20, is_count=True)
    assert p_reached(known, target=20, better="higher") == 1
    assert p_reached(known, target=20, better="lower") == 1
    assert p_reached(known, target=20.1, better="higher") == 0
    assert p_reached(Estimate(-3, is_count=True), target=2, better="closer to 0") == 0


def test_where_nothing_tells_how_sure_it_is_there_is_no_probability(normal, share):
    assert math.isnan(p_reached(Estimate(5.0, n=30), target=4, better="higher"))
    assert math.isnan(p_reached(Estimate(NAN), target=4, better="higher"))
    assert math.isnan(p_reached(normal(5, 1), target=4, better="context"))
    half_open = Estimate(3, 2, NAN, 30)
    assert math.isnan(p_reached(half_open, target=4, better="lower"))
    assert p_reached(half_open, target=2, better="lower") == pytest.approx(0.025)


def test_the_end_of_a_range_can_be_observed_but_not_proven(share):
    assert math.isnan(p_reached(share(0, 400), target=0, better="lower"))
    assert math.isnan(p_reached(share(400, 400), target=100, better="higher"))
    assert p_reached(share(3, 400), target=0, better="lower") == 0
    assert p_reached(share(3, 400), target=0, better="higher") == 1
    assert p_reached(share(3, 400), target=100, better="lower") == 1


def calibration(p: np.ndarray) -> float:
    """Largest distance of how often p is at most q from q, at q = 0.05, 0.25, 0.75, 0.95."""
    return max(abs(float(np.mean(p <= q)) - q) for q in (0.05, 0.25, 0.75, 0.95))


def test_shares_are_as_sure_as_they_are_right(share):
    # Over truths of all kinds the good side of a fixed target is as frequent as they say.
    random = np.random.default_rng(1)
    truth = random.uniform(0.05, 0.95, 60_000)
    hits = random.binomial(60, truth)
    by_hits = [p_reached(share(k, 60), target=60, better="higher") for k in range(61)]
    p = np.array(by_hits)[hits]
    for low in (0.0, 0.2, 0.4, 0.6, 0.8):
        these = (p >= low) & (p <= low + 0.2)
        assert np.mean(truth[these] >= 0.6) == pytest.approx(p[these].mean(), abs=0.03)


def test_probabilities_at_the_truth_are_uniform_for_nps_and_medians(normal):
    random = np.random.default_rng(2)
    drawn = random.multinomial(200, [0.5, 0.2, 0.3], 3000) / 200
    low, high = intervals.net_share(drawn[:, 0], drawn[:, 2], np.full(3000, 200.0))
    nps = np.array(
        [
            p_reached(Estimate(100 * (u - d), 100 * a, 100 * b, 200), target=20, better="higher")
            for (u, _, d), a, b in zip(drawn, low, high, strict=True)
        ]
    )
    assert calibration(nps) < 0.03
    n, half = 101, intervals.Z * math.sqrt(101) / 2
    lower, upper = math.floor(n / 2 + 0.5 - half) - 1, math.ceil(n / 2 - 0.5 + half)
    waits = np.sort(random.lognormal(1, 1, (3000, n)), axis=1)
    median = np.array(
        [
            p_reached(Estimate(w[50], w[lower], w[upper], n), target=math.e, better="lower")
            for w in waits
        ]
    )
    assert calibration(median) < 0.05
