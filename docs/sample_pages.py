"""A small sample report with every kind of page, and the browser that it is looked at with.

For the snapshots of `make_snapshots.py` and the tests in `tests/browser`, which so see the same.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat

from saydo.runs.run import run
from saydo.tables.sample import write_sample

ROOT = Path(__file__).parents[1]
BROWSER = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)

KINDS: Mapping[str, str] = {
    "overview": "index.html",
    "segments": "segments.html",
    "definitions": "definitions.html",
    "definitions-of-market": "definitions_market.html",
    "tables": "tables.html",
    "scorecard": "all/scorecard.html",
    "scorecard-of-segment": "price-watchers/scorecard.html",
    "drivers": "all/drivers.html",
    "drivers-of-segment": "price-watchers/drivers.html",
    "page-that-failed": "easy-going/drivers.html",
    "failures": "failed.html",
    "runs": "../index.html",
}
"""Every kind of page, by a path from the run's folder on."""

FAILS = 'if segment == "Easy going": raise ValueError("No answers after 31 December: <speed>")'
"""Goes into a copy of the drivers' notebook: one page that could not be made."""


def sample_project(folder: Path) -> Path:
    """A project with a small sample company, one of whose pages fails."""
    shutil.copytree(ROOT / "notebooks", folder / "notebooks")
    file = folder / "notebooks" / "3_drivers.ipynb"
    notebook = nbformat.read(file, as_version=4)
    notebook.cells.insert(3, nbformat.v4.new_code_cell(FAILS, id="fails"))
    nbformat.write(notebook, file)
    write_sample(folder / "data" / "acme", customers=3000, months=36, seed=7)
    return folder


def sample_report(project: Path, out: Path, language: str) -> Path:
    """The folder of a run of the sample company in `language`.

    English has the pages of all segments, so that every link leads somewhere; other languages have
    those of three, which is quicker.
    """
    text = (ROOT / "params" / "demo.yml").read_text("utf-8")
    params = project / "params" / f"{language}.yml"
    params.parent.mkdir(exist_ok=True)
    params.write_text(re.sub(r"(?m)^language: .*$", f"language: {language}", text), "utf-8")
    asked = None if language == "en" else ["all", "Price watchers", "Easy going"]
    manifest = run(params, segments=asked, jobs=2, out=out / language)
    errors = {page.path: page.error for page in manifest.failed}
    assert errors.keys() == {KINDS["page-that-failed"]}, errors
    assert manifest.folder is not None
    return manifest.folder


@contextmanager
def chromium() -> Iterator[Any]:
    """A browser that draws the same way each time and asks nothing of any host."""
    from playwright.sync_api import sync_playwright

    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    same = ["--font-render-hinting=none", "--disable-lcd-text", "--force-color-profile=srgb"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=arguments + same)
        yield browser
        browser.close()
