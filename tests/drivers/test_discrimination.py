"""Measures of how well staying can be told, against counting and published definitions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saydo.drivers.discrimination import (
    auc,
    auc_difference,
    deviance_explained,
    is_leak,
    uncertain_auc,
)

COUNTS = st.lists(st.integers(0, 6), min_size=4, max_size=4)


@given(n_stayed=COUNTS, n_left=COUNTS)
def test_area_is_the_share_of_pairs_in_order(n_stayed, n_left):
    if not sum(n_stayed) or not sum(n_left):
        return
    score = [3, 1, 2, 2]
    stayed, left = np.repeat(score, n_stayed), np.repeat(score, n_left)
    differences = np.sign(stayed[:, None] - left[None, :])
    expected = ((differences + 1) / 2).mean()
    assert auc(score, n_stayed, n_left) == pytest.approx(expected)


def test_deviance_explained_is_that_of_mcfadden():
    # Two groups of 10, of whom 8 and 2 stayed: log L = 2 (8 ln .8 + 2 ln .2), constant 20 ln .5.
    fitted = 2 * (8 * np.log(0.8) + 2 * np.log(0.2))
    plain = deviance_explained([0.8, 0.2], [8, 2], [2, 8], n_terms=0)
    assert plain == pytest.approx(1 - fitted / (20 * np.log(0.5)))
    adjusted = deviance_explained([0.8, 0.2], [8, 2], [2, 8], n_terms=1)
    assert adjusted == pytest.approx(1 - (fitted - 1) / (20 * np.log(0.5)))


def test_perfect_prediction_is_a_leak_and_luck_with_many_levels_is_not():
    assert is_leak([1.0, 0.0], [50, 0], [0, 50], n_terms=1)
    # 24 customers over 11 levels, at random: by luck the levels explain more than a quarter.
    rng = np.random.default_rng(3)
    for _ in range(200):
        level = rng.integers(0, 11, 24)
        stayed = np.bincount(level[:12], minlength=11)
        left = np.bincount(level[12:], minlength=11)
        seen = stayed + left > 0
        chance = stayed[seen] / (stayed + left)[seen]
        explained = deviance_explained(chance, stayed[seen], left[seen], n_terms=seen.sum() - 1)
        assert explained < 0.5


STAYED, LEFT = [5, 9, 20, 40, 60, 12], [9, 8, 12, 10, 9, 3]
SCORE, OTHER = [1, 2, 3, 4, 5, 3], [2, 1, 2, 3, 1, 3]


def test_delong_on_counts_equals_proc_on_rows():
    # R, pROC 1.18.0, with y of 0 and 1 and A, B the scores repeated by counts:
    #   ra <- roc(y, A, direction = "<"); rb <- roc(y, B, direction = "<")
    #   sqrt(var(ra)); ci.auc(ra)
    found = uncertain_auc(SCORE, STAYED, LEFT)
    assert found.std_error == pytest.approx(0.042843775683516, rel=1e-10)
    assert (found.interval()[0], found.estimate, found.interval()[1]) == pytest.approx(
        (0.61351632717348, 0.69748858447489, 0.78146084177629), rel=1e-10
    )
    #   roc.test(ra, rb, method = "delong")
    difference = auc_difference(SCORE, OTHER, STAYED, LEFT)
    assert difference.estimate == pytest.approx(0.21561912436207, rel=1e-10)
    assert difference.estimate / difference.std_error == pytest.approx(3.2882215189642, rel=1e-10)
    assert difference.interval() == pytest.approx((0.087098063451052, 0.344140185273095), rel=1e-9)


def test_one_customer_on_a_side_has_no_standard_error():
    with pytest.raises(ValueError, match="two who left"):
        uncertain_auc([1, 2], [5, 5], [1, 0])
