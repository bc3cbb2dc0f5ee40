"""Who is at risk when somebody leaves? Sums over risk sets, of a million spells at once.

Takes spells, each at risk from after `start` until `stop` included; returns `RiskSets`. A spell is
at risk at a run of consecutive leaving times. A run is the union of a few nodes of a binary tree
over the times, and what a time has is the sum of the nodes above it: nothing is ever subtracted,
so that a small risk set is exact beside a large one (running sums would cancel).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

Array = NDArray[np.float64]
Places = NDArray[np.int64]


@dataclass(frozen=True)
class Runs:
    """Runs of consecutive places, and sums over them both ways."""

    nodes: csr_array
    """Which nodes of the tree make up each distinct run: node by run."""
    of_row: Places
    """The run of each row."""
    n_places: int

    def at_places(self, values: Array) -> Array:
        """Of values of rows: at each place, the sum over the rows whose run holds it."""
        tree = self.nodes @ np.bincount(self.of_row, values, self.nodes.shape[1])
        width = 1
        while 2 * width < len(tree):
            tree[2 * width : 4 * width] += np.repeat(tree[width : 2 * width], 2)
            width *= 2
        return np.asarray(tree[width : width + self.n_places])

    def over_runs(self, values: Array) -> Array:
        """Of values of places: for each row, the sum over its run."""
        width = self.nodes.shape[0] // 2
        tree = np.zeros(2 * width)
        tree[width : width + self.n_places] = values
        while width > 1:
            width //= 2
            tree[width : 2 * width] = tree[2 * width : 4 * width].reshape(-1, 2).sum(axis=1)
        return np.asarray((self.nodes.T @ tree)[self.of_row])


def runs(first: Places, after: Places, n_places: int) -> Runs:
    """Runs from the place `first` until before `after`, one per row; none is empty."""
    keys, of_row = np.unique(first * (n_places + 1) + after, return_inverse=True)
    low, high = np.divmod(keys, n_places + 1)
    width = 1 << int(n_places - 1).bit_length()
    low, high, run = low + width, high + width, np.arange(len(keys))
    nodes, members = [], []
    while len(run):
        odd_low, odd_high = (low & 1).astype(bool), (high & 1).astype(bool)
        nodes += [low[odd_low], high[odd_high] - 1]
        members += [run[odd_low], run[odd_high]]
        low, high = (low + 1) >> 1, high >> 1
        unfinished = low < high
        low, high, run = low[unfinished], high[unfinished], run[unfinished]
    places = np.concatenate(nodes), np.concatenate(members)
    shape = (2 * width, len(keys))
    return Runs(csr_array((np.ones(len(places[0])), places), shape=shape), of_row, n_places)


@dataclass(frozen=True)
class RiskSets:
    """Who is at risk at each time at which somebody leaves."""

    times: Array
    """Distinct leaving times, ascending."""
    matrix: Array
    """One row per spell, one column per term; centred, with unit spread."""
    spread: Array
    """By which the columns were divided."""
    n: Array
    """Customers of each spell."""
    at_risk: Runs
    """The times at which each spell is at risk."""
    leavers: Places
    """Rows of the spells that end by leaving."""
    place: Places
    """Of each leaver, the place in `times`."""

    def of_leavers(self, values: Array) -> Array:
        """Sum over those who leave at each time; `values` are of the leavers."""
        return np.asarray(np.bincount(self.place, values, len(self.times)), float)

    def by_column(self, weights: Array, total: Callable[[Array], Array], rows: Array) -> Array:
        """`total` of weight times each column of `rows`: time by column."""
        return np.column_stack([total(weights * column) for column in rows.T])

    def survival_before(self) -> Array:
        """Kaplan and Meier's share still there just before each leaving time."""
        share = 1 - self.of_leavers(self.n[self.leavers]) / self.at_risk.at_places(self.n)
        return np.concatenate([[1.0], np.cumprod(share)[:-1]])


def risk_sets(
    matrix: Array, *, start: Array, stop: Array, left: NDArray[np.bool_], n: Array
) -> RiskSets:
    """Spells placed among the leaving times: in the risk set where `start` < time ≤ `stop`.

    Args:
        matrix: One row per spell.
        start, stop: In any unit of time, the one before the other.
        left: Whether spells end by leaving; some do.
        n: Customers of each spell.
    """
    times = np.unique(stop[left & (n > 0)])
    first = np.searchsorted(times, start, side="right")
    after = np.searchsorted(times, stop, side="right")
    # The others are never at risk when somebody leaves, and tell nothing.
    kept = (first < after) & (n > 0)
    matrix, n, first, after = matrix[kept], n[kept], first[kept], after[kept]
    mean = n @ matrix / n.sum()
    spread = np.sqrt(n @ (matrix - mean) ** 2 / n.sum())
    spread = np.where(spread > 0, spread, 1.0)
    leavers = np.flatnonzero(left[kept])
    return RiskSets(
        times=times,
        matrix=(matrix - mean) / spread,
        spread=spread,
        n=n,
        at_risk=runs(first, after, len(times)),
        leavers=leavers,
        place=after[leavers] - 1,
    )
