"""Who answers, as far as deeds tell, and how much must each answer count to speak for everyone?

Takes response patterns of one segment; returns `Weights`: a logistic model of answering on what is
known of *everyone*, the inverse of its chances, and how like everyone the respondents become.

What is known of everyone is what customers did before the landmark, and whether they *stayed*: the
outcome is no answer to the survey, so it is known of the silent too. It belongs in the model of who
answers, though it comes later, for that model is no cause but a prediction of what is missing. With
it the weights are right if answering depends on satisfaction only through, or along with, behaviour
and staying (missing at random given both). Without it they need more: that the silent who left were
like the silent who stayed. Where answering depends on staying, respondents alone give the wrong
level of staying, and so the wrong marginal effect, even where their log-odds per point are right.

What no weight can remove: dependence on satisfaction itself, given all that is known. `silent` asks
how strong that would have to be.

References: Robins, Rotnitzky & Zhao (1994), J. Am. Stat. Assoc. 89; Seaman & White (2013), Stat.
Methods Med. Res. 22.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit

from saydo.drivers.answering.chances import columns_of, logistic, moments
from saydo.drivers.patterns import collapse, covariates_of
from saydo.errors import NotEstimable, UnknownName
from saydo.languages import gettext as _
from saydo.languages import percent

Array = NDArray[np.float64]

MIN_EACH = 10
"""Fewest who answered, and fewest silent, for a model of who answers."""
TRIM_AT = 10.0
"""No weight above this many times the mean, lest one answer speak for a crowd. A cap trades bias
for variance. Caps of 5 are usual (DeBell & Krosnick, 2009, Computing Weights for American National
Election Study Survey Data), but in `benchmarks/truths/answering.py` 5 moved the mean by a fifth of
its standard error, which intervals do not know, and 10 did not."""
NOBODY = 1 / 50
"""Chances to answer below this part of the average: who has them is spoken for by nobody."""
MAX_UNHEARD = 0.01
"""Share of customers with such chances up to which weights are made."""
BALANCED = 0.1
"""Standardised differences under this are small (Austin & Stuart, 2015, Stat. Med. 34)."""


@dataclass(frozen=True)
class Weights:
    """The model of who answers, and the weights of those who did."""

    cells: pd.DataFrame
    """Everyone: covariates, `satisfaction` (null for the silent), `scale_min`, `scale_max`,
    `stayed`, `n` (customers, at least one)."""
    on: tuple[str, ...]
    """Covariates by which answering was modelled."""
    names: tuple[str, ...]
    """Columns of `matrix`: intercept, covariates, and `stayed` where the outcome is used."""
    matrix: Array
    """One row per cell; columns have mean 0 and variance 1 but for the intercept."""
    coefficients: Array
    """Log-odds of answering, of the columns of `matrix`."""
    cap: float
    """Largest weight."""
    share_unheard: float
    """Customers like whom nobody answers, as a share (0 to 1) of all."""

    @cached_property
    def n(self) -> Array:
        return self.cells["n"].to_numpy(float)

    @cached_property
    def answered(self) -> NDArray[np.bool_]:
        return self.cells["satisfaction"].notna().to_numpy()

    @cached_property
    def chance(self) -> Array:
        """Of answering, per cell."""
        return expit(self.matrix @ self.coefficients)

    @cached_property
    def weight(self) -> Array:
        """How many customers a respondent of each cell speaks for; 0 for the silent."""
        return np.where(self.answered, np.minimum(1 / self.chance, self.cap), 0.0)

    @property
    def stabilised(self) -> Array:
        """The same in shares of the mean response: 1 on average over respondents, but for trimming.

        Constants cancel in every estimate that is made with weights; these are for reading.
        """
        return self.weight * float(self.n @ self.answered) / float(self.n.sum())

    @cached_property
    def drift(self) -> Array:
        """Change of the weight per log-odds of answering; none where it is capped."""
        free = self.answered & (1 / self.chance <= self.cap)
        return np.where(free, -(1 - self.chance) / self.chance, 0.0)

    @cached_property
    def response_influence(self) -> Array:
        """Influence of one customer of each cell on `coefficients`: inverse information × score."""
        information = (self.matrix.T * (self.n * self.chance * (1 - self.chance))) @ self.matrix
        score = (self.answered - self.chance)[:, None] * self.matrix
        # Pseudo-inverse: a column fixed by others adds nothing, and chances are the same.
        return np.asarray(score @ np.linalg.pinv(information, hermitian=True))

    @property
    def n_answered(self) -> int:
        return int(self.n @ self.answered)

    @property
    def n_effective(self) -> float:
        """Answers of equal weight that would say as much (Kish, 1965, Survey Sampling, 11.7)."""
        return float((self.n @ self.weight) ** 2 / (self.n @ self.weight**2))

    @property
    def n_trimmed(self) -> int:
        """Respondents whose weight is capped."""
        return int(self.n @ (self.answered & (1 / self.chance > self.cap)))


def response_weights(
    patterns: pd.DataFrame,
    *,
    on: Sequence[str] | None = None,
    use_outcome: bool = True,
    trim_at: float = TRIM_AT,
) -> Weights:
    """Inverse-probability weights of those who answered.

    A covariate that is unknown of some enters with an indicator of that, so that nobody is left
    out (Rosenbaum & Rubin, 1984, J. Am. Stat. Assoc. 79).

    Args:
        patterns: Of one segment, as `response_patterns` returns them.
        on: Covariates among the columns; all of them by default.
        use_outcome: Whether to model answering on staying too. See the head of this module.
        trim_at: Cap, in mean weights of the respondents.

    Raises:
        NotEstimable: Too few answered or are silent, or nobody answers of some kind of customer.
        UnknownName: There is no such covariate.
    """
    known = covariates_of(patterns)
    on = known if on is None else tuple(on)
    for name in on:
        if name not in known:
            raise UnknownName("covariate", name, known)
    cells = _cells(patterns, known)
    n, answered = cells["n"].to_numpy(float), cells["satisfaction"].notna().to_numpy()
    n_answered, n_silent = int(n @ answered), int(n @ ~answered)
    if min(n_answered, n_silent) < MIN_EACH:
        raise NotEstimable(
            _(
                "who answers can't be told: this needs at least {least} who did and {least} who "
                "did not"
            ).format(least=MIN_EACH)
        )
    names, matrix = columns_of(cells, on, use_outcome=use_outcome)
    mean, spread = moments(matrix, n)
    scaled = np.hstack([np.ones((len(n), 1)), (matrix - mean) / spread])
    coefficients = logistic(scaled, answered, n)
    chance = expit(scaled @ coefficients)
    unheard = float(n @ (chance < NOBODY * n_answered / n.sum()) / n.sum())
    if unheard > MAX_UNHEARD:
        raise NotEstimable(
            _(
                "hardly anyone answers who is like {share} of the {customers}, so that no weight "
                "can make the others speak for them"
            ).format(share=percent(100 * unheard, 0))
        )
    cap = trim_at * float((n * answered) @ (1 / chance)) / n_answered
    return Weights(cells, on, ("intercept", *names), scaled, coefficients, cap, unheard)


def balance(weights: Weights) -> pd.DataFrame:
    """How unlike everyone the respondents are, before and after weighting.

    Returns:
        One row per column of the model: `term`, `everyone` (mean), `answered` (mean of
        respondents), `weighted` (their weighted mean), `before`, `after` (differences from everyone
        in standard deviations), `is_balanced` (`after` within `BALANCED`).

    References:
        Austin & Stuart (2015), Statistics in Medicine 34.
    """
    names, matrix = columns_of(weights.cells, weights.on, use_outcome="stayed" in weights.names)
    mean, spread = moments(matrix, weights.n)

    def of(weight: Array) -> Array:
        return np.asarray((weights.n * weight) @ matrix / (weights.n @ weight))

    plain, weighted = of(weights.answered.astype(float)), of(weights.weight)
    after = (weighted - mean) / spread
    return pd.DataFrame(
        {
            "term": names,
            "everyone": mean,
            "answered": plain,
            "weighted": weighted,
            "before": (plain - mean) / spread,
            "after": after,
            "is_balanced": np.abs(after) <= BALANCED,
        }
    )


def _cells(patterns: pd.DataFrame, covariates: Sequence[str]) -> pd.DataFrame:
    """One row per pattern and outcome that somebody has."""
    keys = ["satisfaction", "scale_min", "scale_max", *covariates]
    counts = collapse(patterns, keys)
    parts = [
        counts[keys].assign(stayed=stayed, n=counts[column])
        for stayed, column in ((True, "n_stayed"), (False, "n_left"))
    ]
    cells = pd.concat(parts, ignore_index=True)
    return cells[cells["n"] > 0].reset_index(drop=True)
