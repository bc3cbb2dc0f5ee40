"""How is a KPI computed? A measure names aggregates of a mart and makes an estimate of them.

`aggregates(rows)` gives named Ibis expressions, which the engine computes for every segment and
period at once and which are rolled up to `all`. `estimate(sums)` takes one row
per segment and period and returns `value`, `ci_low`, `ci_high` (in the KPI's unit), `n` (what the
estimate rests on: answers, orders, customers), `weight` and `reason` where there is no value
despite `n`.

Each function of rows that a measure is made of takes the mart and returns a column; rows for which
`among` is false or null do not count. Measures of sums over customers are in `pooled`, those that
need every value (medians, survival) in `distributions`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from saydo.kpis import intervals
from saydo.languages import noop as _

Rows = Callable[[ir.Table], ir.Value]

FULL_COUNT = _("none: a full count")
"""The interval of what chance has no part in."""

MIXED_SCALES = _("answers are on different scales")


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

    interval: ClassVar[str]
    """How its 95 % interval is made, in a few words for the docs."""
    reads_index: ClassVar[bool] = False
    """Whether it must be told segment and period of each row, as the index of `sums`."""

    @abstractmethod
    def aggregates(self, rows: ir.Table) -> Mapping[str, Aggregate]:
        """What the engine computes for each segment and period."""

    @abstractmethod
    def estimate(self, sums: pd.DataFrame) -> pd.DataFrame:
        """`value`, `ci_low`, `ci_high`, `n`, `weight`, `reason`, one row per row of `sums`."""

    @abstractmethod
    def bases(self, rows: ir.Table) -> tuple[ir.Value, ...]:
        """Rows of the persons that it tells about; each of these groups must not be too small."""


@dataclass(frozen=True)
class Share(Measure):
    """Percentage of rows for which `of` holds; Wilson interval, with weights at the effective n."""

    interval = _("Wilson")

    of: Rows
    among: Rows = everyone
    weight: Rows | None = None

    def aggregates(self, rows: ir.Table) -> Mapping[str, Aggregate]:
        among = _weighted_rows(rows, self.among, self.weight)
        return {
            **_weights(rows, among, self.weight),
            "hits": Aggregate(_total(rows, among & self.of(rows), self.weight)),
            "hits_squared": Aggregate(_total(rows, among & self.of(rows), self.weight, power=2)),
        }

    def estimate(self, sums: pd.DataFrame) -> pd.DataFrame:
        share = divide(sums["hits"], sums["weight"])
        # Σ w²·(hit − share)²
        squares = sums["hits_squared"] * (1 - 2 * share) + share**2 * sums["weight_squared"]
        low, high = intervals.wilson(share, _effective(sums, share * (1 - share), squares))
        return as_estimate(sums["n"], 100 * share, 100 * low, 100 * high, weight=sums["weight"])

    def bases(self, rows: ir.Table) -> tuple[ir.Value, ...]:
        return (_weighted_rows(rows, self.among, self.weight),)


@dataclass(frozen=True)
class NetShare(Measure):
    """Percentage of rows `up` less that of rows `down`; Bonett–Price interval."""

    interval = _("Bonett–Price, multinomial variance")

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
            "up_squared": Aggregate(_total(rows, among & self.up(rows), self.weight, power=2)),
            "down_squared": Aggregate(_total(rows, among & self.down(rows), self.weight, power=2)),
        }

    def estimate(self, sums: pd.DataFrame) -> pd.DataFrame:
        up, down = divide(sums["up"], sums["weight"]), divide(sums["down"], sums["weight"])
        net = up - down
        squares = sums["up_squared"] * (1 - 2 * net) + sums["down_squared"] * (1 + 2 * net)
        squares = squares + net**2 * sums["weight_squared"]
        low, high = intervals.net_share(up, down, _effective(sums, up + down - net**2, squares))
        return as_estimate(
            sums["n"], 100 * (up - down), 100 * low, 100 * high, weight=sums["weight"]
        )

    def bases(self, rows: ir.Table) -> tuple[ir.Value, ...]:
        return (_weighted_rows(rows, self.among, self.weight),)


@dataclass(frozen=True)
class Mean(Measure):
    """Mean of `of`; t interval, with weights at the effective n. No value where scales differ."""

    interval = _("Student's t")

    of: Rows
    among: Rows = everyone
    weight: Rows | None = None
    scale: tuple[Rows, Rows] | None = None
    """Lowest and highest possible value: means over different scales mean nothing."""

    def aggregates(self, rows: ir.Table) -> Mapping[str, Aggregate]:
        among = _weighted_rows(rows, self.among, self.weight)
        value, weight = self.of(rows), self.weight(rows) if self.weight else None
        sums = _weights(rows, among, self.weight)
        for name, power in (("total", value), ("squares", value * value)):
            once = power if weight is None else power * weight
            sums[name] = Aggregate(once.sum(where=among))
            twice = once if weight is None else once * weight
            sums[f"{name}_squared"] = Aggregate(twice.sum(where=among))
        if self.scale:
            low, high = (end(rows) for end in self.scale)
            sums |= scale_ends((low, low, high, high), among)
        return sums

    def estimate(self, sums: pd.DataFrame) -> pd.DataFrame:
        mean = divide(sums["total"], sums["weight"])
        spread = residual(divide(sums["squares"], sums["weight"]), mean**2)
        squares = residual(
            sums["squares_squared"] + mean**2 * sums["weight_squared"],
            2 * mean * sums["total_squared"],
        )
        n = _effective(sums, spread, squares)
        low, high = intervals.student(mean, divide(spread, n - 1), n)
        estimate = as_estimate(sums["n"], mean, low, high, weight=sums["weight"])
        return on_one_scale(estimate, sums) if self.scale else estimate

    def bases(self, rows: ir.Table) -> tuple[ir.Value, ...]:
        return (_weighted_rows(rows, self.among, self.weight),)


SCALE_ENDS = ("low_min", "low_max", "high_min", "high_max")
"""The extremes of the lowest and of the highest possible answer."""


def scale_ends(columns: Iterable[ir.Value], among: ir.Value) -> dict[str, Aggregate]:
    """What `on_one_scale` needs; `columns` hold the `SCALE_ENDS` of each row, in that order."""
    low, lower, high, higher = columns
    return {
        "low_min": Aggregate(low.min(where=among), "min"),
        "low_max": Aggregate(lower.max(where=among), "max"),
        "high_min": Aggregate(high.min(where=among), "min"),
        "high_max": Aggregate(higher.max(where=among), "max"),
    }


def on_one_scale(estimate: pd.DataFrame, sums: pd.DataFrame) -> pd.DataFrame:
    """The estimate with no value where answers are on different scales."""
    mixed = (sums["low_min"] != sums["low_max"]) | (sums["high_min"] != sums["high_max"])
    return without(estimate, mixed & (sums["n"] > 0), MIXED_SCALES)


def _weighted_rows(rows: ir.Table, among: Rows, weight: Rows | None) -> ir.Value:
    return among(rows) & (weight(rows) > 0) if weight else among(rows)


def _total(
    rows: ir.Table, among: ir.Value, weight: Rows | None, *, power: Literal[1, 2] = 1
) -> ir.Scalar:
    """Sum of weights, or of their squares."""
    if weight is None:
        return among.sum()
    of = weight(rows)
    return (of if power == 1 else of * of).sum(where=among)


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


def _effective(sums: pd.DataFrame, variance: pd.Series, squares: pd.Series) -> pd.Series:
    """Number of answers of equal weight that would tell as much.

    Kish's, which takes weights to have nothing to do with answers; or, where those of heavy weight
    differ more than others do, the smaller number that their own spread leaves.

    Args:
        sums: `weight` and `weight_squared`.
        variance: Of an answer, weighted.
        squares: Σ w²·(answer − mean)², the variance of the weighted sum by linearisation.

    References:
        Särndal, Swensson & Wretman (1992), Model Assisted Survey Sampling, 5.5.
    """
    kish = intervals.kish(sums["weight"], sums["weight_squared"])
    # Weights of one have nothing to tell but rounding, and nor have answers that are all alike.
    tells = (sums["weight_squared"] != sums["weight"]) & (squares > 1e-9 * sums["weight_squared"])
    of_answers = variance * divide(sums["weight"] ** 2, squares.where(tells))
    return np.fmin(kish, of_answers)


def divide(top: pd.Series, bottom: pd.Series) -> pd.Series:
    """NaN where there is nothing to divide by."""
    return top / bottom.where(bottom != 0)


def residual(whole: pd.Series, part: pd.Series) -> pd.Series:
    """`whole − part`, which can't be negative; zero where only rounding is left."""
    difference = whole - part
    return difference.where(difference > 1e-12 * whole.abs(), 0.0)


def as_estimate(
    n: pd.Series,
    value: pd.Series,
    low: pd.Series,
    high: pd.Series,
    *,
    weight: pd.Series | float = np.nan,
) -> pd.DataFrame:
    """What `estimate` returns.

    Values of segments, weighted by `weight`, give that of `all`; NaN where the value is no mean.
    """
    columns = {"value": value, "ci_low": low, "ci_high": high, "n": n, "weight": weight}
    return pd.DataFrame(columns, index=n.index, dtype="float64").assign(reason="")


def with_found(estimate: pd.DataFrame, found: Mapping[Hashable, Sequence[float]]) -> pd.DataFrame:
    """The estimate with value, lower and upper bound of these cells, where it has them.

    All at once: to assign to a hundred cells one by one takes pandas as long as to find them.
    """
    names = ["value", "ci_low", "ci_high"]
    cells = list(found)
    if not cells:
        return estimate
    place = estimate.index.get_indexer(pd.MultiIndex.from_tuples(cells))
    is_there = place >= 0
    numbers = estimate[names].to_numpy("float64", copy=True)
    numbers[place[is_there]] = np.array(list(found.values()))[is_there]
    return estimate.assign(**dict(zip(names, numbers.T, strict=True)))


def without(estimate: pd.DataFrame, cells: pd.Series, reason: str) -> pd.DataFrame:
    """The estimate with no value in these cells, for this reason."""
    estimate.loc[cells, ["value", "ci_low", "ci_high", "weight"]] = np.nan
    estimate.loc[cells, "reason"] = reason
    return estimate
