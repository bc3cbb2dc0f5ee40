"""Results: what the pages show, computed once for all segments and kept as tidy tables.

`prepare` makes them, a page reads them. Reading needs no engine, which keeps the kernels of a run
light.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from saydo.errors import UnknownName

FOLDER = "SAYDO_RESULTS"
"""Environment variable by which a run tells its kernels where the results are."""

KEPT = ".prepared"
"""Folder, beside `tables`, of what pages need and readers don't: counts of single customers."""


@dataclass(frozen=True)
class Prepared:
    """What a run needs to know of its results, beside the tables themselves."""

    as_of: str
    params: str
    """Digest of the params."""
    key: str
    """Changes with the params, the data, the day and the version of saydo."""
    segments: list[tuple[str, str]]
    """Name and slug of each segment, `all` first."""
    rows: dict[str, dict[str, Any]]
    """Per table: read, used, rejected, excluded (reason to rows)."""
    data: dict[str, str]
    """Per file, as named in params: its SHA-256."""
    notes: list[str]


@dataclass(frozen=True)
class Results:
    """Results in a folder, as `prepare` left them."""

    folder: Path

    def read(self, name: str) -> pd.DataFrame:
        """The table `name`, typed as it was written.

        Raises:
            UnknownName: There is no such table; lists those there are.
        """
        table = self.find(name)
        if table is None:
            there = sorted(each.stem for each in (self.folder / "tables").glob("*.parquet"))
            raise UnknownName("result", name, there)
        return table

    def find(self, name: str) -> pd.DataFrame | None:
        """The same, or None: of tables that only some studies have."""
        for folder in ("tables", KEPT):
            file = self.folder / folder / f"{name}.parquet"
            if file.is_file():
                return pd.read_parquet(file)
        return None

    @cached_property
    def prepared(self) -> Prepared:
        """What was prepared."""
        raw = json.loads((self.folder / KEPT / "prepared.json").read_text("utf-8"))
        segments = [(name, slug) for name, slug in raw.pop("segments")]
        return Prepared(**raw, segments=segments)
