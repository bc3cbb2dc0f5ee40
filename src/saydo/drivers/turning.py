"""Does adjusting turn the sign, and is that more than chance? Simpson's paradox, tested.

Takes an adjusted fit; returns how far its marginal effect lies from the one that is unadjusted, of
the same customers. The two are estimated from the same answers and outcomes and so go up and down
together: their difference is known much better than either, and a sign may turn for sure though
neither effect is clear of 0, as in the kidney stones of Charig et al. (1986).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import expit
from scipy.stats import norm

from saydo.drivers.design import Array, Design
from saydo.drivers.fitted import Fitted, MarginalEffect
from saydo.drivers.likelihood import maximum
from saydo.drivers.one_point import one_point
from saydo.drivers.patterns import COUNTS
from saydo.drivers.separation import Separated


@dataclass(frozen=True)
class Turn:
    """Marginal effects of the same customers, in percentage points of staying."""

    unadjusted: float
    adjusted: float
    difference: MarginalEffect
    """Adjusted less unadjusted."""

    def is_reversal(self, confidence: float = 0.95) -> bool:
        """Whether the signs differ, and adjusting moves the effect by more than chance."""
        reach = norm.ppf(0.5 + confidence / 2) * self.difference.std_error
        turned = self.unadjusted * self.adjusted < 0
        return bool(turned and abs(self.difference.estimate) > reach)


def turn(adjusted: Fitted) -> Turn:
    """What adjusting does to the marginal effect.

    The standard error is that of both models' estimating equations together (sandwich): the sum
    over customers of the squared difference of their influences.

    Raises:
        NotEstimable: As `Fit.marginal_effect`; the unadjusted model has no finite estimate.

    References:
        Clogg, Petkova & Haritou (1995), Am. J. Sociol. 100; Weesie (1999), Stata Tech. Bull. 52.
    """
    patterns, made = adjusted.patterns, adjusted.design
    n_terms = len(made.names) - made.covariates.shape[1]
    alone = replace(made, covariates=made.covariates[:, :0], names=made.names[:n_terms], aliased=())
    found = maximum(alone.matrix, patterns["n_stayed"], patterns["n_left"])
    if found is None:
        raise Separated(alone.names[1:])
    of_adjusted = _influence(adjusted, made, adjusted.coefficients, adjusted.intercept_shift)
    of_alone = _influence(adjusted, alone, found.coefficients, 0.0)
    difference = of_adjusted[1] - of_alone[1]
    counts = patterns[list(COUNTS)].to_numpy(float)
    std_error = float(np.sqrt((counts * difference**2).sum()))
    return Turn(
        100 * of_alone[0],
        100 * of_adjusted[0],
        MarginalEffect.wald(100 * (of_adjusted[0] - of_alone[0]), 100 * std_error),
    )


def _influence(
    fitted: Fitted, design: Design, coefficients: Array, shift: float
) -> tuple[float, Array]:
    """The marginal effect, and how each who stayed and who left moves it: patterns by outcomes."""
    n = fitted.counts
    step = one_point(design, scale_max=fitted.patterns["scale_max"].to_numpy(float), n=n)
    estimate, gradient = step.mean_change(coefficients, shift=shift)
    matrix = design.matrix
    chance = expit(matrix @ coefficients + shift)
    information = matrix.T @ (matrix * (n * chance * (1 - chance))[:, None])
    pull = matrix @ np.linalg.solve(information, gradient)
    return estimate, pull[:, None] * np.column_stack([1 - chance, -chance])
