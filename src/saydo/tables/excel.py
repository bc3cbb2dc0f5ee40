"""What does a sheet of an Excel workbook hold?

`read_sheet` takes the path of an .xlsx file and gives a `Sheet`: an Arrow table with the columns
of the sheet's first row that is not empty, `RECORD` among them, and the row of the sheet for each
record. Numbers, dates and booleans keep their types. A column that mixes them becomes text, in
which 123 is "123" (Excel knows no whole numbers, only 123.0) and dates are ISO dates. Empty rows
are no records.
"""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import python_calamine as calamine

from saydo.tables.csv_files import RECORD, header_names
from saydo.tables.text_files import Unreadable


@dataclass(frozen=True)
class Sheet:
    """A sheet as a table."""

    name: str
    header: tuple[str, ...]
    table: pa.Table
    rows: tuple[int, ...]
    """Row of the sheet, from 1, of each record."""

    def lines(self, numbers: Iterable[int]) -> Mapping[int, int]:
        """The row of the sheet that holds each of these records."""
        return {number: self.rows[number - 1] for number in numbers}


def read_sheet(path: Path, sheet: str | None) -> Sheet:
    """A sheet by its name, or the only one.

    Raises:
        Unreadable: It is no workbook, has no such sheet, or several and none is named.
    """
    try:
        workbook = calamine.CalamineWorkbook.from_path(path)
    except (calamine.CalamineError, OSError) as error:
        raise Unreadable(f"it is not an Excel workbook that can be read ({error})") from None
    with workbook:
        name = _sheet_name(list(workbook.sheet_names), sheet)
        cells = workbook.get_sheet_by_name(name)
        start = cells.start[0] if cells.start else 0
        rows = cells.to_python(skip_empty_area=True)
    if not rows:
        raise Unreadable(f"its sheet {name!r} is empty; a row with the names of columns is needed")
    header = header_names(["" if cell == "" else _text(cell) for cell in rows[0]])
    filled = [
        (start + index + 1, row)
        for index, row in enumerate(rows)
        if index and any(cell != "" for cell in row)
    ]
    columns = {
        column: _column([row[index] for _, row in filled]) for index, column in enumerate(header)
    }
    columns[RECORD] = pa.array(range(1, len(filled) + 1), pa.int64())
    return Sheet(name, header, pa.table(columns), tuple(line for line, _ in filled))


def _sheet_name(names: list[str], sheet: str | None) -> str:
    listed = ", ".join(map(repr, names))
    if sheet is None:
        if len(names) > 1:
            raise Unreadable(f"it has several sheets: {listed}. Name one under sheet")
        return names[0]
    if sheet not in names:
        close = difflib.get_close_matches(sheet, names, n=1)
        hint = f" Did you mean {close[0]!r}?" if close else ""
        raise Unreadable(f"it has no sheet {sheet!r}.{hint} It has: {listed}")
    return sheet


def _column(cells: list[Any]) -> pa.Array:
    values = [None if cell == "" else cell for cell in cells]
    kinds = {type(value) for value in values if value is not None}
    if kinds <= {bool} and kinds:
        return pa.array(values, pa.bool_())
    if kinds <= {int, float} and kinds:
        return pa.array([None if value is None else float(value) for value in values], pa.float64())
    if kinds <= {dt.date, dt.datetime} and kinds:
        return pa.array([_instant(value) for value in values], pa.timestamp("us"))
    return pa.array([None if value is None else _text(value) for value in values], pa.string())


def _instant(value: dt.date | None) -> dt.datetime | None:
    if value is None or isinstance(value, dt.datetime):
        return value
    return dt.datetime.combine(value, dt.time())


def _text(cell: Any) -> str:
    match cell:
        case bool():
            return str(cell).lower()
        case float() if cell.is_integer() and abs(cell) < 1e15:
            return str(int(cell))
        case dt.datetime() if cell.time() == dt.time():
            return cell.date().isoformat()
        case dt.datetime():
            return cell.isoformat(sep=" ")
        case dt.date() | dt.time():
            return cell.isoformat()
        case _:
            return str(cell)
