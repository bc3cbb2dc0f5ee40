"""Hundreds of pages: saydo against the loop that one would write, the floor, and R Markdown.

The sample company with as many branches as segments; each segment has two pages. Sides are
processes of their own, two pages at a time on each. *saydo* prepares the results and makes the
pages; its *pages* alone are what the others do, on results that are there already:

- the loop: papermill, then jupyter nbconvert, for each page;
- the floor: the same cells in two loaded processes, without kernels, records and pages;
- R Markdown: `render` in two loaded sessions, of a lean page with as many figures.

Of the loop and of R Markdown `--loop-pages` are measured, evenly chosen, and scaled up to all.

With `--thousand`, a run of so many segments, another with nothing changed, one after the answers
of one segment's customers changed, and one with four times as many pages at a time as cores.

    python benchmarks/runs.py [SEGMENTS] [--loop-pages N]      50 segments and 20 pages if left out
    python benchmarks/runs.py [SEGMENTS] --thousand            1000 segments if left out
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import runs_floor
import runs_pages
import runs_sides
from runs_cost import Cost
from runs_study import NOTEBOOKS, change_answers, customers, evenly, pages, write_study

JOBS = 2
"""Pages at a time, on every side."""
CROWDED = 4 * JOBS

WHOLE, PAGES, LOOP, FLOOR, R = "saydo run", "its pages", "the loop", "the floor", "R Markdown"
RATIOS = {
    (LOOP, PAGES): "at least 8",
    (LOOP, WHOLE): "",
    (PAGES, FLOOR): "at most 1.5",
    (R, PAGES): "",
}
"""What is set against what, and the aim."""
FEW = 10
"""Up to so many pages are named."""
LARGEST_KB = 60
"""Aim for a page's HTML beside its figures."""


def compare(segments: int, *, loop_pages: int, scratch: Path) -> None:
    """Print three tables: the sides, their ratios, and the sizes of pages."""
    every = pages(segments)
    print(f"{_told_of(segments)}\n")
    _print_head(
        *("side", "pages measured", "all pages: wall, s", "CPU, s", "a page: wall, s", "CPU, s"),
        "peak, GiB (PSS)",
    )
    a_page: dict[str, Cost] = {}
    for side, cost, made in _sides(segments, loop_pages=loop_pages, scratch=scratch):
        one = a_page[side] = cost.scaled(1 / made)
        total = one.scaled(len(every))
        _print_row(
            *(side, made, f"{total.wall:.1f}", f"{total.cpu:.1f}"),
            *(f"{one.wall:.2f}", f"{one.cpu:.2f}", f"{cost.gib:.2f}"),
        )
    print()
    _print_head("ratio", "wall", "CPU", "aim")
    for (above, below), aim in RATIOS.items():
        if above in a_page:
            wall = a_page[above].wall / a_page[below].wall
            cpu = a_page[above].cpu / a_page[below].cpu
            _print_row(f"{above} / {below}", f"{wall:.1f}", f"{cpu:.1f}", aim)
    _print_sizes(_folder(scratch / "reports"))


def _sides(segments: int, *, loop_pages: int, scratch: Path) -> Iterator[tuple[str, Cost, int]]:
    """Each side: its name, what it took, and for how many pages."""
    project = scratch / "study"
    write_study(project, segments=segments)
    every = pages(segments)
    ran = runs_sides.saydo(project, jobs=JOBS, out=scratch / "reports")
    results = _folder(scratch / "reports")
    yield WHOLE, ran.cost(), len(every)
    yield PAGES, ran.cost(since=runs_pages.prepared_at(results)), len(every)

    chosen, out = evenly(every, loop_pages), scratch / "loop"
    looped = runs_sides.loop(project, chosen, jobs=JOBS, results=results, out=out)
    yield LOOP, looped.cost(), len(chosen)

    executed = runs_sides.floor(project, segments=segments, jobs=JOBS, results=results)
    yield FLOOR, executed.cost(), len(every)

    if lacking := runs_sides.no_r():
        _print_row(f"{R}: {lacking}", *[""] * 6)
        return
    sizes = runs_pages.sizes(results)
    drawn = [(page, sizes[page].figures) for page in chosen]
    rendered = runs_sides.r_markdown(scratch / "r", drawn, jobs=JOBS, results=results)
    yield R, rendered.cost(), len(chosen)


def _print_sizes(folder: Path) -> None:
    sizes = runs_pages.sizes(folder).values()
    print()
    _print_head(
        *("page", "figures, median", "file, KB, median", "beside figures, KB, median", "largest"),
        "aim",
    )
    for name in NOTEBOOKS:
        mine = [size for size in sizes if size.notebook == name]
        beside = [size.beside for size in mine]
        _print_row(
            *(name, f"{median(size.figures for size in mine):.0f}"),
            *(f"{median(size.kb for size in mine):.0f}", f"{median(beside):.0f}"),
            *(f"{max(beside):.0f}", f"at most {LARGEST_KB}"),
        )


def repeat(segments: int, *, scratch: Path) -> None:
    """Print a table: a run, and what the next ones make again."""
    project = scratch / "study"
    write_study(project, segments=segments)
    changed = pages(segments)[-1].segment
    print(f"{_told_of(segments)}\n")
    _print_head("run", "pages executed", "failed", "wall, min", "CPU, min", "peak, GiB (PSS)")
    _print_run("the first", project, scratch / "reports", jobs=JOBS)
    _print_run("nothing changed", project, scratch / "reports", jobs=JOBS)
    change_answers(project, segment=changed)
    _print_run("one segment's answers changed", project, scratch / "reports", jobs=JOBS)
    _print_run("from nothing, crowded", project, scratch / "crowded", jobs=CROWDED)


def _print_run(name: str, project: Path, out: Path, *, jobs: int) -> None:
    began = time.time()
    cost = runs_sides.saydo(project, jobs=jobs, out=out, accepted=(0, 1)).cost()
    folder = _folder(out)
    executed = runs_pages.executed_since(folder, began)
    failed = runs_pages.failures(folder)
    causes = f" ({', '.join(f'{n} {cause}' for cause, n in failed.items())})" if failed else ""
    names = ", ".join(f"{page.notebook} of {page.segment}" for page in executed)
    few = f" ({names})" if 0 < len(executed) < FEW else ""
    _print_row(
        *(f"{name}, --jobs {jobs}", f"{len(executed):,}{few}", f"{sum(failed.values())}{causes}"),
        *(f"{cost.wall / 60:.2f}", f"{cost.cpu / 60:.2f}", f"{cost.gib:.2f}"),
    )


def _print_head(*names: str) -> None:
    _print_row(*names)
    print(f"|{'---|' * len(names)}")


def _print_row(*cells: object) -> None:
    print(f"| {' | '.join(map(str, cells))} |", flush=True)


def _told_of(segments: int) -> str:
    made = len(pages(segments))
    return (
        f"{customers(segments):,} customers, {segments:,} segments and all, {made:,} pages, "
        f"{JOBS} at a time, {os.cpu_count()} cores"
    )


def _folder(reports: Path) -> Path:
    """Of the one run in `reports`."""
    (found,) = reports.glob("*/[0-9]*/manifest.json")
    return found.parent.resolve()


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("segments", type=int, nargs="?")
    parser.add_argument("--loop-pages", type=int, default=20)
    parser.add_argument("--thousand", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        if asked.thousand:
            repeat(asked.segments or 1000, scratch=Path(scratch))
        else:
            compare(asked.segments or 50, loop_pages=asked.loop_pages, scratch=Path(scratch))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--floor"]:
        folder, segments, part, parts = sys.argv[2:]
        runs_floor.work(Path(folder), segments=int(segments), part=int(part), parts=int(parts))
    else:
        main()
