"""How is a KPI computed? A measure names aggregates of a mart and makes an estimate of them.

`aggregates(rows)` gives named Ibis expressions, which the engine computes for every segment and
period at once; those of additive measures are rolled up to `all`. `estimate(sums)` takes one row
per segment and period and returns `value`, `ci_low`, `ci_high` (in the KPI's unit), `n` (what the
estimate rests on: answers, orders, customers) and `reason` where there is no value despite `n`.

Each function of rows that a measure is made of takes the mart and returns a column; rows for which
`among` is false or null do not count. Measures of sums over customers are in `pooled`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from saydo.kpis import intervals
from saydo.languages import noop as _

Rows = Callable[[ir.Table], ir.Value]


def everyone(rows: ir.Table) -> ir.Value:
    """All rows: every row of a mart has a period."""
    return rows.period_start.notnull()


@dataclass(frozen=True)
class Aggregate:
    """An aggregate of a mart, and how those of segments make that of `all`."""

    of: ir.Scalar
    roll_up: Literal["sum", "min", "max"] = "sum"
    """A sum of no rows is zero; a minimum or maximum of none is empty."""


class Measure(ABC):
    """What the measures have in common."""

    additive: ClassVar[bool] = True
    """Whether `all` can be had from the segments; if not, it is computed on the engine too."""

    @abstractmethod
    def aggregates(self, rows: ir.Table) -> Mapping[str, Aggregate]:
        """What the engine computes for each segment and period."""

    def prepare(self, rows: ir.Table) -> ir.Table:
        """The mart with what `aggregates` needs besides its columns, such as ranks."""
        return rows

    @abstractmethod
    def estimate(self, sums: pd.DataFrame) -> pd.DataFrame:
        """`value`, `ci_low`, `ci_high`, `n`, `reason`, one row per row of `sums`."""

    @abstractmethod
    def bases(self, rows: ir.Table) -> tuple[ir.Value, ...]:
        """Rows of the persons that it tells about; each of these groups must not be too small."""


@dataclass(frozen=True)
class Share(Measure):
    """Percentage of rows for which `of` holds; Wilson interval, with weights at Kish's n."""

    of: Rows
    among: Rows = everyone
    weight: Rows | None = None

    def aggregates(self, rows: ir.Table) -> Mapping[str, Aggregate]:
        among = _weighted_rows(rows, self.among, self.weight)
        return {
            **_weights(rows, among, self.weight),
            "hits": Aggregate(_total(rows, among & self.of(rows), self.weight)),
        }

    def estimate(self, sums: pd.DataFrame) -> pd.DataFrame:
        share = divide(sums["hits"], sums["weight"])
        low, high = intervals.wilson(share, _effective(sums))
        return as_estimate(sums["n"], 100 * share, 100 * low, 100 * high)

    def bases(self, rows: ir.Table) -> tuple[ir.Value, ...]:
        return (_weighted_rows(rows, self.among, self.weight),)


@dataclass(frozen=True)
class NetShare(Measure):
    """Percentage of rows `up` less that of rows `down`; Bonett–Price interval."""

    up: Rows
    down: Rows
    among: Rows = everyone
    weight: Rows | None = None

    def aggregates(self, rows: ir.Table) -> Mapping[str, Aggregate]:
        among = _weighted_rows(rows, self.among, self.weight)
        return {
            **_weights(rows, among, self.weight),
            "up": Aggregate(_total(rows, among & self.up(rows), self.weight)),
            "down": Aggregate(_total(rows, among & self.down(rows), self.weight)),
        }

    def estimate(self, sums: pd.DataFrame) -> pd.DataFrame:
        up, down = divide(sums["up"], sums["weight"]), divide(sums["down"], sums["weight"])
        low, high = intervals.net_share(up, down, _effective(sums))
        return as_estimate(sums["n"], 100 * (up - down), 100 * low, 100 * high)

    def bases(self, rows: ir.Table) -> tuple[ir.Value, ...]:
        return (_weighted_rows(rows, self.among, self.weight),)


@dataclass(frozen=True)
class Mean(Measure):
    """Mean of `of`; t interval, with weights at Kish's n. No value where scales differ."""

    of: Rows
    among: Rows = everyone
    weight: Rows | None = None
    scale: tuple[Rows, Rows] | None = None
    """Lowest and highest possible value: means over different scales mean nothing."""

    def aggregates(self, rows: ir.Table) -> Mapping[str, Aggregate]:
        among = _weighted_rows(rows, self.among, self.weight)
        value, weight = self.of(rows), self.weight(rows) if self.weight else 1.0
        sums = {
            **_weights(rows, among, self.weight),
            "total": Aggregate((value * weight).sum(where=among)),
            "squares": Aggregate((value * value * weight).sum(where=among)),
        }
        for side, scale in zip(("low", "high"), self.scale or (), strict=False):
            sums[f"{side}_min"] = Aggregate(scale(rows).min(where=among), "min")
            sums[f"{side}_max"] = Aggregate(scale(rows).max(where=among), "max")
        return sums

    def estimate(self, sums: pd.DataFrame) -> pd.DataFrame:
        mean = divide(sums["total"], sums["weight"])
        n = _effective(sums)
        spread = residual(divide(sums["squares"], sums["weight"]), mean**2)
        low, high = intervals.student(mean, divide(spread, n - 1), n)
        estimate = as_estimate(sums["n"], mean, low, high)
        if self.scale:
            mixed = (sums["low_min"] != sums["low_max"]) | (sums["high_min"] != sums["high_max"])
            return without(estimate, mixed & (sums["n"] > 0), _("answers are on different scales"))
        return estimate

    def bases(self, rows: ir.Table) -> tuple[ir.Value, ...]:
        return (_weighted_rows(rows, self.among, self.weight),)


@dataclass(frozen=True)
class Quantile(Measure):
    """Quantile of `of` among rows, exact; interval from order statistics.

    A null counts as longer than any value: what is not over yet is censored. A bound that would be
    such a null, or lie beyond the sample, is empty.
    """

    of: Rows
    rank: str
    """Name for the column of ranks, which no other measure of the mart uses."""
    q: float = 0.5
    among: Rows = everyone

    additive: ClassVar[bool] = False

    def prepare(self, rows: ir.Table) -> ir.Table:
        among, value = self.among(rows).fill_null(False), self.of(rows)
        # Rows that don't count form a group of their own, so that ranks run over the others only.
        group = [rows.segment, rows.period_start, among]
        ascending = ibis.window(group_by=group, order_by=value.asc(nulls_first=False))
        whole = ibis.window(group_by=group)
        return rows.mutate(
            **{
                self.rank: ibis.row_number().over(ascending),
                f"{self.rank}_n": rows.count().over(whole),
            }
        )

    def aggregates(self, rows: ir.Table) -> Mapping[str, Aggregate]:
        among, value = self.among(rows), self.of(rows)
        rank, n = rows[self.rank] + 1, rows[f"{self.rank}_n"]

        def at(place: ir.Value) -> Aggregate:
            return Aggregate(value.max(where=among & (rank == place.cast("int64"))), "max")

        # Between two ranks as R's type 7 has it, so that a median of two is their mean.
        place = 1 + (n - 1) * self.q
        half = intervals.Z * (n * (self.q * (1 - self.q))).sqrt()
        return {
            "n": Aggregate(among.sum()),
            "below": at(place.floor()),
            "above": at(place.ceil()),
            # The number of values below the quantile is binomial; its normal approximation with
            # continuity correction holds at least 95 % for every n from 11 on (Conover 1999,
            # Practical Nonparametric Statistics, 3.2).
            "low": at((n * self.q + 0.5 - half).floor()),
            "high": at((n * self.q - 0.5 + half).ceil() + 1),
        }

    def estimate(self, sums: pd.DataFrame) -> pd.DataFrame:
        place = (sums["n"] - 1) * self.q
        part = place - np.floor(place)
        value = sums["below"] + np.where(part > 0, part * (sums["above"] - sums["below"]), 0.0)
        estimate = as_estimate(sums["n"], value, sums["low"], sums["high"])
        return without(estimate, value.isna() & (sums["n"] > 0), _("too many are still open"))

    def bases(self, rows: ir.Table) -> tuple[ir.Value, ...]:
        return (self.among(rows),)


def _weighted_rows(rows: ir.Table, among: Rows, weight: Rows | None) -> ir.Value:
    return among(rows) & (weight(rows) > 0) if weight else among(rows)


def _total(rows: ir.Table, among: ir.Value, weight: Rows | None) -> ir.Scalar:
    return weight(rows).sum(where=among) if weight else among.sum()


def _weights(rows: ir.Table, among: ir.Value, weight: Rows | None) -> dict[str, Aggregate]:
    n = Aggregate(among.sum())
    if weight is None:
        return {"n": n, "weight": n, "weight_squared": n}
    of = weight(rows)
    return {
        "n": n,
        "weight": Aggregate(of.sum(where=among)),
        "weight_squared": Aggregate((of * of).sum(where=among)),
    }


def _effective(sums: pd.DataFrame) -> pd.Series:
    return intervals.kish(sums["weight"], sums["weight_squared"])


def divide(top: pd.Series, bottom: pd.Series) -> pd.Series:
    """NaN where there is nothing to divide by."""
    return top / bottom.where(bottom != 0)


def residual(whole: pd.Series, part: pd.Series) -> pd.Series:
    """`whole − part`, which can't be negative; zero where only rounding is left."""
    difference = whole - part
    return difference.where(difference > 1e-12 * whole.abs(), 0.0)


def as_estimate(n: pd.Series, value: pd.Series, low: pd.Series, high: pd.Series) -> pd.DataFrame:
    columns = {"value": value, "ci_low": low, "ci_high": high, "n": n}
    return pd.DataFrame(columns, index=n.index, dtype="float64").assign(reason="")


def without(estimate: pd.DataFrame, cells: pd.Series, reason: str) -> pd.DataFrame:
    """The estimate with no value in these cells, for this reason."""
    estimate.loc[cells, ["value", "ci_low", "ci_high"]] = np.nan
    estimate.loc[cells, "reason"] = reason
    return estimate
