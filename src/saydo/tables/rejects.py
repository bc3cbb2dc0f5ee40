"""Which rows were rejected, where do they stand, and what is wrong with them?

`rejected_rows` gives one line per fault: file, line, column, reason and the raw row, so that
whoever keeps the file can mend it. The reason names what was found and what to do.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import ibis
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
    if CELL not in bad.columns:
        bad = bad.mutate(**{CELL: ibis.literal(0)})
    bad = bad.select(RECORD, STATUS, CELL).order_by(RECORD, CELL)
    bad = bad if limit is None else bad.limit(limit)
    statuses: dict[int, list[tuple[int, int]]] = {}
    for row in bad.to_pyarrow().to_pylist():
        statuses.setdefault(row[RECORD], []).append((row[STATUS], row[CELL]))
    if not statuses:
        return pd.DataFrame(columns=list(COLUMNS), dtype="object")
    origin = wide.origin
    numbers = sorted({*statuses, *(first_of or {}).values()})
    lines = origin.lines(numbers) if origin.lines else {number: number for number in numbers}
    is_ragged = sum(fault.bit for fault in faults if fault.kind == "ragged")
    ragged = [n for n, marks in statuses.items() if marks[0][0] & is_ragged]
    fields = origin.text.fields(ragged) if origin.text and ragged else {}
    reasons = Reasons(wide, readings, lines, first_of or {}, fields)
    found: list[tuple[str, int, str, str, str]] = []
    for values in _raw_rows(wide, bad):
        record = values[RECORD]
        raw = _json(origin, values, fields.get(record))
        for column, reason in _said(wide, values, statuses[record], faults, reasons):
            found.append((origin.file, lines[record], column, reason, raw))
    return pd.DataFrame(found, columns=list(COLUMNS))


def _said(
    wide: Mapped,
    values: Mapping[str, Any],
    marks: Sequence[tuple[int, int]],
    faults: Sequence[Fault],
    reasons: Reasons,
) -> Iterator[tuple[str, str]]:
    """The faults of one raw row: the file's column, and the reason."""
    said: set[tuple[str, str]] = set()
    for status, position in marks:
        for fault in faults:
            if not status & fault.bit:
                continue
            is_of_cell = bool(wide.cells) and fault.column in ITEM_COLUMNS
            cell = wide.cells[position] if is_of_cell else None
            column = cell.source if cell else reasons.source(fault.column)
            if (column, fault.kind) in said:
                continue
            said.add((column, fault.kind))
            value = values.get(cell.raw if cell else fault.column)
            yield column, reasons.reason(fault, value, values, cell.scale if cell else None)
            if fault.kind == "ragged":
                return  # Its fields are out of place, so that nothing else can be said of them.


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


def _raw_rows(wide: Mapped, bad: ir.Table) -> Iterator[dict[str, Any]]:
    """Raw rows of these records: the file's columns, and the contract's before they were read."""
    rows = wide.relation
    rows = rows.filter(rows[RECORD].isin(bad[RECORD])).order_by(RECORD)
    for batch in rows.to_pyarrow_batches(chunk_size=10_000):
        yield from batch.to_pylist()


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
