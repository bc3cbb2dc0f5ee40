"""The search for separation agrees with what can be seen without it."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from saydo.drivers.separation import separating_columns

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
