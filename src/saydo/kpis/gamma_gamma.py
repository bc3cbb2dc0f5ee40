"""How much will a customer spend at each purchase? The gamma-gamma model.

What a customer spends at a purchase varies by a gamma distribution of shape `p` around a mean of
their own, and these means vary by a gamma distribution too; how often someone buys has nothing to
do with it. A customer is told by two numbers: `n`, purchases, and `mean`, spent at each on average.
Takes arrays of these, one row per pattern, with the `count` of customers in it.

References:
    Fader, Hardie & Lee (2005), RFM and CLV: using iso-value curves for customer base analysis,
    J. Marketing Research 42, 415–430; Fader & Hardie (2013), The gamma-gamma model of monetary
    value, brucehardie.com/notes/025.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy import optimize, special

from saydo.errors import NotEstimable

Array = npt.NDArray[np.float64]

_BOUNDS = ((-5.0, 8.0), (-6.0, 8.0), (-5.0, 5.0))
"""Of log p, log(q − 1), log of the mean over that seen. Where someone's purchases are all alike the
likelihood rises without end in p, where all customers are alike in q, and nothing else changes."""

_STEPS = 20
"""By which the last digits of a place are found, as a rule after two or three."""


@dataclass(frozen=True)
class GammaGamma:
    """The model with Fader and Hardie's parameters; `gamma` is in money."""

    p: float
    q: float
    gamma: float

    @property
    def mean(self) -> float:
        """Mean spend at a purchase of someone of whom nothing is known."""
        return self.p * self.gamma / (self.q - 1)

    def mean_spend(self, n: Array, spend: Array) -> Array:
        """Mean spend at a purchase to come, of customers with `n` purchases of `spend` in all.

        Between their own mean and that of everyone; linear in `spend`, so that sums over customers
        can be put in as well as means.
        """
        return self.p * (self.gamma + spend) / (self.p * n + self.q - 1)


@dataclass(frozen=True)
class Fit:
    """The model that makes what was seen likeliest, and how sure what is made of it."""

    n: Array
    mean: Array
    count: Array
    place: Array
    """The three logarithms that `_model` takes."""

    @cached_property
    def model(self) -> GammaGamma:
        """The fitted model."""
        return _model(self.place, self._unit)

    def variance(self, of: Callable[[GammaGamma], float]) -> float:
        """Variance of `of(model)` by the chance with which these customers came.

        That of an M-estimator, which holds where the model is not quite right, too.
        """
        free = self._free
        steps = 1e-4 * np.eye(3)[free]
        gradient = np.array(
            [
                (
                    of(_model(self.place + step, self._unit))
                    - of(_model(self.place - step, self._unit))
                )
                / 2e-4
                for step in steps
            ]
        )
        hessian = self._hessian[np.ix_(free, free)]
        moves = self._scores(self.place)[:, free] @ np.linalg.solve(-hessian, gradient)
        return float(_sum(self.count, moves**2))

    def _at_rest(self) -> Array:
        """Its place to the last digits, of which a search leaves some to chance.

        Steps by the curvature; none where a parameter is at a bound, or they don't come to rest.
        """
        if not self._free.all() or np.linalg.eigvalsh(-self._hessian).min() <= 1e-8 * self._total:
            return self.place
        place = self.place
        for _step in range(_STEPS):
            moved = np.linalg.solve(-self._hessian, _sum(self.count, self._scores(place)))
            place = place + moved
            if np.abs(moved).max() < 1e-11:
                return place
        return self.place

    @cached_property
    def _hessian(self) -> Array:
        """Second derivatives of the log-likelihood, from differences of the first."""
        sides = [
            _sum(self.count, self._scores(self.place + step) - self._scores(self.place - step))
            for step in 1e-4 * np.eye(3)
        ]
        hessian = np.array(sides) / 2e-4
        return (hessian + hessian.T) / 2

    @property
    def _free(self) -> npt.NDArray[np.bool_]:
        low, high = np.array(_BOUNDS).T
        return (self.place > low + 1e-6) & (self.place < high - 1e-6)

    @property
    def _total(self) -> float:
        return float(self.count.sum())

    @cached_property
    def _unit(self) -> float:
        return float(_sum(self.count, self.mean) / self.count.sum())

    def _scores(self, place: Array) -> Array:
        return _log_likelihood(place, self.n, self.mean, self._unit)[1]


def fit(n: Array, mean: Array, count: Array) -> Fit:
    """The gamma-gamma model of these customers, by maximum likelihood.

    Args:
        n: Purchases, from 1 on.
        mean: Spent at each on average, above zero.
        count: Customers with this pattern.

    Raises:
        NotEstimable: Hardly anyone bought twice, or customers differ so much that the mean over
            them has no end.
    """
    n, mean, count = (np.asarray(given, dtype="float64") for given in (n, mean, count))
    again = float(count[n > 1].sum())
    if again < 10:
        raise NotEstimable(
            f"{again:.0f} customers bought twice or more, too few for a model of what they spend: "
            "give more orders, or merge segments."
        )
    unit = float(_sum(count, mean) / count.sum())

    def minus(place: Array) -> tuple[float, Array]:
        value, scores = _log_likelihood(place, n, mean, unit)
        return -float(_sum(count, value)) / count.sum(), -_sum(count, scores) / count.sum()

    found = optimize.minimize(
        minus,
        np.array([1.0, 1.0, 0.0]),
        jac=True,
        method="L-BFGS-B",
        bounds=_BOUNDS,
        options={"ftol": 1e-15, "gtol": 1e-9, "maxiter": 1000, "maxls": 50},
    )
    fitted = Fit(n, mean, count, found.x)
    fitted = replace(fitted, place=fitted._at_rest())
    if found.x[1] <= _BOUNDS[1][0] + 1e-6 or abs(found.x[2]) >= _BOUNDS[2][1] - 1e-6:
        raise NotEstimable(
            "What customers spend differs so much that its mean can't be told: look for orders "
            "of a wrong revenue, or split the customers into segments."
        )
    return fitted


def _sum(count: Array, of: Array) -> Array:
    """Sum over customers; unlike `@` it starts no threads."""
    total: Array = np.einsum("i,i...->...", count, of)
    return total


def _model(place: Array, unit: float) -> GammaGamma:
    """The model at these three logarithms; `unit` is the money in which the mean is told."""
    p, above_one, mean = np.exp(place)
    return GammaGamma(p=float(p), q=float(1 + above_one), gamma=float(mean * unit * above_one / p))


def _log_likelihood(place: Array, n: Array, mean: Array, unit: float) -> tuple[Array, Array]:
    """Of each pattern, with its derivatives (a row of three); equation 1a of the note."""
    model = _model(place, unit)
    p, q, gamma = model.p, model.q, model.gamma
    # Gamma functions are of few distinct numbers of purchases.
    times, which = np.unique(n, return_inverse=True)
    psi = special.digamma
    total = np.log(gamma + n * mean)
    value = (
        special.gammaln(p * times + q)
        - special.gammaln(p * times)
        - special.gammaln(q)
        + q * np.log(gamma)
        + p * times * np.log(times)
    )[which]
    value = value + (p * n - 1) * np.log(mean) - (p * n + q) * total
    both = psi(p * times + q)
    by_p = (times * (both - psi(p * times) + np.log(times)))[which] + n * (np.log(mean) - total)
    by_q = (both - psi(q))[which] + np.log(gamma) - total
    by_gamma = q / gamma - (p * n + q) / (gamma + n * mean)
    scores = np.column_stack(
        [p * by_p - gamma * by_gamma, (q - 1) * by_q + gamma * by_gamma, gamma * by_gamma]
    )
    return value, scores
