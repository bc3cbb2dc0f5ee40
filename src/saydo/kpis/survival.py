"""How long do customers stay, when most have not left yet? Kaplan–Meier with delayed entry.

A mart gives two rows per customer: the age (days since the first day as a customer) at which the
watch begins, and the age at which it ends, by leaving or because the time is up. Counts by age are
all that the estimate needs. Who was a customer before the watch counts from their age then:
those who had left by that age could not be seen.

References:
    Kaplan & Meier (1958), J. Am. Statist. Assoc. 53; Klein & Moeschberger (2003), Survival
    Analysis, 2nd ed., 4.2–4.6 (Greenwood's variance, log-log interval, left truncation).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass

import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pandas as pd

from saydo.kpis import intervals
from saydo.kpis.distributions import Distribution
from saydo.kpis.measures import Aggregate, Rows, as_estimate, with_found
from saydo.languages import noop as _
from saydo.tables.lifetime_marts import BEGINS, ENDS, LEAVES

Array = npt.NDArray[np.float64]

DAYS_PER_MONTH = 365.25 / 12

_GAP = _("at some age nobody, or hardly anybody, was watched")
_TOO_SHORT = _("nobody was watched for that long")
_MOST_STAY = _("more than half stay longer than anyone was watched")


@dataclass(frozen=True)
class Curve:
    """The share still there after each age at which anything happened, with its 95 % interval."""

    ages: Array
    at_risk: Array
    """Customers watched from the age before until this one."""
    survival: Array
    low: Array
    high: Array
    n_left: float
    watched_to: float
    """The greatest age at which anyone was watched."""
    gap: float
    """The first age from which on the curve can't be followed, for nobody was watched; or infinity.
    """

    def fewest_watched(self, age: float) -> float:
        """The smallest number at risk at any age until this one."""
        last = int(np.searchsorted(self.ages, age, side="left"))
        return float(self.at_risk[1 : last + 1].min())


def curve(ages: Array, begins: Array, leaves: Array, ends: Array) -> Curve:
    """The Kaplan–Meier curve of customers who came under watch and went from it at these ages.

    Whoever came at an age is at risk after it; who went at an age was at risk until then.

    Args:
        ages: Ascending, in days.
        begins: Customers whose watch begins at this age.
        leaves: Customers who leave at it.
        ends: Customers whose watch ends at it.
    """
    after = np.cumsum(begins - leaves - ends)
    at_risk = np.append(0.0, after[:-1])
    with np.errstate(divide="ignore", invalid="ignore"):
        survival = np.cumprod(np.where(leaves > 0, 1 - leaves / at_risk, 1.0)).astype("float64")
        terms = np.where(leaves > 0, leaves / (at_risk * (at_risk - leaves)), 0.0)
        spread = intervals.Z * np.sqrt(np.cumsum(terms)) / np.abs(np.log(survival))
        low, high = survival ** np.exp(spread), survival ** np.exp(-spread)
    watched_to = float(ages[at_risk > 0].max(initial=0.0))
    # Nobody watched for a while; or all who were left, and those who came later tell nothing of it.
    lost_sight = ages[((after <= 0) | (survival <= 0)) & (ages < watched_to)]
    gap = 0.0 if ages[0] > 0 else float(lost_sight.min(initial=np.inf))
    return Curve(ages, at_risk, survival, low, high, float(leaves.sum()), watched_to, gap)


class _OfCurve(Distribution):
    """What the measures of this file have in common: a mart of beginnings and ends of watches."""

    age: Rows
    step: Rows

    def levels(self, rows: ir.Table) -> Mapping[str, ir.Value]:
        return {"age": self.age(rows), "step": self.step(rows)}

    def counted(self, rows: ir.Table) -> ir.BooleanValue:
        counted: ir.BooleanValue = self.age(rows).notnull()
        return counted

    def bases(self, rows: ir.Table) -> tuple[ir.Value, ...]:
        # Every customer's watch begins once.
        return (self.step(rows) == BEGINS,)

    def curves(self, counts: pd.DataFrame) -> dict[Hashable, Curve]:
        """The curve of each segment and period."""
        return {cell: _of_counts(rows) for cell, rows in counts.groupby(level=[0, 1])}


def _of_counts(rows: pd.DataFrame) -> Curve:
    ages, place = np.unique(rows["age"].to_numpy("float64"), return_inverse=True)
    count, step = rows["count"].to_numpy("float64"), rows["step"].to_numpy()
    begins, leaves, ends = (
        np.bincount(place, weights=count * (step == each), minlength=len(ages)).astype("float64")
        for each in (BEGINS, LEAVES, ENDS)
    )
    return curve(ages, begins, leaves, ends)


@dataclass(frozen=True)
class Survival(_OfCurve):
    """Percentage still there at an age, by Kaplan–Meier; Greenwood's interval on the log-log scale.

    Where nobody has left by then Wilson's, at the fewest who were watched at any age before; where
    everybody has, at the number who left.
    """

    interval = _("Greenwood, log-log")

    age: Rows
    step: Rows
    months: Rows
    """The age to read off, the same in all rows."""

    def aggregates(self, rows: ir.Table) -> Mapping[str, Aggregate]:
        return {
            "n": Aggregate((self.step(rows) == BEGINS).sum()),
            "months": Aggregate(self.months(rows).max(), "max"),
        }

    def estimate_from(self, sums: pd.DataFrame, counts: pd.DataFrame) -> pd.DataFrame:
        return _estimates(sums, self.curves(counts), _survival_at)


@dataclass(frozen=True)
class MedianSurvival(_OfCurve):
    """Months until half have left, by Kaplan–Meier; Brookmeyer and Crowley's interval.

    The bounds are the ages at which those of the curve come down to a half.

    References:
        Brookmeyer & Crowley (1982), A confidence interval for the median survival time,
        Biometrics 38.
    """

    interval = _("Brookmeyer–Crowley, log-log")

    age: Rows
    step: Rows

    def aggregates(self, rows: ir.Table) -> Mapping[str, Aggregate]:
        return {"n": Aggregate((self.step(rows) == BEGINS).sum())}

    def estimate_from(self, sums: pd.DataFrame, counts: pd.DataFrame) -> pd.DataFrame:
        return _estimates(sums, self.curves(counts), _median)


_Read = tuple[float, float, float, str]
"""Value, bounds and the reason if there is none."""


def _estimates(
    sums: pd.DataFrame,
    curves: Mapping[Hashable, Curve],
    read: Callable[[Curve, pd.Series], _Read],
) -> pd.DataFrame:
    nothing = pd.Series(np.nan, sums.index)
    found = {cell: read(curves[cell], sums.loc[cell]) for cell in sums.index[sums["n"] > 0]}
    estimate = with_found(
        as_estimate(sums["n"], nothing, nothing, nothing),
        {cell: numbers for cell, (*numbers, _reason) in found.items()},
    )
    reasons = [found[cell][-1] if cell in found else "" for cell in sums.index]
    return estimate.assign(reason=reasons)


def _survival_at(curve: Curve, sums: pd.Series) -> _Read:
    age = sums["months"] * DAYS_PER_MONTH
    if curve.gap < age:
        return np.nan, np.nan, np.nan, _GAP
    place = int(np.searchsorted(curve.ages, age, side="right")) - 1
    share = float(curve.survival[place])
    if curve.watched_to < age and share > 0:
        return np.nan, np.nan, np.nan, _TOO_SHORT
    if 0 < share < 1:
        low, high = curve.low[place], curve.high[place]
    else:
        n = curve.fewest_watched(age) if share else curve.n_left
        low, high = intervals.wilson(np.array(share), np.array(n))
    return 100 * share, 100 * float(low), 100 * float(high), ""


def _median(curve: Curve, sums: pd.Series) -> _Read:
    age, low, high = (
        _first_at_half(curve.ages, share) for share in (curve.survival, curve.low, curve.high)
    )
    if curve.gap <= age or (np.isnan(age) and np.isfinite(curve.gap)):
        return np.nan, np.nan, np.nan, _GAP
    if np.isnan(age):
        return np.nan, np.nan, np.nan, _MOST_STAY
    return age / DAYS_PER_MONTH, low / DAYS_PER_MONTH, high / DAYS_PER_MONTH, ""


def _first_at_half(ages: Array, share: Array) -> float:
    # Products of fractions that come to a half may miss it by a rounding.
    there = ages[share <= 0.5 + 1e-9]
    return float(there[0]) if len(there) else np.nan
