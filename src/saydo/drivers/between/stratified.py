"""Logistic regression where some coefficients are each segment's own, and others shared by all.

Takes columns of both kinds, the segment of each pattern, and counts; returns estimates with their
errors and the log-likelihood. The same as one regression with a dummy for every segment and their
products, without its size: the information matrix is blocks along the diagonal with a border, so
that segments are eliminated one by one (the Schur complement), and 500 take milliseconds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from saydo.errors import NotEstimable
from saydo.languages import gettext as _

Array = NDArray[np.float64]
MAX_STEPS = 100


@dataclass(frozen=True)
class Stratified:
    """Estimates in log-odds of staying."""

    own: Array
    """Coefficients by segment and own column."""
    shared: Array
    own_covariance: Array
    """By segment: of its own coefficients."""
    shared_covariance: Array
    sway: Array
    """By segment, own and shared column: how the segment's own estimates move with the shared. The
    covariance of segments g and h is sway[g] · shared_covariance · sway[h]ᵀ."""
    log_likelihood: float
    """Without the binomial coefficients."""


def stratified(
    own: Array, shared: Array, codes: NDArray[np.intp], stayed: Array, n: Array
) -> Stratified:
    """The maximum of the likelihood.

    Args:
        own: One row per pattern, a column per coefficient of each segment; the first is 1.
        shared: Likewise, of the coefficients shared by all; may have no column.
        codes: The segment of each pattern, from 0 without gaps.
        stayed: Customers who stayed, by pattern.
        n: Customers, by pattern.

    Raises:
        NotEstimable: There is no finite maximum.
    """
    n_segments, n_own = int(codes.max()) + 1, own.shape[1]

    def by_segment(values: Array) -> Array:
        # There may be no column at all: nothing is shared.
        flat = values.reshape(len(values), int(np.prod(values.shape[1:])))
        sums = np.zeros((n_segments, flat.shape[1]))
        for place, column in enumerate(flat.T):
            sums[:, place] = np.bincount(codes, column, minlength=n_segments)
        return sums.reshape(n_segments, *values.shape[1:])

    rate = (by_segment(stayed) + 0.5) / (by_segment(n) + 1)
    beta = np.zeros((n_segments, n_own))
    beta[:, 0] = np.log(rate / (1 - rate))
    gamma = np.zeros(shared.shape[1])

    def log_odds(beta: Array, gamma: Array) -> Array:
        return np.asarray(np.einsum("ij,ij->i", own, beta[codes]) + shared @ gamma)

    def value(beta: Array, gamma: Array) -> float:
        at = log_odds(beta, gamma)
        return float(stayed @ at - n @ np.logaddexp(0, at))

    now = value(beta, gamma)
    for _step in range(MAX_STEPS):
        chance = expit(log_odds(beta, gamma))
        weight, residual = n * chance * (1 - chance), stayed - n * chance
        blocks = by_segment(weight[:, None, None] * own[:, :, None] * own[:, None, :])
        border = by_segment(weight[:, None, None] * own[:, :, None] * shared[:, None, :])
        score, shared_score = by_segment(residual[:, None] * own), shared.T @ residual
        try:
            inverse = np.linalg.inv(blocks)
            sway = -inverse @ border
            corner = (shared.T * weight) @ shared + np.einsum("goj,gok->jk", border, sway)
            shared_covariance = np.linalg.inv(corner)
        except np.linalg.LinAlgError:
            break
        gamma_step = shared_covariance @ (shared_score + np.einsum("goj,go->j", sway, score))
        beta_step = np.einsum("gop,gp->go", inverse, score) + sway @ gamma_step
        gain = float((score * beta_step).sum() + shared_score @ gamma_step)
        if gain < 1e-18 * max(1.0, abs(now)):
            covariance = inverse + sway @ shared_covariance @ sway.transpose(0, 2, 1)
            return Stratified(beta, gamma, covariance, shared_covariance, sway, now)
        for _halving in range(40):
            ahead = value(beta + beta_step, gamma + gamma_step)
            # Close to the maximum a gain is lost in the rounding of the value.
            if ahead > now or gain < 1e-9 * max(1.0, abs(now)):
                break
            beta_step, gamma_step = beta_step / 2, gamma_step / 2
        beta, gamma, now = beta + beta_step, gamma + gamma_step, ahead
    raise NotEstimable(_("the fit did not converge"))
