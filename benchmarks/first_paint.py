"""How soon is the overview of a thousand segments on the screen?

The sample company with as many branches as segments; only the pages of the whole report are made.
Each is opened in Chromium from its file, without a network, in a fresh profile each time.

    python benchmarks/first_paint.py [SEGMENTS]      1000 if left out; needs Chromium and playwright
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import Browser, sync_playwright
from runs_study import NOTEBOOKS, PARAMS, ROOT, customers, write_study

from saydo.params import ALL
from saydo.runs.run import run

OF_THE_REPORT = ("1_segments", "4_overview")
ROUNDS = 7
PAINTED = """() => new Promise(told => new PerformanceObserver(list => {
    for (const entry of list.getEntries())
        if (entry.name === "first-contentful-paint") told(entry.startTime);
}).observe({type: "paint", buffered: true}))"""


def main(segments: int) -> None:
    """Print one row per page: bytes, and the first contentful paint."""
    print(f"{customers(segments):,} customers, {segments:,} segments, {ROUNDS} times each\n")
    print("| page | HTML beside figures, kB | all, kB | first paint, s (median) | slowest |")
    print("|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        folder = _report(Path(scratch), segments)
        program = shutil.which("chromium") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for file in sorted(folder.glob("*.html")):
            html = file.read_text("utf-8")
            lean = re.sub(r'data:image/[^"]*', "", html)
            painted = [_first_paint(browser, file) / 1000 for _round in range(ROUNDS)]
            sizes = [f"{len(text.encode()) / 1000:.0f}" for text in (lean, html)]
            times = [f"{median(painted):.2f}", f"{max(painted):.2f}"]
            print("|", " | ".join([file.name, *sizes, *times]), "|")
        browser.close()


def _report(scratch: Path, segments: int) -> Path:
    """The folder of a run of which only pages of the whole report, and those of all, are made."""
    study = scratch / "study"
    write_study(study, segments=segments)
    for name in OF_THE_REPORT:
        shutil.copy(ROOT / "notebooks" / f"{name}.ipynb", study / "notebooks")
    for name in NOTEBOOKS:
        (study / "notebooks" / f"{name}.ipynb").unlink()
    manifest = run(study / PARAMS, segments=[ALL], out=scratch / "reports")
    assert manifest.folder is not None
    return manifest.folder


def _first_paint(browser: Browser, file: Path) -> float:
    """Milliseconds from the start of navigation."""
    context = browser.new_context(offline=True, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(file.resolve().as_uri())
    told: Any = page.evaluate(PAINTED)
    context.close()
    return float(told)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
