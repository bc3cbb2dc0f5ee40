"""Do 95 % intervals hold the truth 95 % of the time?

Simulated samples from populations whose truth is known go through the measures' own code, from the
query on the engine to the bounds; what is counted is how often the bounds hold the truth. A bound
that is empty can't be missed; samples without a value are left out, and counted.

    python benchmarks/coverage.py              writes docs/coverage.md, in about ten minutes
    python benchmarks/coverage.py Ratio …      prints the rows of these measures only
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import ibis
import numpy as np
import pandas as pd

from saydo.kpis import KPIS
from saydo.kpis.aggregate import aggregate
from saydo.kpis.measures import Measure
from saydo.params import ALL
from saydo.tables.marts import Mart

PAGE = Path(__file__).parents[1] / "docs" / "coverage.md"
SAMPLES = {30: 4000, 200: 4000, 1000: 2000}
"""How many samples of each size."""
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
    truth: float
    samples: int | None = None
    """How many, where the usual number would take too long."""
    note: str = ""
    """Why coverage lies outside what was asked, where it can't be otherwise."""

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
        """Whether coverage lies within what was asked, as far as the simulation can tell."""
        low, high = ASKED
        return low - 2 * self.error <= self.covered <= high + 2 * self.error


def estimates(measure: Measure, rows: pd.DataFrame, samples: int) -> pd.DataFrame:
    """One estimate per sample, made as `compute` makes them: each sample is a period."""
    days = pd.date_range("1900-01-01", periods=samples)
    frame = rows.assign(segment="one", period_start=days.take(rows["sample"]))
    connection = ibis.duckdb.connect()
    table = connection.create_table("rows", frame.drop(columns="sample"))
    table = table.mutate(period_start=table.period_start.cast("date"))
    kpi = replace(next(iter(KPIS.values())), name="case", measure=measure, otherwise=())
    mart = Mart(build=lambda scope: table, people=False)
    cells = aggregate(mart, [kpi], None)  # type: ignore[arg-type]  # the mart needs no scope
    grid = pd.MultiIndex.from_product([[ALL], days], names=["segment", "period_start"])
    return cells.estimate(kpi, grid)


def coverage(case: Case, *, n: int, samples: int) -> Coverage:
    """How often the interval holds the truth over this many samples of this size."""
    # The same samples for a case whatever else is in the table.
    seed = zlib.crc32(f"{case.method} {case.population} {n}".encode())
    found = estimates(case.measure, case.draw(np.random.default_rng(seed), samples, n), samples)
    found = found[found["value"].notna()]
    low, high = found["ci_low"].fillna(-np.inf), found["ci_high"].fillna(np.inf)
    below, above = (high < case.truth).mean(), (low > case.truth).mean()
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


def measured(cases: Iterable[Case]) -> list[Coverage]:
    """Every case at every size."""
    found = []
    for case in cases:
        for n, samples in SAMPLES.items():
            found.append(coverage(case, n=n, samples=case.samples or samples))
            print(_line(found[-1]), file=sys.stderr, flush=True)
    return found


def page(found: Iterable[Coverage]) -> str:
    """The text of docs/coverage.md."""
    low, high = ASKED
    rows = "\n".join(map(_line, found))
    notes = dict.fromkeys(
        f"- {row.case.method}, {row.case.population}: {row.case.note}"
        for row in found
        if row.case.note
    )
    return f"""# Coverage of the intervals

Made by `python benchmarks/coverage.py`. {__doc__.split(chr(10) * 2)[1].replace(chr(10), " ")}

Asked is {low:.0f} to {high:.0f} % at n = 200; n counts rows of the sample (answers, or customers with
all of their orders or tickets). ± is the standard error of the simulation. Below and above: the part
of intervals that lie below and above the truth, each 2.5 % if even. Open: the part with an empty
bound. Width: mean of the others, in the unit of the measure.

| method | population | n | samples | coverage % | ± | below | above | open | width | without value |
|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|
{rows}

{"## Outside what was asked" if notes else ""}

{chr(10).join(notes)}
"""


def _line(row: Coverage) -> str:
    mark = "" if row.n != 200 or row.is_as_asked else " !"
    return (
        f"| {row.case.method} | {row.case.population} | {row.n} | {row.samples} | "
        f"{row.covered:.1f}{mark} | {row.error:.1f} | {row.below:.1f} | {row.above:.1f} | "
        f"{row.open_ended:.1f} | {row.width:.4g} | {row.no_value} |"
    )


def main(names: list[str]) -> None:
    """Measure all cases and write the page, or those of these measures and print them."""
    from coverage_cases import CASES

    chosen = [case for case in CASES if not names or type(case.measure).__name__ in names]
    found = measured(chosen)
    if not names:
        PAGE.write_text(page(found))


if __name__ == "__main__":
    main(sys.argv[1:])
