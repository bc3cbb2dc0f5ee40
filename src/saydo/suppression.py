"""Which cells of a table of counts may be shown, so that no small group shows or can be derived?

Takes counts of customers, segments in rows (`all` among them) by cells in columns; returns which
to withhold.
A cell under `min_cell` is withheld, and so are further cells (the smallest first) until what is
withheld in each row and each column adds up to `min_cell` customers in at least two cells: then
subtracting what is shown from a total gives back no small group. Repeated until nothing changes.

An empty cell is shown: it holds nobody.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from saydo.languages import gettext as _
from saydo.languages import number


def withheld(
    counts: pd.DataFrame,
    *,
    min_cell: int,
    rows_add_up: bool = True,
    smallest_first: bool = False,
) -> pd.DataFrame:
    """Whether each cell must be withheld.

    Args:
        counts: Index of segments, `all` among them; one column per cell; customers.
        min_cell: Fewest customers about whom anything is shown.
        rows_add_up: Whether the cells of a segment are parts of its total; False where customers
            are in several cells.
        smallest_first: Withhold the smallest cell of a line even where another would serve its
            column too: more cells go, but the largest stay.

    Returns:
        Booleans of the same shape.
    """
    segments = counts.drop(index="all")
    # Customers in no segment are a row that is never shown, and protects the others.
    elsewhere = counts.loc["all"] - segments.sum()
    cells = np.vstack([segments.to_numpy(), elsewhere.to_numpy(), counts.loc["all"].to_numpy()])
    hidden = (cells > 0) & (cells < min_cell)
    hidden[-2] = cells[-2] > 0
    shown_rows = [*range(len(segments)), len(cells) - 1]
    before = np.zeros_like(hidden)
    while (before != hidden).any():
        before = hidden.copy()
        for row in shown_rows if rows_add_up else ():
            better = partial(_occupied, hidden, axis=0, matters=not smallest_first)
            _protect(cells[row], hidden[row], min_cell, better=better)
        for column in range(cells.shape[1]):
            line = cells[:, column], hidden[:, column]
            matters = rows_add_up and not smallest_first
            better = partial(_occupied, hidden, axis=1, matters=matters)
            _protect(*line, min_cell, better=better, spare=-2)
        if rows_add_up:
            _break_chains(cells, hidden, min_cell, smallest_first=smallest_first)
    names = pd.Index([*segments.index, "all"], name=counts.index.name)
    result = pd.DataFrame(hidden[shown_rows], index=names, columns=counts.columns)
    return result.loc[counts.index]


def _protect(
    cells: NDArray[np.int64],
    hidden: NDArray[np.bool_],
    min_cell: int,
    *,
    better: Callable[[], NDArray[np.bool_]],
    spare: int | None = None,
) -> None:
    """Withholds more cells of a line until no small one can be derived (in place).

    `better` says where the crossing lines withhold something already, so that one cell serves both.
    `spare` is the place of customers in no segment, who may be derived if they are many.
    """
    hides_small = (hidden & (cells < min_cell)).any()
    # A single one withheld for another line's sake would come back by subtraction.
    comes_back = hidden.sum() == 1 and not (spare is not None and hidden[spare])
    if not hides_small and not comes_back:
        return
    while hidden.sum() < 2 or cells[hidden].sum() < min_cell:
        if not _withhold_one(cells, hidden, better=better()):
            return


def _occupied(hidden: NDArray[np.bool_], *, axis: int, matters: bool) -> NDArray[np.bool_]:
    """Whether each crossing line withholds something already; nowhere if that doesn't matter."""
    return np.asarray(hidden.any(axis=axis) & matters)


def _break_chains(
    cells: NDArray[np.int64], hidden: NDArray[np.bool_], min_cell: int, *, smallest_first: bool
) -> None:
    """Withholds one more cell where a small one follows from several lines together (in place).

    Lines are nodes and withheld cells edges between them; a cell follows from the totals exactly if
    no other way leads from its row to its column (Gusfield, 1988, SIAM J. Comput. 17).
    """
    for row, column in np.argwhere(hidden & (cells < min_cell)):
        without = hidden.copy()
        without[row, column] = False
        rows, reached = {int(row)}, np.zeros(len(hidden), bool)
        reached[row] = True
        while rows:
            columns = without[list(rows)].any(axis=0)
            now = without[:, columns].any(axis=1)
            rows = set(np.flatnonzero(now & ~reached).tolist())
            reached |= now
        if not without[reached][:, column].any():
            line, crossing = (cells[row], hidden[row]), (cells[:, column], hidden[:, column])
            matters = not smallest_first
            if _withhold_one(*line, better=_occupied(hidden, axis=0, matters=matters)):
                return
            if _withhold_one(*crossing, better=_occupied(hidden, axis=1, matters=matters)):
                return


def _withhold_one(
    cells: NDArray[np.int64], hidden: NDArray[np.bool_], *, better: NDArray[np.bool_]
) -> bool:
    """Withholds the smallest shown cell, a better one if there is (in place); False if none."""
    candidates = np.flatnonzero(~hidden & (cells > 0))
    if not len(candidates):
        return False
    order = np.lexsort([cells[candidates], ~better[candidates]])
    hidden[candidates[order[0]]] = True
    return True


def few(count: int, *, min_cell: int) -> str:
    """A count in words that may be shown: "40", or "fewer than 11"."""
    if count >= min_cell:
        return number(count, 0)
    return _("fewer than {min_cell}").format(min_cell=number(min_cell, 0))


def revenue_withheld_reason(min_cell: int) -> str:
    """Why a group is counted, and what its customers spent is not told."""
    words = _(
        "revenue withheld: of fewer than {min_cell} {customers}, or would reveal that of so few"
    )
    return words.format(min_cell=number(min_cell, 0))


def withheld_reason(min_cell: int) -> str:
    """Why a cell is not shown; the same for all, or it would tell which is the small one."""
    return _("withheld: fewer than {min_cell} {customers}, or would reveal such a group").format(
        min_cell=number(min_cell, 0)
    )
