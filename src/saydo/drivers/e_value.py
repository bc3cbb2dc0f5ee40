"""How strong would a hidden cause have to be, to explain away what satisfaction goes with?

Takes a fitted model; returns the risk ratio between the satisfied and the dissatisfied, had both
the same covariates, and its E-value: the risk ratio that a cause nobody recorded must have with the
answer and with the outcome alike (VanderWeele & Ding, 2017, Ann. Intern. Med. 167:268-274).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from saydo.drivers.fitted import Array, Fitted, Quantity
from saydo.tables.scope import dissatisfied_to, satisfied_from


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


def risk_ratio(fit: Fitted, *, confidence: float = 0.95) -> RiskRatio:
    """Risk ratio between the satisfied and the dissatisfied, standardised to everyone's covariates.

    Of the rarer outcome, as the E-value's bound is stated for risk ratios. The risk of a group is
    the mean over its answers, and over all customers' covariates, of the fitted chance
    (g-computation; Robins, 1986); where nobody was satisfied or nobody dissatisfied, the highest
    answer given stands against the lowest. Interval of the log ratio, as the
    model draws it.
    """
    scale = fit.patterns["scale_min"].iloc[0], fit.patterns["scale_max"].iloc[0]
    levels = fit.design.levels
    high, low = levels >= satisfied_from(*scale), levels <= dissatisfied_to(*scale)
    if not high.any() or not low.any():
        high, low = levels == levels[-1], levels == levels[0]
    satisfied, dissatisfied = (_chance(fit, levels[group]) for group in (high, low))
    of_leaving = 2 * fit.n_left <= fit.n

    def log_ratio(coefficients: Array) -> tuple[float, Array]:
        (above, slope_above), (below, slope_below) = (
            group(coefficients) for group in (satisfied, dissatisfied)
        )
        if of_leaving:
            ratio = np.log1p(-below) - np.log1p(-above)
            return float(ratio), slope_above / (1 - above) - slope_below / (1 - below)
        return float(np.log(above) - np.log(below)), slope_above / above - slope_below / below

    estimate = log_ratio(fit.coefficients)[0]
    ratios = np.exp([estimate, *fit.interval_of(log_ratio, confidence)])
    return RiskRatio(of_leaving, *map(float, ratios))


def _chance(fit: Fitted, levels: Array) -> Quantity:
    """Mean chance of staying, had everyone answered as those at `levels` do."""
    satisfaction, counts = fit.design.satisfaction, fit.counts
    given = np.array([counts[satisfaction == level].sum() for level in levels])
    chances = [fit.chance_at(level) for level in levels]

    def mean(coefficients: Array) -> tuple[float, Array]:
        found = [chance(coefficients) for chance in chances]
        shares = given / given.sum()
        slope = shares @ np.array([gradient for _chance, gradient in found])
        return float(shares @ [chance for chance, _gradient in found]), slope

    return mean
