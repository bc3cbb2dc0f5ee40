"""How much, and of how much? Measures of amounts of money, with the customer as unit of chance.

Money is no count of trials: one large order moves a sum as much as many small ones. These measures
take their variance from how customers differ, as those of `pooled` do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations_with_replacement

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from saydo.kpis import intervals
from saydo.kpis.measures import (
    Aggregate,
    Measure,
    Rows,
    as_estimate,
    divide,
    everyone,
    residual,
    without,
)
from saydo.kpis.pooled import Ratio
from saydo.languages import noop as _


@dataclass(frozen=True)
class AmountShare(Ratio):
    """Percentage of the amount `per` that is `of`; interval by the delta method on the logit.

    The logit keeps the bounds between 0 and 100. None at 0 or 100, where there is no variation.
    """

    interval = _("delta method, of the logit")

    times: float = 100

    def estimate(self, sums: pd.DataFrame) -> pd.DataFrame:
        estimate = super().estimate(sums)
        share = divide(sums["x"], sums["y"])
        inside = share.where((share > 0) & (share < 1))
        half = (estimate["ci_high"] - estimate["value"]) / self.times
        logit = np.log(inside / (1 - inside))
        step = half / (inside * (1 - inside))
        estimate["ci_low"] = self.times / (1 + np.exp(step - logit))
        estimate["ci_high"] = self.times / (1 + np.exp(-step - logit))
        return estimate


@dataclass(frozen=True)
class KnownRatio(Ratio):
    """`Ratio`, where `known` has a row; without any the amount is not known, rather than zero."""

    known: Rows = everyone
    unknown: str = ""
    """Reason to show where it is not known."""

    def aggregates(self, rows: ir.Table) -> Mapping[str, Aggregate]:
        return {**super().aggregates(rows), "known": Aggregate(self.known(rows).sum())}

    def estimate(self, sums: pd.DataFrame) -> pd.DataFrame:
        estimate = super().estimate(sums)
        return without(estimate, (sums["known"] == 0) & (sums["n"] > 0), self.unknown)


@dataclass(frozen=True)
class Total(Measure):
    """Sum of a count per customer; Garwood interval, widened as events come in clusters.

    Customers come by chance, each with all of their events: the variance of the sum is that of a
    compound Poisson count, Σ count². `n` is the number of customers with any.
    """

    interval = _("Garwood, widened where events cluster")

    of: Rows

    def aggregates(self, rows: ir.Table) -> Mapping[str, Aggregate]:
        of = self.of(rows).cast("float64")
        return {
            "n": Aggregate((self.of(rows) > 0).sum()),
            "total": Aggregate(of.sum()),
            "squares": Aggregate((of * of).sum()),
        }

    def estimate(self, sums: pd.DataFrame) -> pd.DataFrame:
        cluster = divide(sums["squares"], sums["total"]).clip(lower=1).fillna(1)
        low, high = intervals.garwood(sums["total"] / cluster)
        return as_estimate(sums["n"], sums["total"], low * cluster, high * cluster)

    def bases(self, rows: ir.Table) -> tuple[ir.Value, ...]:
        return (self.of(rows) > 0,)


def products(columns: Mapping[str, ir.Value], *, among: ir.Value) -> dict[str, Aggregate]:
    """Aggregates from which the variance of any smooth function of the sums can be had.

    `n`, the sum of each column, and that of each product of two, named `a*b`.
    """
    floats = {name: column.cast("float64") for name, column in columns.items()}
    sums = {name: Aggregate(column.sum(where=among)) for name, column in floats.items()}
    pairs = {
        f"{a}*{b}": Aggregate((floats[a] * floats[b]).sum(where=among))
        for a, b in combinations_with_replacement(sorted(floats), 2)
    }
    return {"n": Aggregate(among.sum()), **sums, **pairs}


def delta_variance(sums: pd.DataFrame, gradient: Mapping[str, pd.Series]) -> pd.Series:
    """Variance of a function of sums over persons, by the delta method.

    The function must not change when everyone counts twice (a ratio of sums, say): then the
    linear parts Σ gradient · column of all persons add up to zero.

    Args:
        sums: What `products` asks for.
        gradient: Derivatives of the function by each sum.

    References:
        Cochran (1977), Sampling Techniques, 3rd ed., 6.3; Deville (1999), Survey Methodology 25.
    """
    squares = pd.Series(0.0, sums.index)
    size = pd.Series(0.0, sums.index)
    for a, b in combinations_with_replacement(sorted(gradient), 2):
        times = 1 if a == b else 2
        part = times * gradient[a] * gradient[b] * sums[f"{a}*{b}"]
        squares, size = squares + part, size + part.abs()
    # Zero where only rounding is left.
    return residual(size, size - squares) * divide(sums["n"], sums["n"] - 1)
