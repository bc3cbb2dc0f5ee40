"""Which rows can be used?

`judge` takes raw values under the contract's names and gives the same rows typed, each with a
`STATUS` in one pass over the data: 0 where the row is used, the sum of its faults where it is
rejected, below zero where it is right but not for this run. Faults are generated from the
contract. What is dated after `as_of` within a row is blanked, together with what it says.

`repeats` then finds rows whose key an earlier used row has.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

import ibis
import ibis.expr.types as ir

from saydo.languages import noop as _
from saydo.tables.columns import Mapped
from saydo.tables.contract import Column, Table
from saydo.tables.csv_files import RAGGED, RECORD
from saydo.tables.parsing import Reading, is_empty, typed
from saydo.tables.wide_surveys import CELL, is_blank

STATUS = "__status"

Kind = Literal[
    "ragged", "missing", "unreadable", "low", "high", "allowed", "future", "past", "order",
    "scale", "scale_order", "repeated",
]  # fmt: skip

AFTER_AS_OF = _("after as_of")
BLANK_ANSWER = _("blank answer")
NO_DATE = _("no date")
EXCLUDED: Mapping[int, str] = {-1: AFTER_AS_OF, -2: NO_DATE, -3: BLANK_ANSWER}
"""Why a row is right but not for this run, by its status."""

_SINCE = datetime(1900, 1, 1)
_DATED = ("instant", "day", "month")

KNOWN_WITH: Mapping[tuple[str, str], Mapping[str, bool | None]] = {
    ("customers", "left_on"): {"left": False},
    ("orders", "delivered_at"): {"is_complete": None, "returned_value": None},
    ("subscriptions", "renewal_due_on"): {"renewed": None},
    ("tickets", "solved_at"): {"rating": None},
    ("leads", "converted_at"): {"customer_id": None},
}
"""What nobody knows before a date: where that lies after `as_of`, columns get these values."""


@dataclass(frozen=True)
class Fault:
    """One way in which a row can be wrong."""

    column: str
    """Of the contract; of a key, all of its columns; empty where the whole row is meant."""
    kind: Kind
    bit: int


@dataclass(frozen=True)
class Judged:
    """Rows with their status, and what its bits mean."""

    rows: ir.Table
    faults: tuple[Fault, ...]
    repeated: Fault
    """Not yet in the status; see `repeats`."""


def judge(
    mapped: Mapped,
    readings: Mapping[str, Reading],
    *,
    as_of: date,
    now: datetime,
    zone: str,
    extras: Mapping[str, ir.Value],
) -> Judged:
    """Typed rows with their status.

    Args:
        mapped: Raw values.
        readings: How the text of a column is to be read, for those where it matters.
        as_of: Last day that the run may know of.
        now: The present, naive, in the study's time zone; what has happened can't be later.
        zone: The study's time zone.
        extras: Columns beyond the contract, as they are to be kept.
    """
    raw, table = mapped.relation, mapped.table
    columns = [column for column in table.columns if column.name in mapped.sources]
    kept = [name for name in (RECORD, RAGGED, CELL) if name in raw.columns]
    rows = raw.select(
        *kept,
        **{_raw(column.name): raw[column.name] for column in columns},
        **{
            column.name: typed(
                raw[column.name], column, readings.get(column.name, Reading()), zone=zone
            )
            for column in columns
        },
        **{_extra(name): value for name, value in extras.items()},
    )
    rows = rows.mutate(
        __blank=is_blank(rows, mapped, raw=_raw("score")) if mapped.cells else ibis.literal(False)
    )
    conditions = list(_conditions(rows, table, columns, now=now))
    faults = tuple(
        Fault(column, kind, 1 << n) for n, (column, kind, _found) in enumerate(conditions)
    )
    repeated = Fault(", ".join(_key(table, columns)), "repeated", 1 << len(faults))
    status = ibis.literal(0, "int64")
    for fault, (_column, _kind, found) in zip(faults, conditions, strict=True):
        status = status + found.ifelse(fault.bit, 0).cast("int64")
    rows = rows.mutate(**{STATUS: status, "__excluded": _excluded(rows, mapped, as_of)})
    named = {column.name: value for column, value in _as_known(rows, table, columns, as_of)}
    judged = rows.select(
        *(name for name in kept if name != RAGGED),
        **named,
        **{name: rows[_extra(name)] for name in extras},
        **{STATUS: (rows[STATUS] > 0).ifelse(rows[STATUS], rows["__excluded"])},
    )
    return Judged(judged, faults, repeated)


def repeats(rows: ir.Table, key: tuple[str, ...]) -> ir.Table:
    """Records of used rows whose key an earlier used row has, with that row's record (`first`).

    Rows that are rejected or excluded take no key: the run knows nothing of them.
    """
    used = rows.filter(rows[STATUS] == 0)
    groups = used.group_by(key).aggregate(first=used[RECORD].min(), n=used.count())
    groups = groups.filter(groups.n > 1)
    same = [
        used[name].identical_to(groups[name]) for name in key
    ]  # Empty parts of a key are alike.
    return used.join(groups, [*same, used[RECORD] != groups["first"]]).select(
        used[RECORD], groups["first"]
    )


def key_of(mapped: Mapped) -> tuple[str, ...]:
    """The key's columns that are there."""
    return tuple(name for name in mapped.table.key if name in mapped.sources)


def _key(table: Table, columns: list[Column]) -> list[str]:
    names = [column.name for column in columns]
    return [name for name in table.key if name in names]


def _conditions(
    rows: ir.Table, table: Table, columns: list[Column], *, now: datetime
) -> Iterator[tuple[str, Kind, ir.BooleanValue]]:
    """Every way in which a row of this table can be wrong."""
    if RAGGED in rows.columns:
        yield "", "ragged", rows[RAGGED] != 0
    for column in columns:
        raw, value = rows[_raw(column.name)], rows[column.name]
        # An answer without a score is a blank answer, not a mistake.
        if column.required and (table.name, column.name) != ("answers", "score"):
            yield column.name, "missing", is_empty(raw)
        if column.type not in ("id", "text"):
            blank = rows["__blank"] if column.name == "score" else ibis.literal(False)
            yield column.name, "unreadable", ~is_empty(raw) & value.isnull() & ~blank
        if column.allowed:
            yield column.name, "allowed", value.notin(column.allowed)
        if column.low is not None:
            yield column.name, "low", value < column.low
        if column.high is not None:
            yield column.name, "high", value > column.high
        if column.type in _DATED:
            yield column.name, "past", value < _like(value, _SINCE)
            if not column.planned:
                yield column.name, "future", value > _like(value, now)
    names = {column.name for column in columns}
    if {"acquired_on", "left_on"} <= names:
        yield "left_on", "order", rows.left_on < rows.acquired_on
    if {"score", "scale_min", "scale_max"} <= names:
        outside = (rows.score < rows.scale_min) | (rows.score > rows.scale_max)
        yield "score", "scale", outside & ~rows["__blank"]
        yield "scale_max", "scale_order", rows.scale_min >= rows.scale_max


def _excluded(rows: ir.Table, mapped: Mapped, as_of: date) -> ir.IntegerValue:
    """Status of a row without faults: 0, or why it is not for this run."""
    table = mapped.table
    cases: list[tuple[ir.BooleanValue, int]] = []
    if table.happened in mapped.sources:
        happened = rows[table.happened]
        cases.append((_after(happened, as_of), -1))
        if table.name != "customers":
            cases.append((happened.isnull(), -2))
    if table.name == "answers":
        cases.append((is_empty(rows[_raw("score")]) | rows["__blank"], -3))
    return ibis.cases(*cases, else_=0).cast("int64") if cases else ibis.literal(0, "int64")


def _as_known(
    rows: ir.Table, table: Table, columns: list[Column], as_of: date
) -> Iterator[tuple[Column, ir.Value]]:
    """Columns as they were known on the day `as_of`."""
    names = {column.name for column in columns}
    unknown: dict[str, tuple[ir.BooleanValue, bool | None]] = {}
    for (name, dated), hidden in KNOWN_WITH.items():
        if name == table.name and dated in names:
            for hidden_name, value in hidden.items():
                unknown[hidden_name] = (_after(rows[dated], as_of), value)
    for column in columns:
        value = rows[column.name]
        if column.name in unknown:
            later, instead = unknown[column.name]
            value = later.fill_null(False).ifelse(ibis.literal(instead, value.type()), value)
        if column.type in _DATED and not column.planned and column.name != table.happened:
            value = _after(value, as_of).ifelse(ibis.null(value.type()), value)
        if (table.name, column.name) == ("answers", "aspect"):
            value = value.fill_null("score")
        yield column, value


def _after(value: ir.Value, as_of: date) -> ir.BooleanValue:
    return value >= _like(value, datetime.combine(as_of + timedelta(days=1), datetime.min.time()))


def _like(value: ir.Value, instant: datetime) -> ir.Value:
    """An instant of the same type as a column: a day where that holds days."""
    if value.type().is_date():
        return ibis.literal(instant.date(), "date")
    return ibis.literal(instant, "timestamp(6)")


def _raw(name: str) -> str:
    return f"__raw {name}"


def _extra(name: str) -> str:
    return f"__extra {name}"
