"""Do covariates separate those who stayed from those who left? Then no finite estimate exists.

Takes a binomial model, fits it, and refuses with `Separated` where there is nothing to converge to.
Takes a design matrix with counts; returns the columns that separate. Exact, by linear programming
(Konis, 2007, *Linear programming algorithms for detecting separated data in binary logistic
regression models*, Oxford): data are separated if some direction β has x·β ≥ 0 for everyone who
stayed and x·β ≤ 0 for everyone who left, and not 0 for all (Albert & Anderson, 1984, Biometrika
71).
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from statsmodels.genmod.generalized_linear_model import GLM
from statsmodels.tools.sm_exceptions import PerfectSeparationWarning

from saydo.errors import NotEstimable
from saydo.languages import gettext as _

SUSPECT_LOG_ODDS = 12.0
"""Fitted log-odds beyond this (1 in 160,000) are looked into: separated data drive them there."""


class Separated(NotEstimable):
    """Some columns separate those who stayed from those who left: the estimate is infinite."""

    def __init__(self, columns: Sequence[str], *, by_chance: float = 0.0) -> None:
        self.columns = tuple(columns)
        self.by_chance = by_chance
        """See `separation.by_chance`; 0 where that is not known."""
        if self.by_answers:
            reason = _(
                "everyone who gave some answer stayed, or everyone left, so that its coefficient "
                "is infinite (separation)"
            )
        else:
            reason = _(
                "with {names} it can be told exactly of some {customers} whether they stay, so "
                "that no finite estimate exists (separation)"
            ).format(names=", ".join(self.columns))
        super().__init__(reason)

    @property
    def by_answers(self) -> bool:
        """Whether answers separate, and no covariate."""
        return all(column.startswith("satisfaction") for column in self.columns)


def finite(
    model: GLM,
    n_stayed: NDArray[np.int64],
    n_left: NDArray[np.int64],
    *,
    names: Sequence[str],
    nuisance: Sequence[str] = ("intercept",),
) -> Any:
    """statsmodels' result of a binomial model, which has a finite maximum.

    Args:
        model: Not fitted yet.
        n_stayed, n_left: Of each of its rows; only whether they are 0 counts.
        names: Of its columns.
        nuisance: Those that a reader needs not be told of, unless they separate alone.

    Raises:
        Separated: Some coefficient is infinite.
        NotEstimable: It does not converge for another reason.
    """
    # A saturated model has no residual degrees of freedom; its scale, which we don't use, is 0 / 0.
    with warnings.catch_warnings(), np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        # Separation is looked for below, exactly.
        warnings.simplefilter("ignore", PerfectSeparationWarning)
        # By coefficients, not deviance: standard errors come from the last step but one.
        result = model.fit(tol_criterion="params", atol=1e-10, rtol=1e-9)
    log_odds = np.abs(model.exog @ np.asarray(result.params))
    if not result.converged or not log_odds.max() < SUSPECT_LOG_ODDS:
        direction = separating_direction(model.exog, n_stayed, n_left)
        if direction is not None:
            columns = [names[int(place)] for place in np.flatnonzero(direction)]
            raise Separated(
                [name for name in columns if name not in nuisance] or columns,
                by_chance=by_chance(direction, model.exog, n_stayed, n_left),
            )
    if not result.converged:
        raise NotEstimable(_("the fit did not converge"))
    return result


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
