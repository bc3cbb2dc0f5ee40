"""Do segments differ in how satisfaction goes with staying, and which of them from the rest?

Takes `Strata`; returns `Interaction`: a logistic model in which every segment has its own intercept
and its own slope of satisfaction, while covariates weigh the same in all, against the one with a
common slope. One test answers whether segments differ at all, so that there is nothing to adjust
for multiplicity; then each segment is compared with the rest.

The test is Rao's score test of a common slope. It needs no estimate of any segment's own slope, so
that those with infinite ones take part, and it keeps its level where segments are small; the
likelihood ratio, its twin in large ones, does not and is given beside.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import expit
from scipy.stats import chi2, norm
from statsmodels.stats.multitest import multipletests

from saydo.drivers.between.likelihoods import own_likelihood
from saydo.drivers.between.strata import SEPARATED, Strata, told_apart
from saydo.drivers.between.stratified import Stratified, stratified
from saydo.drivers.gate import MIN_EACH
from saydo.drivers.separation import Separated
from saydo.errors import NotEstimable
from saydo.languages import gettext as _

Array = NDArray[np.float64]
ENDLESS = 1e3
"""Standard error of a covariate's whole range, in log-odds, that no finite estimate has."""

_DIFFERENCE = ("difference", "std_error", "ci_low", "ci_high", "p_value")


@dataclass(frozen=True)
class Interaction:
    """Slopes of satisfaction by segment, and whether they differ."""

    strata: Strata
    gamma: Array
    """Coefficients of the covariates, the same in all segments; log-odds of staying."""
    finite: NDArray[np.bool_]
    """Segments whose slope has a finite estimate by itself."""
    tested: NDArray[np.bool_]
    """Those with enough on both sides, too, to be compared with the rest one by one."""
    slopes: Array
    """Log-odds of staying per point, by segment; NaN where not finite."""
    std_errors: Array
    common: tuple[float, float]
    """The slope if it were the same in all of `tested`, and its standard error; NaN if fewer than
    one are."""
    score: float
    """Rao's score statistic of a common slope."""
    df: int
    """Its degrees of freedom; 0 if fewer than two segments have answers to compare."""
    ratio: float
    """Twice the log-likelihood that slopes of their own add, `tested` segments only; NaN if fewer
    than two are tested."""
    covariance: Array
    """Of the slopes of `tested`."""
    tested_slopes: Array
    """Of `tested`, from the model of those alone."""

    @property
    def p_value(self) -> float:
        """Of no difference between any slopes; NaN without two segments to compare."""
        return float(chi2.sf(self.score, self.df)) if self.df else float("nan")

    @property
    def offset(self) -> Array:
        """Log-odds that covariates add, by pattern."""
        return np.asarray(self.strata.covariates @ self.gamma)

    def differences(self, confidence: float = 0.95) -> pd.DataFrame:
        """Each tested segment's slope less that of the rest.

        The rest is the mean slope of the other tested segments, each weighted by its precision.

        Returns:
            `segment`, `difference` (log-odds per point), `std_error`, `ci_low`, `ci_high` (Šidák's:
            all of them cover at once with at least `confidence`, whatever the correlations; Šidák,
            1967, JASA 62), `p_value` (Holm's adjusted). Holm steps down, so that it may find a
            difference where the interval just covers 0.
        """
        names = np.array(self.strata.segments, object)[self.tested]
        count = len(names)
        if count < 2:
            return pd.DataFrame(columns=["segment", *_DIFFERENCE])
        precision = 1 / np.diag(self.covariance)
        weights = np.tile(precision, (count, 1))
        np.fill_diagonal(weights, 0)
        contrasts = np.eye(count) - weights / weights.sum(axis=1, keepdims=True)
        difference = contrasts @ self.tested_slopes
        variance = np.einsum("ij,jk,ik->i", contrasts, self.covariance, contrasts)
        std_error = np.sqrt(variance)
        p_values = 2 * norm.sf(np.abs(difference / std_error))
        # Of two segments, one differs from the other as the other from it: a single question.
        questions = 1 if count == 2 else count
        reach = norm.ppf(0.5 + confidence ** (1 / questions) / 2) * std_error
        adjusted = multipletests(p_values, method="holm")[1] if questions > 1 else p_values
        return pd.DataFrame(
            {
                "segment": names,
                "difference": difference,
                "std_error": std_error,
                "ci_low": difference - reach,
                "ci_high": difference + reach,
                "p_value": adjusted,
            }
        )


def interaction(strata: Strata) -> Interaction:
    """The model of all segments together, and the test of a common slope.

    Covariates' coefficients come from all segments with a finite estimate. The score test is of all
    segments with different answers in which some stayed and some left. Compared with the rest one
    by one are those with at least `MIN_EACH` of each: estimates of fewer are not nearly normal.

    Raises:
        NotEstimable: No segment has a finite estimate; covariates tell exactly who stays.
    """
    compared = np.array([status in ("", SEPARATED) for status in strata.status])
    finite = np.array([not status for status in strata.status])
    enough = (strata.n_left >= MIN_EACH) & (strata.n_stayed >= MIN_EACH)
    tested = finite & enough
    if not finite.any():
        raise NotEstimable(_("no segment has enough {customers} on both sides for an estimate"))
    all_own, gamma = _own_slopes(strata.only(finite))
    slopes, std_errors = (np.full(len(finite), np.nan) for _either in range(2))
    slopes[finite] = all_own.own[:, 1]
    std_errors[finite] = np.sqrt(all_own.own_covariance[:, 1, 1])
    count = int(tested.sum())
    common, ratio = (float("nan"), float("nan")), float("nan")
    covariance, tested_slopes = np.empty((0, 0)), np.empty(0)
    if count:
        own = all_own if count == finite.sum() else _own_slopes(strata.only(tested))[0]
        one = _common_slope(strata.only(tested))
        common = (float(one.shared[0]), float(np.sqrt(one.shared_covariance[0, 0])))
        tested_slopes = own.own[:, 1]
        covariance = _covariance_of_slopes(own)
        if count > 1:
            ratio = max(0.0, 2 * (own.log_likelihood - one.log_likelihood))
    score = _statistic(strata.only(compared)) if compared.sum() > 1 else float("nan")
    return Interaction(
        strata=strata,
        gamma=gamma,
        finite=finite,
        tested=tested,
        slopes=slopes,
        std_errors=std_errors,
        common=common,
        score=score,
        df=max(0, int(compared.sum()) - 1),
        ratio=ratio,
        covariance=covariance,
        tested_slopes=tested_slopes,
    )


def _own_slopes(strata: Strata) -> tuple[Stratified, Array]:
    """Own intercepts and slopes, and coefficients of all covariates (0 where nothing tells them).

    A covariate may vary in segments only that have no estimate.
    """
    places = told_apart(strata.covariates, strata.satisfaction, strata.codes)
    shared = strata.covariates[:, places]
    own = np.column_stack([np.ones(len(strata.n)), strata.satisfaction])
    made = stratified(own, shared, strata.codes, strata.stayed, strata.n)
    _refuse_endless(made, shared, [strata.names[place] for place in places])
    gamma = np.zeros(strata.covariates.shape[1])
    gamma[places] = made.shared
    return made, gamma


def _statistic(strata: Strata) -> float:
    """Rao's statistic, from the conditional likelihood as far as segments' own slopes go.

    The ordinary likelihood forgets that each segment's intercept is estimated. Its scores vary by n
    over n − 1 more than it says, which adds up over hundreds of small segments.
    """
    _score, covariance, common = scores(strata)
    offset = strata.covariates @ common.gamma
    count = len(strata.segments)

    def total(slope: float) -> float:
        return float(own_likelihood(strata, np.full(count, slope), offset=offset)[0].sum())

    reach = common.std_error
    while total(common.slope - reach) < 0 or total(common.slope + reach) > 0:
        reach *= 2
    slope = brentq(total, common.slope - reach, common.slope + reach, xtol=1e-10)
    score, information = own_likelihood(strata, np.full(count, slope), offset=offset)
    score = score * np.sqrt(common.information / information)
    return float(score @ np.linalg.solve(covariance, score))


@dataclass(frozen=True)
class Common:
    """The estimate of a common slope."""

    slope: float
    std_error: float
    gamma: Array
    """Coefficients of all covariates; 0 where nothing tells them."""
    information: Array
    """About each segment's slope, with its intercept unknown."""


def scores(strata: Strata) -> tuple[Array, Array, Common]:
    """The score of each segment's slope at the common one, the scores' covariance, and that slope.

    Intercepts and covariates are estimated too, and so taken off the covariance (Rao, 1948, Proc.
    Cambridge Phil. Soc. 44). All segments must have different answers, stayers and leavers.
    """
    places = told_apart(strata.covariates, strata.satisfaction, strata.codes)
    covariates, codes, by_segment = strata.covariates[:, places], strata.codes, strata.by_segment
    at = _common_slope(strata)
    log_odds = at.own[codes, 0] + np.column_stack([strata.satisfaction, covariates]) @ at.shared
    chance = expit(log_odds)
    weight = strata.n * chance * (1 - chance)

    def within(column: Array) -> Array:
        return np.asarray(column - (by_segment(weight * column) / by_segment(weight))[codes])

    aside = within(strata.satisfaction)
    others = np.column_stack([np.empty((len(codes), 0)), *map(within, covariates.T)])
    score = by_segment((strata.stayed - strata.n * chance) * aside)
    information = by_segment(weight * aside**2)
    covariance = np.diag(information)
    if places:
        cross = np.column_stack([by_segment(weight * aside * other) for other in others.T])
        covariance -= cross @ np.linalg.solve((others.T * weight) @ others, cross.T)
    gamma = np.zeros(strata.covariates.shape[1])
    gamma[places] = at.shared[1:]
    std_error = float(np.sqrt(at.shared_covariance[0, 0]))
    return score, covariance, Common(float(at.shared[0]), std_error, gamma, information)


def _common_slope(strata: Strata) -> Stratified:
    """Own intercepts, one slope; its columns are those of `_own_slopes`, so that models nest."""
    places = told_apart(strata.covariates, strata.satisfaction, strata.codes)
    shared = np.column_stack([strata.satisfaction, strata.covariates[:, places]])
    return stratified(np.ones((len(strata.n), 1)), shared, strata.codes, strata.stayed, strata.n)


def _refuse_endless(made: Stratified, shared: Array, names: list[str]) -> None:
    """Covariates whose coefficients drifted off: with them the data are separated."""
    ranges = np.ptp(shared, axis=0) if len(names) else np.empty(0)
    reach = ranges * np.sqrt(np.diag(made.shared_covariance))
    endless = [name for name, one in zip(names, reach, strict=True) if one > ENDLESS]
    if endless:
        raise Separated(endless)


def _covariance_of_slopes(made: Stratified) -> Array:
    """Of all segments' slopes: own errors, and what they share through the covariates."""
    sway = made.sway[:, 1, :]
    through = sway @ made.shared_covariance @ sway.T
    alone = made.own_covariance[:, 1, 1] - np.diag(through)
    return np.asarray(np.diag(alone) + through)
