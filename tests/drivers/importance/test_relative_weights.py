"""Relative weights and LMG: published numbers, closed forms, a brute-force Shapley value."""

from itertools import permutations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from saydo.drivers.importance.lmg import lmg, subset_r_squared
from saydo.drivers.importance.moments import moments
from saydo.drivers.importance.relative_weights import relative_weights
from saydo.errors import NotEstimable

DATA = Path(__file__).parents[2] / "data"


def correlation(table):
    return moments(table.to_numpy(float), np.ones(len(table), np.int64)).correlation


def r_squared(matrix, subset):
    chosen = [1 + attribute for attribute in subset]
    with_outcome = matrix[0, chosen]
    return with_outcome @ np.linalg.solve(matrix[np.ix_(chosen, chosen)], with_outcome)


def random_correlation(seed, k):
    values = np.random.default_rng(seed).standard_normal((200, k + 1))
    values[:, 1] -= values[:, 0]
    values[:, 2] -= 0.5 * values[:, 1]
    return np.corrcoef(values.T)


def test_mtcars_has_its_published_relative_weights():
    # Johnson's weights of cyl, disp, hp, gear on mpg, as published for R's mtcars.
    matrix = correlation(pd.read_csv(DATA / "mtcars.csv")[["mpg", "cyl", "disp", "hp", "gear"]])
    weights = relative_weights(matrix)
    np.testing.assert_allclose(weights, [0.2284797, 0.2221469, 0.2321744, 0.0963886], atol=5e-8)
    assert weights.sum() == pytest.approx(0.7791896, abs=5e-8)


def test_swiss_has_its_published_lmg():
    # R: relaimpo::calc.relimp(swiss, type = "lmg"): Fertility on the other five.
    table = pd.read_csv(DATA / "swiss.csv").drop(columns="province")
    assert table.columns[0] == "Fertility"
    published = [0.05709122, 0.17117303, 0.26013468, 0.10557015, 0.11276592]
    np.testing.assert_allclose(lmg(correlation(table)), published, atol=5e-9)


def test_lmg_is_the_mean_gain_over_all_orders_of_entry():
    matrix = random_correlation(3, 4)
    parts = np.zeros(4)
    orders = list(permutations(range(4)))
    for order in orders:
        for place, attribute in enumerate(order):
            gain = r_squared(matrix, order[: place + 1]) - r_squared(matrix, order[:place])
            parts[attribute] += gain / len(orders)
    np.testing.assert_allclose(lmg(matrix), parts, atol=1e-12)


def test_every_subset_has_its_own_r_squared():
    matrices = np.stack([random_correlation(seed, 5) for seed in (1, 2)])
    explained = subset_r_squared(matrices)
    for subset in range(1, 32):
        members = [attribute for attribute in range(5) if subset >> attribute & 1]
        expected = [r_squared(matrix, members) for matrix in matrices]
        np.testing.assert_allclose(explained[subset], expected, atol=1e-12)


@pytest.mark.parametrize("of", [relative_weights, lmg])
def test_parts_sum_to_r_squared_also_with_negative_correlations(of):
    matrix = random_correlation(5, 6)
    assert (matrix[0, 1:] < -0.3).any()
    parts = of(matrix)
    assert parts.sum() == pytest.approx(r_squared(matrix, range(6)))
    assert (parts >= 0).all()


@pytest.mark.parametrize("of", [relative_weights, lmg])
def test_uncorrelated_attributes_have_their_squared_correlations(of):
    matrix = np.eye(4)
    matrix[0, 1:] = matrix[1:, 0] = [0.5, -0.4, 0.1]
    np.testing.assert_allclose(of(matrix), [0.25, 0.16, 0.01], atol=1e-15)


@pytest.mark.parametrize("of", [relative_weights, lmg])
def test_two_attributes_have_the_closed_form(of):
    # LMG of two: the mean of r₁² and of what 1 adds to 2; relative weights equal it.
    first, second, between = 0.6, 0.3, 0.4
    matrix = np.array([[1, first, second], [first, 1, between], [second, between, 1]])
    both = (first**2 + second**2 - 2 * first * second * between) / (1 - between**2)
    one = (first**2 + both - second**2) / 2
    np.testing.assert_allclose(of(matrix), [one, both - one], atol=1e-14)


def test_with_three_attributes_the_two_ways_differ():
    matrix = random_correlation(3, 3)
    assert np.abs(relative_weights(matrix) - lmg(matrix)).max() > 1e-4


@pytest.mark.parametrize("of", [relative_weights, lmg])
def test_many_matrices_at_once_are_as_one_after_the_other(of):
    matrices = np.stack([random_correlation(seed, 3) for seed in range(4)])
    single = np.stack([of(matrix) for matrix in matrices])
    np.testing.assert_allclose(of(matrices), single, atol=1e-14)


def test_lmg_of_too_many_attributes_is_refused():
    with pytest.raises(NotEstimable, match="13 attributes take too long; 12 is the most"):
        lmg(np.eye(14))
