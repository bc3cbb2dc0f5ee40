"""How often does an interval hold the truth? Samples by the thousand, through a measure's own code.

Takes a `Case`, a measure on a population whose truth is known, and counts over samples how often
the bounds hold it. A bound that is empty can't be missed; samples without a value are left out, and
counted.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

import ibis
import numpy as np
import pandas as pd

from saydo.kpis import KPIS
from saydo.kpis.aggregate import aggregate
from saydo.kpis.measures import Measure
from saydo.params import ALL
from saydo.tables.marts import Mart

SAMPLES = {30: 4000, 200: 4000, 1000: 2000}
"""How many samples of each size."""
FEWER_SAMPLES = {30: 1000, 200: 1000, 1000: 300}
"""The same where a model is fitted to each."""
ASKED = (93.0, 97.0)
"""Percent within which coverage has to lie at n = 200."""

Draw = Callable[[np.random.Generator, int, int], pd.DataFrame]
"""From a source of randomness, the number of samples and their size: all rows of all samples, with
the column `sample`, 0, 1, …"""


@dataclass(frozen=True)
class Case:
    """A measure on samples from one population."""

    measure: Measure
    population: str
    draw: Draw
    truth: float | Callable[[int], float]
    """What the interval should hold; a function where it depends on n, or takes time to tell."""
    is_slow: bool = False
    """A model is fitted to each sample, so that there are fewer of them."""
    note: str = ""
    """What a reader has to know of it, such as why coverage can't be as asked."""

    def truth_at(self, n: int) -> float:
        """The truth for samples of this size."""
        return self.truth(n) if callable(self.truth) else self.truth

    @property
    def samples(self) -> dict[int, int]:
        """How many samples of each size."""
        return FEWER_SAMPLES if self.is_slow else SAMPLES

    @property
    def method(self) -> str:
        return f"{type(self.measure).__name__}: {self.measure.interval}"


class Coverage(NamedTuple):
    """What became of the samples of one size."""

    case: Case
    n: int
    samples: int
    """Those with a value."""
    no_value: int
    covered: float
    """Percent of samples whose interval holds the truth."""
    error: float
    """Standard error of `covered`, by the simulation."""
    below: float
    """Percent whose interval lies below the truth."""
    above: float
    open_ended: float
    """Percent with an empty bound."""
    width: float
    """Mean width of the others."""

    @property
    def is_as_asked(self) -> bool:
        """Whether coverage lies within what was asked."""
        low, high = ASKED
        return low <= self.covered <= high


def estimates(measure: Measure, rows: pd.DataFrame, samples: int) -> pd.DataFrame:
    """One estimate per sample, made as `compute` makes them: each sample is a period."""
    days = pd.date_range("1900-01-01", periods=samples)
    frame = rows.assign(segment="one", period_start=days.take(rows["sample"]))
    connection = ibis.duckdb.connect()
    table = connection.create_table("rows", frame.drop(columns="sample"))
    table = table.mutate(period_start=table.period_start.cast("date"))
    kpi = replace(next(iter(KPIS.values())), name="case", measure=measure, otherwise=())
    mart = Mart(build=lambda scope: table, people=False)
    grid = pd.MultiIndex.from_product([[ALL], days], names=["segment", "period_start"])
    # The mart needs no scope.
    return aggregate(mart, [kpi], None, grid).estimate(kpi)  # type: ignore[arg-type]


def coverage(case: Case, *, n: int, samples: int) -> Coverage:
    """How often the interval holds the truth over this many samples of this size."""
    # The same samples for a case whatever else is in the table.
    seed = zlib.crc32(f"{case.method} {case.population} {n}".encode())
    found = estimates(case.measure, case.draw(np.random.default_rng(seed), samples, n), samples)
    found = found[found["value"].notna()]
    low, high = found["ci_low"].fillna(-np.inf), found["ci_high"].fillna(np.inf)
    truth = case.truth_at(n)
    below, above = (high < truth).mean(), (low > truth).mean()
    covered = 1 - below - above
    width = (high - low)[np.isfinite(high - low)]
    return Coverage(
        case=case,
        n=n,
        samples=len(found),
        no_value=samples - len(found),
        covered=100 * covered,
        error=100 * np.sqrt(max(covered * (1 - covered), 0.0) / max(len(found), 1)),
        below=100 * below,
        above=100 * above,
        open_ended=100 * (~np.isfinite(high - low)).mean(),
        width=width.mean(),
    )
