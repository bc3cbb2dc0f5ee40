"""The penalised likelihood of a logistic regression on counts, and where it is greatest.

Takes a design matrix with counts; returns values, scores and the maximum, with some coefficients
fixed if asked. The log-likelihood has half the log determinant of the information added (Firth,
1993, Biometrika 80), which removes the bias of first order and makes every maximum finite.

On patterns with counts; `firthmodels` takes counts as weights too, but stops with a warning before
full precision is reached, and its profile bounds need not converge.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.optimize import brentq
from scipy.special import expit
from scipy.stats import chi2

from saydo.errors import NotEstimable
from saydo.languages import gettext as _

Array = NDArray[np.float64]
MAX_STEPS = 500
LONGEST_STEP = 5.0
"""In log-odds. Far out the information vanishes, and steps would become endless."""


class Penalised:
    """Log-likelihood with Firth's penalty, as a function of the coefficients."""

    def __init__(self, matrix: Array, stayed: Array, n: Array, offset: Array | None = None) -> None:
        """A row per pattern: its columns, how many stayed, how many there are, known log-odds."""
        self.matrix, self.stayed, self.n = matrix, stayed, n
        self.offset = np.zeros(len(n)) if offset is None else offset

    def log_odds(self, beta: Array) -> Array:
        return np.asarray(self.matrix @ beta + self.offset)

    def value(self, beta: Array) -> float:
        """Penalised log-likelihood, without the binomial coefficients."""
        log_odds = self.log_odds(beta)
        sign, penalty = np.linalg.slogdet(self.information(beta))
        if sign <= 0:
            # So far out that the information vanishes: nothing is less likely.
            return -np.inf
        plain = self.stayed @ log_odds - self.n @ np.logaddexp(0, log_odds)
        return float(plain + penalty / 2)

    def information(self, beta: Array) -> Array:
        chance = expit(self.log_odds(beta))
        return np.asarray((self.matrix.T * (self.n * chance * (1 - chance))) @ self.matrix)

    def score(self, beta: Array) -> Array:
        """First derivatives of the penalised log-likelihood."""
        return self._score_and_step(beta)[0]

    def maximum(
        self, start: Array, *, fixed: Sequence[int] = (), tolerance: float = 1e-20
    ) -> Array:
        """The coefficients of greatest penalised likelihood; those `fixed` stay as in `start`.

        The penalty is that of the whole design, as in Heinze & Schemper's profiles. The search ends
        when a step would gain less than `tolerance` of the log-likelihood.

        Raises:
            NotEstimable: The search did not converge.
        """
        beta, free = start.astype(float), np.setdiff1d(np.arange(len(start)), fixed)
        if not len(free):
            return beta
        value = self.value(beta)
        for _step in range(MAX_STEPS):
            score, information = self._score_and_step(beta)
            step = np.zeros(len(beta))
            step[free] = np.linalg.solve(information[np.ix_(free, free)], score[free])
            step /= max(1.0, np.abs(self.matrix @ step).max() / LONGEST_STEP)
            # What the step would gain, in units of log-likelihood.
            gain = score @ step
            if gain < tolerance * max(1.0, abs(value)):
                return beta
            for _halving in range(40):
                ahead = self.value(beta + step)
                # Close to the maximum a gain is lost in the rounding of the value.
                if ahead > value or gain < 1e-9 * max(1.0, abs(value)):
                    break
                step /= 2
            beta, value = beta + step, ahead
        raise NotEstimable(_("the fit did not converge"))

    def interval(self, best: Array, place: int, confidence: float) -> tuple[float, float]:
        """Profile interval of one coefficient, about the maximum `best`."""
        covariance = np.linalg.inv(self.information(best))
        ratio = chi2.ppf(confidence, 1)
        least = self.value(best) - ratio / 2
        # How the others go along, to begin with.
        along = covariance[place] / covariance[place, place]

        def above(value: float) -> float:
            start = best + (value - best[place]) * along
            start[place] = value
            # Close to a maximum its value is far more precise than its place.
            return self.value(self.maximum(start, fixed=[place], tolerance=1e-14)) - least

        def bound(reach: float) -> float:
            # The penalty makes the likelihood fall without end: a bound exists.
            far = best[place] + reach
            while above(far) > 0:
                far += reach
            precision = 1e-10 * max(1.0, abs(far))
            return float(brentq(above, best[place], far, xtol=precision, rtol=1e-13))

        reach = float(np.sqrt(ratio * covariance[place, place]))
        return bound(-reach), bound(reach)

    def shift_to_observed(self, beta: Array) -> float:
        """What to add to all log-odds for the expected number of stayers to be the observed."""
        log_odds, n_stayed = self.log_odds(beta), self.stayed.sum()

        def excess(shift: float) -> float:
            return float(self.n @ expit(log_odds + shift) - n_stayed)

        reach = 1.0
        while excess(-reach) > 0 or excess(reach) < 0:
            reach *= 2
        return float(brentq(excess, -reach, reach, xtol=1e-13, rtol=1e-13))

    def _score_and_step(self, beta: Array) -> tuple[Array, Array]:
        """The score, and the information with the penalty's own counts, by which steps are made."""
        chance = expit(self.log_odds(beta))
        spread = chance * (1 - chance)
        weight = self.n * spread
        factor = cho_factor((self.matrix.T * weight) @ self.matrix)
        leverage = weight * np.einsum("ij,ji->i", self.matrix, cho_solve(factor, self.matrix.T))
        residual = self.stayed - self.n * chance + leverage * (0.5 - chance)
        # As if each pattern had as many customers more as its leverage, half of whom stayed.
        information = (self.matrix.T * ((self.n + leverage) * spread)) @ self.matrix
        return np.asarray(self.matrix.T @ residual), np.asarray(information)
