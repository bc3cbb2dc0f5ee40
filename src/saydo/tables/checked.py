"""Tables that have passed their checks: what all of the analysis stands on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir

from saydo.languages import contract_name
from saydo.languages import gettext as _
from saydo.tables.contract import CONTRACT, ColumnType

if TYPE_CHECKING:
    import pandas as pd

DTYPES: Mapping[ColumnType, str] = {
    "id": "string",
    "text": "string",
    "number": "float64",
    "integer": "int64",
    "boolean": "boolean",
    "instant": "timestamp(6)",
    "day": "date",
    "month": "date",
}
"""The Ibis type of each type of the contract. Instants are naive, in the study's time zone."""


@dataclass(frozen=True)
class RowCount:
    """Where the rows of one table went: read = used + rejected + the sum of excluded."""

    read: int
    used: int
    rejected: int = 0
    excluded: Mapping[str, int] = field(default_factory=dict)
    """Rows that are right but not for this run (after `as_of`, blank answers), by reason."""


@dataclass(frozen=True)
class Tables:
    """The checked tables of a study, by their names in the contract.

    Holds only tables that were given or could be derived, each with only the columns given, typed
    as `DTYPES` says. `customers` is always there, with every id that occurs in any table.
    """

    connection: ibis.BaseBackend
    tables: Mapping[str, ir.Table]
    rows: Mapping[str, RowCount] = field(default_factory=dict)
    rejects: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    """Per table: `file`, `line`, `column`, `reason`, `row` (the raw row as JSON)."""
    notes: tuple[str, ...] = ()
    """What was detected or derived rather than declared, one sentence each."""

    def __getitem__(self, name: str) -> ir.Table:
        return self.tables[name]

    def __contains__(self, name: str) -> bool:
        return name in self.tables

    def __iter__(self) -> Iterator[str]:
        return iter(self.tables)

    def has(self, table: str, *columns: str) -> bool:
        """Whether the table was given with these columns."""
        return table in self.tables and set(columns) <= set(self.tables[table].columns)

    def lacks(self, needs: Mapping[str, Iterable[str]]) -> str | None:
        """What is missing of `needs` (table to columns): "needs tickets", or None if nothing is."""
        missing = []
        for table, columns in needs.items():
            if table not in self.tables:
                missing.append(table)
                continue
            given = self.tables[table].columns
            missing += [f"{table}.{column}" for column in columns if column not in given]
        if not missing:
            return None
        return _("needs {names}").format(names=", ".join(map(contract_name, missing)))

    def keep(self, name: str, expr: ir.Table) -> ir.Table:
        """`expr` computed once, as a temporary table of the engine, for what is read many times."""
        # Named, unlike what `.cache()` makes: it lives as long as the connection.
        return self.connection.create_table(name, expr, temp=True, overwrite=True)

    @classmethod
    def of(cls, frames: Mapping[str, pd.DataFrame]) -> Tables:
        """Tables from DataFrames that are known to be right, for tests and for exploring.

        Columns of the contract are cast to their types; `customers` is derived when absent.
        """
        connection = ibis.duckdb.connect()
        tables = {}
        for name, frame in frames.items():
            table = ibis.memtable(frame)
            known = {
                column.name: table[column.name].cast(DTYPES[column.type])
                for column in CONTRACT[name].columns
                if column.name in frame.columns
            }
            tables[name] = connection.create_table(name, table.mutate(**known))
        if "customers" not in tables:
            ids = [
                table.select("customer_id")
                for table in tables.values()
                if "customer_id" in table.columns
            ]
            everyone = ibis.union(*ids, distinct=True) if len(ids) > 1 else ids[0].distinct()
            everyone = everyone.filter(everyone.customer_id.notnull())
            tables["customers"] = connection.create_table("customers", everyone)
        return cls(connection, tables)
