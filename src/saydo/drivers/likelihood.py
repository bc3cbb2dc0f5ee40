"""What coefficients make these counts likeliest? Newton's method on patterns, and nothing else.

Takes a design matrix and counts of stayed and left; returns the coefficients with their
log-likelihood. For the many fits of a search or of a cross-validation, of which only the maximum is
wanted; a model that is shown is statsmodels' (`fit`), and equals these.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, log_expit

Array = NDArray[np.float64]
MAX_STEPS = 40


class Maximum(NamedTuple):
    """Where a likelihood is highest."""

    coefficients: Array
    log_likelihood: float


def log_likelihood(log_odds: Array, n_stayed: ArrayLike, n_left: ArrayLike) -> float:
    """Of single customers, so without binomial coefficients: comparable with a fit on rows."""
    return float(
        np.asarray(n_stayed, float) @ log_expit(log_odds)
        + np.asarray(n_left, float) @ log_expit(-log_odds)
    )


def maximum(
    matrix: Array, n_stayed: ArrayLike, n_left: ArrayLike, *, start: Array | None = None
) -> Maximum | None:
    """The maximum of a logistic likelihood, or None where there is no finite one.

    Args:
        matrix: One row per pattern, of full column rank.
        n_stayed, n_left: Customers of each pattern; patterns of none are allowed.
        start: Coefficients to begin with.
    """
    stayed, left = np.asarray(n_stayed, float), np.asarray(n_left, float)
    n = stayed + left
    # Columns of one size, or money beside months would spoil the equations.
    size = np.sqrt((matrix**2).mean(axis=0))
    scaled = matrix / size
    coefficients = np.zeros(matrix.shape[1]) if start is None else start * size
    reached = log_likelihood(scaled @ coefficients, stayed, left)
    for _step in range(MAX_STEPS):
        chance = expit(scaled @ coefficients)
        information = scaled.T @ (scaled * (n * chance * (1 - chance))[:, None])
        try:
            step = np.linalg.solve(information, scaled.T @ (stayed - n * chance))
        except np.linalg.LinAlgError:
            return None
        # A whole step may overshoot where chances are near 0 or 1.
        for _halving in range(30):
            found = log_likelihood(scaled @ (coefficients + step), stayed, left)
            if found >= reached - 1e-12 * abs(reached):
                break
            step = step / 2
        coefficients, reached = coefficients + step, found
        if np.abs(step).max() <= 1e-10 * (1 + np.abs(coefficients).max()):
            return Maximum(coefficients / size, reached)
    return None
