"""How does DuckDB, the engine that comes with saydo, serve it?

`open_duckdb` gives an Ibis connection with tables in a temporary folder, `DuckDb`.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.operations as ops
import ibis.expr.schema as sch
import ibis.expr.types as ir
import pyarrow as pa
import sqlglot
from ibis.backends.duckdb import Backend
from ibis.util import gen_name


def open_duckdb() -> DuckDb:
    """DuckDB on a file in a temporary folder: tables are compressed, and may outgrow memory.

    In memory DuckDB keeps them uncompressed: two million customers with their orders took twice as
    much, for the same time.
    """
    # To merge nested selects, which DuckDB does too, takes Ibis a fifth of its time for the SQL.
    ibis.options.sql.fuse_selects = False
    folder = Path(tempfile.mkdtemp(prefix="saydo-"))
    connection: DuckDb = DuckDb().connect(
        folder / "tables.duckdb", temp_directory=folder / "spilled", memory_limit=_memory_limit()
    )
    weakref.finalize(connection, shutil.rmtree, folder, ignore_errors=True)
    return connection


def _memory_limit() -> str:
    """What DuckDB may take before it spills: 4 GiB, or half of a smaller machine's memory."""
    has = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return f"{min(4 * 2**30, has // 2) // 2**20} MiB"


@dataclass(frozen=True)
class _Rows:
    """What Ibis fetches the rows of a query from, when its turn is over."""

    rows: pa.Table

    def to_arrow_table(self) -> pa.Table:
        return self.rows


class DuckDb(Backend):
    """Ibis's connection with DuckDB, for several threads, which writes temporary tables once.

    DuckDB takes one statement at a time; meanwhile other threads put theirs into SQL, which takes
    Ibis some tenths of a second. And Ibis writes a temporary table under another name, and copies
    it to that of the table it replaces.
    """

    def __init__(self, *how: Any, **options: Any) -> None:
        super().__init__(*how, **options)
        self._turn = threading.RLock()

    def create_table(self, name: str, /, *given: Any, **how: Any) -> ir.Table:
        """A table; a temporary one takes the name of what it replaces when all rows are there."""
        if not (how.get("temp") and how.pop("overwrite", False)):
            return super().create_table(name, *given, **how)
        made = gen_name("saydo")
        super().create_table(made, *given, **how)
        self.drop_table(name, database=("temp", "main"), force=True)
        quoted = (sqlglot.to_identifier(each, quoted=True).sql("duckdb") for each in (made, name))
        with self._safe_raw_sql("alter table temp.main.{} rename to {}".format(*quoted)):
            return self.table(name, database=("temp", "main"))

    def get_schema(self, table_name: str, **where: Any) -> sch.Schema:
        """The types of a table."""
        with self._turn:
            return super().get_schema(table_name, **where)

    def _register_in_memory_table(self, op: ops.InMemoryTable) -> None:
        with self._turn:
            super()._register_in_memory_table(op)

    @contextmanager
    def _safe_raw_sql(self, *query: Any, **how: Any) -> Iterator[Any]:
        with self._turn, super()._safe_raw_sql(*query, **how) as found:
            yield found

    def _to_duckdb_relation(self, expr: ir.Expr, **how: Any) -> _Rows:
        self._run_pre_execute_hooks(expr)
        sql = self.compile(expr.as_table(), **how)
        with self._turn:
            return _Rows(self.con.sql(sql).to_arrow_table())
