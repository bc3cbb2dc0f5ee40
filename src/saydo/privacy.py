"""Which cells may be shown? None about too few people, and none that lets such a one be worked out.

A cell is one KPI in one segment and period. The segments of a KPI and those without a known
segment add up to `all`, which is shown: if a single segment were withheld, a subtraction would give
it away. So segments are withheld until at least two are, with `min_cell` people between them.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Counts = npt.NDArray[np.int64]
Cells = npt.NDArray[np.bool_]


def too_small(people: Counts, *, min_cell: int) -> Cells:
    """Cells about somebody, but too few. Nobody is none: that none answered tells of no one."""
    return (people > 0) & (people < min_cell)


def withheld(people: Counts, unassigned: int, *, min_cell: int) -> Cells:
    """Segments of one KPI and period that can't be shown beside `all`.

    The same counts always give the same answer, so that KPIs of the same people withhold the same
    segments, and none shows the n that another hides.

    Args:
        people: Distinct persons per segment.
        unassigned: Distinct persons in `all` but in no segment. They are never shown by themselves,
            so they may hide others, and may themselves need hiding.
        min_cell: Fewest people about whom anything is shown.

    Returns:
        One flag per segment.
    """
    hidden = too_small(people, min_cell=min_cell)
    if not hidden.any() and not 0 < unassigned < min_cell:
        return hidden
    # Smallest first; empty segments are known to be empty and hide nothing.
    for place in np.argsort(people, kind="stable"):
        n_hidden = int(hidden.sum()) + (unassigned > 0)
        # More people than cells, or all would be known to be about one person each. A cell hidden
        # alone is a small one, so that it never suffices.
        if people[hidden].sum() + unassigned >= max(min_cell, n_hidden + 1):
            break
        if people[place] > 0:
            hidden[place] = True
    return hidden
