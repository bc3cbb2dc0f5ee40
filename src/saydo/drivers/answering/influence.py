"""What is estimated with weights that are themselves estimated, and how sure is it?

Takes weighted rows of respondents; returns estimates with the influence of every customer on them,
from which standard errors follow, and errors of differences between estimates made of the same
customers. The equations of the response model and of the estimate are solved as one stack, so that
what the weights owe to chance counts: the sandwich of M-estimation. With good weights it makes
errors smaller, not larger, than if the weights were known (Lunceford & Davidian, 2004, Stat. Med.
23; Stefanski & Boos, 2002, Am. Stat. 56).

Everything is on cells with counts: a cell of 40 customers is 40 rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit
from statsmodels.genmod import families
from statsmodels.genmod.generalized_linear_model import GLM

from saydo.drivers.answering.weights import Weights
from saydo.drivers.design import design
from saydo.drivers.separation import finite
from saydo.errors import NotEstimable
from saydo.languages import gettext as _

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Estimate:
    """A number, and what each customer did to it."""

    value: float
    influence: Array
    """Of one customer of each cell of `Weights`; they sum to 0 over customers."""
    n: Array
    """Customers of each cell."""
    n_effective: float = np.nan
    """Answers of equal weight that would say as much (Kish); none of a difference."""

    @property
    def std_error(self) -> float:
        return float(np.sqrt(self.n @ self.influence**2))

    def __sub__(self, other: Estimate) -> Estimate:
        """The difference of two estimates of the same customers."""
        return Estimate(self.value - other.value, self.influence - other.influence, self.n)


@dataclass(frozen=True)
class Answers:
    """Answers, each standing for some customers."""

    weights: Weights
    cell: NDArray[np.intp]
    """Place in `weights.cells` of who gave them."""
    satisfaction: Array
    weight: Array
    """Customers that one customer of the cell stands for with this answer."""
    drift: Array
    """Change of `weight` per log-odds of answering."""

    @property
    def count(self) -> Array:
        """Respondents of each row."""
        return self.weights.n[self.cell]

    def of(self, column: str) -> pd.Series:
        """A column of `weights.cells`, per row."""
        return self.weights.cells[column].iloc[self.cell].reset_index(drop=True)

    def among(self, rows: NDArray[np.bool_]) -> Answers:
        """Some of the rows."""
        return Answers(
            self.weights,
            self.cell[rows],
            self.satisfaction[rows],
            self.weight[rows],
            self.drift[rows],
        )


def as_given(weights: Weights) -> Answers:
    """Every answer speaks for the one who gave it."""
    cell = np.flatnonzero(weights.answered)
    said = weights.cells["satisfaction"].to_numpy(float)[cell]
    return Answers(weights, cell, said, np.ones(len(cell)), np.zeros(len(cell)))


def as_weighted(weights: Weights) -> Answers:
    """Every answer speaks for those like the one who gave it, too."""
    cell = np.flatnonzero(weights.answered)
    said = weights.cells["satisfaction"].to_numpy(float)[cell]
    return Answers(weights, cell, said, weights.weight[cell], weights.drift[cell])


def mean(answers: Answers, values: Array, *, within: NDArray[np.bool_] | None = None) -> Estimate:
    """Weighted mean of `values` over rows, or over those `within`.

    Raises:
        NotEstimable: There are none.
    """
    inside = np.ones(len(values)) if within is None else within.astype(float)
    total = float(answers.count @ (answers.weight * inside))
    if not total:
        raise NotEstimable(_("nobody answered"))
    value = float(answers.count @ (answers.weight * inside * values)) / total
    moment = (inside * (values - value) / total)[:, None]
    influence = _influence(answers, moment)[:, 0]
    kish = total**2 / float(answers.count @ (answers.weight**2 * inside))
    return Estimate(value, influence, answers.weights.n, kish)


def marginal_effect(
    answers: Answers, *, form: str = "linear", adjust_for: Sequence[str] = ()
) -> Estimate:
    """Mean change in the chance of staying per point of satisfaction, in percentage points.

    The contrast of `drivers.fit`, over everyone below the top whom the answers speak for. Its error
    counts that the customers are a sample too, where `fit` takes them as given, and does not rest
    on the model's variance; residuals are corrected for leverage (Mancl & DeRouen, 2001, Biometrics
    57). Customers of whom a covariate is unknown are left out.

    Raises:
        NotEstimable: As `design` and `fit` do.
    """
    covariates = pd.DataFrame({name: answers.of(name) for name in adjust_for})
    known = covariates.notna().all(axis=1).to_numpy(bool)
    answers = answers.among(known if len(adjust_for) else np.ones(len(answers.cell), bool))
    stayed = answers.of("stayed").to_numpy(bool)
    if stayed.all() or not stayed.any():
        raise NotEstimable(_("nobody left") if stayed.all() else _("nobody stayed"))
    rows = pd.DataFrame({name: answers.of(name) for name in adjust_for})
    made = design(rows.assign(satisfaction=answers.satisfaction), form=form, adjust_for=adjust_for)
    x = made.matrix
    size = answers.count * answers.weight
    model = GLM(stayed.astype(float), x, family=families.Binomial(), freq_weights=size)
    result = finite(model, stayed.astype(int), (~stayed).astype(int), names=made.names)
    coefficients = np.asarray(result.params)
    chance = expit(x @ coefficients)
    information = (x.T * (size * chance * (1 - chance))) @ x
    inverse = np.linalg.inv(information)
    # A heavy answer pulls the model towards itself, and so hides its own residual.
    pull = answers.weight * chance * (1 - chance) * np.einsum("ij,jk,ik->i", x, inverse, x)
    # Of a customer, who may have several rows.
    leverage = np.bincount(answers.cell, pull)[answers.cell]
    score = (stayed - chance)[:, None] * x
    hidden = (leverage / (1 - leverage))[:, None] * score
    of_coefficients = (_influence(answers, score) + _direct(answers, hidden)) @ inverse

    below_top = answers.satisfaction + 1 <= answers.of("scale_max").to_numpy(float)
    if not below_top.any():
        raise NotEstimable(_("everyone already gave the highest answer"))
    then = np.where(below_top[:, None], made.at(answers.satisfaction + 1), x)
    if np.isnan(then).any():
        raise NotEstimable(_("a step leads to an answer that nobody gave, so that it is unknown"))
    chance_then = expit(then @ coefficients)
    step = mean(answers, 100 * (chance_then - chance), within=below_top)
    share = size * below_top / float(size @ below_top)
    slope = (share * chance_then * (1 - chance_then)) @ then - (share * chance * (1 - chance)) @ x
    kish = mean(answers, chance).n_effective
    return Estimate(step.value, step.influence + 100 * of_coefficients @ slope, step.n, kish)


def _influence(answers: Answers, moment: Array) -> Array:
    """Influence on a sum of `weight × moment` of a customer of each cell, weights' own included."""
    weights = answers.weights
    through = weights.matrix[answers.cell].T @ ((answers.count * answers.drift)[:, None] * moment)
    return np.asarray(_direct(answers, moment) + weights.response_influence @ through)


def _direct(answers: Answers, moment: Array) -> Array:
    """The same were weights known."""
    summed = np.zeros((len(answers.weights.cells), moment.shape[1]))
    np.add.at(summed, answers.cell, answers.weight[:, None] * moment)
    return summed
