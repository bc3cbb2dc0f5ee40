"""Do satisfied customers stay? One logistic regression of one segment's patterns.

Takes patterns and returns `Fit`: statsmodels' own result, for a researcher to use, with the average
marginal effect. Refuses where no finite estimate exists; whether a finite one should be believed is
the gate's question.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import statsmodels.api as sm
from numpy.typing import NDArray
from scipy.special import expit
from statsmodels.tools.sm_exceptions import PerfectSeparationWarning

from saydo.drivers.design import FORMS, Design, design
from saydo.drivers.kinks import search
from saydo.drivers.patterns import collapse, covariates_of
from saydo.drivers.separation import separating_columns
from saydo.errors import NotEstimable, UnknownName
from saydo.languages import gettext as _

SUSPECT_LOG_ODDS = 12.0
"""Fitted log-odds beyond this (1 in 160,000) are looked into: separated data drive them there."""


@dataclass(frozen=True)
class MarginalEffect:
    """Average marginal effect of one point of satisfaction, in percentage points of staying."""

    estimate: float
    std_error: float


@dataclass(frozen=True)
class Fit:
    """One fitted model."""

    result: Any
    """statsmodels' `GLMResults`: Binomial, on counts of stayed and left per pattern."""
    design: Design
    patterns: pd.DataFrame
    """What was fitted: patterns with all covariates known, told apart by the model's own."""
    adjust_for: tuple[str, ...]
    n_incomplete: int
    """Customers left out because a covariate is unknown of them."""

    @property
    def form(self) -> str:
        return self.design.form.name

    @property
    def n(self) -> int:
        return int(self.patterns[["n_stayed", "n_left"]].to_numpy().sum())

    @property
    def n_left(self) -> int:
        return int(self.patterns["n_left"].sum())

    def chances(self) -> NDArray[np.float64]:
        """Fitted chance of staying of every pattern."""
        return expit(self.design.matrix @ np.asarray(self.result.params))

    def mean_chance(self, satisfaction: float) -> tuple[float, NDArray[np.float64]]:
        """Mean chance of staying had everyone answered this, and its gradient.

        Standardised over the covariates of these customers: each counts as who they are. The
        gradient is with respect to the coefficients, for the delta method.

        Raises:
            NotEstimable: Nobody gave this answer (`levels` only).
        """
        n = self.patterns[["n_stayed", "n_left"]].to_numpy(float).sum(axis=1)
        matrix = self.design.at(np.full(len(n), float(satisfaction)))
        if np.isnan(matrix).any():
            raise NotEstimable(_unknown_step([satisfaction]))
        chance = expit(matrix @ np.asarray(self.result.params))
        share = n / n.sum()
        return float(share @ chance), (share * chance * (1 - chance)) @ matrix

    def marginal_effect(self) -> MarginalEffect:
        """Mean change in the chance of staying, had those below the top answered one point more.

        The same discrete contrast for every form: the mean of P(stay | s + 1, x) − P(stay | s, x)
        over customers for whom s + 1 is on the scale; standard error by the delta method (Agresti,
        2013, Categorical Data Analysis, 3.1.5).

        Raises:
            NotEstimable: Someone's next level was given by nobody (`levels` only).
        """
        estimate, gradient = mean_step(self.design, self.patterns, np.asarray(self.result.params))
        variance = gradient @ np.asarray(self.result.cov_params()) @ gradient
        return MarginalEffect(100 * estimate, 100 * float(np.sqrt(variance)))


def mean_step(
    design: Design, patterns: pd.DataFrame, coefficients: NDArray[np.float64]
) -> tuple[float, NDArray[np.float64]]:
    """Mean of P(stay | s + 1, x) − P(stay | s, x) over those below the top, and its gradient.

    Raises:
        NotEstimable: Everyone is at the top, or someone's next level was given by nobody.
    """
    satisfaction = design.satisfaction
    below_top = satisfaction + 1 <= patterns["scale_max"].to_numpy(float)
    weights = patterns[["n_stayed", "n_left"]].to_numpy(float).sum(axis=1)[below_top]
    if not weights.sum():
        raise NotEstimable(_("everyone already gave the highest answer"))
    now = design.matrix[below_top]
    then = design.at(satisfaction + 1)[below_top]
    if np.isnan(then).any():
        raise NotEstimable(_unknown_step(np.setdiff1d(satisfaction[below_top] + 1, design.levels)))
    p_now, p_then = expit(now @ coefficients), expit(then @ coefficients)
    share = weights / weights.sum()
    gradient = (share * p_then * (1 - p_then)) @ then - (share * p_now * (1 - p_now)) @ now
    return float(share @ (p_then - p_now)), gradient


def _unknown_step(levels: Iterable[float]) -> str:
    return _("nobody answered {levels}, so that the step to it is unknown").format(
        levels=", ".join(f"{level:g}" for level in levels)
    )


def fit(patterns: pd.DataFrame, *, form: str = "linear", adjust_for: Sequence[str] = ()) -> Fit:
    """Logistic regression of staying on satisfaction, adjusted for covariates.

    An association, not an effect: satisfaction is observed, not assigned. Equals the fit on rows;
    the log-likelihood differs by a constant.

    Args:
        patterns: Of one segment, as `patterns` returns them.
        form: A key of `FORMS`: `linear` (log-odds per point), `curved` (with its square), `levels`
            (each against the lowest), `spline` (a natural cubic one) or `threshold` (with a kink at
            the likeliest of the inner levels; its standard errors take that kink as known, and
            `kinks` tells how sure it is).
        adjust_for: Covariates among the columns. Customers of whom one is unknown are left out.

    Raises:
        NotEstimable: Nobody left or stayed, satisfaction does not vary apart from the covariates,
            or data are separated, so that no finite estimate exists.
        UnknownName: There is no such form or covariate.
    """
    if form not in FORMS:
        raise UnknownName("form", form, list(FORMS))
    known = covariates_of(patterns)
    for name in adjust_for:
        if name not in known:
            raise UnknownName("covariate", name, known)
    used = collapse(patterns, ["satisfaction", "scale_min", "scale_max", *adjust_for])
    counts = ["n_stayed", "n_left"]
    # A pattern of nobody, as resampling leaves them, is none.
    used = used[used[counts].sum(axis=1) > 0]
    complete = used[used[list(adjust_for)].notna().all(axis=1)].reset_index(drop=True)
    n_incomplete = int(used[counts].to_numpy().sum() - complete[counts].to_numpy().sum())
    stayed, left = complete["n_stayed"].to_numpy(), complete["n_left"].to_numpy()
    if not stayed.sum() or not left.sum():
        raise NotEstimable(_("nobody stayed") if not stayed.sum() else _("nobody left"))
    if form == "threshold":
        made = search(complete, adjust_for=adjust_for).best
    else:
        made = design(complete, form=form, adjust_for=adjust_for)
    matrix = made.matrix
    named = pd.DataFrame(matrix, columns=list(made.names))
    model = sm.GLM(complete[counts], named, family=sm.families.Binomial())
    # A saturated model has no residual degrees of freedom; its scale, which we don't use, is 0 / 0.
    with warnings.catch_warnings(), np.errstate(divide="ignore", invalid="ignore"):
        # Separation is looked for below, exactly.
        warnings.simplefilter("ignore", PerfectSeparationWarning)
        # By coefficients, not deviance: standard errors come from the last step but one.
        result = model.fit(tol_criterion="params", atol=1e-10, rtol=1e-9)
    log_odds = np.abs(matrix @ np.asarray(result.params))
    if not result.converged or not log_odds.max() < SUSPECT_LOG_ODDS:
        columns = separating_columns(matrix, stayed, left)
        if columns:
            names = [made.names[column] for column in columns]
            raise Separated([name for name in names if name != "intercept"] or names)
    if not result.converged:
        raise NotEstimable(_("the fit did not converge"))
    return Fit(result, made, complete, tuple(adjust_for), n_incomplete)


class Separated(NotEstimable):
    """Some columns separate those who stayed from those who left: the estimate is infinite."""

    def __init__(self, columns: Sequence[str]) -> None:
        self.columns = tuple(columns)
        if all(column.startswith("satisfaction") for column in columns):
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
