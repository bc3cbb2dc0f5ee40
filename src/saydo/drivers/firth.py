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

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit
from scipy.stats import chi2

from saydo.drivers.design import FORMS, Design, design
from saydo.drivers.patterns import collapse, covariates_of
from saydo.drivers.penalised import Penalised
from saydo.errors import NotEstimable, UnknownName
from saydo.languages import gettext as _

Array = NDArray[np.float64]
FARTHEST = 10.0
"""Multiples of a symmetric interval's reach within which the true one is looked for."""


@dataclass(frozen=True)
class FirthEffect:
    """Average marginal effect of one point of satisfaction, in percentage points of staying."""

    estimate: float
    std_error: float
    """By the delta method; the interval does not rest on it."""
    ci_low: float
    ci_high: float
    """From the penalised likelihood: the least and the greatest effect of all coefficients that it
    does not reject. A bootstrap of so few would often draw nobody who left."""
    p_value: float
    """Penalised likelihood ratio against no relation with satisfaction."""


@dataclass(frozen=True)
class Firth:
    """One fitted model; the same face as `Fit`."""

    params: pd.Series
    """Log-odds of staying by column of the design."""
    covariance: Array
    """Inverse information at the estimate."""
    likelihood: Penalised
    design: Design
    patterns: pd.DataFrame
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

    @property
    def intercept_shift(self) -> float:
        """What FLIC adds to the intercept, in log-odds."""
        return self.likelihood.shift_to_observed(self.params.to_numpy())

    def chances(self) -> Array:
        """Chance of staying of every pattern; their mean is the rate observed (FLIC)."""
        return expit(self.design.matrix @ self.params.to_numpy() + self.intercept_shift)

    def interval(self, term: str, confidence: float = 0.95) -> tuple[float, float]:
        """Profile penalised-likelihood interval of a coefficient, in log-odds."""
        return self.likelihood.interval(self.params.to_numpy(), self._place(term), confidence)

    def p_value(self, terms: str | Sequence[str]) -> float:
        """Penalised likelihood ratio test that these coefficients are all 0."""
        names = [terms] if isinstance(terms, str) else list(terms)
        best, places = self.params.to_numpy(), [self._place(name) for name in names]
        start = best.copy()
        start[places] = 0
        null = self.likelihood.maximum(start, fixed=places)
        ratio = 2 * (self.likelihood.value(best) - self.likelihood.value(null))
        return float(chi2.sf(ratio, len(places)))

    def terms(self, confidence: float = 0.95) -> pd.DataFrame:
        """`term`, `estimate`, `std_error`, `ci_low`, `ci_high` (log-odds), `p_value`."""
        bounds = [self.interval(name, confidence) for name in self.design.names]
        return pd.DataFrame(
            {
                "term": self.design.names,
                "estimate": self.params.to_numpy(),
                "std_error": np.sqrt(np.diag(self.covariance)),
                "ci_low": [low for low, _high in bounds],
                "ci_high": [high for _low, high in bounds],
                "p_value": [self.p_value(name) for name in self.design.names],
            }
        )

    def marginal_effect(self, confidence: float = 0.95) -> FirthEffect:
        """Mean change in the chance of staying, had those below the top answered one point more.

        The contrast of `Fit.marginal_effect`, at FLIC's intercept. With the linear form the
        interval covers 0 exactly where that of the coefficient does.

        Raises:
            NotEstimable: Everyone is at the top, or someone's next level was given by nobody.
        """
        now, then, share = self._step()
        shift, best = self.intercept_shift, self.params.to_numpy()
        reach = np.sqrt(chi2.ppf(confidence, 1))
        least = self.likelihood.value(best) - reach**2 / 2

        def effect(beta: Array) -> float:
            return float(share @ (expit(then @ beta + shift) - expit(now @ beta + shift)))

        def gradient(beta: Array) -> Array:
            p_now, p_then = expit(now @ beta + shift), expit(then @ beta + shift)
            return (share * p_then * (1 - p_then)) @ then - (share * p_now * (1 - p_now)) @ now

        # Within coordinates in which the likelihood falls alike in all directions.
        spread = np.linalg.cholesky(self.covariance)
        slope = spread.T @ gradient(best)
        size = float(np.linalg.norm(slope))

        def inside(z: Array) -> float:
            return self.likelihood.value(best + spread @ z) - least

        def inwards(z: Array) -> Array:
            return np.asarray(spread.T @ self.likelihood.score(best + spread @ z))

        bounds = []
        for sign in (-1.0, 1.0):
            z = minimize(
                lambda z, sign=sign: -sign * effect(best + spread @ z) / size,
                sign * reach * slope / size,
                jac=lambda z, sign=sign: -sign * spread.T @ gradient(best + spread @ z) / size,
                constraints={"type": "ineq", "fun": inside, "jac": inwards},
                bounds=[(-FARTHEST * reach, FARTHEST * reach)] * len(best),
                method="SLSQP",
                options={"ftol": 1e-10, "maxiter": 500},
            ).x
            # At an extreme on the boundary the effect grows straight outwards.
            grows, into = sign * spread.T @ gradient(best + spread @ z), inwards(z)
            outwards = -grows @ into / np.linalg.norm(grows) / np.linalg.norm(into)
            if abs(inside(z)) > 1e-5 or outwards < 1 - 1e-4:
                raise NotEstimable(_("the fit did not converge"))
            bounds.append(100 * effect(best + spread @ z))
        own = self.design.form.terms(self.design.levels)
        return FirthEffect(
            100 * effect(best), 100 * size, bounds[0], bounds[1], p_value=self.p_value(own)
        )

    def _step(self) -> tuple[Array, Array, Array]:
        """Design of those below the top now and one point up, and each pattern's share."""
        satisfaction = self.design.satisfaction
        below_top = satisfaction + 1 <= self.patterns["scale_max"].to_numpy(float)
        weights = self.likelihood.n[below_top]
        if not weights.sum():
            raise NotEstimable(_("everyone already gave the highest answer"))
        then = self.design.at(satisfaction + 1)[below_top]
        if np.isnan(then).any():
            missing = np.setdiff1d(satisfaction[below_top] + 1, self.design.levels)
            raise NotEstimable(
                _("nobody answered {levels}, so that the step to it is unknown").format(
                    levels=", ".join(f"{level:g}" for level in missing)
                )
            )
        return self.design.matrix[below_top], then, weights / weights.sum()

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
    if form not in FORMS:
        raise UnknownName("form", form, list(FORMS))
    known = covariates_of(patterns)
    for name in adjust_for:
        if name not in known:
            raise UnknownName("covariate", name, known)
    used = collapse(patterns, ["satisfaction", "scale_min", "scale_max", *adjust_for])
    complete = used[used[list(adjust_for)].notna().all(axis=1)].reset_index(drop=True)
    counts = ["n_stayed", "n_left"]
    n_incomplete = int(used[counts].to_numpy().sum() - complete[counts].to_numpy().sum())
    stayed, left = (complete[name].to_numpy(float) for name in counts)
    if not stayed.sum() or not left.sum():
        raise NotEstimable(_("nobody stayed") if not stayed.sum() else _("nobody left"))
    made = design(complete, form=form, adjust_for=adjust_for)
    likelihood = Penalised(made.matrix, stayed, stayed + left)
    best = likelihood.maximum(np.zeros(len(made.names)))
    return Firth(
        params=pd.Series(best, index=list(made.names)),
        covariance=np.asarray(np.linalg.inv(likelihood.information(best)), float),
        likelihood=likelihood,
        design=made,
        patterns=complete,
        adjust_for=tuple(adjust_for),
        n_incomplete=n_incomplete,
    )
