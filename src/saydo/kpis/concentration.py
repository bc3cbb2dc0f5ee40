"""How much hangs on few? Measures of profit and revenue as they are spread over customers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import ibis.expr.types as ir
import numpy as np
import pandas as pd
from scipy import stats

from saydo.kpis import intervals
from saydo.kpis.measures import (
    Aggregate,
    Measure,
    Rows,
    as_estimate,
    divide,
    residual,
    without,
)
from saydo.kpis.pooled import Ratio
from saydo.languages import noop as _
from saydo.params import ALL


@dataclass(frozen=True)
class Peak(Ratio):
    """Percentage of the total of `per` that the sum of its gains `of` comes to; Fieller interval.

    None where the total is not above zero, and no bound where chance might have made it so. No
    bound is below 100, for no gain is negative.
    """

    interval = _("Fieller")

    times: float = 100

    def estimate(self, sums: pd.DataFrame) -> pd.DataFrame:
        estimate = super().estimate(sums)
        low, high = fieller(sums)
        estimate["ci_low"] = (self.times * low).clip(lower=100)
        estimate["ci_high"] = self.times * high
        return without(estimate, (sums["n"] > 0) & (sums["y"] <= 0), _("there is no profit in all"))


def fieller(sums: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Interval of Σx / Σy from sums over persons; NaN unless Σy is above zero beyond doubt.

    References:
        Fieller (1954), Some problems in interval estimation, J. R. Statist. Soc. B 16, 175–185.
    """
    n = sums["n"]
    t2 = pd.Series(stats.t.ppf(0.975, (n - 1).where(n > 1)) ** 2, sums.index)
    x, y = sums["x"] / n, sums["y"] / n

    def of_means(product: str, a: pd.Series, b: pd.Series) -> pd.Series:
        return divide(sums[product] / n - a * b, n - 1)

    # Roots of (x − ratio·y)² = t² · variance, a quadratic in the ratio.
    second = y**2 - t2 * of_means("yy", y, y)
    first = x * y - t2 * of_means("xy", x, y)
    zeroth = x**2 - t2 * of_means("xx", x, x)
    root = np.sqrt(residual(first**2, second * zeroth))
    usable = (second > 0) & (y > 0) & (root > 0)
    return ((first - root) / second).where(usable), ((first + root) / second).where(usable)


@dataclass(frozen=True)
class TopShare(Measure):
    """Percentage of the total of `of` that the top `part` of persons have: a Lorenz share.

    The top of a segment is cut at `cut`, that of everyone at `cut_of_all`: any number between the
    last amount within the top and the first below. A person on the edge counts in part, so that the
    top of 25 is two and a half persons, and ties make no difference.

    The interval takes its variance from influence functions. One large amount more raises the share
    and its standard error alike, which goes as the third power of the share or the fourth where
    amounts are skewed: so the interval is made of −1/share³, whose error is steady. The few of the
    top limit what is known of it.

    References:
        Deville (1999), Variance estimation for complex statistics, Survey Methodology 25, 193–203.
    """

    interval = _("influence function, of the inverse cube")
    reads_index = True

    of: Rows
    cut: Rows
    cut_of_all: Rows
    part: float = 0.1

    def aggregates(self, rows: ir.Table) -> Mapping[str, Aggregate]:
        of = self.of(rows)
        sums = {
            "n": Aggregate(of.notnull().sum()),
            "total": Aggregate(of.sum()),
            "squares": Aggregate((of * of).sum()),
        }
        for whose, cut in (("own", self.cut(rows)), ("all", self.cut_of_all(rows))):
            above = of > cut
            excess = above.ifelse(of - cut, 0.0)
            sums |= {
                f"{whose}_cut": Aggregate(cut.max(), "max"),
                f"{whose}_n": Aggregate(above.sum()),
                f"{whose}_total": Aggregate(of.sum(where=above)),
                f"{whose}_last": Aggregate(of.min(where=above), "min"),
                f"{whose}_next": Aggregate(of.max(where=~above), "max"),
                f"{whose}_excess": Aggregate(excess.sum()),
                f"{whose}_squares": Aggregate((excess * excess).sum()),
                f"{whose}_product": Aggregate((excess * of).sum()),
            }
        return sums

    def estimate(self, sums: pd.DataFrame) -> pd.DataFrame:
        is_all = sums.index.get_level_values("segment") == ALL
        estimate = self._shares(sums, "own")
        estimate.loc[is_all] = self._shares(sums, "all").loc[is_all]
        return estimate

    def _shares(self, sums: pd.DataFrame, whose: Literal["own", "all"]) -> pd.DataFrame:
        top = {name: sums[f"{whose}_{name}"] for name in ("cut", "n", "total", "last", "next")}
        n, total = sums["n"], sums["total"].where(sums["total"] > 0)
        more = self.part * n - top["n"]
        # Someone on the edge is added in part, or taken away in part.
        amount = top["total"].fillna(0) + more * top["next"].where(more >= 0, top["last"]).where(
            more != 0, 0
        )
        share = amount / total
        # Σ (excess + part·cut − share·amount)², the influence of each person times the total.
        level = self.part * top["cut"]
        excess, square = sums[f"{whose}_excess"], sums[f"{whose}_squares"]
        gains = square + n * level**2 + 2 * level * excess + share**2 * sums["squares"]
        losses = 2 * share * (sums[f"{whose}_product"] + level * total)
        variance = divide(residual(gains, losses) * divide(n, n - 1), total**2)
        inside = share.where((share > 0) & (share < 1))
        bounds = intervals.student(
            -(inside**-3), variance * (3 * inside**-4) ** 2, (self.part * n).where(n > 0)
        )
        # No share is above one.
        low, high = (100 * (-np.minimum(bound, -1.0)) ** (-1 / 3) for bound in bounds)
        estimate = as_estimate(n, 100 * share, low, high)
        estimate = without(estimate, (n > 0) & total.isna(), _("there is no revenue in all"))
        return without(estimate, (n > 0) & (self.part * n < 1), _("too few for a tenth of them"))

    def bases(self, rows: ir.Table) -> tuple[ir.Value, ...]:
        # A sum over the top tells about the top.
        of = self.of(rows)
        return (of.notnull(), of > self.cut(rows))
