"""The expected numbers of groups are those that the points were drawn with."""

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score, euclidean_distances, silhouette_score

from saydo.segments.groups import LEVEL, _silhouette, find_groups
from saydo.segments.nearest import nearest

SEEDS = range(2)


def standardised(points: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.clip((points - points.mean(axis=0)) / points.std(axis=0), -3.5, 3.5)


def three(seed: int, *, each: int = 250, apart: float = 7) -> NDArray[np.float64]:
    rng = np.random.default_rng(seed)
    middles = np.array([[0, 0, 0, 0], [apart, 0, 0, 0], [0, apart, 0, 0]])
    return np.concatenate([rng.normal(middle, 1, (each, 4)) for middle in middles])


@pytest.mark.parametrize("seed", SEEDS)
def test_three_groups_are_found_as_they_were_drawn(seed):
    points = standardised(three(seed))
    groups = find_groups(points, most=5)
    assert groups.found and groups.p_value < 1e-6
    truth = np.repeat([0, 1, 2], 250)
    assert adjusted_rand_score(truth, nearest(points, groups.centres)) >= 0.95
    assert len(groups.centres) == 3


CLOUDS = {
    "gaussian": lambda rng: rng.normal(size=(500, 4)) @ rng.normal(size=(4, 4)),
    "one long axis": lambda rng: rng.normal(size=(500, 3)) * [10, 1, 1],
    "uniform": lambda rng: rng.uniform(size=(500, 2)),
    "counts": lambda rng: np.column_stack(
        [np.log1p(rng.poisson(2, 500)), rng.poisson(0.3, 500) > 0, rng.normal(size=500)]
    ),
}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("cloud", CLOUDS.values(), ids=CLOUDS)
def test_a_formless_cloud_has_no_groups(cloud, seed):
    groups = find_groups(standardised(cloud(np.random.default_rng(seed)).astype("float64")), most=4)
    assert not groups.found
    assert groups.p_value >= LEVEL
    assert groups.centres.shape[0] == 1


@pytest.mark.parametrize("seed", SEEDS)
def test_the_order_of_points_changes_neither_centres_nor_their_order(seed):
    # The sample on which k is chosen is drawn by position, so centres are of all points.
    points = standardised(three(seed))
    shuffled = np.random.default_rng(seed).permutation(points)
    first, again = find_groups(points, most=4), find_groups(shuffled, most=4)
    assert np.allclose(first.centres, again.centres, atol=1e-6)


def test_the_same_points_give_the_same_groups():
    points = standardised(three(0))
    first, again = find_groups(points, most=3), find_groups(points, most=3)
    assert first.by_number.equals(again.by_number)
    assert np.array_equal(first.centres, again.centres) and first.p_value == again.p_value


def test_the_largest_group_comes_first():
    rng = np.random.default_rng(0)
    points = np.concatenate([rng.normal(m, 0.3, (n, 2)) for m, n in ((0, 50), (5, 100), (10, 200))])
    assert find_groups(points, most=4).centres[:, 0] == pytest.approx([10, 5, 0], abs=0.2)


def test_a_number_asked_for_is_given_though_there_are_no_groups():
    points = np.random.default_rng(0).normal(size=(400, 2))
    groups = find_groups(points, number=3)
    assert len(groups.centres) == 3 and not groups.found
    assert list(groups.by_number["number"]) == [3]


def test_a_few_outliers_are_no_group():
    rng = np.random.default_rng(0)
    outliers = rng.normal(3.5, 0.05, (6, 2))
    points = np.concatenate([rng.normal(0, 0.5, (594, 2)), outliers])
    assert not find_groups(points, most=4).found


@pytest.mark.parametrize("number", [None, 3])
def test_points_that_are_all_alike_or_too_few_are_one_group(number):
    for points in (np.ones((50, 2)), np.array([[1.0, 2.0]]), np.array([[1.0], [2.0]])):
        groups = find_groups(points, number=number)
        assert groups.centres == pytest.approx(points.mean(axis=0, keepdims=True))
        assert not groups.found and groups.p_value == 1 and groups.by_number.empty


def test_the_silhouette_is_that_of_scikit_learn():
    points = three(1, each=40)
    labels = KMeans(5, n_init=2, random_state=0).fit(points).labels_
    labels[labels == 4], labels[0] = 3, 4  # A group of one counts 0.
    expected = silhouette_score(points, labels)
    assert _silhouette(euclidean_distances(points), labels, 5) == pytest.approx(expected)
