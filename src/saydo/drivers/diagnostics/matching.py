"""Whose value might be theirs? Predictive mean matching on counted rows.

Takes rows with counts, of which some lack a value; draws it for them from customers of whom a
regression predicts nearly the same (Little, 1988, J. Bus. Econ. Stat. 6): for each row one value,
or for each value how many of a row's customers have it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from saydo.drivers.design import Array

DONORS = 10
"""Fewest known customers from among whom a value is drawn (Morris, White & Royston, 2014, BMC Med.
Res. Methodol. 14)."""

Rows = NDArray[np.int64]


class Donors:
    """Customers of whom a value is known, in order of what is predicted of them."""

    def __init__(
        self, x: Array, y: Array, n: Array, wanted: Array, rng: np.random.Generator
    ) -> None:
        """Whom to draw from, for each row wanted.

        Args:
            x, y, n: Of rows whose value is known: predictors, value, customers.
            wanted: Predictors of the rows without one.
            rng: Of the draw of the regression's coefficients.
        """
        mean, drawn = _coefficients(x, y, n, rng)
        at, place = np.unique(np.round(x @ mean, 10), return_inverse=True)
        order = np.argsort(place, kind="stable")
        self.y = y[order]
        self.ends = np.cumsum(n[order])
        self.start, self.end = _reach(
            at, np.bincount(place, n, len(at)).astype(float), wanted @ drawn
        )

    def values(self, rng: np.random.Generator) -> Array:
        """One value for each row wanted."""
        drawn = self.start + rng.random(len(self.start)) * (self.end - self.start)
        place = np.searchsorted(self.ends, drawn, side="right")
        return self.y[np.minimum(place, len(self.y) - 1)]

    def counts(self, n: Rows, rng: np.random.Generator) -> tuple[Array, Rows]:
        """The values there are, and how many of the `n` customers of each row wanted have each.

        As if each customer were drawn by themselves: rows by values.
        """
        values = np.unique(self.y)
        sizes = np.diff(self.ends, prepend=0.0)
        ends = np.concatenate([[0.0], self.ends])
        within = [
            np.interp(self.end, ends, below) - np.interp(self.start, ends, below)
            for value in values
            for below in [np.concatenate([[0.0], np.cumsum(sizes * (self.y == value))])]
        ]
        chances = np.column_stack(within).clip(min=0)
        return values, rng.multinomial(n, chances / chances.sum(axis=1, keepdims=True))


def _coefficients(x: Array, y: Array, n: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """Of a regression on counted rows: the estimate, and a draw from its posterior."""
    root = np.sqrt(n)
    size = np.sqrt((x**2 * n[:, None]).sum(axis=0))
    size[size == 0] = 1.0
    left, singular, right = np.linalg.svd(x * root[:, None] / size, full_matrices=False)
    # Columns that others fix get no weight of their own, as with R's lm.
    kept = singular > 1e-9 * singular[0]
    left, singular, right = left[:, kept], singular[kept], right[kept]
    projected = left.T @ (y * root)
    rest = max(float(n @ y**2 - projected @ projected), 0.0)
    df = max(float(n.sum()) - kept.sum(), 1.0)
    noise = np.sqrt(rest / rng.chisquare(df)) * rng.standard_normal(kept.sum())
    mean, drawn = (right.T @ (part / singular) / size for part in (projected, projected + noise))
    return mean, drawn


def _reach(at: Array, sizes: Array, wanted: Array) -> tuple[Array, Array]:
    """For each wanted prediction, from where to where in the order of customers its donors stand.

    All customers with the nearest prediction are as near as each other; where they are fewer than
    `DONORS`, those on both sides join.
    """
    ends = np.cumsum(sizes)
    middle = (at[1:] + at[:-1]) / 2
    nearest = np.searchsorted(middle, wanted)
    start, end = ends[nearest] - sizes[nearest], ends[nearest]
    more = np.maximum(DONORS - (end - start), 0) / 2
    total = ends[-1]
    start = np.clip(start - more, 0, max(total - DONORS, 0))
    return start, np.maximum(np.minimum(end + more, total), np.minimum(start + DONORS, total))
