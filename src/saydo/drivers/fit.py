"""Do satisfied customers stay? One logistic regression of one segment's patterns.

Takes patterns and returns `Fit`: a `Fitted` by maximum likelihood, with statsmodels' own result for
a researcher to use. Refuses where no finite estimate exists; whether a finite one should be
believed is the gate's question.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import norm
from statsmodels.genmod import families
from statsmodels.genmod.generalized_linear_model import GLM

from saydo.drivers.design import design
from saydo.drivers.fitted import Array, Fitted, MarginalEffect, Quantity, usable
from saydo.drivers.kinks import search
from saydo.drivers.model_table import wald_terms
from saydo.drivers.patterns import COUNTS
from saydo.drivers.separation import finite


@dataclass(frozen=True)
class Fit(Fitted):
    """A model fitted by maximum likelihood."""

    result: Any
    """statsmodels' `GLMResults`: Binomial, on counts of stayed and left per pattern."""

    @property
    def coefficients(self) -> Array:
        return np.asarray(self.result.params, float)

    @property
    def covariance(self) -> Array:
        return np.asarray(self.result.cov_params(), float)

    def terms(self, confidence: float = 0.95) -> pd.DataFrame:
        """Wald's intervals and tests; none of a threshold whose kink was searched for."""
        names = list(self.design.names)
        errors = np.sqrt(np.diag(self.covariance))
        table = pd.DataFrame(wald_terms(names, self.coefficients, errors, confidence))
        is_searched = table["term"].isin(self.design.searched)
        table.loc[is_searched, ["std_error", "ci_low", "ci_high", "p_value"]] = np.nan
        return table

    def interval_of(self, quantity: Quantity, confidence: float = 0.95) -> tuple[float, float]:
        """By the delta method, on the scale of the number itself."""
        value = quantity(self.coefficients)[0]
        reach = float(norm.ppf(0.5 + confidence / 2)) * self.std_error_of(quantity)
        return value - reach, value + reach

    def marginal_effect(self, confidence: float = 0.95) -> MarginalEffect:
        step = self._one_point()
        estimate, std_error = step(self.coefficients)[0], self.std_error_of(step)
        return MarginalEffect.wald(100 * estimate, 100 * std_error, confidence)


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
    complete, n_incomplete = usable(patterns, form=form, adjust_for=adjust_for)
    if form == "threshold":
        made = search(complete, adjust_for=adjust_for).best
    else:
        made = design(complete, form=form, adjust_for=adjust_for)
    counts, names = complete[list(COUNTS)], list(made.names)
    model = GLM(counts, pd.DataFrame(made.matrix, columns=names), family=families.Binomial())
    result = finite(model, *counts.to_numpy().T, names=names)
    return Fit(made, complete, tuple(adjust_for), n_incomplete, result)
