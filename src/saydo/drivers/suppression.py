"""Which cells of a table of counts may be shown, so that no small group shows or can be derived?

Takes counts of customers, segments in rows (`all` among them) by cells in columns; returns which
to withhold.
A cell under `min_cell` is withheld, and so are further cells (the smallest first) until what is
withheld in each row and each column adds up to `min_cell` customers in at least two cells: then
subtracting what is shown from a total gives back no small group. Repeated until nothing changes.

An empty cell is shown: it holds nobody.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from saydo.languages import gettext as _
from saydo.languages import number


def withheld(counts: pd.DataFrame, *, min_cell: int) -> pd.DataFrame:
    """Whether each cell must be withheld.

    Args:
        counts: Index of segments, `all` among them; one column per cell; customers.
        min_cell: Fewest customers about whom anything is shown.

    Returns:
        Booleans of the same shape.
    """
    segments = counts.drop(index="all")
    # Customers in no segment are a row that is never shown, and protects the others.
    elsewhere = counts.loc["all"] - segments.sum()
    cells = np.vstack([segments.to_numpy(), elsewhere.to_numpy(), counts.loc["all"].to_numpy()])
    hidden = (cells > 0) & (cells < min_cell)
    hidden[-2] = cells[-2] > 0
    before = np.zeros_like(hidden)
    while (before != hidden).any():
        before = hidden.copy()
        for row in (*range(len(segments)), len(cells) - 1):
            _protect(cells[row], hidden[row], min_cell)
        for column in range(cells.shape[1]):
            # Where `all` is withheld too, segments can't be subtracted from it.
            if not hidden[-1, column]:
                _protect(cells[:-1, column], hidden[:-1, column], min_cell, elsewhere=True)
    shown_rows = [*range(len(segments)), len(cells) - 1]
    names = pd.Index([*segments.index, "all"], name=counts.index.name)
    result = pd.DataFrame(hidden[shown_rows], index=names, columns=counts.columns)
    return result.loc[counts.index]


def _protect(
    cells: NDArray[np.int64],
    hidden: NDArray[np.bool_],
    min_cell: int,
    *,
    elsewhere: bool = False,
) -> None:
    """Withholds the smallest shown cells of a line until no small one can be derived (in place).

    `elsewhere`: the last cell is of customers in no segment, who may be derived if they are many.
    """
    hides_small = (hidden & (cells < min_cell)).any()
    # A single one withheld for another line's sake would come back by subtraction.
    comes_back = hidden.sum() == 1 and not (elsewhere and hidden[-1])
    if not hides_small and not comes_back:
        return
    while hidden.sum() < 2 or cells[hidden].sum() < min_cell:
        candidates = np.flatnonzero(~hidden & (cells > 0))
        if not len(candidates):
            return
        hidden[candidates[np.argmin(cells[candidates])]] = True


def few(count: int, *, min_cell: int) -> str:
    """A count in words that may be shown: "40", or "fewer than 11"."""
    if count >= min_cell:
        return number(count, 0)
    return _("fewer than {min_cell}").format(min_cell=number(min_cell, 0))


def withheld_reason(min_cell: int) -> str:
    """Why a cell is not shown; the same for all, or it would tell which is the small one."""
    return _("withheld: fewer than {min_cell} customers, or would reveal such a group").format(
        min_cell=number(min_cell, 0)
    )
