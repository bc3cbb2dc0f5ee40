"""What do customers' past lives say of the next period? Measures of models fitted to all of them.

Each counts customers by the pattern of their past, fits one model per segment to the counts, and
gives a mean over customers. The interval is that of an M-estimator, on the logit scale: it holds
the chance by which these customers came and what that does to the model.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass

import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import optimize, special

from saydo.errors import NotEstimable
from saydo.kpis import intervals, lifetimes
from saydo.kpis.distributions import Distribution
from saydo.kpis.measures import Aggregate, Rows, as_estimate
from saydo.languages import noop as _

Array = npt.NDArray[np.float64]

_FEW_ORDERS = _("the orders do not tell who stopped from who buys seldom")
_FEW_LOSSES = _("too few were lost in the periods shown to project from")

_BOUNDS = ((-12.0, 12.0), (-8.0, 8.0))
"""Of log(alpha/beta) and log(alpha + beta). Where all customers are equally likely to leave the
likelihood rises without end in the second, and nothing else changes any more."""


@dataclass(frozen=True)
class MeanPAlive(Distribution):
    """Mean chance, in %, of still being a buyer, by the BG/NBD model."""

    interval = _("sandwich, on the logit scale")

    x: Rows
    """Purchases after the first; null for whom they are not known, who do not count."""
    weeks_to_last: Rows
    """Whole weeks from the first purchase to the last."""
    weeks: Rows
    """Whole weeks from the first purchase to the end of the watch."""

    def aggregates(self, rows: ir.Table) -> Mapping[str, Aggregate]:
        return {"n": Aggregate(self.x(rows).notnull().sum())}

    def levels(self, rows: ir.Table) -> Mapping[str, ir.Value]:
        return {
            "x": self.x(rows),
            "weeks_to_last": self.weeks_to_last(rows),
            "weeks": self.weeks(rows),
        }

    def bases(self, rows: ir.Table) -> tuple[ir.Value, ...]:
        return (self.x(rows).notnull(),)

    def estimate_from(self, sums: pd.DataFrame, counts: pd.DataFrame) -> pd.DataFrame:
        return _projected(sums, counts, _p_alive)


def bg_nbd(patterns: pd.DataFrame) -> lifetimes.Fit:
    """The BG/NBD model of counts by `x`, `weeks_to_last` and `weeks`; its unit of time is a week.

    Times are put in the middle of their week, which keeps the estimates within a few thousandths of
    those from days. Raises `NotEstimable` as `lifetimes.fit` does.
    """
    # In one order on every engine, so that sums of floats are the same to the last digit.
    patterns = patterns.sort_values(["x", "weeks_to_last", "weeks"])
    x = patterns["x"].to_numpy("float64")
    return lifetimes.fit(
        x,
        np.where(x > 0, patterns["weeks_to_last"].to_numpy("float64") + 0.5, 0.0),
        patterns["weeks"].to_numpy("float64") + 0.5,
        patterns["count"].to_numpy("float64"),
    )


def _p_alive(patterns: pd.DataFrame) -> tuple[float, float]:
    try:
        fitted = bg_nbd(patterns)
    except NotEstimable:
        raise NotEstimable(_FEW_ORDERS) from None
    return fitted.mean(lambda model: model.p_alive(fitted.x, fitted.t_x, fitted.t_end))


@dataclass(frozen=True)
class ProjectedRetention(Distribution):
    """Mean chance, in %, to stay one period more, by the shifted beta-geometric model.

    Each customer has a chance of their own to leave at the end of a period, the same in all their
    periods; chances are beta(`alpha`, `beta`) distributed. Who came under watch after some periods
    counts from there.

    References:
        Fader & Hardie (2007), How to project customer retention, J. Interactive Marketing 21.
    """

    interval = _("sandwich, on the logit scale")

    entry: Rows
    """Whole periods as a customer when the watch begins."""
    periods: Rows
    """Whole periods as a customer when it ends; those who left did so in the next one."""
    is_lost: Rows

    def aggregates(self, rows: ir.Table) -> Mapping[str, Aggregate]:
        return {"n": Aggregate((~self.is_lost(rows)).sum())}

    def levels(self, rows: ir.Table) -> Mapping[str, ir.Value]:
        return {
            "entry": self.entry(rows),
            "periods": self.periods(rows),
            "is_lost": self.is_lost(rows),
        }

    def counted(self, rows: ir.Table) -> ir.BooleanValue:
        counted: ir.BooleanValue = self.is_lost(rows).notnull()
        return counted

    def bases(self, rows: ir.Table) -> tuple[ir.Value, ...]:
        return (~self.is_lost(rows), self.is_lost(rows))

    def estimate_from(self, sums: pd.DataFrame, counts: pd.DataFrame) -> pd.DataFrame:
        return _projected(sums, counts, _next_retention)


def shifted_beta_geometric(lives: pd.DataFrame) -> tuple[float, float]:
    """`alpha` and `beta` of the model that makes these lives likeliest.

    Args:
        lives: `entry`, `periods`, `is_lost` and `count`, as `ProjectedRetention` has them.

    Raises:
        NotEstimable: Hardly anyone left, or hardly anyone stayed.
    """
    return _alpha_beta(_fit_lives(_Lives.of(lives)))


@dataclass(frozen=True)
class _Lives:
    """Patterns of lives as arrays, in one order on every engine."""

    entry: Array
    periods: Array
    lost: Array
    count: Array

    @classmethod
    def of(cls, table: pd.DataFrame) -> _Lives:
        table = table.sort_values(["entry", "periods", "is_lost"])
        names = ("entry", "periods", "is_lost", "count")
        return cls(*(table[name].to_numpy("float64") for name in names))

    @property
    def told(self) -> Array:
        """Customers, less those whom no whole period under watch tells of."""
        is_told = (self.lost > 0) | (self.periods > self.entry)
        return np.where(is_told, self.count, 0.0)

    @property
    def there(self) -> Array:
        """Customers who are not lost."""
        return np.where(self.lost > 0, 0.0, self.count)

    def log_likelihood(self, place: Array) -> tuple[Array, Array]:
        """Of each, given that they were there at `entry`; with its derivatives, a row of two."""
        alpha, beta = _alpha_beta(place)
        entry, periods, lost = self.entry, self.periods, self.lost
        psi = special.digamma
        value = special.betaln(alpha + lost, beta + periods) - special.betaln(alpha, beta + entry)
        both = psi(alpha + beta + entry) - psi(alpha + beta + periods + lost)
        by_alpha = both + psi(alpha + lost) - psi(alpha)
        by_beta = both + psi(beta + periods) - psi(beta + entry)
        turn = alpha * beta / (alpha + beta)
        scores = [turn * (by_alpha - by_beta), alpha * by_alpha + beta * by_beta]
        return value, np.column_stack(scores)


def _alpha_beta(place: Array) -> tuple[float, float]:
    total, share = np.exp(place[1]), special.expit(place[0])
    return float(total * share), float(total * (1 - share))


def _fit_lives(lives: _Lives) -> Array:
    told = lives.told
    n, lost = told.sum(), float((told * lives.lost).sum())
    if lost < 10 or lost == n:
        raise NotEstimable(_FEW_LOSSES)

    def minus(place: Array) -> tuple[float, Array]:
        value, scores = lives.log_likelihood(place)
        return -float((told * value).sum() / n), -(told[:, None] * scores).sum(axis=0) / n

    found = optimize.minimize(
        minus,
        np.array([-1.0, 1.0]),
        jac=True,
        method="L-BFGS-B",
        bounds=_BOUNDS,
        options={"ftol": 1e-15, "gtol": 1e-9, "maxiter": 500},
    )
    place: Array = found.x
    return place


def _next_retention(table: pd.DataFrame) -> tuple[float, float]:
    lives = _Lives.of(table)
    place = _fit_lives(lives)
    low, high = np.array(_BOUNDS).T
    free = (place > low + 1e-6) & (place < high - 1e-6)
    if not free[0]:
        raise NotEstimable(_FEW_LOSSES)
    told, there = lives.told[:, None], lives.there / lives.there.sum()

    def stay(place: Array) -> Array:
        alpha, beta = _alpha_beta(place)
        return (beta + lives.periods) / (alpha + beta + lives.periods)

    def slope(of: Callable[[Array], Array]) -> Array:
        steps = 1e-5 * np.eye(2)[free]
        return np.array([(of(place + step) - of(place - step)) / 2e-5 for step in steps])

    information = -slope(lambda at: (told * lives.log_likelihood(at)[1][:, free]).sum(axis=0))
    gradient = slope(lambda at: (there * stay(at)).sum())
    mean = float((there * stay(place)).sum())
    # Per customer: how far one more of them would move the mean.
    scores = lives.log_likelihood(place)[1][:, free]
    through_model = np.where(lives.told > 0, scores @ np.linalg.solve(information, gradient), 0.0)
    itself = np.where(there > 0, (stay(place) - mean) / lives.there.sum(), 0.0)
    return mean, float(np.sqrt((lives.count * (itself + through_model) ** 2).sum()))


def _projected(
    sums: pd.DataFrame,
    counts: pd.DataFrame,
    mean_of: Callable[[pd.DataFrame], tuple[float, float]],
) -> pd.DataFrame:
    """One model per segment; the mean (0 to 1) and its standard error become % and an interval."""
    patterns: dict[Hashable, pd.DataFrame] = dict(iter(counts.groupby(level=[0, 1])))
    nothing = pd.Series(np.nan, sums.index)
    estimate = as_estimate(sums["n"], nothing, nothing, nothing)
    for cell in sums.index[sums["n"] > 0]:
        try:
            mean, error = mean_of(patterns[cell])
        except NotEstimable as refusal:
            estimate.loc[cell, "reason"] = str(refusal)
            continue
        half = intervals.Z * error / (mean * (1 - mean)) if 0 < mean < 1 else np.nan
        middle = special.logit(mean)
        low, high = special.expit([middle - half, middle + half])
        estimate.loc[cell, ["value", "ci_low", "ci_high"]] = [100 * mean, 100 * low, 100 * high]
    return estimate
