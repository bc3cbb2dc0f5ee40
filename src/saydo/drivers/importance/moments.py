"""How do answers vary together? Means and covariances of counted patterns, and of their resamples.

Takes values (one row per distinct pattern) with counts of respondents; returns moments, which are
all that the ways of deriving importance need. Equals what the respondents' own rows would give.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

MOST_PATTERNS = 20_000
"""With more patterns, sums over a resample are drawn from the normal distribution that they follow
(there are as many respondents at least) instead of from counts."""
AT_ONCE = 2_000_000
"""Numbers held in memory at a time."""
SINGULAR = 1e-10
"""A smallest eigenvalue of a correlation matrix below this is 0 but for rounding."""


@dataclass(frozen=True)
class Moments:
    """Of one sample, or of each of several resamples (then with a first axis more)."""

    mean: Array
    """One per variable."""
    covariance: Array
    """Square; divided by n, not n − 1, which no correlation depends on."""

    @property
    def correlation(self) -> Array:
        """NaN in the row and column of a variable that does not vary."""
        variance = np.diagonal(self.covariance, axis1=-2, axis2=-1)
        # What rounding leaves of the variance of a constant is no variance.
        is_constant = variance <= 1e-12 * np.maximum(1.0, self.mean**2)
        deviation = np.sqrt(np.where(is_constant, np.nan, variance))
        return self.covariance / (deviation[..., :, None] * deviation[..., None, :])


@dataclass(frozen=True)
class Collinearity:
    """How far attributes say the same."""

    condition_number: float
    """Of the attributes' correlation matrix: root of its largest eigenvalue over its smallest."""
    vif: Array
    """Variance inflation of each: 1 / (1 − R²) of its regression on the others."""


def moments(values: Array, counts: NDArray[np.int64]) -> Moments:
    """Mean and covariance of `values` (patterns × variables), each pattern `counts` times."""
    share = counts / counts.sum()
    mean = share @ values
    centred = values - mean
    return Moments(mean, centred.T @ (share[:, None] * centred))


def resampled_moments(
    values: Array, counts: NDArray[np.int64], *, replicates: int, rng: np.random.Generator
) -> Moments:
    """Moments of resamples of the respondents, with replacement (Efron, 1979).

    Respondents with one pattern are alike, so that a resample of n of them is a multinomial draw of
    the patterns' counts, and its moments are a matrix product of these with the values' products.

    Returns:
        `Moments` with a first axis of length `replicates`.
    """
    centre = moments(values, counts).mean
    centred = values - centre
    rows, columns = np.triu_indices(values.shape[1])
    if len(values) > MOST_PATTERNS:
        means = _normal_means(centred, counts, replicates, rng)
    else:
        means = _multinomial_means(_products(centred), counts, replicates, rng)
    shift, second = means[:, : len(centre)], means[:, len(centre) :]
    covariance = np.empty((replicates, len(centre), len(centre)))
    covariance[:, rows, columns] = covariance[:, columns, rows] = second
    return Moments(shift + centre, covariance - shift[:, :, None] * shift[:, None, :])


def collinearity(correlation: Array) -> Collinearity:
    """Condition number and variance inflation.

    Infinite where attributes are exact combinations of one another (Belsley, Kuh & Welsch, 1980,
    Regression Diagnostics, ch. 3).

    Args:
        correlation: Of the attributes alone; all vary.
    """
    eigenvalues, vectors = np.linalg.eigh(correlation)
    is_null = eigenvalues < SINGULAR
    squares = vectors**2
    vif = (squares[:, ~is_null] / eigenvalues[~is_null]).sum(axis=1)
    vif[squares[:, is_null].sum(axis=1) > SINGULAR] = np.inf
    if is_null.any():
        return Collinearity(np.inf, vif)
    return Collinearity(float(np.sqrt(eigenvalues[-1] / eigenvalues[0])), vif)


def usable(correlations: Array) -> NDArray[np.bool_]:
    """Which of several correlation matrices, outcome first, have an inverse of their attributes."""
    known = np.asarray(np.isfinite(correlations).all(axis=(-2, -1)))
    attributes = np.where(
        known[:, None, None], correlations[:, 1:, 1:], np.eye(correlations.shape[-1] - 1)
    )
    return np.asarray(known & (np.linalg.eigvalsh(attributes)[:, 0] > SINGULAR))


def _products(centred: Array) -> Array:
    """The values and the products of every two of them, side by side."""
    rows, columns = np.triu_indices(centred.shape[1])
    return np.hstack([centred, centred[:, rows] * centred[:, columns]])


def _multinomial_means(
    products: Array, counts: NDArray[np.int64], replicates: int, rng: np.random.Generator
) -> Array:
    n = counts.sum()
    share = counts / n
    step = max(1, AT_ONCE // len(counts))
    return np.vstack(
        [
            rng.multinomial(n, share, size=min(step, replicates - start)) @ products / n
            for start in range(0, replicates, step)
        ]
    )


def _normal_means(
    centred: Array, counts: NDArray[np.int64], replicates: int, rng: np.random.Generator
) -> Array:
    n, width = counts.sum(), len(_products(centred[:1])[0])
    mean, second = np.zeros(width), np.zeros((width, width))
    # In parts: the products take several times the memory of the values.
    step = max(1, AT_ONCE // width)
    for start in range(0, len(centred), step):
        products = _products(centred[start : start + step])
        share = counts[start : start + step] / n
        mean += share @ products
        second += products.T @ (share[:, None] * products)
    eigenvalues, vectors = np.linalg.eigh((second - np.outer(mean, mean)) / n)
    root = vectors * np.sqrt(np.clip(eigenvalues, 0, None))
    return mean + rng.standard_normal((replicates, width)) @ root.T
