"""What did many do together? Measures of sums, with the customer as the unit of chance.

Orders, contracts and complaints of one customer are alike, so that an interval which took each for
a separate observation would be too short. These measures read marts of one row per customer and
period.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from saydo.kpis import intervals
from saydo.kpis.measures import (
    FULL_COUNT,
    Aggregate,
    Measure,
    Rows,
    as_estimate,
    divide,
    everyone,
    residual,
    without,
)
from saydo.languages import noop as _


@dataclass(frozen=True)
class Ratio(Measure):
    """Sum of `of` over sum of `per`, times `times`; interval by the delta method.

    `n` is the number of customers. No interval where there is no variation between them.
    """

    interval = _("delta method")

    of: Rows
    per: Rows
    among: Rows = everyone
    times: float = 1
    zero_elsewhere: bool = False
    """Whether `of` and `per` are zero in all rows that do not count."""

    def aggregates(self, rows: ir.Table) -> Mapping[str, Aggregate]:
        return sums_of_pairs(
            rows, self.of, self.per, self.among, zero_elsewhere=self.zero_elsewhere
        )

    def estimate(self, sums: pd.DataFrame) -> pd.DataFrame:
        ratio = divide(sums["x"], sums["y"])
        # Var(x/y) ≈ Σ(x − ratio·y)² · n/(n−1) / (Σy)², Cochran (1977), Sampling Techniques, 6.3.
        variance = divide(residuals(sums) * divide(sums["n"], sums["n"] - 1), sums["y"] ** 2)
        low, high = intervals.student(ratio, variance, sums["n"])
        return as_estimate(
            sums["n"], self.times * ratio, self.times * low, self.times * high, weight=sums["y"]
        )

    def bases(self, rows: ir.Table) -> tuple[ir.Value, ...]:
        return (self.among(rows),)


@dataclass(frozen=True)
class PooledShare(Measure):
    """Percentage of `trials` of all customers that are `hits`; Wilson interval.

    Who has no trials has no hits. Its n is the number of independent trials that would vary as
    these do between customers.
    """

    interval = _("Wilson, at the effective number of trials")

    hits: Rows
    trials: Rows

    def aggregates(self, rows: ir.Table) -> Mapping[str, Aggregate]:
        return sums_of_pairs(
            rows, self.hits, self.trials, lambda rows: self.trials(rows) > 0, zero_elsewhere=True
        )

    def estimate(self, sums: pd.DataFrame) -> pd.DataFrame:
        share = divide(sums["x"], sums["y"])
        n = intervals.effective_trials(sums["x"], sums["y"], residuals(sums), sums["n"])
        low, high = intervals.wilson(share, n)
        return as_estimate(sums["y"], 100 * share, 100 * low, 100 * high, weight=sums["y"])

    def bases(self, rows: ir.Table) -> tuple[ir.Value, ...]:
        return (self.trials(rows) > 0,)


@dataclass(frozen=True)
class Rate(Measure):
    """Events per `times` of exposure; Garwood interval, widened where events come in clusters.

    Neither is below zero for anybody. `n` is the exposure.
    """

    interval = _("Garwood, widened where events cluster")

    events: Rows
    exposure: Rows
    times: float = 1
    protects_events: bool = False
    """Whether the customers with events are a cell of their own, as new customers are."""

    def aggregates(self, rows: ir.Table) -> Mapping[str, Aggregate]:
        return sums_of_pairs(rows, self.events, self.exposure, self._counts, zero_elsewhere=True)

    def _counts(self, rows: ir.Table) -> ir.Value:
        return is_some(self.events(rows)) | is_some(self.exposure(rows))

    def estimate(self, sums: pd.DataFrame) -> pd.DataFrame:
        rate = divide(sums["x"], sums["y"])
        # Variance between customers over what a Poisson count would have.
        dispersion = divide(residuals(sums), sums["x"]).clip(lower=1).fillna(1)
        low, high = intervals.garwood(sums["x"] / dispersion)
        scale = self.times * divide(dispersion, sums["y"])
        return as_estimate(
            sums["y"], self.times * rate, low * scale, high * scale, weight=sums["y"]
        )

    def bases(self, rows: ir.Table) -> tuple[ir.Value, ...]:
        exposed = is_some(self.exposure(rows))
        return (exposed, is_some(self.events(rows))) if self.protects_events else (exposed,)


@dataclass(frozen=True)
class Count(Measure):
    """Number of rows for which `of` holds; Garwood interval."""

    interval = _("Garwood")

    of: Rows

    def aggregates(self, rows: ir.Table) -> Mapping[str, Aggregate]:
        return {"n": Aggregate(self.of(rows).sum())}

    def estimate(self, sums: pd.DataFrame) -> pd.DataFrame:
        low, high = intervals.garwood(sums["n"])
        return as_estimate(sums["n"], sums["n"], low, high)

    def bases(self, rows: ir.Table) -> tuple[ir.Value, ...]:
        return (self.of(rows),)


@dataclass(frozen=True)
class CostPer(Measure):
    """A known cost over a count; interval from Garwood's of the count alone."""

    interval = _("Garwood's of the count")

    cost: Rows
    known: Rows
    """Number of rows that tell the cost; where there is none it is unknown, not zero."""
    count: Rows

    def aggregates(self, rows: ir.Table) -> Mapping[str, Aggregate]:
        return {
            "n": Aggregate(self.count(rows).sum()),
            "cost": Aggregate(self.cost(rows).sum()),
            "known": Aggregate(self.known(rows).sum()),
        }

    def estimate(self, sums: pd.DataFrame) -> pd.DataFrame:
        fewest, most = intervals.garwood(sums["n"])
        estimate = as_estimate(
            sums["n"],
            divide(sums["cost"], sums["n"]),
            sums["cost"] / most,
            divide(sums["cost"], pd.Series(fewest, sums.index)),
        )
        return without(estimate, sums["known"] == 0, _("spend is not known for the whole period"))

    def bases(self, rows: ir.Table) -> tuple[ir.Value, ...]:
        return (self.count(rows),)


@dataclass(frozen=True)
class PartOfTotal(Measure):
    """Percentage of a sum in rows for which `of` holds; a full count, so no interval."""

    interval = FULL_COUNT

    of: Rows
    amount: Rows

    def aggregates(self, rows: ir.Table) -> Mapping[str, Aggregate]:
        amount = self.amount(rows)
        return {
            "own": Aggregate(amount.sum(where=self.of(rows))),
            "whole": Aggregate(amount.sum()),
        }

    def estimate(self, sums: pd.DataFrame) -> pd.DataFrame:
        nothing = pd.Series(np.nan, sums.index)
        return as_estimate(nothing, 100 * divide(sums["own"], sums["whole"]), nothing, nothing)

    def bases(self, rows: ir.Table) -> tuple[ir.Value, ...]:
        return ()


def sums_of_pairs(
    rows: ir.Table, x: Rows, y: Rows, among: Rows, *, zero_elsewhere: bool = False
) -> dict[str, Aggregate]:
    """`n`, Σx, Σy, Σx², Σxy and Σy² of the rows that count.

    A flag is its own square, so that it is added up once. And if x and y are zero in all other
    rows, there is no condition to look at, and KPIs have sums in common whose rows differ.
    """
    counts = among(rows)
    of, per = x(rows), y(rows)

    def total(value: ir.Value) -> Aggregate:
        if value.type().is_boolean():
            return Aggregate((value if zero_elsewhere else counts & value).sum())
        number = value.cast("float64")
        return Aggregate(number.sum() if zero_elsewhere else number.sum(where=counts))

    return {
        "n": Aggregate(counts.sum()),
        "x": total(of),
        "y": total(per),
        "xx": total(_product(of, of)),
        "xy": total(of if per.equals(counts) else _product(of, per)),
        "yy": total(_product(per, per)),
    }


def is_some(count: ir.Value) -> ir.BooleanValue:
    """Whether a count, or a flag, is above zero."""
    some: ir.BooleanValue = count if count.type().is_boolean() else count > 0
    return some


def _product(x: ir.Value, y: ir.Value) -> ir.Value:
    match x.type().is_boolean(), y.type().is_boolean():
        case True, True:
            return x if x.equals(y) else x & y
        case True, False:
            return x.ifelse(y.cast("float64"), 0.0)
        case False, True:
            return y.ifelse(x.cast("float64"), 0.0)
        case _:
            return x.cast("float64") * y.cast("float64")


def residuals(sums: pd.DataFrame) -> pd.Series:
    """Σ(x − ratio·y)² over customers."""
    ratio = divide(sums["x"], sums["y"])
    return residual(sums["xx"] + ratio**2 * sums["yy"], 2 * ratio * sums["xy"])
