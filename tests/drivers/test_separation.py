"""The search for separation agrees with what can be seen without it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saydo.drivers.separation import by_chance, separating_columns, separating_direction

COUNTS = st.lists(st.integers(0, 2), min_size=5, max_size=5)


def design(*columns):
    return np.column_stack([np.ones(len(columns[0])), *columns]).astype(float)


@given(n_stayed=COUNTS, n_left=COUNTS)
def test_along_one_variable_data_are_separated_if_the_two_ranges_at_most_touch(n_stayed, n_left):
    x = np.arange(1.0, 6.0)
    stayed, left = np.array(n_stayed), np.array(n_left)
    seen = stayed + left > 0
    if stayed.sum() == 0 or left.sum() == 0 or seen.sum() < 2:
        return
    of_stayed, of_left = x[stayed > 0], x[left > 0]
    touches = of_left.max() <= of_stayed.min() or of_stayed.max() <= of_left.min()
    found = separating_columns(design(x[seen]), stayed[seen], left[seen])
    assert bool(found) == bool(touches)


def test_separation_by_two_variables_together_is_found():
    # Neither overlaps by itself, but their sum splits the two without exception.
    x, z = np.array([0, 3, 1, 2]), np.array([3.5, 0.5, 1, 0])
    found = separating_columns(design(x, z), np.array([1, 1, 0, 0]), np.array([0, 0, 1, 1]))
    assert {1, 2} <= set(found)


def test_the_size_of_a_column_does_not_matter():
    x = np.array([0, 0, 1, 1]) * 1e-6
    z = np.array([1, 2, 1, 2]) * 1e9
    assert separating_columns(design(x, z), np.array([1, 1, 1, 1]), np.array([1, 1, 0, 0]))
    assert not separating_columns(design(x, z), np.array([1, 1, 1, 1]), np.array([1, 1, 1, 0]))


def test_how_likely_it_is_that_a_category_is_alike_by_chance():
    # Nine in ten stay; of the second category all three do: 0.9³, whatever the others' answers.
    category, answer = np.array([0, 0, 0, 1]), np.array([1, 2, 3, 2])
    stayed, left = np.array([20, 20, 20, 3]), np.array([3, 2, 2, 0])
    matrix = design(category, answer)
    direction = separating_direction(matrix, stayed, left)
    assert np.flatnonzero(direction).tolist() == [1]
    assert by_chance(direction, matrix, stayed, left) == pytest.approx((63 / 70) ** 3)
    # And had they all left, it would be 0.1³.
    stayed, left = np.array([21, 21, 21, 0]), np.array([2, 1, 1, 3])
    direction = separating_direction(matrix, stayed, left)
    assert by_chance(direction, matrix, stayed, left) == pytest.approx((7 / 70) ** 3)
