"""Which column of the file is which column of the contract?

`map_columns` takes an `Origin` and what params say of its table and gives `Mapped`: a relation
whose columns bear the contract's names and hold the raw values, with the words by which each is
called in the file. A name that stands in the header wins; anything else must be an SQL expression
over the columns.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field

import ibis.expr.types as ir

from saydo.errors import Problem
from saydo.languages import gettext as _
from saydo.params import Item, TableSource
from saydo.tables.contract import Table
from saydo.tables.csv_files import RAGGED, RECORD, quoted
from saydo.tables.engine import Engine
from saydo.tables.origins import Origin

ITEM_COLUMNS = ("item", "aspect", "score", "scale_min", "scale_max")
"""Columns of answers that a wide survey's items give."""


def raw_name(position: int) -> str:
    """The column of `Mapped.relation` that holds the file's column at this position, untouched."""
    return f"__in_{position}"


@dataclass(frozen=True)
class Cell:
    """One column of a wide survey: an item, and the aspect of it that was asked."""

    item: str
    aspect: str
    source: str
    """The column of the file."""
    raw: str
    """The column of `Mapped.relation`."""
    scale: tuple[float, float]
    blank: tuple[float | str, ...]


@dataclass(frozen=True)
class Mapped:
    """Raw values under the contract's names."""

    origin: Origin
    table: Table
    relation: ir.Table
    """`RECORD`, `RAGGED`, all columns untouched (`raw_name`), the contract's columns, extra
    columns and the cells of a wide survey."""
    sources: Mapping[str, str]
    """The contract's columns that are there: what the file calls them."""
    extras: tuple[str, ...] = ()
    cells: tuple[Cell, ...] = ()


@dataclass
class _Resolver:
    """Finds columns by what params call them, and collects what it can't find."""

    origin: Origin
    engine: Engine
    problems: list[Problem]
    notes: list[str]
    expressions: dict[str, str] = field(default_factory=dict)
    """SQL by the name under which the relation will hold its value."""
    taken: set[str] = field(default_factory=set)

    def take(self, written: str, target: str, where: str) -> bool:
        """Provide `target` from what params write; False, with a problem, if that can't be."""
        column = self.exact(written)
        if column is not None:
            self.taken.add(column)
            self.expressions[target] = quoted(column)
            return True
        error = self._refusal(written)
        if error is None:
            self.expressions[target] = f"({written}\n)"
            return True
        columns = self.origin.columns
        close = difflib.get_close_matches(written, columns, n=1)
        hint = f" Did you mean {close[0]!r}?" if close else ""
        self.problems.append(
            Problem(
                where,
                f"{self.origin.file} has no column {written!r}, and it is not an SQL expression "
                f"over its columns ({error}).{hint} It has: {', '.join(columns)}.",
            )
        )
        return False

    def exact(self, written: str) -> str | None:
        """The column of this name, if need be but for white space around it."""
        columns = self.origin.columns
        if written in columns:
            return written
        alike = [column for column in columns if column.strip() == written.strip()]
        if len(alike) != 1:
            return None
        note = _("{file}: column '{column}' is taken for '{written}', but for white space.")
        self.notes.append(note.format(file=self.origin.file, column=alike[0], written=written))
        return alike[0]

    def _refusal(self, written: str) -> str | None:
        """Why the engine does not take it as an expression, or None if it does."""
        try:
            self.origin.connection.sql(self._select(f"({written}\n) AS value"), dialect="duckdb")
        except self.engine.refusals as error:
            return self.engine.first_line(error)
        return None

    def relation(self, keep: Mapping[str, str]) -> ir.Table:
        """The rows with everything that was taken, and the columns to `keep` by their new names."""
        given = [name for name in (RECORD, RAGGED) if name in self.origin.relation.columns]
        whole = {raw_name(n): quoted(name) for n, name in enumerate(self.origin.columns)}
        named = {**{name: quoted(name) for name in given}, **whole, **self.expressions, **keep}
        listed = ", ".join(f"{sql} AS {quoted(name)}" for name, sql in named.items())
        return self.origin.connection.sql(self._select(listed), dialect="duckdb")

    def _select(self, listed: str) -> str:
        return f"SELECT {listed} FROM {quoted(self.origin.view)}"


def map_columns(
    origin: Origin,
    table: Table,
    source: TableSource,
    *,
    engine: Engine,
    problems: list[Problem],
    notes: list[str],
) -> Mapped | None:
    """Raw values under the contract's names, or None where something is missing.

    Args:
        origin: The rows as they are.
        table: What the contract says of them.
        source: What params say of them.
        engine: Explains what it refuses.
        problems: Grows by every column that is missing.
        notes: Grows by every name that was taken for another.
    """
    before = len(problems)
    resolver = _Resolver(origin, engine, problems, notes)
    sources: dict[str, str] = {}
    for name, written in source.columns.items():
        if source.items and name in ITEM_COLUMNS:
            what = "comes from `items`; leave it out here, or leave out `items`."
            problems.append(Problem(f"{origin.where}.columns.{name}", what))
        elif resolver.take(written, name, f"{origin.where}.columns.{name}"):
            sources[name] = written
    for name in table.names:
        by_items = bool(source.items) and name in ITEM_COLUMNS
        column = None if name in source.columns or by_items else resolver.exact(name)
        if column is not None:
            resolver.take(column, name, origin.where)
            sources[name] = column
    cells = tuple(
        cell
        for name, item in source.items.items()
        for cell in _cells(name, item)
        if resolver.take(cell.source, cell.raw, f"{origin.where}.items.{name}")
    )
    provided = {*sources, *source.columns, *(ITEM_COLUMNS if source.items else ())}
    missing = [name for name in table.required if name not in provided]
    problems += [_missing(origin, table, name) for name in missing]
    if len(problems) > before:
        return None
    keep = _extras(resolver, table, provided)
    return Mapped(origin, table, resolver.relation(keep), sources, tuple(keep), cells)


def _extras(resolver: _Resolver, table: Table, provided: set[str]) -> dict[str, str]:
    """Other columns of a table that keeps them, by name without white space around it."""
    if table.extra is None:
        return {}
    names = {name.casefold() for name in (*table.names, *provided)}
    extras: dict[str, str] = {}
    for column in resolver.origin.columns:
        name = column.strip()
        if column not in resolver.taken and name.casefold() not in names and name not in extras:
            extras[name] = quoted(column)
    mapped = {name: sql for name, sql in resolver.expressions.items() if name not in table.names}
    return {**{name: sql for name, sql in extras.items() if name not in mapped}, **mapped}


def _cells(name: str, item: Item) -> list[Cell]:
    asked = {
        "score": item.column,
        "importance": item.importance,
        "expectation": item.expectation,
        "minimum": item.minimum,
    }
    return [
        Cell(name, aspect, column, f"__{aspect} {name}", item.scale, item.blank)
        for aspect, column in asked.items()
        if column is not None
    ]


def _missing(origin: Origin, table: Table, name: str) -> Problem:
    lowered = {column.strip().casefold(): column for column in origin.columns}
    close = difflib.get_close_matches(name, list(lowered), n=1, cutoff=0.5)
    hint = f", such as {{{name}: {lowered[close[0]]}}}" if close else ""
    return Problem(
        f"{origin.where}.columns.{name}",
        f"{table.name} needs {name} ({table[name].description.rstrip('.')}), which {origin.file} "
        f"does not have under this name. Say under columns which it is{hint}. "
        f"It has: {', '.join(origin.columns)}.",
    )
