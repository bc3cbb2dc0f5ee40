"""What do the files say?

`read_sources` opens whatever params name (text files, Parquet, Excel, tables of a database,
queries over them) and gives an `Origin` per table of the contract: its rows as they are, each with
the number of its record, and the way from a record back to its line. Nothing is interpreted yet.
All that is missing is reported at once.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from pathlib import Path

import ibis

from saydo.errors import DataError, Problem
from saydo.languages import gettext as _
from saydo.params import Format, Params, Source, TableSource
from saydo.tables.csv_files import RECORD, SUFFIXES, CsvFile, file_literal, quoted, read_csv
from saydo.tables.engine import Engine
from saydo.tables.excel import read_sheet
from saydo.tables.origins import Lines, Opened, Origin, create_view, numbered
from saydo.tables.queries import open_query, open_source
from saydo.tables.text_files import Unreadable


def read_sources(params: Params, *, engine: Engine, folder: Path, scratch: Path) -> Opened:
    """Open all that params name.

    Args:
        params: The study.
        engine: Where tables are read.
        folder: The project's folder, which paths are relative to.
        scratch: Folder for temporary copies; needed until the tables are checked.

    Raises:
        DataError: Every file, sheet or table that is missing or can't be read, and every query that
            the engine refuses.
    """
    opened = Opened(engine, folder, scratch)
    queries = {name: table for name, table in params.data.tables.items() if table.query}
    for name, table in params.data.tables.items():
        if not table.query:
            origin = _open(opened, f"data.tables.{name}", f"saydo_raw_{name}", table)
            if origin:
                opened.origins[name] = origin
    if queries:
        for name, source in params.data.sources.items():
            # Those of the database are found there, when the query runs.
            view = f"saydo_source_{name}"
            origin = _open(opened, f"data.sources.{name}", view, source) if source.path else None
            if origin:
                open_source(opened, name, source, origin)
    if not opened.problems:
        for name, table in queries.items():
            open_query(opened, name, table, params.data.sources)
    if opened.problems:
        raise DataError("data", opened.problems)
    return opened


def _open(opened: Opened, where: str, view: str, source: Source | TableSource) -> Origin | None:
    try:
        if source.path is None:
            return _database_table(opened, where, view, str(source.table), source.format)
        path = opened.folder / source.path
        if not path.is_file():
            raise Unreadable(_not_found(path, source.path))
        return _file(opened, where, view, path, source)
    except Unreadable as error:
        place = source.path or source.table
        opened.problems.append(Problem(where, f"{place}: {error}."))
    return None


def _file(
    opened: Opened, where: str, view: str, path: Path, source: Source | TableSource
) -> Origin:
    local = opened.engine.local
    name = str(source.path)
    lines: Lines | None = None
    text: CsvFile | None = None
    if path.name.endswith(SUFFIXES):
        text = read_csv(path, source.format, scratch=opened.scratch)
        lines = text.lines
        select = text.select()
        if found := text.detected():
            note = _("{file}: {found} (detected; declare them under {where}.format).")
            opened.notes.append(note.format(file=name, found=", ".join(found), where=where))
    elif path.suffix == ".parquet" and opened.engine.home.name == "pyspark":
        return _on_spark(opened, where, view, path, source)
    elif path.suffix == ".parquet":
        select = (
            f"SELECT * EXCLUDE (file_row_number), file_row_number + 1 AS {RECORD} "
            f"FROM read_parquet({file_literal(path)}, file_row_number=true)"
        )
        lines = _same
    elif path.suffix == ".xlsx":
        sheet = read_sheet(path, source.sheet)
        opened.copy(local, f"{view}_sheet", sheet.table)
        select = f"SELECT * FROM {quoted(f'{view}_sheet')}"
        lines = sheet.lines
    else:
        raise Unreadable(
            f"a file of this kind can't be read; use {', '.join(SUFFIXES)}, .parquet or .xlsx"
        )
    try:
        create_view(local, view, select)
        relation = local.table(view)
    except opened.engine.refusals as error:
        raise Unreadable(f"it can't be read ({opened.engine.first_line(error)})") from None
    return Origin(where, name, local, view, relation, source.format, lines, text)


def _on_spark(
    opened: Opened, where: str, view: str, path: Path, source: Source | TableSource
) -> Origin:
    """A Parquet file read by Spark, for it may be larger than one machine."""
    home = opened.engine.home
    try:
        relation = home.read_records(str(path), view, number=RECORD)
    except opened.engine.refusals as error:
        raise Unreadable(f"it can't be read ({opened.engine.first_line(error)})") from None
    return Origin(where, str(source.path), home, view, relation, source.format, _same)


def _database_table(opened: Opened, where: str, view: str, table: str, form: Format) -> Origin:
    """A table of the database, copied once so that its records have lasting numbers."""
    home = opened.engine.home
    *path, name = table.split(".")
    known = _tables_of(home, path)
    if name not in known:
        close = difflib.get_close_matches(name, known, n=1)
        hint = f" Did you mean {close[0]!r}?" if close else ""
        listed = ", ".join(sorted(known)) or "(none)"
        raise Unreadable(f"the database has no table {name!r}.{hint} It has: {listed}")
    rows = home.table(name, database=tuple(path) or None)
    return numbered(opened, where, view, table, rows, form)


def _tables_of(home: ibis.BaseBackend, path: list[str]) -> list[str]:
    try:
        return list(home.list_tables(database=tuple(path) or None))
    except Exception:  # noqa: BLE001  # A schema that is not there holds no tables.
        return []


def _same(numbers: Iterable[int]) -> Mapping[int, int]:
    return {number: number for number in numbers}


def _not_found(path: Path, written: str) -> str:
    """What is missing, what is there instead, and how the sample data are made."""
    if written.replace("\\", "/").startswith("data/acme/"):
        return (
            "there is no such file. Write the sample data with `make sample` or "
            "`saydo sample data/acme`"
        )
    if not path.parent.is_dir():
        return f"there is no such file, and no folder {Path(written).parent}"
    there = sorted(entry.name for entry in path.parent.iterdir() if entry.is_file())
    close = difflib.get_close_matches(path.name, there, n=1)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    listed = ", ".join(there[:20]) + (" …" if len(there) > 20 else "")
    return f"there is no such file.{hint} The folder holds: {listed or '(nothing)'}"
