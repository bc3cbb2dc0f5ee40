"""Where do respondents stand, and where would they if attributes were better?

Respondents are kept by all that they said, so that several attributes can change for the same
respondent at once. Only what a change does to them tells them apart: a point more closes a
shortfall, adds to a surplus or finds the scale at its end, so that there are few cells however many
patterns.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array

Array = NDArray[np.float64]

_ROUNDING = 9
"""Decimals of a point beyond which a difference is one of arithmetic."""


@dataclass(frozen=True)
class Standing:
    """Those who answered lately, with draws of how many of each there are."""

    patterns: pd.DataFrame
    """`satisfaction`, and per attribute a column of its name (performance) and one `gap <name>`
    (performance less expectation) where expectations were asked."""
    block: NDArray[np.intp]
    """Of each pattern, whose weight it shares."""
    each: Array
    """Respondents of each pattern for one unit of its block's weight."""
    drawn: Array
    """Shape (1 + draws, blocks): weights, those that were observed first."""

    def counted(self, told: pd.DataFrame) -> tuple[pd.DataFrame, Array]:
        """Distinct rows of what is told of every pattern, and the respondents in each: an array of
        shape (1 + draws, rows)."""
        groups = told.round(_ROUNDING).groupby(list(told.columns), sort=True)
        cells = groups.size().index.to_frame(index=False)
        place = (groups.ngroup().to_numpy(), self.block)
        members = csr_array((self.each, place), shape=(len(cells), self.drawn.shape[1]))
        return cells, np.asarray((members @ self.drawn.T).T)


@dataclass(frozen=True)
class Moved:
    """Respondents in cells: where they stand, and by how much a change moves them."""

    satisfaction: Array
    """Now, of each cell."""
    weights: Array
    """Shape (1 + draws, cells): respondents."""
    change: Array
    """Shape (1 + draws, cells): points of satisfaction."""
