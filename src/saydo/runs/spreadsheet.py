"""One table of results as an Excel workbook of one sheet, for those who load no Parquet.

Takes a tidy table and returns the bytes of an .xlsx file, the same for the same table. Numbers,
days and yes-or-no keep their types; text stays text, also if it looks like a formula or an address.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from io import BytesIO
from typing import Any

import pandas as pd
import xlsxwriter
from pandas.api import types
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

MOST_CELLS = 300_000
"""A larger table is for programs, which read CSV or Parquet."""

_LONGEST_TEXT = 32_767
"""Signs that Excel has room for in a cell."""

_FIRST_YEAR = 1900
"""Excel's calendar begins there."""

_NARROWEST, _WIDEST, _LOOKED_AT = 6, 50, 200
"""Width of columns, in signs, by the first rows."""

_Writer = Callable[[int, int, Any], object]


def spreadsheet(name: str, table: pd.DataFrame, *, as_of: date) -> bytes | None:
    """The workbook; None for a table that is too large for one.

    A number without end (`n_needed` may be one) is the text `inf`, as in CSV: spreadsheets have no
    such number, and an empty cell would say that it is not known.

    Args:
        name: Of the table, and of the sheet; at most 31 signs.
        table: Of results.
        as_of: The run's last day, which is also the file's date of creation.
    """
    if (len(table) + 1) * table.shape[1] > MOST_CELLS or _has_long_text(table):
        return None
    buffer = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        created = datetime(as_of.year, as_of.month, as_of.day, tzinfo=UTC).replace(tzinfo=None)
        book.set_properties({"title": name, "created": created})
        head = book.add_format({"bold": True, "bottom": 1, "bg_color": "#EEF1F4"})
        sheet = book.add_worksheet(name)
        for column, label in enumerate(table.columns):
            sheet.write_string(0, column, str(label), head)
            _column(sheet, column, table[label], book.add_format({"num_format": "yyyy-mm-dd"}))
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, len(table), table.shape[1] - 1)
    return buffer.getvalue()


def _column(sheet: Worksheet, column: int, values: pd.Series, day: Format) -> None:
    """The values below the heading; nothing where one is missing."""
    known = values.dropna()
    write = _writer(sheet, known, day)
    lines = (values.notna().to_numpy().nonzero()[0] + 1).tolist()
    for line, value in zip(lines, known.tolist(), strict=True):
        write(line, column, value)
    texts = [str(values.name), *map(str, known.head(_LOOKED_AT))]
    if types.is_datetime64_any_dtype(values):
        texts = [text[:10] for text in texts]
    width = max(map(len, texts)) + 1
    sheet.set_column(column, column, min(max(width, _NARROWEST), _WIDEST))


def _writer(sheet: Worksheet, known: pd.Series, day: Format) -> _Writer:
    """What writes a value of the column into its cell."""
    if types.is_bool_dtype(known):
        return sheet.write_boolean
    if types.is_integer_dtype(known):
        return sheet.write_number
    if types.is_numeric_dtype(known):
        return lambda line, column, value: (
            sheet.write_number(line, column, value)
            if abs(value) != float("inf")
            else sheet.write_string(line, column, str(value))
        )
    if types.is_datetime64_any_dtype(known) and (known.dt.year >= _FIRST_YEAR).all():
        return lambda line, column, value: sheet.write_datetime(line, column, value, day)
    # Empty text would be a cell that looks empty and is counted.
    return lambda line, column, value: value != "" and sheet.write_string(line, column, str(value))


def _has_long_text(table: pd.DataFrame) -> bool:
    texts = table.select_dtypes(exclude=["number", "bool", "datetime"])
    return any(
        len(known) and known.map(str).str.len().max() > _LONGEST_TEXT
        for known in (texts[name].dropna() for name in texts)
    )
