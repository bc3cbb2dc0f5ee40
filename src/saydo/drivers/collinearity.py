"""Can satisfaction and the covariates be told apart? Collinearity of a model's design.

Takes columns with counts of customers; returns the scaled condition number (Belsley, Kuh & Welsch,
1980, *Regression Diagnostics*, ch. 3) and variance inflation factors, of terms of several columns
too (Fox & Monette, 1992, J. Am. Stat. Assoc. 87).

Variance inflation decides, the condition number is told: the latter is above 30 also where a column
hardly varies beside its mean, which makes the intercept uncertain and leaves the slopes alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from saydo.drivers.fit import Fit

MAX_CONDITION = 30.0
"""A scaled condition number above it may harm (Belsley, Kuh & Welsch, p. 105)."""
MAX_INFLATION = 10.0
"""Variance inflation above which a coefficient is little but error: 90 % of the column is told by
the others (Marquardt, 1970, Technometrics 12)."""


@dataclass(frozen=True)
class Collinearity:
    """How far the terms of a model can be told apart."""

    condition: float
    """Scaled condition number of the design, its intercept included."""
    inflation: Mapping[str, float]
    """Variance inflation of each term, comparable across terms (see `variance_inflation`)."""

    @property
    def entangled(self) -> tuple[str, ...]:
        """Terms that the others tell nearly exactly."""
        return tuple(name for name, value in self.inflation.items() if value > MAX_INFLATION)


def collinearity(fit: Fit) -> Collinearity:
    """Collinearity of satisfaction (all its columns at once) and each covariate of a model."""
    n = fit.patterns[["n_stayed", "n_left"]].to_numpy(float).sum(axis=1)
    matrix, terms = fit.design.matrix, terms_of(fit)
    found = variance_inflation(matrix[:, 1:], n, [np.array(place) - 1 for place in terms.values()])
    return Collinearity(condition_number(matrix, n), dict(zip(terms, found, strict=True)))


def terms_of(fit: Fit) -> dict[str, list[int]]:
    """Positions of the design's columns by term: `satisfaction`, then covariates that have any."""
    names = fit.design.names
    n_own = len(names) - fit.design.covariates.shape[1]
    terms = {"satisfaction": list(range(1, n_own))}
    for name in fit.adjust_for:
        columns = [
            place
            for place, column in enumerate(names[n_own:], start=n_own)
            if column == name or column.startswith(f"{name}[")
        ]
        if columns:
            terms[name] = columns
    return terms


def condition_number(matrix: ArrayLike, n: ArrayLike) -> float:
    """Largest over smallest singular value, of columns scaled to length 1 and not centred.

    Args:
        matrix: One row per pattern; the intercept among its columns.
        n: Customers of each row.
    """
    rows = np.asarray(matrix, float) * np.sqrt(np.asarray(n, float))[:, None]
    singular = np.linalg.svd(rows / np.sqrt((rows**2).sum(axis=0)), compute_uv=False)
    return float(singular[0] / singular[-1]) if singular[-1] > 0 else float("inf")


def variance_inflation(
    matrix: ArrayLike, n: ArrayLike, terms: Sequence[ArrayLike]
) -> NDArray[np.float64]:
    """GVIF^(1/df) of each term: of a single column the VIF, 1 / (1 − R²) given the other columns.

    Args:
        matrix: One row per pattern, without the intercept; no column constant.
        n: Customers of each row.
        terms: Positions of each term's columns.
    """
    columns, weights = np.asarray(matrix, float), np.asarray(n, float)
    share = weights / weights.sum()
    centred = (columns - share @ columns) * np.sqrt(share)[:, None]
    unit = centred / np.sqrt((centred**2).sum(axis=0))
    # By orthogonal parts rather than determinants of correlations, which square the condition.
    inflation = []
    for term in terms:
        own = unit[:, np.asarray(term, int)]
        others = np.delete(unit, np.asarray(term, int), axis=1)
        basis = np.linalg.qr(others)[0] if others.shape[1] else others
        rest = own - basis @ (basis.T @ own)
        apart, together = (np.linalg.slogdet(np.linalg.qr(x)[1])[1] for x in (rest, own))
        inflation.append(np.exp(2 * (together - apart) / own.shape[1]))
    return np.array(inflation)
