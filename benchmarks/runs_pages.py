"""What did a run make? Its pages by manifest, their figures, and how large their HTML is.

Takes the folder of a run; figures are counted and measured in the HTML files themselves.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runs_study import PageOf

_FIGURE = re.compile(r"<figure\b.*?</figure>", flags=re.DOTALL)
_LINE = re.compile(r"<svg\b.*?</svg>", flags=re.DOTALL)
"""The small lines beside KPIs: drawn, but not counted, or there would be hundreds of figures."""


@dataclass(frozen=True)
class Size:
    """Of one page."""

    notebook: str
    figures: int
    kb: float
    """The whole file, in units of 1,000 bytes."""
    beside: float
    """What is not drawn: text, tables, the theme."""


def manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a run, as it was written."""
    read: dict[str, Any] = json.loads((folder / "manifest.json").read_text("utf-8"))
    return read


def prepared_at(folder: Path) -> float:
    """When the results had been written and pages could begin, in seconds since the epoch."""
    return (folder / ".prepared" / "prepared.json").stat().st_mtime


def sizes(folder: Path) -> dict[PageOf, Size]:
    """The size of every page."""
    return {
        PageOf(Path(page["notebook"]).stem, page["segment"]): _size(folder / page["path"], page)
        for page in manifest(folder)["pages"]
    }


def _size(file: Path, page: dict[str, Any]) -> Size:
    html = file.read_text("utf-8")
    beside, figures = _FIGURE.subn("", html)
    kb, beside_kb = len(html.encode()) / 1000, len(_LINE.sub("", beside).encode()) / 1000
    return Size(Path(page["notebook"]).stem, figures, kb, beside_kb)


def failures(folder: Path) -> dict[str, int]:
    """How many pages failed, by the error's name."""
    counts: dict[str, int] = {}
    for page in manifest(folder)["pages"]:
        if page["status"] == "failed":
            # "cell 3: NameError: …", or "KernelNotStarted: …" before any cell.
            name = re.sub(r"^cell \d+: ", "", page["error"]).split(":")[0]
            counts[name] = counts.get(name, 0) + 1
    return counts


def executed_since(folder: Path, instant: float) -> list[PageOf]:
    """Pages whose notebook was executed after `instant`, by the files that executing leaves.

    Raises:
        SystemExit: The manifest tells of others, where it tells which pages were kept.
    """
    every = manifest(folder)["pages"]
    # A page whose kernel never started has no record, but an error page.
    left = [folder / (page["record"] or page["path"]) for page in every]
    executed = [
        page for page, file in zip(every, left, strict=True) if file.stat().st_mtime >= instant
    ]
    if any("kept" in page for page in every):
        told = [page for page in every if not page.get("kept")]
        if told != executed:
            raise SystemExit(
                f"{len(executed)} pages were executed, but the manifest tells of {len(told)}"
            )
    return [PageOf(Path(page["notebook"]).stem, page["segment"]) for page in executed]
