"""What is wrong with a row, and what should its keeper do?

One sentence per fault, in the study's language: what was found, and the remedy.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from saydo.languages import gettext as _
from saydo.languages import number
from saydo.tables.checks import Fault
from saydo.tables.columns import Mapped
from saydo.tables.contract import Column
from saydo.tables.csv_files import RECORD
from saydo.tables.parsing import ISO, Reading


class Reasons:
    """Says what is wrong with a value."""

    def __init__(
        self,
        wide: Mapped,
        readings: Mapping[str, Reading],
        lines: Mapping[int, int],
        first_of: Mapping[int, int],
        fields: Mapping[int, list[str]],
    ) -> None:
        self.wide, self.readings, self.lines = wide, readings, lines
        self.first_of, self.fields = first_of, fields

    def source(self, column: str) -> str:
        """What the file calls a column of the contract, or the columns of a key."""
        names = column.split(", ")
        return ", ".join(self.wide.sources.get(name, name) for name in names)

    def reason(
        self,
        fault: Fault,
        value: Any,
        row: Mapping[str, Any],
        scale: tuple[float, float] | None,
    ) -> str:
        """One sentence: what was found, and what to do.

        Args:
            fault: What is wrong.
            value: The raw value that is.
            row: The raw row.
            scale: Of the question, where the survey is wide.
        """
        record = row[RECORD]
        table = self.wide.table
        shown = _shown(value)
        match fault.kind:
            case "ragged":
                return ragged_reason(len(self.fields[record]), len(self.wide.origin.columns))
            case "repeated":
                key = ", ".join(
                    f"{name} {_shown(row.get(name))}" for name in fault.column.split(", ")
                )
                text = _("{key} is already in line {line}. Leave one of the two out.")
                return text.format(key=key, line=self.lines[self.first_of[record]])
            case "missing":
                text = _(
                    "It is empty, and {table} needs {column}. Fill it in, or leave the row out."
                )
                return text.format(table=table.name, column=fault.column)
            case "scale":
                low, high = scale or (row["scale_min"], row["scale_max"])
                text = _(
                    "{value} lies outside the scale from {low} to {high}. If it means no answer, "
                    "say so: make it empty, or name it under blank."
                )
                return text.format(value=shown, low=_shown(low), high=_shown(high))
            case "scale_order":
                text = _("The scale ends at {high} but starts at {low}. Correct one of them.")
                return text.format(high=shown, low=_shown(row["scale_min"]))
            case "order":
                text = _("{value} comes before acquired_on, {other}. Correct one of them.")
                return text.format(value=shown, other=_shown(row["acquired_on"]))
            case "future":
                return _("{value} lies in the future. Correct it.").format(value=shown)
            case "past":
                return _("{value} lies before 1900. Correct it, or make it empty.").format(
                    value=shown
                )
        column = table[fault.column]
        match fault.kind:
            case "low":
                text = _("{value} is below {low}, the lowest possible. Correct it.")
                return text.format(value=shown, low=_bound(column.low))
            case "high":
                text = _("{value} is above {high}, the highest possible. Correct it.")
                return text.format(value=shown, high=_bound(column.high))
            case "allowed":
                text = _("'{value}' is not allowed. Allowed: {allowed}.")
                return text.format(value=shown, allowed=", ".join(column.allowed))
            case _:
                return self._unreadable(column, shown)

    def _unreadable(self, column: Column, shown: str) -> str:
        reading = self.readings.get(column.name, Reading())
        match column.type:
            case "number" if column.name == "score" and self.wide.cells:
                text = _("'{value}' is not a number. If it means no answer, name it under blank.")
                return text.format(value=shown)
            case "number":
                text = _(
                    "'{value}' is not a number with the decimal mark '{mark}'. Correct it, make it "
                    "empty, or say under format.decimal which mark is used."
                )
                return text.format(value=shown, mark=reading.decimal)
            case "integer":
                return _("'{value}' is not a whole number. Correct it, or make it empty.").format(
                    value=shown
                )
            case "boolean":
                text = _("'{value}' is neither yes nor no. Write true or false, or make it empty.")
                return text.format(value=shown)
            case _:
                text = _(
                    "'{value}' is not a date written as {format}. Correct it, make it empty, or "
                    "say under format.dates how dates are written."
                )
                return text.format(
                    value=shown, format="YYYY-MM-DD" if reading.dates == ISO else reading.dates
                )


def ragged_reason(n_found: int, n_expected: int) -> str:
    text = _(
        "It has {found} fields where the header has {expected}. Put quotes around text that holds "
        "the delimiter, or mend the line."
    )
    return text.format(found=n_found, expected=n_expected)


def _bound(value: float | None) -> str:
    assert value is not None
    return number(value, 0 if float(value).is_integer() else 2)


def _shown(value: Any) -> str:
    """A raw value as whoever keeps the file knows it: 3, not 3.0."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    text = "" if value is None else str(value)
    return text if len(text) <= 60 else text[:59] + "…"
