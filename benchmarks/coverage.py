"""Do 95 % intervals hold the truth 95 % of the time?

python benchmarks/coverage.py              writes docs/coverage.md, in about ten minutes
python benchmarks/coverage.py Ratio …      prints the rows of these measures only
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from populations import CASES as OF_ANSWERS
from populations_of_deeds import CASES as OF_DEEDS
from populations_of_lives import CASES as OF_LIVES
from simulated import ASKED, SAMPLES, Case, Coverage, coverage

PAGE = Path(__file__).parents[1] / "docs" / "coverage.md"
CASES = (*OF_ANSWERS, *OF_DEEDS, *OF_LIVES)


def measured(cases: Iterable[Case]) -> Iterator[Coverage]:
    """Every case at every size."""
    for case in cases:
        for n, samples in SAMPLES.items():
            found = coverage(case, n=n, samples=min(samples, case.samples))
            print(_line(found), file=sys.stderr, flush=True)
            yield found


def page(found: Iterable[Coverage]) -> str:
    """The text of docs/coverage.md."""
    found = list(found)
    low, high = ASKED
    notes = dict.fromkeys(
        f"- **{row.case.method}**, {row.case.population}: {row.case.note}"
        for row in found
        if row.case.note
    )
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
        "attainment of targets, which adds the intervals of other KPIs as if all erred alike, and",
        "so holds the truth at least as often as they do.",
        "",
        "| method | population | n | samples | coverage % | ± | below | above | open | width "
        "| without |",
        "|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
        *map(_line, found),
        *(["", "## What to know of some", "", *notes] if notes else []),
    ]
    return "\n".join(lines) + "\n"


def _line(row: Coverage) -> str:
    mark = "" if row.n != 200 or row.is_as_asked else " !"
    return (
        f"| {row.case.method} | {row.case.population} | {row.n} | {row.samples} | "
        f"{row.covered:.1f}{mark} | {row.error:.1f} | {row.below:.1f} | {row.above:.1f} | "
        f"{row.open_ended:.1f} | {row.width:.4g} | {row.no_value} |"
    )


def main(names: list[str]) -> None:
    """Measure all cases and write the page, or those of these measures and print them."""
    chosen = [case for case in CASES if not names or type(case.measure).__name__ in names]
    found = list(measured(chosen))
    if not names:
        PAGE.write_text(page(found))


if __name__ == "__main__":
    main(sys.argv[1:])
