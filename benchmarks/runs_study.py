"""The study that runs are measured on: the sample company, with as many branches as one likes.

Every customer belongs to a branch, by a digest of the id, and the branches are the segments. The
project has the two notebooks that are a page of each segment, and the params of the demo without
objectives of single segments.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, TypeVar

import duckdb
import yaml

from saydo.params import ALL
from saydo.tables.sample import write_sample

ROOT = Path(__file__).parents[1]
P = TypeVar("P")

NOTEBOOKS = ("2_scorecard", "3_drivers")
PARAMS = "params/branches.yml"

PER_SEGMENT = 60
"""Customers of a branch, on average, so that its pages have something to show."""
FEWEST = 5000

BRANCH = "'Branch ' || lpad((md5_number_lower(customer_id) % {n})::text, 4, '0')"


class PageOf(NamedTuple):
    """A page: the notebook, without its ending, and the segment."""

    notebook: str
    segment: str


def customers(segments: int) -> int:
    """How many customers a study of so many segments has."""
    return max(FEWEST, PER_SEGMENT * segments)


def write_study(folder: Path, *, segments: int) -> None:
    """The project folder: data, params and notebooks."""
    data = folder / "data" / "acme"
    write_sample(data, customers=customers(segments), seed=7)
    _rewrite(data / "customers.parquet", f"*, {BRANCH.format(n=segments)} as branch")
    (folder / "notebooks").mkdir()
    for name in NOTEBOOKS:
        shutil.copy(ROOT / "notebooks" / f"{name}.ipynb", folder / "notebooks")
    params = yaml.safe_load((ROOT / "params" / "demo.yml").read_text("utf-8"))
    params["segments"] = {"method": "column", "column": "branch"}
    params["objectives"] = [each for each in params["objectives"] if "segment" not in each]
    (folder / PARAMS).parent.mkdir()
    (folder / PARAMS).write_text(yaml.safe_dump(params, sort_keys=False), "utf-8")


def pages(segments: int) -> list[PageOf]:
    """All pages, `all` first."""
    names = [ALL, *(f"Branch {number:04}" for number in range(segments))]
    return [PageOf(notebook, name) for name in names for notebook in NOTEBOOKS]


def evenly(pages: list[PageOf], n: int) -> list[PageOf]:
    """About `n` of them, all pages of each segment chosen; all if there are no more."""
    each = len(NOTEBOOKS)
    there, wanted = len(pages) // each, max(1, min(n, len(pages)) // each)
    # From the middle of each stretch: `all`, whose pages are the longest, would weigh too much.
    places = [int((i + 0.5) * there / wanted) for i in range(wanted)]
    return [page for place in places for page in pages[place * each : (place + 1) * each]]


def shared(pages: Sequence[P], *, part: int, parts: int) -> list[P]:
    """Every `parts`-th segment's pages, so that each part has as many of each notebook."""
    return [page for number, page in enumerate(pages) if number // len(NOTEBOOKS) % parts == part]


def change_answers(folder: Path, *, segment: str) -> None:
    """Customers of one segment say something else: their satisfaction, the other way round."""
    data = folder / "data" / "acme"
    theirs = f"select customer_id from '{data / 'customers.parquet'}' where branch = '{segment}'"
    changed = f"""* replace (
        case when item = 'satisfaction' and coalesce(aspect, 'score') = 'score'
                and customer_id in ({theirs})
            then scale_min + scale_max - score else score end as score)"""
    _rewrite(data / "answers.parquet", changed)


def _rewrite(file: Path, columns: str) -> None:
    """Put `columns` of a Parquet file, as SQL, in its place, in the same order of rows."""
    draft = file.with_suffix(".draft")
    with duckdb.connect() as connection:
        connection.execute(
            f"copy (select {columns} from '{file}') to '{draft}' (format parquet, compression zstd)"
        )
    draft.replace(file)
