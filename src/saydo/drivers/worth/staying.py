"""How does staying follow from satisfaction, and how sure is that? Retention at each answer.

Takes the model that speaks for a segment; returns, for draws of its coefficients, the chance of
staying had everyone given an answer, averaged over the covariates of those who were watched. What
lies between two answers is read off the straight line between them, and nothing beyond the last.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from saydo.drivers.fitted import Fitted

Array = NDArray[np.float64]
_AT_ONCE = 2_000_000


@dataclass(frozen=True)
class Curve:
    """Chances of staying by answer."""

    levels: Array
    """Answers, in order."""
    chances: Array
    """Shape (1 + draws, levels), 0 to 1; the estimate first."""
    horizon_days: int

    def at(self, answers: Array) -> Array:
        """Chances at answers that may lie between levels; `answers` has a row per draw, or one."""
        answers = np.broadcast_to(answers, (len(self.chances), answers.shape[-1]))
        after = np.clip(np.searchsorted(self.levels, answers, side="right"), 1, self._last)
        low, high = self.levels[after - 1], self.levels[after]
        share = np.clip((answers - low) / (high - low), 0, 1)
        rows = np.arange(len(self.chances))[:, None]
        before = self.chances[rows, after - 1]
        return np.asarray(before + share * (self.chances[rows, after] - before))

    @property
    def _last(self) -> int:
        return len(self.levels) - 1


def curve(fitted: Fitted, *, horizon_days: int, draws: int, seed: int = 0) -> Curve:
    """Retention at each answer observed, with draws of the coefficients (normal, as Wald's).

    Args:
        fitted: A logistic model of one segment.
        horizon_days: Days over which it says who stays.
        draws: How many; the first row of what comes out is the estimate.
        seed: Of the draws.
    """
    estimate = fitted.coefficients
    rng = np.random.default_rng(seed)
    drawn = rng.multivariate_normal(estimate, fitted.covariance, size=draws, method="cholesky")
    coefficients = np.vstack([estimate, drawn])
    levels = np.asarray(fitted.design.levels, dtype=float)
    share = fitted.counts / fitted.n
    chances = np.column_stack(
        [
            _mean(
                fitted.design.at(np.full(len(share), level)),
                coefficients,
                share,
                fitted.intercept_shift,
            )
            for level in levels
        ]
    )
    return Curve(levels, chances, horizon_days)


def _mean(matrix: Array, coefficients: Array, share: Array, shift: float) -> Array:
    """Mean chance over patterns, for every draw."""
    # Patterns that a model does not tell apart at one answer count once.
    rows, which = np.unique(matrix, axis=0, return_inverse=True)
    weight = np.bincount(which.ravel(), weights=share)
    step = max(1, _AT_ONCE // len(rows))
    parts = [
        weight @ expit(rows @ coefficients[first : first + step].T + shift)
        for first in range(0, len(coefficients), step)
    ]
    return np.concatenate(parts)
