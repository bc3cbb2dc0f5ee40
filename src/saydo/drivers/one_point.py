"""One point more of satisfaction: by how much would the chance of staying change, on average?

Takes a design and how many each of its rows stands for; returns `OnePoint`, the same discrete
contrast for every form and every model with a logit: the mean of P(stay | s + 1, x) − P(stay | s,
x) over those for whom s + 1 is on the scale (Agresti, 2013, Categorical Data Analysis, 3.1.5).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit

from saydo.drivers.design import Design
from saydo.errors import NotEstimable
from saydo.languages import gettext as _

Array = NDArray[np.float64]


@dataclass(frozen=True)
class OnePoint:
    """Those below the top of the scale, as they answered and with one point more."""

    now: Array
    """Design of each row."""
    then: Array
    """The same, had satisfaction been one point more."""
    share: Array
    """Of each row in all; they sum up to 1."""

    def mean_change(self, coefficients: Array, *, shift: float = 0.0) -> tuple[float, Array]:
        """Mean change in the chance of staying, and its gradient; `shift` is added to log-odds."""
        now, then = (expit(matrix @ coefficients + shift) for matrix in (self.now, self.then))
        slope_now, slope_then = (self.share * p * (1 - p) for p in (now, then))
        return float(self.share @ (then - now)), slope_then @ self.then - slope_now @ self.now


def one_point(design: Design, *, scale_max: ArrayLike, n: Array) -> OnePoint:
    """One point more for the rows of a design.

    Args:
        design: Of these rows.
        scale_max: Highest possible answer, of all or of each row.
        n: How many each row stands for.

    Raises:
        NotEstimable: Everyone is at the top, or nobody gave someone's next level (`levels`).
    """
    below_top = design.satisfaction + 1 <= np.asarray(scale_max, float)
    weights = n[below_top]
    if not weights.sum():
        raise NotEstimable(_("everyone already gave the highest answer"))
    then = design.at(design.satisfaction + 1)[below_top]
    if np.isnan(then).any():
        raise NotEstimable(
            unknown_step(np.setdiff1d(design.satisfaction[below_top] + 1, design.levels))
        )
    return OnePoint(design.matrix[below_top], then, weights / weights.sum())


def unknown_step(levels: ArrayLike) -> str:
    """Why nothing can be said of answers that nobody gave."""
    return _("nobody answered {levels}, so that the step to it is unknown").format(
        levels=", ".join(f"{level:g}" for level in np.atleast_1d(levels))
    )
