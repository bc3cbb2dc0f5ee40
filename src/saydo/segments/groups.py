"""Do points form groups, and how many? K-means, with a test whether there are groups at all.

K-means splits anything into as many parts as it is asked for, a formless cloud too. So three
questions are put before its parts are called groups:

- Are they the same in another sample? Stability: the mean adjusted Rand index of refits on random
  halves against the fit on all.
- How far apart are they? The mean silhouette. The number of groups is that of the highest among
  those with a stability of at least `STABLE` whose smallest group is not a handful of outliers.
- Are they further apart than parts of clouds without groups? The silhouette must be above that of
  99 % of clouds of a Gaussian with the same covariance, and of a uniform over the box along the
  principal axes, by the mean and standard deviation of some such clouds. Where a fifth of the
  points share a value of a feature, the clouds have that feature's values too: that most customers
  ordered once does not make groups by itself.

References:
    Rousseeuw (1987), Silhouettes, J. Comput. Appl. Math. 20.
    Ben-Hur, Elisseeff & Guyon (2002), A stability based method for discovering structure.
    Tibshirani, Walther & Hastie (2001), Estimating the number of clusters via the gap statistic.
    Liu, Hayes, Nobel & Marron (2008), Statistical significance of clustering (SigClust).
    Besag & Clifford (1991), Sequential Monte Carlo p-values, Biometrika 78.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats
from threadpoolctl import threadpool_limits

from saydo.segments.nearest import nearest

Points: TypeAlias = NDArray[np.float64]
Labels: TypeAlias = NDArray[np.intp]
Draw: TypeAlias = Callable[[np.random.Generator], Points]

BY_NUMBER = ("number", "silhouette", "stability", "smallest_share", "reference")
"""What is told of each number of groups that was tried; see `Groups.by_number`."""

STABLE = 0.8
"""Least mean adjusted Rand index of a number of groups that may be chosen."""
SMALLEST_SHARE, FEWEST = 0.02, 20
"""What has a smaller share or fewer points are outliers, not a group."""
LEVEL = 0.01
"""There are groups if the p-value is below this."""
_MOST_COMPARED, _MOST_REFITTED = 1000, 4000
_REFITS, _CLOUDS, _ENOUGH_EXCEED = 10, 39, 6
_HEAP = 0.2  # Share of points with one value from which the clouds have that feature's values.
_SEED = 20_010_731


@dataclass(frozen=True)
class Groups:
    """The groups that points form."""

    centres: Points
    """(k, d): the largest group first, among equals by coordinates; the mean alone where there are
    none and no number was asked for."""
    by_number: pd.DataFrame
    """`number` (of groups), `silhouette` (−1 to 1), `stability` (at most 1), `smallest_share` (0 to
    1), `reference` (mean silhouette of clouds without groups, of the kind where it is higher)."""
    p_value: float
    """Of there being no groups; 1 where points are too few or too alike to ask."""
    found: bool
    """Whether there are groups: also told of a number that was asked for."""


def find_groups(points: Points, *, number: int | None = None, most: int = 8) -> Groups:
    """The groups that points form, of a number asked for or chosen; the same for the same points.

    Args:
        points: (n, d), in comparable units, without missing values or far outliers (winsorised).
        number: How many groups; chosen, and none if none are found, if left out.
        most: The most among which to choose.
    """
    with threadpool_limits(limits=1):  # Threads add up in any order; and for so few they are slow.
        return _found(points, number=number, most=most)


def taken_groups(points: Points, *, number: int) -> Groups:
    """As many groups as asked for, without asking whether there are any: for refits, which ask how
    far others would make the same ones."""
    with threadpool_limits(limits=1):
        centres = _in_order(_fit(points, min(number, len(points)), starts=3), points)
    return Groups(centres, _table([]), p_value=1.0, found=False)


def _found(points: Points, *, number: int | None, most: int) -> Groups:
    points = points[np.random.default_rng(_SEED).permutation(len(points))]
    compared, refitted = points[:_MOST_COMPARED], points[:_MOST_REFITTED]
    # Of fewer different points than groups, and one more, there is no silhouette.
    limit = len(np.unique(compared, axis=0)) - 1 if points.shape[1] else 0
    numbers = [k for k in ([number] if number else range(2, most + 1)) if k <= limit]
    if not numbers:
        return Groups(points.mean(axis=0, keepdims=True), _table([]), p_value=1.0, found=False)
    silhouettes = _silhouettes(compared, numbers)
    rows = []
    for k, silhouette in zip(numbers, silhouettes, strict=True):
        stability, smallest = _refits(refitted, k)
        rows.append((k, silhouette, stability, smallest))
    least = max(SMALLEST_SHARE, FEWEST / len(points))
    sound = [row for row in rows if row[2] >= STABLE and row[3] >= least]
    best = max(sound or rows, key=lambda row: row[1])
    p_value, reference = _against_clouds(compared, numbers, best[0], silhouette=best[1])
    table = _table([(*row, level) for row, level in zip(rows, reference, strict=True)])
    found = bool(sound) and p_value < LEVEL
    if number is None and not found:
        return Groups(points.mean(axis=0, keepdims=True), table, p_value, found)
    return Groups(_in_order(_fit(points, best[0]), points), table, p_value, found)


def _table(rows: Sequence[tuple[float, ...]]) -> pd.DataFrame:
    types = dict.fromkeys(BY_NUMBER, "float64") | {"number": "int64"}
    return pd.DataFrame(rows, columns=list(BY_NUMBER)).astype(types)


def _fit(points: Points, k: int, *, starts: int = 10, seed: int = _SEED) -> Points:
    """(k, d): centres of k-means, the best of several starts."""
    # Here and below, not above: pages import this package, and learn no groups.
    from sklearn.cluster import KMeans

    fitted = KMeans(k, n_init=starts, random_state=seed, algorithm="lloyd").fit(points)
    return np.asarray(fitted.cluster_centers_)


def _in_order(centres: Points, points: Points) -> Points:
    sizes = np.bincount(nearest(points, centres), minlength=len(centres))
    coordinates = np.round(centres, 6).T[::-1]
    return centres[np.lexsort((*coordinates, -sizes))]


def _silhouettes(points: Points, numbers: Sequence[int]) -> list[float]:
    """Mean silhouette of k-means with each number of groups."""
    from sklearn.metrics import euclidean_distances

    distances = euclidean_distances(points)
    return [_silhouette(distances, nearest(points, _fit(points, k, starts=3)), k) for k in numbers]


def _silhouette(distances: Points, labels: Labels, k: int) -> float:
    """As scikit-learn's `silhouette_score`, of distances that are there already."""
    rows = np.arange(len(labels))
    members = np.eye(k)[labels]
    sizes = members.sum(axis=0)
    to_groups = distances @ members
    own = to_groups[rows, labels] / np.maximum(sizes[labels] - 1, 1)
    with np.errstate(invalid="ignore"):
        others = np.where(sizes > 0, to_groups / sizes, np.inf)
    others[rows, labels] = np.inf
    next_best = others.min(axis=1)
    larger = np.maximum(own, next_best)
    width = np.divide(next_best - own, larger, out=np.zeros_like(own), where=larger > 0)
    return float(np.where(sizes[labels] > 1, width, 0.0).mean())


def _refits(points: Points, k: int) -> tuple[float, float]:
    """Mean adjusted Rand index of fits on random halves, and the share of the smallest group."""
    from sklearn.metrics import adjusted_rand_score

    rng = np.random.default_rng(_SEED)
    labels = nearest(points, _fit(points, k))
    agreement = []
    for refit in range(_REFITS):
        half = points[rng.permutation(len(points))[: max(len(points) // 2, k)]]
        again = nearest(points, _fit(half, k, starts=5, seed=_SEED + refit))
        agreement.append(adjusted_rand_score(labels, again))
    smallest = np.bincount(labels, minlength=k).min() / len(points)
    return float(np.mean(agreement)), float(smallest)


def _against_clouds(
    points: Points, numbers: Sequence[int], chosen: int, *, silhouette: float
) -> tuple[float, list[float]]:
    """The larger p-value of the chosen number's silhouette against clouds of both kinds, and by
    number their mean silhouette, of the kind with the higher.

    By Bonferroni, as the number was chosen among others: clouds are compared at that number, for
    two halves of any cloud are further apart than three good groups may be.
    """
    at = list(numbers).index(chosen)
    p_values, means = [], []
    for draw in (_gaussian(points), _uniform(points)):
        drawn = np.array(list(_until_clear(draw, numbers, at, silhouette)))
        p_values.append(_share_above(silhouette, drawn[:, at]))
        means.append(drawn.mean(axis=0))
    p_value = min(max(p_values) * len(numbers), 1.0)
    return p_value, [float(level) for level in np.max(means, axis=0)]


def _share_above(silhouette: float, of_clouds: Points) -> float:
    """How often another cloud would have such a silhouette, by those of some.

    By Student's t, as SigClust fits a Gaussian: the share of so few clouds varies too much. But no
    less than that share, if their distribution has a tail.
    """
    n, spread = len(of_clouds), of_clouds.std(ddof=1)
    exceeding = float((of_clouds >= silhouette).mean())
    if n < _CLOUDS or not spread:
        return exceeding
    beyond = (silhouette - of_clouds.mean()) / (spread * np.sqrt(1 + 1 / n))
    return max(float(stats.t.sf(beyond, n - 1)), exceeding)


def _until_clear(
    draw: Draw, numbers: Sequence[int], at: int, silhouette: float
) -> Iterator[list[float]]:
    """Silhouettes of clouds by number, until so many exceed at one that more change nothing."""
    rng = np.random.default_rng(_SEED)
    exceeding = 0
    for _cloud in range(_CLOUDS):
        of_cloud = _silhouettes(draw(rng), numbers)
        yield of_cloud
        exceeding += of_cloud[at] >= silhouette
        if exceeding >= _ENOUGH_EXCEED:
            return


def _gaussian(points: Points) -> Draw:
    """Draws clouds of a Gaussian with the points' covariance."""
    axes, along = _principal_axes(points)
    middle, spread = points.mean(axis=0), along.std(axis=0)

    def draw(rng: np.random.Generator) -> Points:
        cloud = middle + (rng.standard_normal(along.shape) * spread) @ axes
        return _with_heaps_of(points, cloud)

    return draw


def _uniform(points: Points) -> Draw:
    """Draws clouds that fill the box around the points, along their principal axes."""
    axes, along = _principal_axes(points)
    middle, low, high = points.mean(axis=0), along.min(axis=0), along.max(axis=0)

    def draw(rng: np.random.Generator) -> Points:
        return _with_heaps_of(points, middle + rng.uniform(low, high, along.shape) @ axes)

    return draw


def _principal_axes(points: Points) -> tuple[Points, Points]:
    """(d, d): one axis per row; (n, d): where the centred points lie along them."""
    centred = points - points.mean(axis=0)
    axes = np.linalg.svd(centred, full_matrices=False)[2]
    return axes, centred @ axes.T


def _with_heaps_of(points: Points, cloud: Points) -> Points:
    """`cloud`, with the points' own values in their own shares where many share one value."""
    result = cloud.copy()
    for column in range(points.shape[1]):
        values, counts = np.unique(points[:, column], return_counts=True)
        if len(values) > 1 and counts.max() >= _HEAP * len(points):
            ranks = cloud[:, column].argsort().argsort()
            result[:, column] = np.sort(points[:, column])[ranks]
    return result
