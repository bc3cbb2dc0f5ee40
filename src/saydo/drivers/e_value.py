"""How strong would a hidden cause have to be, to explain away what satisfaction goes with?

Takes a fitted model; returns the risk ratio between the satisfied and the dissatisfied, had both
the same covariates, and its E-value: the risk ratio that a cause nobody recorded must have with the
answer and with the outcome alike (VanderWeele & Ding, 2017, Ann. Intern. Med. 167:268-274).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from scipy.stats import norm

from saydo.drivers.fit import Fit
from saydo.tables.scope import dissatisfied_to, satisfied_from

Array = NDArray[np.float64]


@dataclass(frozen=True)
class RiskRatio:
    """Risk of the rarer outcome: of the dissatisfied leaving, or of the satisfied staying."""

    of_leaving: bool
    """Dissatisfied over satisfied of leaving; else satisfied over dissatisfied of staying."""
    estimate: float
    ci_low: float
    ci_high: float

    @property
    def e_value(self) -> float:
        """E-value of the estimate."""
        return e_value(self.estimate)

    @property
    def e_value_of_limit(self) -> float:
        """E-value of the interval's limit nearest 1; 1 where the interval covers 1."""
        if self.ci_low <= 1 <= self.ci_high:
            return 1.0
        return e_value(self.ci_low if self.estimate > 1 else self.ci_high)


def e_value(risk_ratio: float) -> float:
    """Least risk ratio, with exposure and with outcome, of a cause that explains `risk_ratio` away.

    1 means that no hidden cause is needed; below 1 the reciprocal is taken.

    Raises:
        ValueError: The ratio is not positive.

    Examples:
        >>> round(e_value(3.9), 2)
        7.26
    """
    if not risk_ratio > 0:
        raise ValueError(f"a risk ratio is positive, not {risk_ratio}")
    above = max(risk_ratio, 1 / risk_ratio)
    return float(above + np.sqrt(above * (above - 1)))


def risk_ratio(fit: Fit, *, confidence: float = 0.95) -> RiskRatio:
    """Risk ratio between the satisfied and the dissatisfied, standardised to everyone's covariates.

    Of the rarer outcome, as the E-value's bound is stated for risk ratios. The risk of a group is
    the mean over its answers, and over all customers' covariates, of the fitted chance
    (g-computation; Robins, 1986); where nobody was satisfied or nobody dissatisfied, the highest
    answer given stands against the lowest. Interval by the delta method on the log ratio.
    """
    counts = fit.patterns[["n_stayed", "n_left"]].to_numpy(float).sum(axis=1)
    scale = fit.patterns["scale_min"].iloc[0], fit.patterns["scale_max"].iloc[0]
    levels = fit.design.levels
    high, low = levels >= satisfied_from(*scale), levels <= dissatisfied_to(*scale)
    if not high.any() or not low.any():
        high, low = levels == levels[-1], levels == levels[0]
    satisfied, satisfied_slope = _chance(fit, levels[high], counts)
    dissatisfied, dissatisfied_slope = _chance(fit, levels[low], counts)
    of_leaving = 2 * fit.n_left <= fit.n
    if of_leaving:
        log_ratio = np.log1p(-dissatisfied) - np.log1p(-satisfied)
        gradient = satisfied_slope / (1 - satisfied) - dissatisfied_slope / (1 - dissatisfied)
    else:
        log_ratio = np.log(satisfied) - np.log(dissatisfied)
        gradient = satisfied_slope / satisfied - dissatisfied_slope / dissatisfied
    std_error = np.sqrt(gradient @ np.asarray(fit.result.cov_params()) @ gradient)
    reach = norm.ppf(0.5 + confidence / 2) * std_error
    estimate, ci_low, ci_high = np.exp([log_ratio, log_ratio - reach, log_ratio + reach])
    return RiskRatio(of_leaving, float(estimate), float(ci_low), float(ci_high))


def _chance(fit: Fit, levels: Array, counts: Array) -> tuple[float, Array]:
    """Mean chance of staying, had everyone answered as those at `levels` do, and its gradient."""
    satisfaction = fit.design.satisfaction
    given = np.array([counts[satisfaction == level].sum() for level in levels])
    coefficients = np.asarray(fit.result.params)
    chance, gradient = 0.0, np.zeros(len(coefficients))
    for level, share in zip(levels, given / given.sum(), strict=True):
        matrix = fit.design.at(np.full(len(satisfaction), level))
        p = expit(matrix @ coefficients)
        weight = share * counts / counts.sum()
        chance += float(weight @ p)
        gradient += (weight * p * (1 - p)) @ matrix
    return chance, gradient
