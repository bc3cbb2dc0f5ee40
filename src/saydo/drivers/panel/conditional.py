"""Conditional logistic regression on counted histories: each customer against themselves.

Takes a design matrix of customers' waves, outcomes, and how many customers share each history;
returns `Conditional`. Given how often a customer stayed, whatever is constant in them drops out of
the likelihood; customers who always stayed, or never did, say nothing. Exact, by the recursion for
sums over all ways to choose the waves (Gail, Lubin & Rubinstein, 1981, Biometrika 68), with first
and second derivatives carried along. statsmodels' `ConditionalLogit` gives the same on rows.

References:
    Chamberlain (1980), Review of Economic Studies 47.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from saydo.drivers.design import aliased
from saydo.drivers.separation import SUSPECT_LOG_ODDS, Separated, separating_columns
from saydo.errors import NotEstimable
from saydo.languages import gettext as _

Array = NDArray[np.float64]
_MOST_STEPS = 60
_MOST_AT_ONCE = 4_000
"""Histories of one length whose derivatives are held in memory together."""


@dataclass(frozen=True)
class Conditional:
    """One fitted model."""

    names: tuple[str, ...]
    """Of the columns that could be kept, in the order given."""
    params: Array
    """Log-odds of staying per unit of each column."""
    covariance: Array
    """Inverse of the observed information."""
    log_likelihood: float
    log_likelihood_null: float
    """With all coefficients 0."""


@dataclass(frozen=True)
class _Batch:
    """Histories of one length, as often stayed: histories by waves (by columns)."""

    matrix: Array
    stayed: Array
    counts: Array

    @property
    def n_stayed(self) -> NDArray[np.int64]:
        return self.stayed.sum(axis=1).astype("int64")


def informative(stayed: Array, history: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether a row is of a history in which the outcome varies."""
    _names, group = np.unique(history, return_inverse=True)
    share = np.bincount(group, stayed) / np.bincount(group)
    return np.asarray((share > 0) & (share < 1))[group]


def conditional_logit(
    matrix: Array,
    stayed: Array,
    history: NDArray[np.int64],
    n: Array,
    *,
    names: Sequence[str],
) -> Conditional:
    """Fixed-effects logit of staying.

    A column that is constant within every customer, or fixed by those before it, is left out.

    Args:
        matrix: One row per history and wave; no intercept.
        stayed: 0 or 1.
        history: Which history a row is of; rows of one stand together.
        n: Customers with that history, on each of its rows.
        names: Of the columns.

    Raises:
        NotEstimable: No customer's outcome varies, nothing changes within customers, data are
            separated, or steps don't converge.
    """
    used = informative(stayed, history)
    if not used.any():
        raise NotEstimable(_("no {customer} stayed in one wave and not in another"))
    matrix, stayed, n = matrix[used], stayed[used].astype(float), n[used]
    _names, group = np.unique(history[used], return_inverse=True)
    # About each customer's own mean, which changes nothing and keeps sums small.
    size = np.bincount(group)
    means = np.column_stack([np.bincount(group, column) / size for column in matrix.T])
    inner = matrix - means[group]
    inner[np.abs(inner) <= 1e-12 * np.abs(matrix).max(axis=0, initial=1.0)] = 0.0
    dropped = aliased(inner)
    kept = [column for column in range(len(names)) if column not in dropped]
    if not kept:
        raise NotEstimable(_("nothing changes within {customers}"))
    inner = inner[:, kept]
    spread = np.sqrt((inner**2).mean(axis=0))
    inner = inner / spread
    batches = list(_batches(inner, stayed, group, n))
    kept_names = tuple(names[column] for column in kept)
    params, log_likelihood, information = _climb(batches, kept_names)
    null = _derivatives(batches, np.zeros(len(kept)))[0]
    covariance = np.linalg.inv(information) / np.outer(spread, spread)
    return Conditional(kept_names, params / spread, covariance, log_likelihood, null)


def _batches(matrix: Array, stayed: Array, group: NDArray[np.int64], n: Array) -> Iterator[_Batch]:
    starts = np.flatnonzero(np.r_[True, group[1:] != group[:-1]])
    sizes = np.diff(np.r_[starts, len(group)])
    n_stayed = np.add.reduceat(stayed, starts).astype("int64")
    for size, chosen in np.unique(np.column_stack([sizes, n_stayed]), axis=0):
        alike = starts[(sizes == size) & (n_stayed == chosen)]
        for first in range(0, len(alike), _MOST_AT_ONCE):
            some = alike[first : first + _MOST_AT_ONCE]
            rows = some[:, None] + np.arange(size)
            x, y, counts = matrix[rows], stayed[rows], n[some].astype(float)
            # To choose who stays is to choose who does not, of the opposite odds: the fewer.
            yield _Batch(x, y, counts) if 2 * chosen <= size else _Batch(-x, 1 - y, counts)


def _climb(batches: Sequence[_Batch], names: tuple[str, ...]) -> tuple[Array, float, Array]:
    """Coefficients, log-likelihood and information at its top, by Newton's steps."""
    params = np.zeros(len(names))
    now, score, information = _derivatives(batches, params)
    for _step in range(_MOST_STEPS):
        try:
            step = np.linalg.solve(information, score)
        except np.linalg.LinAlgError:
            break
        if np.abs(step).max() <= 1e-11 * max(1.0, np.abs(params).max()):
            return params, now, information
        size = 1.0
        then, score, information = _derivatives(batches, params + step)
        # The likelihood is concave: a step that goes down was too long.
        while not then >= now - 1e-10 * abs(now) and size > 1e-6:
            size /= 2
            then, score, information = _derivatives(batches, params + size * step)
        params, now = params + size * step, then
        if max(_reach(batch, params) for batch in batches) > SUSPECT_LOG_ODDS:
            _refuse_separated(batches, names)
    _refuse_separated(batches, names)
    raise NotEstimable(_("the fit did not converge"))


def _reach(batch: _Batch, params: Array) -> float:
    log_odds = batch.matrix @ params
    return float(np.ptp(log_odds, axis=1).max())


def _refuse_separated(batches: Sequence[_Batch], names: tuple[str, ...]) -> None:
    """Separated if some direction puts every customer's waves stayed above those not stayed."""
    differences = []
    for batch in batches:
        one, stayed, left = np.nonzero(
            (batch.stayed[:, :, None] == 1) & (batch.stayed[:, None, :] == 0)
        )
        found = batch.matrix[one, stayed] - batch.matrix[one, left]
        differences.append(np.unique(found.round(12), axis=0))
    pairs = np.unique(np.vstack(differences), axis=0)
    nobody = np.zeros(len(pairs), "int64")
    columns = separating_columns(pairs, nobody + 1, nobody)
    if columns:
        raise Separated([names[column] for column in columns])


def _derivatives(batches: Sequence[_Batch], params: Array) -> tuple[float, Array, Array]:
    """Log-likelihood, score and information, over all customers."""
    log_likelihood = 0.0
    score = np.zeros(len(params))
    information = np.zeros((len(params), len(params)))
    for batch in batches:
        log_odds = batch.matrix @ params
        log_sum, mean, spread = _choices(log_odds, batch.matrix, batch.n_stayed)
        log_likelihood += batch.counts @ ((batch.stayed * log_odds).sum(axis=1) - log_sum)
        observed = (batch.stayed[:, :, None] * batch.matrix).sum(axis=1)
        score += batch.counts @ (observed - mean)
        information += np.tensordot(batch.counts, spread, 1)
    return float(log_likelihood), score, information


def _choices(
    log_odds: Array, matrix: Array, n_chosen: NDArray[np.int64]
) -> tuple[Array, Array, Array]:
    """Of all ways to choose `n_chosen` waves of each history, weighted by their odds.

    Returns:
        Log of the sum of weights, and mean and covariance of the sum of the chosen waves' columns:
        one per history.
    """
    top = log_odds.max(axis=1)
    odds = np.exp(log_odds - top[:, None])
    n, n_waves, n_terms = matrix.shape
    most = int(n_chosen.max())
    total = np.zeros((n, most + 1))
    total[:, 0] = 1.0
    first = np.zeros((n, most + 1, n_terms))
    second = np.zeros((n, most + 1, n_terms, n_terms))
    for wave in range(n_waves):
        x = matrix[:, wave]
        odd = odds[:, wave, None]
        # With this wave chosen: one fewer of those before, who are no more than `wave`.
        before, now = slice(0, min(wave + 1, most)), slice(1, min(wave + 1, most) + 1)
        f, g, h = total[:, before], first[:, before], second[:, before]
        cross = x[:, None, :, None] * g[:, :, None, :]
        square = (x[:, :, None] * x[:, None, :])[:, None]
        more_h = h + cross + cross.swapaxes(2, 3) + f[:, :, None, None] * square
        more_g = g + x[:, None, :] * f[:, :, None]
        second[:, now] += odd[:, :, None, None] * more_h
        first[:, now] += odd[:, :, None] * more_g
        total[:, now] += odd * f
    one = np.arange(n)
    sums = total[one, n_chosen]
    mean = first[one, n_chosen] / sums[:, None]
    spread = second[one, n_chosen] / sums[:, None, None] - mean[:, :, None] * mean[:, None, :]
    return np.log(sums) + n_chosen * top, mean, spread
