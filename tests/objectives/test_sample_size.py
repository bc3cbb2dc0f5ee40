"""Further answers needed: against the sample-size formulas of the textbooks."""

import math

from saydo.objectives.estimates import Estimate
from saydo.objectives.sample_size import n_needed

NAN = math.nan


def test_a_share_needs_what_the_score_test_needs(share):
    # n = 1.959964² · 0.75 · 0.25 / 0.05² = 288.1, of which 200 are there.
    assert n_needed(share(160, 200), target=75, better="higher") == 289 - 200
    # And with so many the interval just leaves the target out.
    assert share(0.8 * 289, 289).low > 75 > share(0.8 * 288, 288).low


def test_a_share_of_weighted_answers_needs_more_in_proportion(share):
    plain = share(160, 200)
    weighted = Estimate(plain.value, plain.low, plain.high, 300, range=(0, 100))
    assert n_needed(weighted, target=75, better="higher") == math.ceil(288.11 * 1.5) - 300


def test_a_mean_needs_the_square_of_deviation_over_distance(normal):
    # n = (1.959964 · 10 / 1)² = 384.1 for a deviation of 10, one point from the target.
    known = normal(51, 1.0, n=100)
    assert n_needed(known, target=50, better="higher") == 385 - 100
    assert n_needed(known, target=50, better="lower") == 385 - 100


def test_what_is_known_needs_no_more(share, normal):
    assert n_needed(share(190, 200), target=75, better="higher") == 0
    assert n_needed(share(100, 200), target=75, better="higher") == 0
    assert n_needed(Estimate(20, is_count=True), target=20.1, better="higher") == 0
    assert n_needed(Estimate(20, is_count=True), target=20, better="higher") == 0


def test_no_number_of_answers_tells_a_value_from_itself(share, normal):
    assert n_needed(share(150, 200), target=75, better="higher") == math.inf
    assert n_needed(normal(-10, 2), target=-10, better="higher") == math.inf
    assert n_needed(normal(3, 2), target=3, better="closer to 0") == math.inf
    # Nor is the end of a range ever left out.
    assert n_needed(share(0, 400), target=0, better="lower") == math.inf


def test_closer_to_zero_has_to_leave_out_what_it_could_be_taken_for(normal):
    # Inside, both ends: the one that is further away needs less, so that the nearer decides.
    inside = normal(1, 2, n=100)
    assert n_needed(inside, target=2, better="closer to 0") == math.ceil(15.366 * 100) - 100
    # Outside, the near end alone.
    outside = normal(-3, 2, n=100)
    assert n_needed(outside, target=2, better="closer to 0") == math.ceil(15.366 * 100) - 100


def test_without_the_bound_that_faces_the_target_nothing_can_be_told():
    assert math.isnan(n_needed(Estimate(3, 2, NAN, 30), target=4, better="lower"))
    assert math.isnan(n_needed(Estimate(5.0, n=30), target=4, better="higher"))
    assert math.isnan(n_needed(Estimate(NAN), target=4, better="higher"))
    assert (
        n_needed(Estimate(3, 2, NAN, 30), target=2.5, better="lower")
        == math.ceil(30 * (1 / 0.5) ** 2) - 30
    )
