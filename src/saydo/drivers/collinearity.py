"""Can satisfaction and the covariates be told apart? Collinearity of a model's design.

Takes columns with counts of customers; returns the scaled condition number (Belsley, Kuh & Welsch,
1980, *Regression Diagnostics*, ch. 3) and variance inflation, of terms of several columns too.

Variance inflation decides, the condition number is told: the latter is above 30 also where a column
hardly varies beside its mean, which makes the intercept uncertain and leaves the slopes alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from saydo.drivers.fitted import Fitted

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
    """Of each term: of its contrast that the others tell best; of a single column the VIF."""

    @property
    def entangled(self) -> tuple[str, ...]:
        """Terms that the others tell nearly exactly."""
        return tuple(name for name, value in self.inflation.items() if value > MAX_INFLATION)


def collinearity(fit: Fitted) -> Collinearity:
    """Collinearity of satisfaction (all its columns at once) and each covariate of a model."""
    n, matrix, terms = fit.counts, fit.design.matrix, terms_of(fit)
    inflation = {
        name: float(variance_inflation(matrix[:, 1:], n, [place - 1 for place in places])[0])
        for name, places in terms.items()
    }
    return Collinearity(condition_number(matrix, n), inflation)


def terms_of(fit: Fitted) -> dict[str, list[int]]:
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


def variance_inflation(matrix: ArrayLike, n: ArrayLike, term: Sequence[int]) -> NDArray[np.float64]:
    """How many times collinearity inflates the variances of a term's contrasts; largest first.

    Of a single column the VIF, 1 / (1 − R²) given the other columns. Of several 1 / (1 − ρ²) for
    each canonical correlation ρ with the others, whose product is the generalised VIF of Fox &
    Monette (1992, J. Am. Stat. Assoc. 87): their mean hides one contrast that is lost among others
    that are not, as where a covariate repeats satisfaction and satisfaction enters by level.

    Args:
        matrix: One row per pattern, without the intercept; no column constant.
        n: Customers of each row.
        term: Positions of its columns.
    """
    columns, weights = np.asarray(matrix, float), np.asarray(n, float)
    share = weights / weights.sum()
    centred = (columns - share @ columns) * np.sqrt(share)[:, None]
    unit = centred / np.sqrt((centred**2).sum(axis=0))
    own = np.linalg.qr(unit[:, list(term)])[0]
    others = np.linalg.qr(np.delete(unit, list(term), axis=1))[0]
    # By what is left of the term, rather than by ρ, which loses digits near 1.
    rest = own - others @ (others.T @ own)
    return np.sort(1 / np.linalg.svd(rest, compute_uv=False) ** 2)[::-1]
