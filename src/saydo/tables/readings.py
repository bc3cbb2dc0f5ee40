"""How is each text column of a table to be read?

`column_readings` settles it for all columns at once, in two scans: as params declare it, or as
detected from all rows.
"""

from __future__ import annotations

from collections.abc import Mapping

from saydo.errors import Problem
from saydo.languages import gettext as _
from saydo.tables.columns import Mapped
from saydo.tables.csv_files import RAGGED
from saydo.tables.formats import (
    Doubtful,
    date_candidates,
    date_counts,
    date_reading,
    number_reading,
    shapes,
)
from saydo.tables.parsing import ISO, Reading, is_text


def column_readings(
    mapped: Mapped, *, problems: list[Problem], notes: list[str]
) -> dict[str, Reading]:
    """How each text column of a table is to be read.

    Args:
        mapped: Raw values, one row per answer if the table is a survey.
        problems: Grows by columns that are in doubt.
        notes: Grows by what was detected.
    """
    rows, form = mapped.relation, mapped.origin.form
    if RAGGED in rows.columns:
        rows = rows.filter(rows[RAGGED] == 0)
    columns = [mapped.table[name] for name in mapped.table.names if name in mapped.sources]
    texts = [column for column in columns if is_text(rows[column.name], column)]
    if not texts:
        return {}
    rows = rows.select(**{column.name: rows[column.name].cast("string") for column in texts})
    found = shapes(rows, [column.name for column in texts])
    dates: dict[str, list[str]] = {}
    for column in texts:
        if column.type not in ("number", "integer"):
            is_month = column.type == "month"
            try:
                shapes_of = found[column.name]
                dates[column.name] = date_candidates(shapes_of, form.dates, is_month=is_month)
            except Doubtful as doubt:
                problems.append(_problem(mapped, column.name, doubt))
    if mapped.origin.connection.name != "duckdb":
        dates = _iso_only(mapped, dates, problems)
    counts = date_counts(rows, {name: ways for name, ways in dates.items() if len(ways) > 1})
    readings: dict[str, Reading] = {}
    for column in texts:
        name = column.name
        try:
            if name in dates:
                read, differ = counts.get(name, ({}, 0))
                readings[name] = date_reading(found[name], dates[name], read, differ, form.dates)
            elif column.type in ("number", "integer"):
                readings[name] = number_reading(found[name], form.decimal)
        except Doubtful as doubt:
            problems.append(_problem(mapped, name, doubt))
    _note(mapped, readings, notes)
    return readings


def _iso_only(
    mapped: Mapped, dates: Mapping[str, list[str]], problems: list[Problem]
) -> dict[str, list[str]]:
    """The formats of dates; a problem for each that only DuckDB can be told to read."""
    for name, ways in dates.items():
        if ways and ISO not in ways:
            doubt = Doubtful(
                f"its dates are written as {ways[0]}, and text is read by this engine as "
                "YYYY-MM-DD only. Say under {where}.columns how it is read, as in "
                f"strptime({mapped.sources[name]}, '{ways[0]}')"
            )
            problems.append(_problem(mapped, name, doubt))
    return {name: [ISO] for name in dates}


def _problem(mapped: Mapped, name: str, doubt: Doubtful) -> Problem:
    what = str(doubt).replace("{where}", mapped.origin.where)
    source = mapped.sources[name]
    place = f"{mapped.origin.file}, {name}" + (f" ({source})" if source != name else "")
    return Problem(f"{mapped.origin.where}.columns.{name}", f"{place}: {what}.")


def _note(mapped: Mapped, readings: Mapping[str, Reading], notes: list[str]) -> None:
    """One sentence with what was detected in a table, and in which columns."""
    by_way: dict[str, list[str]] = {}
    for name, reading in readings.items():
        if reading.detected:
            by_way.setdefault(reading.detected, []).append(name)
    if by_way:
        found = "; ".join(
            _("{way} in {columns}").format(way=way, columns=", ".join(names))
            for way, names in by_way.items()
        )
        text = _("{file}: {found} (detected; declare them under {where}.format).")
        where = mapped.origin.where
        notes.append(text.format(file=mapped.origin.file, found=found, where=where))
