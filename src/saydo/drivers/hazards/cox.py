"""How does the hazard of leaving go with satisfaction? Cox's regression on counted spells.

Takes spells, each at risk from after `start` until `stop` included, with the number of customers of
whom it is true; returns `CoxFit`. Satisfaction may change from one spell of a customer to the next,
and customers may come under watch late (left truncation): whoever enters exactly when somebody
leaves is not at risk of it. Ties by Efron, counts as that many rows.

References:
    Cox (1972), J. R. Statist. Soc. B 34; Efron (1977), J. Am. Statist. Assoc. 72; Therneau &
    Grambsch (2000), Modeling Survival Data, 3.1–3.3 (ties, counting process, left truncation).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from saydo.drivers.hazards.risk_sets import Array, RiskSets, risk_sets
from saydo.drivers.separation import Separated
from saydo.errors import NotEstimable
from saydo.languages import gettext as _

MAX_STEPS = 25
"""Of Newton. A finite estimate that takes more would be a log hazard ratio beyond 20."""
CONVERGED = 1e-8
"""Newton ends with a step that moves no spell's log hazard by more; it converges quadratically."""
SINGULAR = 1e-13
"""Smallest eigenvalue of the information, of columns with unit spread, against the events."""


@dataclass(frozen=True)
class Derivatives:
    """The partial likelihood at some coefficients, time by time."""

    sets: RiskSets
    log_likelihood: float
    residuals: Array
    """Schoenfeld residuals, added up by leaving time; their sum is the score."""
    hazards: Array
    """exp(x·β) times the customers of each spell, up to a constant."""
    of_all: Array
    """Σ x · hazards over those at risk at each time."""
    of_leavers: Array
    """Σ x · hazards over those who leave then."""
    efron: tuple[Array, Array, Array, Array, Array]
    """At each time, over the d who leave, with f = 0, 1/d, … and D the denominator: Σ 1/D, Σ f/D,
    Σ 1/D², Σ f/D², Σ f²/D²."""

    def information(self, weights: Array | None = None) -> Array:
        """Σ over leaving times of weight · variance of x in the risk set; weights of 1 if none."""
        sets = self.sets
        one, f, one2, f2, ff2 = (part if weights is None else part * weights for part in self.efron)
        rows = sets.matrix[sets.leavers]
        exposure = self.hazards * sets.at_risk.over_runs(one)
        squares = (sets.matrix.T * exposure) @ sets.matrix
        squares -= (rows.T * (self.hazards[sets.leavers] * f[sets.place])) @ rows
        mixed = (self.of_all.T * f2) @ self.of_leavers
        products = (self.of_all.T * one2) @ self.of_all
        products += (self.of_leavers.T * ff2) @ self.of_leavers - mixed - mixed.T
        return np.asarray(squares - products)


@dataclass(frozen=True)
class CoxFit:
    """One fitted Cox model."""

    names: tuple[str, ...]
    coefficients: Array
    """Log hazard ratios of leaving, per unit of each column."""
    covariance: Array
    """Inverse of the observed information."""
    log_likelihood: float
    log_likelihood_null: float
    """With all coefficients 0."""
    n_left: int
    at_estimate: Derivatives
    """In units of the columns' spread."""

    @property
    def std_errors(self) -> Array:
        """Of the coefficients, from the model."""
        return np.asarray(np.sqrt(np.diag(self.covariance)))


def cox(spells: pd.DataFrame, columns: Sequence[str]) -> CoxFit:
    """Cox's regression of leaving on numeric columns of the spells.

    Standard errors are those of the model. A customer with several spells needs no clustering by
    customer: they don't overlap and at most one of them ends by leaving, so that their product is
    the customer's own likelihood (Andersen & Gill, 1982, Ann. Statist. 10).

    Args:
        spells: `start`, `stop` (at risk from after the one until the other included), `left`
            (whether they end by leaving), `n` (customers), and the columns; nothing missing.
        columns: Names of the columns to model.

    Raises:
        NotEstimable: Nobody left, columns can't be told apart within risk sets, or some coefficient
            is infinite (monotone likelihood).

    Examples:
        >>> import pandas as pd
        >>> spells = pd.DataFrame({"start": 0, "stop": [1, 2, 3, 4], "left": True, "n": 1,
        ...                        "satisfaction": [1, 5, 2, 4]})
        >>> cox(spells, ["satisfaction"]).coefficients.round(4)
        array([-0.3412])
    """
    return cox_of(
        spells[list(columns)].to_numpy(float),
        names=columns,
        start=spells["start"].to_numpy(float),
        stop=spells["stop"].to_numpy(float),
        left=spells["left"].to_numpy(bool),
        n=spells["n"].to_numpy(float),
    )


def cox_of(
    matrix: Array,
    *,
    names: Sequence[str],
    start: Array,
    stop: Array,
    left: NDArray[np.bool_],
    n: Array,
) -> CoxFit:
    """`cox` from arrays: a matrix with a row per spell and a column per name, no intercept."""
    if not (start < stop).all():
        raise ValueError("every spell must end after it starts")
    if not (left & (n > 0)).any():
        raise NotEstimable(_("nobody left"))
    sets = risk_sets(matrix, start=start, stop=stop, left=left, n=n)
    null = derivatives(sets, np.zeros(len(names)))
    coefficients, found = _maximum(null, tuple(names))
    return CoxFit(
        names=tuple(names),
        coefficients=coefficients / sets.spread,
        covariance=np.linalg.inv(found.information()) / np.outer(sets.spread, sets.spread),
        log_likelihood=found.log_likelihood,
        log_likelihood_null=null.log_likelihood,
        n_left=int(n[left].sum()),
        at_estimate=found,
    )


def derivatives(sets: RiskSets, coefficients: Array) -> Derivatives:
    """The partial likelihood with Efron's ties, and what its derivatives are made of."""
    log_hazards = sets.matrix @ coefficients
    # A constant cancels; without it nothing overflows.
    log_hazards -= log_hazards.max()
    hazards = sets.n * np.exp(log_hazards)
    hazards_left, n_left = hazards[sets.leavers], sets.n[sets.leavers]
    rows = sets.matrix[sets.leavers]
    tied = sets.of_leavers(n_left)
    d = np.rint(tied).astype(int)
    place = np.repeat(np.arange(len(d)), d)
    f = (np.arange(len(place)) - np.repeat(np.cumsum(d) - d, d)) / d[place]
    total, leaving = sets.at_risk.at_places(hazards), sets.of_leavers(hazards_left)
    inverse = 1 / (total[place] - f * leaving[place])
    one, by_f, one2, f2, ff2 = (
        np.asarray(np.bincount(place, part, len(d)), float)
        for part in (inverse, f * inverse, inverse**2, f * inverse**2, (f * inverse) ** 2)
    )
    of_all = sets.by_column(hazards, sets.at_risk.at_places, sets.matrix)
    of_leavers = sets.by_column(hazards_left, sets.of_leavers, rows)
    seen = sets.by_column(n_left, sets.of_leavers, rows)
    return Derivatives(
        sets=sets,
        log_likelihood=float(n_left @ log_hazards[sets.leavers] + np.log(inverse).sum()),
        residuals=seen - (one[:, None] * of_all - by_f[:, None] * of_leavers),
        hazards=hazards,
        of_all=of_all,
        of_leavers=of_leavers,
        efron=(one, by_f, one2, f2, ff2),
    )


def _maximum(null: Derivatives, names: tuple[str, ...]) -> tuple[Array, Derivatives]:
    """Newton's steps from 0, halved where the likelihood would fall.

    Where the likelihood rises for ever towards an infinite coefficient (monotone likelihood), steps
    don't get shorter: its tail is exponential, and Newton goes about as far each time.
    """
    sets, events = null.sets, null.sets.n[null.sets.leavers].sum()
    coefficients, now = np.zeros(len(names)), null
    step = coefficients
    for turn in range(MAX_STEPS):
        information = now.information()
        if not np.linalg.eigvalsh(information)[0] > SINGULAR * events:
            if turn == 0:
                raise NotEstimable(
                    _(
                        "among those at risk at the same time satisfaction does not differ, or "
                        "not apart from the covariates"
                    )
                )
            break
        step = np.linalg.solve(information, now.residuals.sum(axis=0))
        reach = np.abs(sets.matrix @ step).max()
        least = now.log_likelihood - 1e-12 * abs(now.log_likelihood)
        then = derivatives(sets, coefficients + step)
        while reach > CONVERGED and not then.log_likelihood >= least:
            step, reach = step / 2, reach / 2
            then = derivatives(sets, coefficients + step)
        coefficients, now = coefficients + step, then
        if reach <= CONVERGED:
            return coefficients, now
    grows = np.abs(step) > 0.01 * np.abs(step).max()
    raise Separated([name for name, diverges in zip(names, grows, strict=True) if diverges])
