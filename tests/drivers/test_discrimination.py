"""Measures of how well staying can be told, against counting and published definitions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saydo.drivers.discrimination import auc, deviance_explained, is_leak

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
