"""Do those who got something stay more often than those like them who did not?

Takes patterns of who was asked, with covariates and counts; returns the difference in staying as it
is, by inverse chances (IPW), and by both chances and linear models (AIPW), with sandwich errors
that take chances and models as estimated. On counts these equal statsmodels' `TreatmentEffect` on
rows (which follows Stata's `teffects`), errors too, without a row per customer.

References: Robins, Rotnitzky & Zhao (1994), J. Am. Stat. Assoc. 89; Lunceford & Davidian (2004),
Stat. Med. 23.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit

from saydo.drivers.answering.chances import columns_of, logistic, moments
from saydo.drivers.patterns import collapse
from saydo.errors import NotEstimable
from saydo.languages import gettext as _
from saydo.languages import percent

Array = NDArray[np.float64]

MIN_EACH = 10
"""Fewest asked, and fewest not asked."""
CERTAIN = 0.01
"""A chance to be asked under this, or over its complement: nobody to compare with."""
MAX_CERTAIN = 0.01
"""Share of customers with such chances up to which an effect is estimated."""


FIXED = ("segment", "asked", "n_stayed", "n_left")
"""Columns of patterns that are no covariates."""


@dataclass(frozen=True)
class Effect:
    """A difference in staying, asked less not asked, as a share (0 to 1)."""

    value: float
    std_error: float


@dataclass(frozen=True)
class Compared:
    """Everyone of a segment, by what was known of them."""

    matrix: Array
    """One row per cell: intercept, and covariates with mean 0 and variance 1."""
    asked: Array
    stayed: Array
    n: Array
    """Customers of each cell; the two before it are 0 or 1."""
    chance: Array
    """To be asked."""

    @property
    def share_certain(self) -> float:
        """Customers who are nearly all asked, or nearly none: without overlap."""
        certain = (self.chance < CERTAIN) | (self.chance > 1 - CERTAIN)
        return float(self.n @ certain / self.n.sum())


def compared(patterns: pd.DataFrame) -> Compared:
    """The cells of one segment with chances to be asked: logistic on the covariates.

    Raises:
        NotEstimable: Too few were asked or not asked, or some are nearly always or never asked.
    """
    covariates = [name for name in patterns.columns if name not in FIXED]
    counts = collapse(patterns, ["asked", *covariates])
    parts = [
        counts.assign(stayed=stayed, n=counts[column])
        for stayed, column in ((True, "n_stayed"), (False, "n_left"))
    ]
    cells = pd.concat(parts, ignore_index=True)
    cells = cells[cells["n"] > 0].reset_index(drop=True)
    n, asked = cells["n"].to_numpy(float), cells["asked"].to_numpy(bool)
    if min(n @ asked, n @ ~asked) < MIN_EACH:
        raise NotEstimable(
            _(
                "this needs at least {least} {customers} who were asked and {least} who were not"
            ).format(least=MIN_EACH)
        )
    _names, columns = columns_of(cells, covariates)
    mean, spread = moments(columns, n)
    matrix = np.hstack([np.ones((len(n), 1)), (columns - mean) / spread])
    chance = expit(matrix @ logistic(matrix, asked, n))
    found = Compared(matrix, asked.astype(float), cells["stayed"].to_numpy(float), n, chance)
    if found.share_certain > MAX_CERTAIN:
        raise NotEstimable(
            _(
                "{share} of the {customers} are nearly always or nearly never asked, so that there "
                "is nobody like them to compare with"
            ).format(share=percent(100 * found.share_certain, 0))
        )
    return found


def difference(cells: Compared) -> Effect:
    """Retention of those asked less that of the others, nothing adjusted for."""
    n, asked, stayed = cells.n, cells.asked, cells.stayed
    n_1, n_0 = float(n @ asked), float(n @ (1 - asked))
    mean_1, mean_0 = float(n @ (asked * stayed)) / n_1, float(n @ ((1 - asked) * stayed)) / n_0
    influence = asked * (stayed - mean_1) / n_1 - (1 - asked) * (stayed - mean_0) / n_0
    return Effect(mean_1 - mean_0, float(np.sqrt(n @ influence**2)))


def ipw(cells: Compared) -> Effect:
    """By inverse chances, normalised within each group (Hájek); as `TreatmentEffect.ipw`."""
    n, asked, stayed, chance = cells.n, cells.asked, cells.stayed, cells.chance
    weight_1, weight_0 = asked / chance, (1 - asked) / (1 - chance)
    total_1, total_0 = float(n @ weight_1), float(n @ weight_0)
    mean_1 = float(n @ (weight_1 * stayed)) / total_1
    mean_0 = float(n @ (weight_0 * stayed)) / total_0
    of_1, of_0 = weight_1 * (stayed - mean_1) / total_1, weight_0 * (stayed - mean_0) / total_0
    # Per log-odds of being asked, weights change by −(1 − p) and p of themselves.
    drift = -(1 - chance) * of_1 - chance * of_0
    return _effect(cells, mean_1 - mean_0, of_1 - of_0 + _through_chances(cells, drift))


def aipw(cells: Compared) -> Effect:
    """By inverse chances and linear models of staying in each group; as `TreatmentEffect.aipw`."""
    n, asked, stayed, chance = cells.n, cells.asked, cells.stayed, cells.chance
    x, total = cells.matrix, float(n.sum())
    sides = []
    for group, likely in ((asked, chance), (1 - asked, 1 - chance)):
        gram = np.linalg.pinv((x.T * (n * group)) @ x, hermitian=True)
        fitted = x @ (gram @ (x.T @ (n * group * stayed)))
        rest = group * (stayed - fitted)
        mean = fitted + rest / likely
        # How the mean moves with the coefficients of its linear model.
        slope = (n * (1 - group / likely)) @ x / total
        of_model = rest[:, None] * (x @ gram) @ slope
        sides.append((mean, of_model, rest / likely))
    (mean_1, model_1, rest_1), (mean_0, model_0, rest_0) = sides
    value = float(n @ (mean_1 - mean_0)) / total
    drift = (-(1 - chance) * rest_1 - chance * rest_0) / total
    direct = (mean_1 - mean_0 - value) / total + model_1 - model_0
    return _effect(cells, value, direct + _through_chances(cells, drift))


def _through_chances(cells: Compared, drift: Array) -> Array:
    """Influence that a customer of each cell has by way of the chances to be asked."""
    x, n, chance = cells.matrix, cells.n, cells.chance
    information = np.linalg.pinv((x.T * (n * chance * (1 - chance))) @ x, hermitian=True)
    return np.asarray((cells.asked - chance) * (x @ (information @ (x.T @ (n * drift)))))


def _effect(cells: Compared, value: float, influence: Array) -> Effect:
    return Effect(value, float(np.sqrt(cells.n @ influence**2)))
