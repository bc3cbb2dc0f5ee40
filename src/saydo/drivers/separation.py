"""Do covariates separate those who stayed from those who left? Then no finite estimate exists.

Takes a design matrix with counts; returns the columns that separate. Exact, by linear programming
(Konis, 2007, *Linear programming algorithms for detecting separated data in binary logistic
regression models*, Oxford): data are separated if some direction β has x·β ≥ 0 for everyone who
stayed and x·β ≤ 0 for everyone who left, and not 0 for all (Albert & Anderson, 1984, Biometrika
71).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog


def separating_columns(
    design: NDArray[np.float64], n_stayed: NDArray[np.int64], n_left: NDArray[np.int64]
) -> list[int]:
    """Positions of the columns whose coefficients diverge; none where the data overlap.

    Args:
        design: One row per pattern, of full column rank; one column is the intercept.
        n_stayed, n_left: Customers of each pattern.
    """
    direction = separating_direction(design, n_stayed, n_left)
    return [] if direction is None else [int(place) for place in np.flatnonzero(direction)]


def separating_direction(
    design: NDArray[np.float64], n_stayed: NDArray[np.int64], n_left: NDArray[np.int64]
) -> NDArray[np.float64] | None:
    """Coefficients along which the likelihood grows without end; None where the data overlap."""
    # Columns of one size: the solver's tolerance is absolute.
    size = np.sqrt((design**2).mean(axis=0))
    scaled = design / size
    stayed, left = scaled[n_stayed > 0], scaled[n_left > 0]
    # Maximise Σ ±x·β over the cone, cut off by a box: the optimum is β = 0, or lies on the box.
    gain = stayed.sum(axis=0) - left.sum(axis=0)
    found = linprog(
        -gain,
        A_ub=np.vstack([-stayed, left]),
        b_ub=np.zeros(len(stayed) + len(left)),
        bounds=(-1, 1),
        method="highs",
    )
    if not found.success:
        raise ArithmeticError(f"the search for separation failed: {found.message}")
    if np.abs(found.x).max() < 0.5:
        return None
    return np.where(np.abs(found.x) > 1e-6, found.x / size, 0.0)


def by_chance(
    direction: NDArray[np.float64],
    design: NDArray[np.float64],
    n_stayed: NDArray[np.int64],
    n_left: NDArray[np.int64],
) -> float:
    """The chance that all whom a direction tells exactly do what they did, at everyone's rates.

    Of a category of five of whom nobody left that is a fair chance; of one of fifty it is none, and
    the category as good as written with knowledge of the outcome.
    """
    log_odds = design @ direction
    told = np.abs(log_odds) > 1e-6 * np.abs(log_odds).max()
    rate = n_stayed.sum() / (n_stayed.sum() + n_left.sum())
    return float(rate ** n_stayed[told].sum() * (1 - rate) ** n_left[told].sum())
