"""Results: what the pages show, computed once for all segments and kept as tidy tables.

`prepare` makes them, a page reads them. Reading needs no engine, which keeps the kernels of a run
light.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from saydo.errors import UnknownName
from saydo.report.written import Written
from saydo.runs.files import sha256

if TYPE_CHECKING:
    import pandas as pd
    from pyarrow import parquet

FOLDER = "SAYDO_RESULTS"
"""Environment variable by which a run tells its kernels where the results are."""

READS = "SAYDO_READS"
"""Environment variable by which a run tells a kernel in which file to note what it reads."""

KEPT = ".prepared"
"""Folder, beside `tables`, of what pages need and readers don't: counts of single customers."""


DIGESTS = "digests.json"
"""File in that folder: of each table, and of its rows by segment."""

RESULTS = f"{KEPT}/prepared.json"
"""File that says of which params and data results are; true only when all of them are there."""

PREPARED = "what was read"
"""As which it is noted that a page tells of rows read and rejected. No table has this name."""

WRITTEN = "what was written"
"""As which it is noted that a page tells of the files of tables. No table has this name."""


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
    files: dict[str, str] = field(default_factory=dict)
    """Per file written, from the folder on: its SHA-256."""
    written: dict[str, Written] = field(default_factory=dict)
    """Per table."""


@dataclass(frozen=True)
class Results:
    """Results in a folder, as `prepare` left them."""

    folder: Path
    _held: dict[tuple[str, tuple[str, ...] | None], pd.DataFrame] = field(
        default_factory=dict, compare=False, repr=False
    )
    """What was read: findings of one page ask for the same tables."""

    def read(self, name: str, *, segments: Sequence[str] | None = None) -> pd.DataFrame:
        """The table `name`, typed as it was written.

        Args:
            name: Of the table.
            segments: Only their rows, and those of no segment, which speak of all: what is read
                does not grow with the number of others.

        Raises:
            UnknownName: There is no such table; lists those there are.
        """
        table = self.find(name, segments=segments)
        if table is None:
            there = sorted(each.stem for each in (self.folder / "tables").glob("*.parquet"))
            raise UnknownName("result", name, there)
        return table

    def find(self, name: str, *, segments: Sequence[str] | None = None) -> pd.DataFrame | None:
        """The same, or None: of tables that only some studies have."""
        _note(name, segments)
        asked = name, None if segments is None else tuple(segments)
        if asked not in self._held:
            files = (self.folder / folder / f"{name}.parquet" for folder in ("tables", KEPT))
            file = next((file for file in files if file.is_file()), None)
            if file is None:
                return None
            self._held[asked] = _rows(file, segments)
        # Whoever writes into theirs changes no other's: pandas copies on write.
        return self._held[asked].copy(deep=False)

    def what_was_read(self) -> tuple[Mapping[str, Mapping[str, Any]], Sequence[str]]:
        """What became of the rows of each table, and notes on them."""
        _note(PREPARED, None)
        return self.prepared.rows, self.prepared.notes

    def what_was_written(self) -> Mapping[str, Written]:
        """The files of each table."""
        _note(WRITTEN, None)
        return self.prepared.written

    @cached_property
    def prepared(self) -> Prepared:
        """What was prepared."""
        raw = json.loads((self.folder / RESULTS).read_text("utf-8"))
        segments = [(name, slug) for name, slug in raw.pop("segments")]
        return Prepared(**raw, segments=segments)


def _rows(file: Path, segments: Sequence[str] | None) -> pd.DataFrame:
    # Imported when needed: a run that finds all pages as they were reads no results.
    import pyarrow as pa
    from pyarrow import compute, parquet, types

    # One thread: pages run beside each other, and what they read is small. Not as a dataset, which
    # takes three times as long for that.
    with parquet.ParquetFile(file) as source:
        # Where no row is of a segment the column has no type that names could be found in.
        if segments is None or types.is_null(source.schema_arrow.field("segment").type):
            table = source.read(use_threads=False)
        else:
            table = source.read_row_groups(_groups(source, segments), use_threads=False)
            column = table["segment"]
            names = pa.array(segments, column.type)
            # A row of no segment speaks of all.
            table = table.filter(compute.or_(compute.is_in(column, names), column.is_null()))
    frame: pd.DataFrame = table.to_pandas(use_threads=False)
    return frame


def _groups(source: parquet.ParquetFile, segments: Sequence[str]) -> list[int]:
    """The row groups that may have rows of these segments, or of none."""
    place = source.schema.names.index("segment")
    chosen = []
    for number in range(source.num_row_groups):
        known = source.metadata.row_group(number).column(place).statistics
        if (
            known is None
            or not known.has_min_max
            or known.null_count
            or any(known.min <= name <= known.max for name in segments)
        ):
            chosen.append(number)
    return chosen


def _note(name: str, segments: Sequence[str] | None) -> None:
    """For the run, which makes a page again only when what it has read changes."""
    file = os.environ.get(READS)
    if file:
        with Path(file).open("a", encoding="utf-8") as notes:
            notes.write(json.dumps([name, segments]) + "\n")


def still_there(folder: Path, key: str) -> Prepared | None:
    """What was prepared in `folder`, if it is what this key would give, and every file is whole."""
    try:
        prepared = Results(folder).prepared
    except (OSError, ValueError, TypeError):
        # None, or of another version.
        return None
    whole = prepared.key == key and all(
        (folder / name).is_file() and sha256(folder / name) == digest
        for name, digest in prepared.files.items()
    )
    return prepared if whole else None
