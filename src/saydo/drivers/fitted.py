"""What a fitted model of one segment's patterns can tell, however it was fitted.

Takes patterns; returns those that a model can use, and `Fitted`, the face of `fit.Fit` (maximum
likelihood) and `firth.Firth` (penalised): coefficients with intervals, chances of staying, and the
average marginal effect. Whatever follows from coefficients asks for its interval here, because the
two draw theirs differently.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit
from scipy.stats import norm

from saydo.drivers.design import FORMS, Design
from saydo.drivers.one_point import one_point, unknown_step
from saydo.drivers.patterns import COUNTS, collapse, covariates_of
from saydo.errors import NotEstimable, UnknownName
from saydo.languages import gettext as _

Array = NDArray[np.float64]
Quantity = Callable[[Array], tuple[float, Array]]
"""From coefficients to a number that follows from them, and its gradient."""


@dataclass(frozen=True)
class MarginalEffect:
    """Average marginal effect of one point of satisfaction, in percentage points of staying."""

    estimate: float
    std_error: float
    """By the delta method."""
    ci_low: float
    ci_high: float
    p_value: float
    """Of no relation with satisfaction."""

    @classmethod
    def wald(cls, estimate: float, std_error: float, confidence: float = 0.95) -> MarginalEffect:
        """With the interval and the test that rest on the standard error."""
        reach = norm.ppf(0.5 + confidence / 2) * std_error
        z = estimate / std_error if std_error else np.inf
        p_value = float(2 * norm.sf(abs(z)))
        return cls(estimate, std_error, estimate - reach, estimate + reach, p_value)


@dataclass(frozen=True)
class Fitted(ABC):
    """One fitted model."""

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
    def counts(self) -> Array:
        """Customers of each pattern."""
        return self.patterns[list(COUNTS)].to_numpy(float).sum(axis=1)

    @property
    def n(self) -> int:
        return int(self.patterns[list(COUNTS)].to_numpy().sum())

    @property
    def n_left(self) -> int:
        return int(self.patterns["n_left"].sum())

    @property
    @abstractmethod
    def coefficients(self) -> Array:
        """Log-odds of staying by column of the design."""

    @property
    @abstractmethod
    def covariance(self) -> Array:
        """Of the coefficients."""

    @property
    def intercept_shift(self) -> float:
        """What is added to log-odds before anything is said of chances."""
        return 0.0

    @abstractmethod
    def terms(self, confidence: float = 0.95) -> pd.DataFrame:
        """`term`, `estimate`, `std_error`, `ci_low`, `ci_high` (log-odds), `p_value`."""

    @abstractmethod
    def interval_of(self, quantity: Quantity, confidence: float = 0.95) -> tuple[float, float]:
        """Interval of a number that follows from the coefficients."""

    @abstractmethod
    def marginal_effect(self, confidence: float = 0.95) -> MarginalEffect:
        """Mean change in the chance of staying, had those below the top answered one point more.

        The contrast of `one_point`.

        Raises:
            NotEstimable: Everyone is at the top, or someone's next level was given by nobody.
        """

    def chances(self) -> Array:
        """Chance of staying of every pattern."""
        return expit(self.design.matrix @ self.coefficients + self.intercept_shift)

    def mean_chance(self, satisfaction: float) -> tuple[float, Array]:
        """Mean chance of staying had everyone answered this, and its gradient.

        Standardised over the covariates of these customers: each counts as who they are.

        Raises:
            NotEstimable: Nobody gave this answer (`levels` only).
        """
        return self.chance_at(satisfaction)(self.coefficients)

    def chance_at(self, satisfaction: float) -> Quantity:
        """The same, for any coefficients.

        Raises:
            NotEstimable: Nobody gave this answer (`levels` only).
        """
        matrix = self.design.at(np.full(len(self.patterns), float(satisfaction)))
        if np.isnan(matrix).any():
            raise NotEstimable(unknown_step(satisfaction))
        counts, shift = self.counts, self.intercept_shift
        share = counts / counts.sum()

        def chance(coefficients: Array) -> tuple[float, Array]:
            p = expit(matrix @ coefficients + shift)
            return float(share @ p), (share * p * (1 - p)) @ matrix

        return chance

    def std_error_of(self, quantity: Quantity) -> float:
        """By the delta method."""
        gradient = quantity(self.coefficients)[1]
        return float(np.sqrt(gradient @ self.covariance @ gradient))

    def _one_point(self) -> Quantity:
        step = one_point(
            self.design, scale_max=self.patterns["scale_max"].to_numpy(float), n=self.counts
        )
        shift = self.intercept_shift
        return lambda coefficients: step.mean_change(coefficients, shift=shift)


def usable(
    patterns: pd.DataFrame, *, form: str, adjust_for: Sequence[str]
) -> tuple[pd.DataFrame, int]:
    """Patterns with all covariates known, told apart by these; and how many customers are left out.

    Args:
        patterns: Of one segment, as `patterns` returns them.
        form: A key of `FORMS`.
        adjust_for: Covariates among the columns.

    Raises:
        NotEstimable: Nobody left or stayed.
        UnknownName: There is no such form or covariate.
    """
    if form not in FORMS:
        raise UnknownName("form", form, list(FORMS))
    known = covariates_of(patterns)
    for name in adjust_for:
        if name not in known:
            raise UnknownName("covariate", name, known)
    counts = list(COUNTS)
    used = collapse(patterns, ["satisfaction", "scale_min", "scale_max", *adjust_for])
    # A pattern of nobody, as resampling leaves them, is none.
    used = used[used[counts].sum(axis=1) > 0]
    complete = used[used[list(adjust_for)].notna().all(axis=1)].reset_index(drop=True)
    n_stayed, n_left = complete[counts].sum()
    if not n_stayed or not n_left:
        raise NotEstimable(_("nobody stayed") if not n_stayed else _("nobody left"))
    return complete, int(used[counts].to_numpy().sum() - n_stayed - n_left)
