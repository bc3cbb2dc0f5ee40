"""Do 95 % intervals hold the truth 95 % of the time?

python benchmarks/coverage.py              writes docs/coverage.md, in about ten minutes
python benchmarks/coverage.py Ratio …      prints the rows of these measures only
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from populations import CASES as OF_ANSWERS
from populations_of_deeds import CASES as OF_DEEDS
from populations_of_lives import CASES as OF_LIVES
from simulated import ASKED, SAMPLES, Case, Coverage, coverage

PAGE = Path(__file__).parents[1] / "docs" / "coverage.md"
CASES = (*OF_ANSWERS, *OF_DEEDS, *OF_LIVES)

Key = tuple[str, str, str]
"""Method, population and n."""


def measured(cases: Iterable[Case]) -> Iterator[Coverage]:
    """Every case at every size."""
    for case in cases:
        for n, samples in case.samples.items():
            yield coverage(case, n=n, samples=samples)


def page(rows: Mapping[Key, str]) -> str:
    """The text of docs/coverage.md, of these rows by method, population and n."""
    low, high = ASKED
    notes = [f"- **{case.method}**, {case.population}: {case.note}" for case in CASES if case.note]
    order = [(case.method, case.population, str(n)) for case in CASES for n in SAMPLES]
    lines = [
        "# Coverage of the intervals",
        "",
        "Made by `python benchmarks/coverage.py`. Simulated samples from populations whose truth",
        "is known go through the measures' own code, from the query on the engine to the bounds;",
        "what is counted is how often the bounds hold the truth.",
        "",
        f"Asked is {low:.0f} to {high:.0f} % at n = 200. n counts rows of a sample: answers, or",
        "customers with all of their orders or tickets. ± is the standard error of the simulation.",
        "Below and above: the part of the intervals that lie below and above the truth, each 2.5 %",
        "if even. Open: the part with an empty bound, which can't be missed. Width: the mean of",
        "the others, in the unit of the measure. Without: samples in which there is no value.",
        "",
        "Not in the table: full counts (market shares, say), which have no interval, and the",
        "attainment of targets, which is made of the intervals of other KPIs: how far its own",
        "holds is told in `saydo.objectives.attainment`.",
        "",
        "| method | population | n | samples | coverage % | ± | below | above | open | width "
        "| without |",
        "|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
        *(rows[key] for key in order if key in rows),
        *(["", "## What to know of some", "", *notes] if notes else []),
    ]
    return "\n".join(lines) + "\n"


def rows_of(text: str) -> dict[Key, str]:
    """The rows of a table as `page` writes it."""
    lines = [line.strip() for line in text.splitlines()]
    lines = [line for line in lines if line.startswith("| ") and ": " in line]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {(row[0], row[1], row[2]): line for row, line in zip(cells, lines, strict=True)}


def _line(row: Coverage) -> str:
    return (
        f"| {row.case.method} | {row.case.population} | {row.n} | {row.samples} | "
        f"{row.covered:.1f} | {row.error:.1f} | {row.below:.1f} | {row.above:.1f} | "
        f"{row.open_ended:.1f} | {row.width:.4g} | {row.no_value} |"
    )


def main(names: list[str]) -> None:
    """Measure all cases, or those of these measures, and write the page after each."""
    chosen = [case for case in CASES if not names or type(case.measure).__name__ in names]
    for found in measured(chosen):
        line = _line(found)
        print(line, "" if found.n != 200 or found.is_as_asked else "<-- not as asked", flush=True)
        rows = rows_of(PAGE.read_text("utf-8")) if PAGE.exists() else {}
        PAGE.write_text(page(rows | rows_of(line)), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
