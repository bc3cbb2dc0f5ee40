"""Least squares, to the digits that the data carry: rows or counted patterns in, coefficients out.

Regressors that nearly say the same cost digits: ordinary solvers lose as many as the condition
number has. So the solution of an orthogonal decomposition is refined with residuals in which every
product and sum is exact but for one last rounding (Björck, 1967, BIT 7), until it no longer
changes. NIST's hardest problems come out in all certified digits that the data can give, and where
refinement does not settle, nothing comes out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import fsum

import numpy as np
import pandas as pd
from scipy.linalg import qr, solve_triangular

from saydo.drivers.importance.moments import Array, collinearity, moments
from saydo.errors import NotEstimable
from saydo.languages import gettext as _
from saydo.languages import listed, number

INTERCEPT = "intercept"
MOST_STEPS = 30
WORST_CONDITION = 1e12
"""Beyond this the last digits of the data decide about the first of the coefficients."""
_SPLIT = 134217729.0
"""2²⁷ + 1, which halves the digits of a double (Dekker, 1971, Numerische Mathematik 18)."""


@dataclass(frozen=True)
class LeastSquares:
    """A regression with an intercept, which comes first everywhere."""

    names: tuple[str, ...]
    coefficients: Array
    covariance: Array
    """Of the coefficients, if the variance around the line is the same everywhere."""
    robust_covariance: Array
    """Of the coefficients, whatever the variance (HC3; Long & Ervin, 2000, The American
    Statistician 54(3)); NaN for a coefficient that one respondent alone decides."""
    n: int
    """Respondents."""
    r_squared: float
    residual_deviation: float
    condition_number: float
    """Of the columns, each of length 1 (Belsley, Kuh & Welsch, 1980)."""
    vif: Array
    """Variance inflation of each regressor; without the intercept."""

    @property
    def df_residual(self) -> int:
        return self.n - len(self.coefficients)


def least_squares(
    regressors: pd.DataFrame, outcome: pd.Series, *, counts: pd.Series | None = None
) -> LeastSquares:
    """Regression of `outcome` on `regressors` and an intercept.

    Args:
        regressors: One named column each; no missing values.
        outcome: As long.
        counts: How many respondents each row stands for: 1 each if left out. The result is that of
            as many rows.

    Raises:
        NotEstimable: There are no more respondents than coefficients, a regressor does not vary,
            or regressors can't be told apart, with the condition number.
    """
    n_each = np.ones(len(outcome)) if counts is None else counts.to_numpy(float)
    values, y = regressors.to_numpy(float), outcome.to_numpy(float)
    values, y, n_each = values[n_each > 0], y[n_each > 0], n_each[n_each > 0]
    matrix = np.column_stack([np.ones(len(y)), values])
    n, n_terms = int(n_each.sum()), matrix.shape[1]
    if n <= n_terms:
        raise NotEstimable(
            _("{terms} coefficients need more than {n} responses").format(
                terms=number(n_terms, 0), n=number(n, 0)
            )
        )
    names = [str(name) for name in regressors.columns]
    constant = [name for name, column in zip(names, values.T, strict=True) if np.ptp(column) == 0]
    if constant:
        raise NotEstimable(_("{names} did not vary").format(names=listed(constant)))
    # By powers of two, so that nothing is rounded.
    scale = 2.0 ** -np.round(np.log2(np.sqrt((matrix**2).sum(axis=0))))
    root, triangle, condition = _decomposed(matrix * scale, n_each)
    if not condition < WORST_CONDITION:
        raise _indistinct(names, condition)
    scaled, residual = _refined(
        matrix * scale, y, n_each, root, triangle, lambda: _indistinct(names, condition)
    )
    inverse = solve_triangular(triangle, np.eye(n_terms)) * scale[:, None]
    unit = inverse @ inverse.T
    squares = float(n_each @ residual**2)
    variance = squares / (n - n_terms)
    spread = float(n_each @ (y - (n_each @ y) / n) ** 2)
    return LeastSquares(
        names=(INTERCEPT, *names),
        coefficients=scaled * scale,
        covariance=unit * variance,
        robust_covariance=_robust(matrix, n_each, residual, unit, (root**2).sum(axis=1) / n_each),
        n=n,
        r_squared=1 - squares / spread if spread else float("nan"),
        residual_deviation=float(np.sqrt(variance)),
        condition_number=condition,
        vif=collinearity(moments(values, n_each.astype(np.int64)).correlation).vif,
    )


def _decomposed(matrix: Array, n_each: Array) -> tuple[Array, Array, float]:
    """Q, R of the rows times the roots of their counts; condition with columns of length 1."""
    weighted = np.sqrt(n_each)[:, None] * matrix
    root, triangle = qr(weighted, mode="economic")
    lengths = np.sqrt((weighted**2).sum(axis=0))
    singular = np.linalg.svd(triangle / lengths, compute_uv=False)
    with np.errstate(divide="ignore"):
        return root, triangle, float(singular[0] / singular[-1])


def _robust(matrix: Array, n_each: Array, residual: Array, unit: Array, leverage: Array) -> Array:
    """HC3: from the residual that each respondent would have, were the line fitted without them."""
    alone = leverage > 1 - 1e-10
    apart = np.where(alone, 0.0, residual / np.where(alone, 1.0, 1 - leverage))
    sandwich = unit @ (matrix.T @ ((n_each * apart**2)[:, None] * matrix)) @ unit
    # Whoever decides a coefficient alone leaves no residual, and the others as if not there.
    decided = (np.abs(unit @ matrix[alone].T) > 1e-6 * np.sqrt(np.diag(unit))[:, None]).any(axis=1)
    sandwich[decided] = sandwich[:, decided] = np.nan
    return np.asarray(sandwich)


def _refined(
    matrix: Array,
    y: Array,
    n_each: Array,
    root: Array,
    triangle: Array,
    refusal: Callable[[], NotEstimable],
) -> tuple[Array, Array]:
    """Coefficients b and residuals r with r + X b = y and Xᵀ N r = 0, both to the last digit.

    Each step puts into these equations what the step before left over, and solves for that.
    """
    coefficients, residual = np.zeros(matrix.shape[1]), np.zeros(len(y))
    roots = np.sqrt(n_each)
    terms = np.column_stack([-matrix, -np.ones(len(y)), y])
    previous = np.inf
    for step in range(MOST_STEPS):
        left = _dots(terms, np.r_[coefficients, 0.0, 1.0], minus=residual)
        rest = -_weighted_sums(matrix, n_each, residual)
        above = solve_triangular(triangle, rest, trans="T")
        along = root.T @ (roots * left)
        change = solve_triangular(triangle, along - above)
        coefficients = coefficients + change
        # Of the residual: what is left outside the columns, and what `rest` asks for within.
        residual = residual + (roots * left - root @ along + root @ above) / roots
        size = float(np.linalg.norm(change)) / max(float(np.linalg.norm(coefficients)), 1e-300)
        if size < 4 * np.finfo(float).eps:
            return coefficients, residual
        if step > 1 and size > previous / 2:
            # The digits that remain are lost in rounding, unless they are too many.
            if size < 1e-12:
                return coefficients, residual
            raise refusal()
        previous = size
    raise refusal()


def _indistinct(names: list[str], condition: float) -> NotEstimable:
    return NotEstimable(
        _("{names} can't be told apart (condition number {condition})").format(
            names=listed(names), condition=f"{condition:.1e}"
        )
    )


def _dots(terms: Array, by: Array, *, minus: Array) -> Array:
    """`terms @ by − minus`, row by row, rounded once."""
    product, error = _product(terms, by[None, :])
    rows = np.column_stack([product, error, -minus])
    return np.array([fsum(row) for row in rows])


def _weighted_sums(matrix: Array, n_each: Array, residual: Array) -> Array:
    """`matrix.T @ (n_each * residual)`, column by column, rounded once (nearly)."""
    weighted, lost = _product(n_each, residual)
    product, error = _product(matrix, weighted[:, None])
    parts = np.vstack([product, error, matrix * lost[:, None]])
    return np.array([fsum(column) for column in parts.T])


def _product(one: Array, other: Array) -> tuple[Array, Array]:
    """The product, rounded, and what rounding lost: their sum is exact (Dekker, 1971)."""
    product = one * other
    big, other_big = _upper_half(one), _upper_half(other)
    small, other_small = one - big, other - other_big
    error = small * other_small - (
        ((product - big * other_big) - small * other_big) - big * other_small
    )
    return product, error


def _upper_half(values: Array) -> Array:
    carried = _SPLIT * values
    return np.asarray(carried - (carried - values))
