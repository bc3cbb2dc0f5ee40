"""From params to checked tables.

`load_tables` opens what params name (`sources`), maps columns, finds out how numbers and dates are
written (`formats`), checks every row (`checks`), counts where each one went, and completes
`customers` (`derived`). The result is what all of the analysis stands on.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import ibis
import ibis.expr.types as ir
import pandas as pd

from saydo.errors import DataError, Problem
from saydo.languages import gettext as _
from saydo.params import Params
from saydo.tables.checked import RowCount, Tables
from saydo.tables.checks import STATUS, Fault, judge, key_of, repeats
from saydo.tables.columns import Mapped, map_columns
from saydo.tables.contract import CONTRACT
from saydo.tables.csv_files import RAGGED, RECORD
from saydo.tables.derived import with_customers
from saydo.tables.engine import Engine, open_engine
from saydo.tables.extras import typed_extras
from saydo.tables.origins import Opened, check_count
from saydo.tables.parsing import Reading
from saydo.tables.readings import column_readings
from saydo.tables.rejects import commonest, rejected_rows, source_rejects
from saydo.tables.sources import read_sources
from saydo.tables.tally import row_count, statuses
from saydo.tables.text_files import Unreadable
from saydo.tables.wide_surveys import CELL, long_answers

__all__ = ["load_tables"]

_SHOWN = 1000
"""Rejected rows that are looked at to say what is wrong where all are rejected."""


@dataclass
class _Loading:
    """What has been loaded so far."""

    engine: Engine
    as_of: date
    now: datetime
    zone: str
    tables: dict[str, ir.Table] = field(default_factory=dict)
    rows: dict[str, RowCount] = field(default_factory=dict)
    rejects: dict[str, pd.DataFrame] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def load_tables(
    params: Params,
    folder: Path,
    *,
    as_of: date,
    now: datetime | None = None,
    connection: ibis.BaseBackend | None = None,
) -> Tables:
    """The checked tables of a study.

    Of a wide survey, `rows` counts cells (rows × item columns). A text source that queries read is
    counted as `sources.<name>`. Blank lines of a text file and empty rows of a sheet are no rows.

    Args:
        params: The study.
        folder: The project's folder, which paths are relative to.
        as_of: Last day that the run may know of.
        now: The present, for dates that can't have happened yet; the clock's if left out. In the
            study's time zone if naive.
        connection: Where tables are read and kept, instead of what `data.engine` names.

    Raises:
        DataError: Files, sheets, columns or environment variables are missing; a format is in
            doubt; or all rows of a table are wrong. Lists every problem of the first step that
            has any.
    """
    engine = open_engine(params.data.engine, connection=connection)
    loading = _Loading(engine, as_of, _local(now, params.timezone), params.timezone)
    with tempfile.TemporaryDirectory(prefix="saydo-") as scratch:
        opened = read_sources(params, engine=engine, folder=folder, scratch=Path(scratch))
        loading.notes += opened.notes
        _count_sources(loading, opened)
        mapped = _mapped(loading, params, opened)
        readings = {name: _readings(loading, table) for name, table in mapped.items()}
        _raise_any(loading)
        for name, table in mapped.items():
            _load(loading, name, table, readings[name])
        _raise_any(loading)
        opened.drop_copies()
    kind = params.retention.kind if params.retention else None
    tables = with_customers(
        loading.tables,
        keep=lambda name, rows: _kept(loading, f"{name}_complete", rows),
        as_of=as_of,
        by_contract=kind == "contract",
        notes=loading.notes,
    )
    ordered = {name: tables[name] for name in CONTRACT if name in tables}
    return Tables(engine.home, ordered, loading.rows, loading.rejects, tuple(loading.notes))


def _local(now: datetime | None, zone: str) -> datetime:
    now = now or datetime.now(UTC)
    return now.astimezone(ZoneInfo(zone)).replace(tzinfo=None) if now.tzinfo else now


def _raise_any(loading: _Loading) -> None:
    if loading.problems:
        raise DataError("data", loading.problems)


def _mapped(loading: _Loading, params: Params, opened: Opened) -> dict[str, Mapped]:
    found = {
        name: map_columns(
            opened.origins[name],
            CONTRACT[name],
            source,
            engine=loading.engine,
            problems=loading.problems,
            notes=loading.notes,
        )
        for name, source in params.data.tables.items()
    }
    _raise_any(loading)
    return {name: table for name, table in found.items() if table is not None}


def _readings(loading: _Loading, wide: Mapped) -> dict[str, Reading]:
    if wide.origin.connection.name not in ("duckdb", "pyspark"):
        return {}
    try:
        return column_readings(long_answers(wide), problems=loading.problems, notes=loading.notes)
    except loading.engine.refusals as error:
        loading.problems.append(_refused(loading, wide, error))
        return {}


def _load(loading: _Loading, name: str, wide: Mapped, readings: dict[str, Reading]) -> None:
    """Check one table, and keep what can be used and count the rest."""
    mapped = long_answers(wide)
    connection = wide.origin.connection
    try:
        judged = judge(
            mapped,
            readings,
            as_of=loading.as_of,
            now=loading.now,
            zone=loading.zone,
            extras=typed_extras(mapped),
        )
        rows = connection.create_table(
            f"saydo_{name}", judged.rows, temp=not loading.engine.is_ours, overwrite=True
        )
        counts = statuses(rows)
        n_cells = len(wide.cells) or 1
        check_count(wide.origin, sum(counts.values()) // n_cells)
        rows, first_of = _without_repeats(loading, name, rows, mapped, judged.repeated)
    except Unreadable as error:
        loading.problems.append(Problem(wide.origin.where, f"{wide.origin.file}: {error}."))
        return
    except loading.engine.refusals as error:
        loading.problems.append(_refused(loading, wide, error))
        return
    if first_of:
        counts = statuses(rows)
    faults = (*judged.faults, judged.repeated)
    loading.rows[name] = count = row_count(counts)
    if count.rejected and not count.used and not any(s == -1 for s in counts):
        sample = rejected_rows(rows, wide, faults, readings, first_of=first_of, limit=_SHOWN)
        loading.problems.append(_all_rejected(wide, count, sample))
        return
    loading.rejects[name] = rejected_rows(rows, wide, faults, readings, first_of=first_of)
    if wide.cells:
        note = _("{table}: counted in answers, {rows} rows of {cells} questions each.")
        loading.notes.append(note.format(table=name, rows=count.read // n_cells, cells=n_cells))
    used = rows.filter(rows[STATUS] == 0)
    columns = [column for column in rows.columns if column not in (RECORD, STATUS, CELL)]
    loading.tables[name] = _at_home(loading, name, used.select(*columns), connection)


def _without_repeats(
    loading: _Loading, name: str, rows: ir.Table, mapped: Mapped, repeated: Fault
) -> tuple[ir.Table, dict[int, int]]:
    """The rows, with those rejected whose key an earlier one has; and the record of that one."""
    key = key_of(mapped)
    if not key:
        return rows, {}
    found = repeats(rows, key).to_pyarrow()
    if not found.num_rows:
        return rows, {}
    again = ibis.memtable(found.select([RECORD]).rename_columns(["again"]))
    marked = rows.mutate(
        **{STATUS: rows[RECORD].isin(again["again"]).ifelse(repeated.bit, rows[STATUS])}
    )
    connection = mapped.origin.connection
    temp = not loading.engine.is_ours
    kept = connection.create_table(f"saydo_{name}_once", marked, temp=temp, overwrite=True)
    connection.drop_table(f"saydo_{name}")
    return kept, dict(zip(*(column.to_pylist() for column in found.columns), strict=True))


def _all_rejected(wide: Mapped, count: RowCount, sample: pd.DataFrame) -> Problem:
    reasons = " ".join(f"({n}) {text}" for n, text in enumerate(commonest(sample), start=1))
    return Problem(
        wide.origin.where,
        f"all {count.rejected} rows of {wide.origin.file} are rejected, so that the mapping "
        f"of columns or the format must be wrong. The commonest reasons: {reasons}",
    )


def _refused(loading: _Loading, wide: Mapped, error: BaseException) -> Problem:
    what = f"{wide.origin.file}: the engine can't read it: {loading.engine.first_line(error)}"
    return Problem(wide.origin.where, what)


def _at_home(
    loading: _Loading, name: str, rows: ir.Table, connection: ibis.BaseBackend
) -> ir.Table:
    """The rows on the engine where all tables end up."""
    if connection is loading.engine.home:
        return rows
    return loading.engine.home.create_table(
        f"saydo_{name}", rows.to_pyarrow(), temp=True, overwrite=True
    )


def _kept(loading: _Loading, name: str, rows: ir.Table) -> ir.Table:
    temp = not loading.engine.is_ours
    return loading.engine.home.create_table(f"saydo_{name}", rows, temp=temp, overwrite=True)


def _count_sources(loading: _Loading, opened: Opened) -> None:
    """Count the records of text files that queries read, and reject the ragged ones."""
    for name, origin in opened.sources.items():
        if origin.text is None:
            continue
        rejects = source_rejects(origin, origin.relation, origin.relation[RAGGED] != 0)
        read = origin.text.n_records
        loading.rows[f"sources.{name}"] = RowCount(read, read - len(rejects), len(rejects))
        loading.rejects[f"sources.{name}"] = rejects
