"""What became of a run: `manifest.json`, for the next run, a scheduler and an auditor.

Holds what was asked (params), what it rests on (versions, hashes of the data, rows per table) and
what became of every page. No secrets (params hold only names of environment variables) and no
absolute paths.
"""

from __future__ import annotations

import platform
from datetime import date, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from signal import SIGINT
from typing import Any, Literal

from pydantic import BaseModel, Field, ValidationError

from saydo.languages.audiences import DEFAULT
from saydo.runs.files import flush_names, sha256, write
from saydo.runs.places import Places

NAME = "manifest.json"

PACKAGES = (
    "saydo",
    "numpy",
    "pandas",
    "scipy",
    "statsmodels",
    "ibis-framework",
    "duckdb",
    "pyarrow",
    "matplotlib",
    "papermill",
    "nbconvert",
    "ipykernel",
)
"""Packages that can change a number or a page."""


class PageRecord(BaseModel):
    """What became of one page. Paths start from the run's folder."""

    path: str
    notebook: str
    segment: str | None = None
    status: Literal["ok", "failed", "pending", "outdated"] = Field(
        description="pending: of the same params, data and code, and being made again; "
        "outdated: of others, so that tables and pages beside it may be newer."
    )
    seconds: float
    sha256: str | None = Field(None, description="Of the HTML file.")
    record: str | None = Field(None, description="The executed notebook.")
    error: str | None = Field(None, description="Where, which exception, and its message.")
    warnings: tuple[str, ...] = Field((), description="Lines on stderr; they are not on the page.")

    attempts: int = Field(1, description="How often it was begun: its kernel died before.")
    key: str = Field("", description="Changes with what the page rests on; see `freshness`.")
    reads: tuple[str, ...] = Field((), description="Results it has read: table, and segments.")
    made: datetime | None = Field(None, description="When it was made; not when it was kept.")
    kept: bool = Field(False, description="As an earlier run made it: nothing had changed.")

    def stands(self, folder: Path) -> bool:
        """Whether the page is there, rendered, and as it was written."""
        file = folder / self.path
        rendered = self.status in ("ok", "pending")
        return rendered and file.is_file() and sha256(file) == self.sha256


class Rows(BaseModel):
    """Where the rows of one table went."""

    read: int
    used: int
    rejected: int = 0
    excluded: dict[str, int] = {}


class Manifest(BaseModel):
    """What became of a run."""

    manifest_version: Literal[1] = 1
    study: str
    as_of: date
    started: datetime
    finished: datetime | None = None
    status: Literal["running", "ok", "failed", "interrupted"] = Field(
        "running",
        description="ok: every page that was asked for is rendered. running, where no run is: it "
        "was killed, and only pages that are ok can be relied on.",
    )
    complete: bool = Field(False, description="Every page of every segment is there.")
    params: dict[str, Any]
    versions: dict[str, str]
    key: str = Field(description="Changes with the params, the data, the day and saydo's code.")
    data: dict[str, str] = Field(description="SHA-256 of each input, by its name.")
    rows: dict[str, Rows]
    notes: tuple[str, ...] = ()
    pages: tuple[PageRecord, ...] = ()
    folder: Path | None = Field(None, exclude=True, description="Where it lies; never written.")
    signal: int | None = Field(None, exclude=True, description="Which one interrupted the run.")

    @property
    def exit_code(self) -> int:
        """0: all pages rendered; 1: some failed, the others are there; 130: stopped by Ctrl-C, 143:
        by SIGTERM."""
        if self.status == "interrupted":
            return 128 + (self.signal or SIGINT)
        return 0 if self.status == "ok" else 1

    @property
    def failed(self) -> tuple[PageRecord, ...]:
        return tuple(page for page in self.pages if page.status == "failed")

    @property
    def language(self) -> tuple[str, str]:
        """The study's language and audience, as `speak` takes them."""
        return self.params.get("language", "en"), self.params.get("audience", DEFAULT)

    @property
    def ground(self) -> tuple[object, ...]:
        """What the pages rest on: pages of two runs can stand side by side if it is the same."""
        return self.key, self.as_of, self.data, self.versions

    def write(self, folder: Path, places: Places) -> None:
        """Put `manifest.json` into `folder`."""
        write(folder / NAME, places.without(self.model_dump_json(indent=2)) + "\n")
        flush_names(folder)


def read(folder: Path) -> Manifest | None:
    """The manifest in `folder`; None if there is none that this version of saydo can read."""
    file = folder / NAME
    if not file.is_file():
        return None
    try:
        return Manifest.model_validate_json(file.read_bytes())
    except ValidationError:
        # Of another version, or not ours: its pages can't be vouched for, so all are made again.
        return None


def versions() -> dict[str, str]:
    """Of Python and of every package that can change a number or a page."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found
