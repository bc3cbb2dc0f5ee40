"""Which rows were rejected, where do they stand, and what is wrong with them?

`rejected_rows` gives one line per fault: file, line, column, reason and the raw row, so that
whoever keeps the file can mend it. The reason names what was found and what to do.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import ibis.expr.types as ir
import pandas as pd

from saydo.tables.checks import STATUS, Fault
from saydo.tables.columns import ITEM_COLUMNS, Mapped, raw_name
from saydo.tables.csv_files import RECORD
from saydo.tables.origins import Origin
from saydo.tables.parsing import Reading
from saydo.tables.reasons import Reasons, ragged_reason
from saydo.tables.wide_surveys import CELL

COLUMNS = ("file", "line", "column", "reason", "row")


def rejected_rows(
    judged: ir.Table,
    wide: Mapped,
    faults: Sequence[Fault],
    readings: Mapping[str, Reading],
    *,
    first_of: Mapping[int, int] | None = None,
    limit: int | None = None,
) -> pd.DataFrame:
    """Rejected rows, one line per fault, in the order of the file.

    A fault of a whole row of a wide survey is said once, though it rejects all of its answers.

    Args:
        judged: Checked rows with `RECORD` and `STATUS`.
        wide: The raw rows, as they are in the file.
        faults: What the bits of a status mean.
        readings: How text was read.
        first_of: For records whose key is repeated, the record that has it first.
        limit: How many rows to look at, at most.
    """
    bad = judged.filter(judged[STATUS] > 0)
    cell = [CELL] if CELL in bad.columns else []
    listed = bad.select(RECORD, STATUS, *cell).order_by(RECORD, *cell)
    if limit is not None:
        listed = listed.limit(limit)
    statuses = listed.to_pyarrow().to_pylist()
    values = _raw_rows(wide, {row[RECORD] for row in statuses}, bad if limit is None else listed)
    origin = wide.origin
    numbers = {row[RECORD] for row in statuses} | set((first_of or {}).values())
    lines = dict(origin.lines(sorted(numbers))) if origin.lines else {n: n for n in numbers}
    ragged = [
        row[RECORD] for row in statuses if any(_has(row, f) for f in faults if f.kind == "ragged")
    ]
    fields = origin.text.fields(ragged) if origin.text and ragged else {}
    words = Reasons(wide, readings, lines, first_of or {}, fields)
    found: list[tuple[str, int, str, str, str]] = []
    said: set[tuple[int, str, str]] = set()
    for row in statuses:
        record = row[RECORD]
        raw = _json(origin, values[record], fields.get(record))
        for fault in faults:
            if not _has(row, fault):
                continue
            of_cell = wide.cells[row[CELL]] if cell and fault.column in ITEM_COLUMNS else None
            column = of_cell.source if of_cell else words.source(fault.column)
            if (record, column, fault.kind) in said:
                continue
            said.add((record, column, fault.kind))
            value = values[record].get(of_cell.raw if of_cell else fault.column)
            scale = of_cell.scale if of_cell else None
            reason = words.reason(fault, record, value, values[record], scale)
            found.append((origin.file, lines[record], column, reason, raw))
            if fault.kind == "ragged":
                break  # Its fields are out of place, so that nothing else can be said of them.
    return pd.DataFrame(found, columns=list(COLUMNS))


def source_rejects(origin: Origin, rows: ir.Table, ragged: ir.BooleanValue) -> pd.DataFrame:
    """Ragged records of a source: they can't be trusted, so that queries don't see them."""
    assert origin.text is not None
    records = rows.filter(ragged)[RECORD].to_pyarrow().to_pylist()
    lines, fields = origin.text.lines(records), origin.text.fields(records)
    n_expected = len(origin.text.header)
    found = [
        (origin.file, lines[n], "", ragged_reason(len(fields[n]), n_expected), _dump(fields[n]))
        for n in records
    ]
    return pd.DataFrame(found, columns=list(COLUMNS))


def _raw_rows(wide: Mapped, records: set[int], bad: ir.Table) -> dict[int, dict[str, Any]]:
    """Raw values of these records: the file's columns, and the contract's before they were read."""
    if not records:
        return {}
    rows = wide.relation
    rows = rows.filter(rows[RECORD].isin(bad[RECORD]))
    return {row[RECORD]: row for row in rows.to_pyarrow().to_pylist()}


def _has(row: Mapping[str, int], fault: Fault) -> bool:
    return bool(row[STATUS] & fault.bit)


def _json(origin: Origin, row: Mapping[str, Any], fields: list[str] | None) -> str:
    """The raw row: by column, or the bare list of fields where they don't fit the header."""
    if fields is not None:
        return _dump(fields)
    return _dump({name: _plain(row[raw_name(n)]) for n, name in enumerate(origin.columns)})


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def commonest(rejects: pd.DataFrame, number_of: int = 3) -> Iterator[str]:
    """The commonest faults, each with how often it occurs and an example."""
    for (column, _reason), group in _by_fault(rejects)[:number_of]:
        first = group.iloc[0]
        where = f"line {first.line}; {len(group)} of the first rows"
        yield f"{column or 'row'}: {first.reason} ({where})"


def _by_fault(rejects: pd.DataFrame) -> list[tuple[tuple[str, str], pd.DataFrame]]:
    # Reasons differ by the value that they quote; their last words don't.
    kinds = rejects.reason.str.replace(r"^.*?(?= (is|lies|has) |$)", "", regex=True)
    groups = [(key, group) for key, group in rejects.groupby(["column", kinds], sort=False)]
    return sorted(groups, key=lambda pair: -len(pair[1]))
