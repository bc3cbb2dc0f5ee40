"""Generalised estimating equations on counted histories: logistic, with errors by customer.

Takes a design matrix of customers' waves, outcomes, and how many customers share each history;
returns `Gee`. Exact: a history of 40 customers counts as 40 clusters of rows. statsmodels' `GEE`
takes rows, one Python loop per customer; on expanded rows it gives the same numbers.

References:
    Liang & Zeger (1986), Biometrika 73: estimating equations and the sandwich.
    Mancl & DeRouen (2001), Biometrics 57: the sandwich corrected for few customers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from saydo.drivers.separation import SUSPECT_LOG_ODDS, Separated, separating_columns
from saydo.errors import NotEstimable
from saydo.languages import gettext as _

Array = NDArray[np.float64]
Correlation = Literal["independence", "exchangeable"]
_MOST_STEPS = 100
_MOST_AT_ONCE = 20_000
"""Histories of one length whose leverages are held in memory together."""


@dataclass(frozen=True)
class Gee:
    """One fitted model."""

    params: Array
    """Log-odds of staying per unit of each column."""
    sandwich: Array
    """Their covariance with customers as clusters (Liang & Zeger)."""
    covariance: Array
    """The same, corrected for few customers (Mancl & DeRouen): never smaller in the limit, and
    what intervals are made of."""
    alpha: float
    """Working correlation of any two waves of a customer; 0 with `independence`."""


@dataclass(frozen=True)
class _Clusters:
    """Rows sorted by history, with where each begins."""

    matrix: Array
    outcome: Array
    group: NDArray[np.int64]
    starts: NDArray[np.int64]
    sizes: NDArray[np.int64]
    counts: Array

    def sums(self, values: Array) -> Array:
        """Sums of rows by history."""
        return np.add.reduceat(values, self.starts, axis=0)

    @property
    def n_rows(self) -> float:
        return float(self.counts @ self.sizes)

    @property
    def n_pairs(self) -> float:
        return float(self.counts @ (self.sizes * (self.sizes - 1) / 2))


def gee(
    matrix: Array,
    stayed: Array,
    history: NDArray[np.int64],
    n: Array,
    *,
    names: tuple[str, ...],
    correlation: Correlation,
) -> Gee:
    """Logistic GEE of staying.

    Args:
        matrix: One row per history and wave, of full column rank.
        stayed: 0 or 1.
        history: Which history a row is of; rows of one stand together.
        n: Customers with that history, on each of its rows.
        names: Of the columns, for reasons.
        correlation: Working correlation of a customer's waves. `exchangeable` is consistent only
            if staying depends on nothing said at other waves (Pepe & Anderson, 1994, Commun.
            Stat. Simul. 23); `independence` needs no such thing.

    Raises:
        NotEstimable: Data are separated, the working correlation is none, one customer alone
            decides a coefficient, or steps don't converge.
    """
    starts = np.flatnonzero(np.r_[True, history[1:] != history[:-1]])
    sizes = np.diff(np.r_[starts, len(history)])
    group = np.repeat(np.arange(len(starts)), sizes)
    clusters = _Clusters(
        matrix, stayed.astype(float), group, starts, sizes, n[starts].astype(float)
    )
    params = _solve(clusters, names, np.zeros(matrix.shape[1]), exchangeable=False)
    alpha = 0.0
    if correlation == "exchangeable":
        params = _solve(clusters, names, params, exchangeable=True)
        alpha = _alpha(clusters, params)
    bread, scores = _equations(clusters, params, alpha)
    inverse = np.asarray(np.linalg.inv(bread), np.float64)
    corrected = _corrected_scores(clusters, params, alpha, inverse)
    return Gee(
        params,
        inverse @ ((scores * clusters.counts[:, None]).T @ scores) @ inverse,
        inverse @ ((corrected * clusters.counts[:, None]).T @ corrected) @ inverse,
        alpha,
    )


def _solve(
    clusters: _Clusters, names: tuple[str, ...], params: Array, *, exchangeable: bool
) -> Array:
    """Coefficients at which the estimating equations are 0, by Fisher scoring."""
    for _step in range(_MOST_STEPS):
        alpha = _alpha(clusters, params) if exchangeable else 0.0
        bread, scores = _equations(clusters, params, alpha)
        try:
            step = np.linalg.solve(bread, clusters.counts @ scores)
        except np.linalg.LinAlgError:
            break
        params = params + step
        if np.abs(clusters.matrix @ params).max() > SUSPECT_LOG_ODDS:
            _refuse_separated(clusters, names)
        if np.abs(step).max() <= 1e-11 * max(1.0, np.abs(params).max()):
            return params
    _refuse_separated(clusters, names)
    raise NotEstimable(_("the fit did not converge"))


def _refuse_separated(clusters: _Clusters, names: tuple[str, ...]) -> None:
    rows, which = np.unique(clusters.matrix, axis=0, return_inverse=True)
    stayed = np.bincount(which.ravel(), clusters.outcome, len(rows)).astype("int64")
    left = np.bincount(which.ravel(), 1 - clusters.outcome, len(rows)).astype("int64")
    columns = [names[column] for column in separating_columns(rows, stayed, left)]
    if columns:
        raise Separated([name for name in columns if name != "intercept"] or columns)


def _standardised(clusters: _Clusters, params: Array) -> tuple[Array, Array]:
    """Pearson residuals, and the design in their units: rows by columns."""
    chance = expit(clusters.matrix @ params)
    spread = np.sqrt(chance * (1 - chance))
    return (clusters.outcome - chance) / spread, clusters.matrix * spread[:, None]


def _alpha(clusters: _Clusters, params: Array) -> float:
    """Mean product of residuals of two waves, as statsmodels' `Exchangeable` takes it."""
    residuals, _design = _standardised(clusters, params)
    squares = clusters.sums(residuals**2)
    n_terms = len(params)
    scale = clusters.counts @ squares / (clusters.n_rows - n_terms)
    products = clusters.counts @ (clusters.sums(residuals) ** 2 - squares) / 2
    if clusters.n_pairs <= n_terms:
        raise NotEstimable(_("too few {customers} were seen in two waves"))
    alpha = float(products / scale / (clusters.n_pairs - n_terms))
    if not -1 / (clusters.sizes.max() - 1) < alpha < 1:
        raise NotEstimable(_("the fit did not converge"))
    return alpha


def _equations(clusters: _Clusters, params: Array, alpha: float) -> tuple[Array, Array]:
    """The bread of the sandwich (columns by columns), and scores: histories by columns."""
    residuals, design = _standardised(clusters, params)
    # The inverse of an exchangeable correlation: (I − pull·J) / (1 − alpha).
    pull = alpha / (1 + (clusters.sizes - 1) * alpha)
    total, totals = clusters.sums(residuals), clusters.sums(design)
    scores = clusters.sums(design * residuals[:, None]) - (pull * total)[:, None] * totals
    weights = clusters.counts[clusters.group]
    bread = (design * weights[:, None]).T @ design
    bread -= (totals * (clusters.counts * pull)[:, None]).T @ totals
    return bread / (1 - alpha), scores / (1 - alpha)


def _corrected_scores(clusters: _Clusters, params: Array, alpha: float, inverse: Array) -> Array:
    """Scores with each customer's residuals as they were without that customer, nearly."""
    residuals, design = _standardised(clusters, params)
    corrected = np.empty((len(clusters.starts), len(params)))
    for size in np.unique(clusters.sizes):
        working = np.full((size, size), alpha)
        np.fill_diagonal(working, 1.0)
        unworked = np.linalg.inv(working)
        of_size = np.flatnonzero(clusters.sizes == size)
        for first in range(0, len(of_size), _MOST_AT_ONCE):
            some = of_size[first : first + _MOST_AT_ONCE]
            rows = clusters.starts[some][:, None] + np.arange(size)
            x, r = design[rows], residuals[rows]
            leverage = x @ inverse @ x.transpose(0, 2, 1) @ unworked
            _refuse_full_leverage(leverage)
            freed = np.linalg.solve(np.eye(size) - leverage, r[:, :, None])
            corrected[some] = (x.transpose(0, 2, 1) @ (unworked @ freed))[:, :, 0]
    return corrected


def _refuse_full_leverage(leverage: Array) -> None:
    # Eigenvalues lie between 0 and 1; their sum tells quickly which could be 1.
    suspects = leverage[np.trace(leverage, axis1=1, axis2=2) > 1 - 1e-6]
    if len(suspects) and np.linalg.eigvals(suspects).real.max() > 1 - 1e-6:
        raise NotEstimable(_("a single {customer} decides a coefficient"))
