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
from saydo.drivers.fit import Fit, MarginalEffect, Separated, mean_step
from saydo.drivers.likelihood import maximum


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


def turn(adjusted: Fit) -> Turn:
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
    of_adjusted, of_alone = (
        _influence(adjusted, design, coefficients)
        for design, coefficients in (
            (made, np.asarray(adjusted.result.params)),
            (alone, found.coefficients),
        )
    )
    difference = of_adjusted[1] - of_alone[1]
    counts = patterns[["n_stayed", "n_left"]].to_numpy(float)
    std_error = float(np.sqrt((counts * difference**2).sum()))
    return Turn(
        100 * of_alone[0],
        100 * of_adjusted[0],
        MarginalEffect(100 * (of_adjusted[0] - of_alone[0]), 100 * std_error),
    )


def _influence(fitted: Fit, design: Design, coefficients: Array) -> tuple[float, Array]:
    """The marginal effect, and how each who stayed and who left moves it: patterns by outcomes."""
    estimate, gradient = mean_step(design, fitted.patterns, coefficients)
    n = fitted.patterns[["n_stayed", "n_left"]].to_numpy(float).sum(axis=1)
    matrix = design.matrix
    chance = expit(matrix @ coefficients)
    information = matrix.T @ (matrix * (n * chance * (1 - chance))[:, None])
    pull = matrix @ np.linalg.solve(information, gradient)
    return estimate, pull[:, None] * np.column_stack([1 - chance, -chance])
