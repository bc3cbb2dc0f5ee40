"""What lies behind normal estimates that differ by chance and in truth?

Takes estimates with their precision; returns `Posterior`, in which each is drawn towards their mean
and the spread is integrated out, or `RandomEffects`, mean and spread without any prior.

True values are taken to be N(μ, τ²), with a flat prior for μ and a half-normal one for τ. Given τ
all is normal and known in closed form; τ itself is on a grid (Röver, 2020, J. Stat. Software 93).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri
from scipy.stats import chi2, t

from saydo.errors import NotEstimable
from saydo.languages import gettext as _

Array = NDArray[np.float64]
NODES = 200


@dataclass(frozen=True)
class Posterior:
    """What is known of normal quantities, given estimates of some precision."""

    mean: Array
    low: Array
    high: Array
    own: Array
    """Share of each mean that is the segment's own estimate; the rest is the others'."""
    mu: tuple[float, float, float]
    """Mean of the distribution, with its interval."""
    tau: tuple[float, float, float]
    """Its standard deviation: median, with its interval."""


def normal_normal(
    estimates: Array, precisions: Array, *, scale: float, confidence: float = 0.95
) -> Posterior:
    """The quantities behind normal estimates, if they are normally distributed themselves.

    Args:
        estimates: One each; of no account where the precision is 0.
        precisions: 1 / variance of each estimate.
        scale: Of the half-normal prior of their standard deviation, in their unit.
        confidence: Coverage of intervals.
    """
    mixture = Mixture(estimates, precisions, scale=scale)
    edges = (0.5 - confidence / 2, 0.5 + confidence / 2)
    low, high = (mixture.quantile(mixture.means, mixture.spreads, edge) for edge in edges)
    mu, mu_spread = mixture.mu[None], np.sqrt(1 / mixture.mu_precision)[None]
    mu_low, mu_high = (float(mixture.quantile(mu, mu_spread, edge)[0]) for edge in edges)
    below = np.cumsum(mixture.weights) - mixture.weights / 2
    tau_low, tau, tau_high = np.interp([edges[0], 0.5, edges[1]], below, mixture.tau)
    return Posterior(
        mean=mixture.mean,
        low=low,
        high=high,
        own=mixture.own @ mixture.weights,
        mu=(float(mixture.mu @ mixture.weights), mu_low, mu_high),
        tau=(float(tau), float(tau_low), float(tau_high)),
    )


class Mixture:
    """Given τ everything is normal; τ itself is on a grid, with weights."""

    def __init__(self, estimates: Array, precisions: Array, *, scale: float) -> None:
        known = np.where(precisions > 0, estimates, 0.0)
        # Six scales hold the prior; then where the posterior is.
        self._at(np.linspace(0, 6 * scale, NODES), known, precisions, scale)
        likely = np.flatnonzero(self.weights > 1e-9 * self.weights.max())
        ends = max(likely[0] - 1, 0), min(likely[-1] + 1, NODES - 1)
        narrow = np.linspace(self.tau[ends[0]], self.tau[ends[1]], NODES)
        self._at(narrow, known, precisions, scale)

    def _at(self, tau: Array, known: Array, precisions: Array, scale: float) -> None:
        precision, variance = precisions[:, None], tau[None, :] ** 2
        total = precision / (1 + variance * precision)
        self.tau, self.mu_precision = tau, total.sum(axis=0)
        self.mu = (total * known[:, None]).sum(axis=0) / self.mu_precision
        log_density = (
            -0.5 * np.log1p(variance * precision).sum(axis=0)
            - 0.5 * (total * (known[:, None] - self.mu) ** 2).sum(axis=0)
            - 0.5 * np.log(self.mu_precision)
            - 0.5 * (tau / scale) ** 2
        )
        weights = np.exp(log_density - log_density.max())
        weights[[0, -1]] /= 2
        self.weights = weights / weights.sum()
        self.own = variance * precision / (1 + variance * precision)
        self.means = self.own * known[:, None] + (1 - self.own) * self.mu
        within = variance / (1 + variance * precision)
        self.spreads = np.sqrt(within + (1 - self.own) ** 2 / self.mu_precision)
        self.mean = self.means @ self.weights

    def quantile(self, means: Array, spreads: Array, edge: float) -> Array:
        """Of mixtures of normals, one per row, by bisection."""
        low = (means + ndtri(edge) * spreads).min(axis=1)
        high = (means + ndtri(edge) * spreads).max(axis=1)
        for _halving in range(40):
            middle = (low + high) / 2
            is_below = ndtr((middle[:, None] - means) / spreads) @ self.weights < edge
            low, high = np.where(is_below, middle, low), np.where(is_below, high, middle)
        return (low + high) / 2


@dataclass(frozen=True)
class RandomEffects:
    """Mean and spread of estimates, without prior."""

    mean: float
    mean_low: float
    mean_high: float
    """Hartung and Knapp's interval (t distribution)."""
    tau: float
    """Standard deviation between segments; restricted maximum likelihood."""
    tau_low: float
    tau_high: float
    """Q-profile interval (Viechtbauer, 2007, Statistics in Medicine 26)."""


def random_effects(
    estimates: Array, std_errors: Array, *, confidence: float = 0.95
) -> RandomEffects:
    """Mean and spread of at least two independent estimates.

    Raises:
        NotEstimable: There are fewer than two.
    """
    count, variances = len(estimates), std_errors**2
    if count < 2:
        raise NotEstimable(_("there are fewer than two segments to compare"))

    def mean_of(tau2: float) -> tuple[float, Array]:
        weights = 1 / (variances + tau2)
        return float(weights @ estimates / weights.sum()), weights

    def scatter(tau2: float) -> float:
        mean, weights = mean_of(tau2)
        return float(weights @ (estimates - mean) ** 2)

    def restricted_score(tau2: float) -> float:
        squares = mean_of(tau2)[1] ** 2
        total = np.sqrt(squares).sum()
        return float(squares @ (estimates - mean_of(tau2)[0]) ** 2 - total + squares.sum() / total)

    most = 1e3 * (float(np.var(estimates)) + float(variances.max()))

    def falls_to(level: float, function: Callable[[float], float]) -> float:
        """Where a falling function of τ² has this level; 0 if it begins below."""
        if function(0.0) <= level:
            return 0.0
        return float(brentq(lambda tau2: function(tau2) - level, 0.0, most, xtol=1e-14 * most))

    tau2 = falls_to(0.0, restricted_score)
    low = falls_to(chi2.ppf(0.5 + confidence / 2, count - 1), scatter)
    high = falls_to(chi2.ppf(0.5 - confidence / 2, count - 1), scatter)
    mean, weights = mean_of(tau2)
    std_error = np.sqrt(scatter(tau2) / (count - 1) / weights.sum())
    reach = float(t.ppf(0.5 + confidence / 2, count - 1) * std_error)
    return RandomEffects(mean, mean - reach, mean + reach, *map(float, np.sqrt([tau2, low, high])))
