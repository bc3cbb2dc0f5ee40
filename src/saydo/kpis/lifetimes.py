"""Who of those who bought is still buying, and how much more will they buy? The BG/NBD model.

While alive a customer buys at random at a rate of their own, and after each purchase may stop for
good, by a chance of their own; rates are gamma and chances beta distributed over customers. A
customer is told by three numbers: `x`, purchases after the first; `t_x`, time from the first to the
last of them; `t_end`, time from the first to the end of the watch. Takes arrays of these, one row
per pattern, with the `count` of customers in it; any unit of time will do, the same for all.

References:
    Fader, Hardie & Lee (2005), "Counting your customers" the easy way: an alternative to the
    Pareto/NBD model, Marketing Science 24, 275–284.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import linalg, optimize, special

from saydo.errors import NotEstimable

Array = npt.NDArray[np.float64]
Distinct: TypeAlias = tuple[Array, npt.NDArray[np.intp]]
"""Distinct numbers, and which of them each row has."""

_NODES = 64
"""Points of the quadrature over chances to stop; the integrand is smooth."""

_BOUNDS = ((-6.0, 6.0), (-12.0, 6.0), (-6.0, 8.0), (-12.0, 12.0))
"""Of log r, log of purchases per mean watch, log(a + b), log(a/b). Where customers are all alike
the likelihood rises without end in r or in a + b, and nothing else changes any more."""

_START = (0.0, 0.0, 1.0, -1.0)

_MANY, _PARTS, _STEPS = 5_000, 40, 20
"""Patterns from which on the place is sought among coarser ones first; into how many parts the
longest watch is cut for them; steps after which the search goes on without them."""


@dataclass(frozen=True)
class BgNbd:
    """The model: rates are gamma(`r`, `alpha`), chances to stop beta(`a`, `b`)."""

    r: float
    alpha: float
    a: float
    b: float

    def p_alive(self, x: Array, t_x: Array, t_end: Array) -> Array:
        """Chance that a customer still buys at `t_end`; 1 for who bought but once.

        One who bought once could not stop yet: the model has stopping follow a repeat purchase.
        """
        stopped = (
            np.log(self.a)
            - np.log(np.maximum(self.b + x - 1, 1e-300))
            + (self.r + x) * np.log((self.alpha + t_end) / (self.alpha + t_x))
        )
        return np.where(x > 0, special.expit(-stopped), 1.0)

    def expected_purchases(self, x: Array, t_x: Array, t_end: Array, ahead: float | Array) -> Array:
        """Mean number of purchases from `t_end` to `t_end + ahead`.

        Equation 10 of the paper as an integral over the chance to stop, p: an alive customer buys
        (1 − exp(−λ·p·ahead)) / p times. The paper's closed form has a pole at a = 1.
        """
        mean = np.empty(len(x))
        reach = ahead / (self.alpha + t_end)
        for purchases in np.unique(x):
            chosen = x == purchases
            mean[chosen] = self.if_alive(float(purchases), reach[chosen])
        return self.p_alive(x, t_x, t_end) * mean

    def if_alive(self, x: float, reach: Array) -> Array:
        """Mean number of purchases to come of customers who still buy, and bought `x` times again.

        Args:
            x: Purchases after the first.
            reach: Time ahead, as a part of `alpha + t_end`: nothing else of time matters.
        """
        chance, weight = _beta_nodes(self.a, self.b + x)
        growth = np.log1p(np.outer(reach, chance))
        mean: Array = (-np.expm1(-(self.r + x) * growth) / chance) @ weight
        return mean


@dataclass(frozen=True)
class Fit:
    """The model that makes what was seen likeliest, and how sure its averages are."""

    x: Array
    t_x: Array
    t_end: Array
    count: Array
    place: Array
    """The four logarithms that `_model` takes."""

    @cached_property
    def model(self) -> BgNbd:
        """The fitted model, in the unit of time that was given."""
        return _model(self.place, self._watch)

    def mean(self, of: Callable[[BgNbd], Array]) -> tuple[float, float]:
        """Mean over customers of what `of` gives per pattern, and its standard error.

        The error is that of an M-estimator: it holds both the chance by which these customers came
        and what that does to the parameters, also where the model is not quite right.

        References:
            Stefanski & Boos (2002), The calculus of M-estimation, Am. Statist. 56, 29–38.
        """
        total = self.count.sum()
        values = of(self.model)
        mean = float(_sum(self.count, values) / total)
        free = self._free
        gradient = np.array([self._slope(of, int(number)) for number in np.flatnonzero(free)])
        scores = self._scores(self.place)[:, free]
        information = -self._hessian[np.ix_(free, free)] / total
        influence = values - mean + scores @ np.linalg.solve(information, gradient)
        return mean, float(np.sqrt(_sum(self.count, influence**2)) / total)

    def moves(self, of: Callable[[BgNbd], float]) -> Array:
        """How far one customer more of each pattern would move `of(model)`, by the parameters.

        Their squares, summed over customers, are the variance of `of(model)`, as in `mean`.
        """
        free = self._free
        steps = 1e-4 * np.eye(4)[free]
        slopes = [
            of(_model(self.place + step, self._watch)) - of(_model(self.place - step, self._watch))
            for step in steps
        ]
        moved = np.linalg.solve(-self._hessian[np.ix_(free, free)], np.array(slopes) / 2e-4)
        moves: Array = self._scores(self.place)[:, free] @ moved
        return moves

    @cached_property
    def _watch(self) -> float:
        return float(_sum(self.count, self.t_end) / self.count.sum())

    @property
    def _free(self) -> npt.NDArray[np.bool_]:
        """Parameters that are not at a bound; what lies there no longer matters."""
        low, high = np.array(_BOUNDS).T
        return (self.place > low + 1e-6) & (self.place < high - 1e-6)

    def _slope(self, of: Callable[[BgNbd], Array], number: int) -> float:
        step = np.zeros(4)
        step[number] = 1e-4
        up, down = (of(_model(self.place + sign * step, self._watch)) for sign in (1, -1))
        return float(_sum(self.count, up - down) / self.count.sum() / 2e-4)

    def _scores(self, place: Array) -> Array:
        return _log_likelihood(place, self.x, self.t_x, self.t_end, self._watch, self._by_x)[1]

    @cached_property
    def _by_x(self) -> Distinct:
        return np.unique(self.x, return_inverse=True)

    @cached_property
    def _hessian(self) -> Array:
        """Second derivatives of the log-likelihood, from differences of the first."""
        steps = 1e-4 * np.eye(4)
        sides = [
            _sum(self.count, self._scores(self.place + step) - self._scores(self.place - step))
            for step in steps
        ]
        hessian = np.array(sides) / 2e-4
        return (hessian + hessian.T) / 2


def fit(x: Array, t_x: Array, t_end: Array, count: Array) -> Fit:
    """The BG/NBD model of these customers, by maximum likelihood.

    Args:
        x: Purchases after the first.
        t_x: Time from the first purchase to the last; 0 where there was one.
        t_end: Time from the first purchase to the end of the watch; at least `t_x`.
        count: Customers with this pattern.

    Raises:
        NotEstimable: Hardly anyone bought again, or nothing hints at anyone having stopped.
    """
    x, t_x, t_end, count = (np.asarray(given, dtype="float64") for given in (x, t_x, t_end, count))
    watch = float(_sum(count, t_end) / count.sum()) if count.sum() else 0.0
    again = float(count[x > 0].sum())
    if again < 10 or watch == 0:
        raise NotEstimable(
            f"{again:.0f} customers bought again, too few for a model of who still buys: "
            "give more orders, or merge segments."
        )

    fitted = Fit(x, t_x, t_end, count, _likeliest(x, t_x, t_end, count))
    # Where r or a + b is at its bound customers are alike in that; but a chance to stop at its own
    # bound means that none did, and a singular curvature that two stories fit alike.
    curvature = -fitted._hessian[np.ix_(fitted._free, fitted._free)]
    if not fitted._free[[1, 3]].all() or np.linalg.eigvalsh(curvature).min() <= 1e-8 * count.sum():
        raise NotEstimable(
            "The orders do not tell customers who stopped from those who buy seldom: give a longer "
            "time of orders, or merge segments."
        )
    return fitted


def _likeliest(x: Array, t_x: Array, t_end: Array, count: Array) -> Array:
    """The place where the likelihood is greatest.

    Where patterns are many it is sought among coarser ones first, from where it is not far: a few
    steps by the curvature there, on all patterns, come to it.
    """
    start = np.array(_START)
    start[1] = np.clip(np.log(max(_sum(count, x) / count.sum(), 1e-5)), *_BOUNDS[1])
    if len(x) > _MANY:
        near = Fit(*_coarser(x, t_x, t_end, count), start)
        near = replace(near, place=_searched(near, gradient=1e-5))
        found = _stepped(Fit(x, t_x, t_end, count, near.place), near)
        if found is not None:
            return found
        start = near.place
    whole = Fit(x, t_x, t_end, count, start)
    near = replace(whole, place=_searched(whole, gradient=1e-5))
    found = _stepped(near, near)
    if found is not None:
        return found
    whole = replace(whole, place=_searched(near))
    # A search ends where rounding hides what is left to climb: its last digits are by chance.
    found = _stepped(whole, whole)
    return whole.place if found is None else found


def _coarser(x: Array, t_x: Array, t_end: Array, count: Array) -> tuple[Array, Array, Array, Array]:
    """Patterns whose times differ by less than a part of the longest watch, as one."""
    step = t_end.max() / _PARTS
    key = (x * (_PARTS + 1) + np.floor(t_end / step)) * (_PARTS + 1) + np.floor(t_x / step)
    _keys, which = np.unique(key, return_inverse=True)
    n: Array = np.bincount(which, weights=count).astype("float64")
    mean_x, mean_last, mean_end = (
        np.bincount(which, weights=count * of) / n for of in (x, t_x, t_end)
    )
    return mean_x, mean_last, mean_end, n


def _stepped(fitted: Fit, near: Fit) -> Array | None:
    """Where steps by the curvature that is `near` come to rest; None if they don't soon."""
    low, high = np.array(_BOUNDS).T
    if not near._free.all() or np.linalg.eigvalsh(-near._hessian).min() <= 1e-8 * near.count.sum():
        return None
    place = fitted.place
    for _step in range(_STEPS):
        moved = np.linalg.solve(-near._hessian, _sum(fitted.count, fitted._scores(place)))
        place = place + moved
        if (place <= low).any() or (place >= high).any():
            return None
        if np.abs(moved).max() < 1e-11:
            return place
    return None


def _searched(fitted: Fit, *, gradient: float = 1e-9) -> Array:
    """Where a search from its place ends: where the likelihood rises no more than `gradient`."""
    n, watch = fitted.count.sum(), fitted._watch

    def minus(place: Array) -> tuple[float, Array]:
        value, scores = _log_likelihood(
            place, fitted.x, fitted.t_x, fitted.t_end, watch, fitted._by_x
        )
        return -float(_sum(fitted.count, value)) / n, -_sum(fitted.count, scores) / n

    found = optimize.minimize(
        minus,
        fitted.place,
        jac=True,
        method="L-BFGS-B",
        bounds=_BOUNDS,
        options={"ftol": 1e-15, "gtol": gradient, "maxiter": 1000, "maxls": 50},
    )
    place: Array = found.x
    return place


def _sum(count: Array, of: Array) -> Array:
    """Sum over customers. Unlike `@` it starts no threads, which cost more than they bring here."""
    total: Array = np.einsum("i,i...->...", count, of)
    return total


def _model(place: Array, watch: float) -> BgNbd:
    """The model at these four logarithms; `watch` is the unit of time of the second."""
    r, purchases, total = np.exp(place[:3])
    share = special.expit(place[3])
    return BgNbd(
        r=float(r),
        alpha=float(r / purchases * watch),
        a=float(total * share),
        b=float(total * (1 - share)),
    )


def _log_likelihood(
    place: Array, x: Array, t_x: Array, t_end: Array, watch: float, by_x: Distinct | None = None
) -> tuple[Array, Array]:
    """Of each pattern, with its derivatives (a row of four); equation 6 of the paper."""
    model = _model(place, watch)
    r, alpha, a, b = model.r, model.alpha, model.a, model.b
    # Gamma functions are of few distinct numbers of purchases.
    times, which = np.unique(x, return_inverse=True) if by_x is None else by_x
    to_end, to_last = alpha + t_end, alpha + t_x
    log_end, log_last = np.log(to_end), np.log(to_last)
    left = np.maximum(b + times - 1, 1e-300)
    # Logarithm of the odds of having stopped; nobody could before buying again.
    stopped = np.where(times > 0, np.log(a) - np.log(left), -np.inf)[which]
    stopped = stopped + (r + x) * (log_end - log_last)
    is_alive = special.expit(-stopped)
    is_gone = 1 - is_alive
    psi = special.digamma
    value = (
        (special.gammaln(r + times) - special.gammaln(r) + r * np.log(alpha))
        + (special.betaln(a, b + times) - special.betaln(a, b))
    )[which]
    value = value - (r + x) * log_end - special.log_expit(-stopped)
    by_total = psi(a + b) - psi(a + b + times)
    by_r = (psi(r + times) - psi(r) + np.log(alpha))[which]
    by_r = by_r - is_alive * log_end - is_gone * log_last
    by_alpha = r / alpha - (r + x) * (is_alive / to_end + is_gone / to_last)
    by_a = by_total[which] + is_gone / a
    by_b = (by_total + psi(b + times) - psi(b))[which] - is_gone * (1 / left)[which]
    scores = np.empty((len(x), 4))
    scores[:, 0] = r * by_r + alpha * by_alpha
    scores[:, 1] = -alpha * by_alpha
    scores[:, 2] = a * by_a + b * by_b
    scores[:, 3] = a * b / (a + b) * (by_a - by_b)
    return value, scores


@lru_cache(maxsize=256)
def _beta_nodes(a: float, b: float) -> tuple[Array, Array]:
    """Points and weights (of sum 1) of Gauss's quadrature for a mean over beta(a, b).

    References:
        Golub & Welsch (1969), Calculation of Gauss quadrature rules, Math. Comp. 23, 221–230.
    """
    # Jacobi polynomials on (−1, 1) with these exponents, moved to (0, 1).
    u, v = b - 1, a - 1
    k = np.arange(1, _NODES, dtype="float64")
    whole = 2 * k + u + v
    first = (v - u) / (u + v + 2)
    diagonal = np.append(first, (v**2 - u**2) / (whole * (whole + 2)))
    side = 4 * k * (k + u) * (k + v) / (whole**2 * (whole + 1))
    # In the first of them this factor is 1, though it may be zero by zero.
    side[1:] *= (k[1:] + u + v) / (whole[1:] - 1)
    values, vectors = linalg.eigh_tridiagonal(diagonal, np.sqrt(side))
    nodes, weights = (values + 1) / 2, vectors[0] ** 2
    # Asked for again while parameters of the rates are moved, which these do not rest on.
    nodes.flags.writeable = weights.flags.writeable = False
    return nodes, weights
