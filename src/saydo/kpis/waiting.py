"""How long does it take, when some is not over yet? The median wait, by Kaplan–Meier.

What is not over counts as lasting longer than it has so far. Left out, the slow ones of the last
days would be missing; taken for endless, a ticket opened an hour ago would be the slowest of all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from saydo.kpis.distributions import Distribution
from saydo.kpis.measures import Aggregate, Rows, as_estimate, with_found, without
from saydo.kpis.survival import Array, Curve, curve
from saydo.languages import noop as _


@dataclass(frozen=True)
class MedianWait(Distribution):
    """Median of `time`, which is that until now where `is_over` does not hold.

    Where exactly half are over by some time, the median lies halfway to the next that is, as that
    of an even number of values does. A bound is empty where the curve of bounds does not come down
    to a half.

    References:
        Brookmeyer & Crowley (1982), A confidence interval for the median survival time,
        Biometrics 38.
    """

    interval = _("Brookmeyer–Crowley, log-log")

    time: Rows
    is_over: Rows

    def aggregates(self, rows: ir.Table) -> Mapping[str, Aggregate]:
        return {"n": Aggregate(self.counted(rows).sum())}

    def counted(self, rows: ir.Table) -> ir.BooleanValue:
        counted: ir.BooleanValue = self.time(rows).notnull()
        return counted

    def levels(self, rows: ir.Table) -> Mapping[str, ir.Value]:
        return {"time": self.time(rows), "is_over": self.is_over(rows)}

    def estimate_from(self, sums: pd.DataFrame, counts: pd.DataFrame) -> pd.DataFrame:
        nothing = pd.Series(np.nan, sums.index)
        estimate = with_found(
            as_estimate(sums["n"], nothing, nothing, nothing),
            {cell: _median(_curve(rows)) for cell, rows in counts.groupby(level=[0, 1])},
        )
        is_open = estimate["value"].isna() & (estimate["n"] > 0)
        return without(estimate, is_open, _("too many are still open"))

    def bases(self, rows: ir.Table) -> tuple[ir.Value, ...]:
        return (self.counted(rows),)


@dataclass(frozen=True)
class MedianCountedWait(MedianWait):
    """`MedianWait` where the mart has counted: a row stands for `n` waits, or for `n_people`."""

    n: Rows
    n_people: Rows

    def aggregates(self, rows: ir.Table) -> Mapping[str, Aggregate]:
        return {"n": Aggregate(self.n(rows).sum())}

    def totals(self, rows: ir.Table) -> Mapping[str, ir.Value]:
        return {"n": self.n(rows)}

    def estimate_from(self, sums: pd.DataFrame, counts: pd.DataFrame) -> pd.DataFrame:
        return super().estimate_from(sums, counts.assign(count=counts["n"]))

    def bases(self, rows: ir.Table) -> tuple[ir.Value, ...]:
        return (self.n_people(rows),)


def _curve(rows: pd.DataFrame) -> Curve:
    times, place = np.unique(rows["time"].to_numpy("float64"), return_inverse=True)
    count, is_over = rows["count"].to_numpy("float64"), rows["is_over"].to_numpy(bool)
    over, still_open = (
        np.bincount(place, weights=count * of, minlength=len(times)) for of in (is_over, ~is_over)
    )
    # All waits begin together, just before the first can be over.
    begins = np.append(count.sum(), np.zeros(len(times)))
    return curve(
        np.append(times[0] - 1, times), begins, np.append(0.0, over), np.append(0.0, still_open)
    )


def _median(curve: Curve) -> tuple[float, float, float]:
    share: Array = curve.survival
    # Products of fractions that come to a half may miss it by a rounding.
    is_half, is_less = np.abs(share - 0.5) < 1e-9, share < 0.5 - 1e-9
    first, after = _first(curve.ages, is_half), _first(curve.ages, is_less)
    value = after if np.isnan(first) else (first + after) / 2
    low, high = (_first(curve.ages, bound <= 0.5) for bound in (curve.low, curve.high))
    return value, low, high


def _first(ages: Array, where: np.typing.NDArray[np.bool_]) -> float:
    return float(ages[where][0]) if where.any() else np.nan
