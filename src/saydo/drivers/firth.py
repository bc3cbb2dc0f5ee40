"""Do satisfied customers stay, where so few left that the usual estimate is infinite or biased?

Takes the patterns of one segment; returns `Firth`: logistic regression with Firth's penalty (1993,
Biometrika 80), whose estimates are always finite and nearly without bias, with intervals and tests
from the profile of the penalised likelihood rather than from standard errors, which mislead there
(Heinze & Schemper, 2002, Statistics in Medicine 21).

The penalty also draws fitted chances towards one half. So whatever is said of chances uses the
intercept of FLIC (Puhr et al., 2017, Statistics in Medicine 36): with it they sum up to those who
stayed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from scipy.optimize import minimize
from scipy.stats import chi2

from saydo.drivers.design import design
from saydo.drivers.fitted import Array, Fitted, MarginalEffect, Quantity, usable
from saydo.drivers.patterns import COUNTS
from saydo.drivers.penalised import Penalised
from saydo.errors import NotEstimable, UnknownName
from saydo.languages import gettext as _

FARTHEST = 10.0
"""Multiples of a symmetric interval's reach within which the true one is looked for."""


@dataclass(frozen=True)
class Firth(Fitted):
    """A model fitted by penalised maximum likelihood."""

    params: pd.Series
    """Log-odds of staying by column of the design."""
    information: Array
    """At the estimate."""
    likelihood: Penalised

    @property
    def coefficients(self) -> Array:
        return self.params.to_numpy(float)

    @cached_property
    def covariance(self) -> Array:
        """Inverse information at the estimate."""
        return np.asarray(np.linalg.inv(self.information), float)

    @cached_property
    def intercept_shift(self) -> float:
        """What FLIC adds to the intercept: so that mean chances are the rate observed."""
        return self.likelihood.shift_to_observed(self.coefficients)

    def interval(self, term: str, confidence: float = 0.95) -> tuple[float, float]:
        """Profile penalised-likelihood interval of a coefficient, in log-odds."""
        return self.likelihood.interval(self.coefficients, self._place(term), confidence)

    def p_value(self, terms: str | Sequence[str]) -> float:
        """Penalised likelihood ratio test that these coefficients are all 0."""
        names = [terms] if isinstance(terms, str) else list(terms)
        best, places = self.coefficients, [self._place(name) for name in names]
        start = best.copy()
        start[places] = 0
        null = self.likelihood.maximum(start, fixed=places)
        ratio = 2 * (self.likelihood.value(best) - self.likelihood.value(null))
        return float(chi2.sf(ratio, len(places)))

    def terms(self, confidence: float = 0.95) -> pd.DataFrame:
        """Profile intervals, and penalised likelihood ratio tests."""
        bounds = [self.interval(name, confidence) for name in self.design.names]
        return pd.DataFrame(
            {
                "term": self.design.names,
                "estimate": self.coefficients,
                "std_error": np.sqrt(np.diag(self.covariance)),
                "ci_low": [low for low, _high in bounds],
                "ci_high": [high for _low, high in bounds],
                "p_value": [self.p_value(name) for name in self.design.names],
            }
        )

    def interval_of(self, quantity: Quantity, confidence: float = 0.95) -> tuple[float, float]:
        """The least and the greatest value at coefficients that the likelihood does not reject.

        A bootstrap of so few would often draw nobody who left. FLIC's shift stays as estimated.

        Raises:
            NotEstimable: The search did not converge.
        """
        best = self.coefficients
        reach = np.sqrt(chi2.ppf(confidence, 1))
        least = self.likelihood.value(best) - reach**2 / 2
        # Within coordinates in which the likelihood falls alike in all directions.
        spread = np.linalg.cholesky(self.covariance)
        slope = spread.T @ quantity(best)[1]
        size = float(np.linalg.norm(slope))

        def inside(z: Array) -> float:
            return self.likelihood.value(best + spread @ z) - least

        def inwards(z: Array) -> Array:
            return np.asarray(spread.T @ self.likelihood.score(best + spread @ z))

        bounds = []
        for sign in (-1.0, 1.0):
            z = minimize(
                lambda z, sign=sign: -sign * quantity(best + spread @ z)[0] / size,
                sign * reach * slope / size,
                jac=lambda z, sign=sign: -sign * spread.T @ quantity(best + spread @ z)[1] / size,
                constraints={"type": "ineq", "fun": inside, "jac": inwards},
                bounds=[(-FARTHEST * reach, FARTHEST * reach)] * len(best),
                method="SLSQP",
                options={"ftol": 1e-10, "maxiter": 500},
            ).x
            # At an extreme on the boundary the number grows straight outwards.
            value, gradient = quantity(best + spread @ z)
            grows, into = sign * spread.T @ gradient, inwards(z)
            outwards = -grows @ into / np.linalg.norm(grows) / np.linalg.norm(into)
            if abs(inside(z)) > 1e-5 or outwards < 1 - 1e-4:
                raise NotEstimable(_("the fit did not converge"))
            bounds.append(value)
        return bounds[0], bounds[1]

    def marginal_effect(self, confidence: float = 0.95) -> MarginalEffect:
        """As `Fitted` says, at FLIC's intercept; the test is the penalised likelihood ratio.

        With the linear form the interval covers 0 exactly where that of the coefficient does.
        """
        step = self._one_point()
        low, high = self.interval_of(step, confidence)
        own = self.design.form.terms(self.design.levels)
        return MarginalEffect(
            estimate=100 * step(self.coefficients)[0],
            std_error=100 * self.std_error_of(step),
            ci_low=100 * low,
            ci_high=100 * high,
            p_value=self.p_value(own),
        )

    def _place(self, term: str) -> int:
        if term not in self.design.names:
            raise UnknownName("term", term, self.design.names)
        return self.design.names.index(term)


def firth(patterns: pd.DataFrame, *, form: str = "linear", adjust_for: Sequence[str] = ()) -> Firth:
    """Firth's logistic regression of staying on satisfaction, adjusted for covariates.

    An association, not an effect: satisfaction is observed, not assigned. Equals the fit on rows;
    the log-likelihood differs by a constant. Finite where `fit` raises `Separated`.

    Args:
        patterns: Of one segment, as `patterns` returns them.
        form: A key of `FORMS`.
        adjust_for: Covariates among the columns. Customers of whom one is unknown are left out.

    Raises:
        NotEstimable: Nobody left or stayed, or satisfaction does not vary apart from covariates.
        UnknownName: There is no such form or covariate.
    """
    complete, n_incomplete = usable(patterns, form=form, adjust_for=adjust_for)
    made = design(complete, form=form, adjust_for=adjust_for)
    stayed, left = (complete[name].to_numpy(float) for name in COUNTS)
    likelihood = Penalised(made.matrix, stayed, stayed + left)
    best = likelihood.maximum(np.zeros(len(made.names)))
    return Firth(
        design=made,
        patterns=complete,
        adjust_for=tuple(adjust_for),
        n_incomplete=n_incomplete,
        params=pd.Series(best, index=list(made.names)),
        information=likelihood.information(best),
        likelihood=likelihood,
    )
