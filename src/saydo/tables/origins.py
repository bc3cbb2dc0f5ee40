"""Where do rows come from, before anything is interpreted?

An `Origin` is one file, sheet, table or query: its rows as they are and the way from a record back
to its line. `Opened` collects origins, and what was found wrong with them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir
import pyarrow as pa

from saydo.errors import Problem
from saydo.params import Format
from saydo.tables.csv_files import RAGGED, RECORD, CsvFile, quoted
from saydo.tables.engine import Engine
from saydo.tables.text_files import Unreadable


@ibis.udf.scalar.builtin(name="monotonically_increasing_id", signature=((), dt.int64))
def _rising():  # type: ignore[no-untyped-def]
    """Spark's number of a row: another for each, rising in their order, but with gaps."""


Lines = Callable[[Iterable[int]], Mapping[int, int]]


@dataclass(frozen=True)
class Origin:
    """Rows as they are, before anything is interpreted."""

    where: str
    """Path in params: data.tables.orders."""
    file: str
    """As in params; or the database's table, or `query`."""
    connection: ibis.BaseBackend
    view: str
    """Name under which the rows can be queried."""
    relation: ir.Table
    """The rows, with `RECORD` and, for text files, `RAGGED`."""
    form: Format
    lines: Lines | None = None
    """The lines of records, by their numbers; None where there are none (a query, a database)."""
    text: CsvFile | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(name for name in self.relation.columns if name not in (RECORD, RAGGED))


@dataclass
class Opened:
    """What has been opened so far, and what was found wrong with it."""

    engine: Engine
    folder: Path
    scratch: Path
    origins: dict[str, Origin] = field(default_factory=dict)
    sources: dict[str, Origin] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    copies: list[tuple[ibis.BaseBackend, str]] = field(default_factory=list)
    """Tables that are needed until the checked ones are made."""

    def copy(self, connection: ibis.BaseBackend, name: str, rows: ir.Table | pa.Table) -> ir.Table:
        """Put rows on an engine for as long as the checks take."""
        self.copies.append((connection, name))
        return connection.create_table(name, rows, temp=True, overwrite=True)

    def drop_copies(self) -> None:
        """Give their memory back."""
        for connection, name in self.copies:
            connection.drop_table(name, force=True)


def check_count(origin: Origin, n_records: int) -> None:
    """See that DuckDB found as many records as the text file has.

    Raises:
        Unreadable: It did not, as happens where text follows a closing quote.
    """
    if origin.text and origin.text.n_records != n_records:
        raise Unreadable(
            f"it has {origin.text.n_records} records but {n_records} were read, so that its quotes "
            "or line ends can't be trusted. Double a quote that belongs to the text, use one kind "
            "of line end, or declare format.quote"
        )


def create_view(connection: ibis.BaseBackend, name: str, select: str) -> None:
    """Make rows known to DuckDB under a name, for as long as the connection lasts."""
    connection.raw_sql(f"CREATE OR REPLACE TEMP VIEW {quoted(name)} AS {select}")


def numbered(
    opened: Opened, where: str, view: str, file: str, rows: ir.Table, form: Format
) -> Origin:
    """Rows of a database or a query, copied once so that their numbers last."""
    home = opened.engine.home
    # To count on from one to the next Spark would have to bring all rows to one place.
    number = _rising() if home.name == "pyspark" else ibis.row_number()
    counted = rows.mutate(**{RECORD: number + 1})
    relation = opened.copy(home, view, counted)
    return Origin(where, file, home, view, relation, form)
