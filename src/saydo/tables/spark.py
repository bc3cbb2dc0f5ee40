"""How does Spark run the same expressions, to the same numbers?

`connect_spark` gives an Ibis connection with a Spark session, on which the expressions that DuckDB
runs mean the same. It is Ibis's own, but for what would differ from DuckDB or is not there:

- expressions are put into SQL by `spark_sql`;
- instants without an offset stay naive (`TIMESTAMP_NTZ`), and those with one keep it;
- results and small tables travel as Arrow, which keeps whole numbers beside nulls;
- a temporary table is computed once, where Spark knows only views, which are computed at each use.

The session runs in ANSI mode, where what can't be cast or divided is an error rather than null.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
import ibis.expr.schema as sch
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa
import sqlglot as sg
from ibis.backends.pyspark import Backend
from ibis.backends.pyspark.datatypes import PySparkType
from ibis.formats.pandas import PandasData
from ibis.formats.pyarrow import PyArrowData
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.types import DataType, StructType, TimestampType

from saydo.tables.spark_sql import SparkSql

SETTINGS: Mapping[str, str] = {
    # Instants are naive or in UTC; a zone of the machine's must not come into it.
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
}
"""What expressions rely on, in whatever session."""

_QUIET = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
}
"""For a session of our own: nobody watches it, and what fails is raised."""


def connect_spark(options: Mapping[str, str] | None = None) -> Spark:
    """A connection with a Spark session: the one that runs, or else one of its own.

    Args:
        options: Spark's settings by name, such as `spark.master`. Those that can't change any more
            in a session that runs are left as they are.
    """
    builder = SparkSession.builder.appName("saydo")
    for name, value in {**_QUIET, **(options or {})}.items():
        builder = builder.config(name, value)
    # It prints what it raises as well, with the query.
    logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL)
    return Spark.on(builder.getOrCreate())


class Spark(Backend):
    """Ibis's connection with a Spark session, with temporary tables and typed results."""

    name = "pyspark"
    compiler = SparkSql()

    @classmethod
    def on(cls, session: SparkSession) -> Spark:
        """A connection with this session, whose settings become `SETTINGS`."""
        cls.register_options()
        for name, value in SETTINGS.items():
            session.conf.set(name, value)
        return cls().connect(session)

    def sql(self, query: str, /, *, dialect: str | None = None, **how: Any) -> ir.Table:
        """The rows of a query. What another dialect truncates stays naive, as it is there."""
        if dialect is not None:
            tree = sg.parse_one(query, dialect=dialect)
            for found in list(tree.find_all(sg.exp.TimestampTrunc, sg.exp.DateTrunc)):
                found.replace(sg.exp.cast(found.copy(), sg.exp.DataType.Type.TIMESTAMPNTZ))
            query, dialect = tree.sql(dialect=self.dialect), None
        return super().sql(query, dialect=dialect, **how)

    def read_records(self, path: str, name: str, *, number: str) -> ir.Table:
        """The rows of a Parquet file under a name, with their numbers in it, from 1 on."""
        frame = self._session.read.parquet(path)
        numbered = frame.select("*", (frame["_metadata.row_index"] + 1).alias(number))
        numbered.createOrReplaceTempView(name)
        return self.table(name)

    def create_table(
        self, name: str, obj: ir.Table | pa.Table | None = None, /, **how: Any
    ) -> ir.Table:
        """A table; computed now and kept for the session if `temp`."""
        if not how.pop("temp", False) or obj is None:
            return super().create_table(name, obj, **how)
        how.pop("overwrite", None)
        frame = self._frame(obj) if isinstance(obj, ir.Table) else self._from_arrow(obj)
        # A cached view would be computed again wherever an executor has lost its part.
        frame.localCheckpoint(eager=True).createOrReplaceTempView(name)
        return self.table(name)

    def drop_table(self, name: str, /, *, force: bool = False, **where: Any) -> None:
        """Drop a table, or the view of a temporary one."""
        if not self._session.catalog.dropTempView(name):
            super().drop_table(name, force=force, **where)

    def execute(
        self, expr: ir.Expr, /, *, params: Any = None, limit: Any = None, **more: Any
    ) -> Any:
        """The value of an expression, in pandas types."""
        table = self._arrow(expr, params=params, limit=limit, **more)
        columns = {
            name: column.to_pylist() if column.null_count else column.to_pandas()
            for name, column in zip(table.column_names, table.columns, strict=True)
        }
        frame = PandasData.convert_table(pd.DataFrame(columns), expr.as_table().schema())
        return expr.__pandas_result__(frame)

    def to_pyarrow(
        self, expr: ir.Expr, /, *, params: Any = None, limit: Any = None, **more: Any
    ) -> Any:
        """The value of an expression, in Arrow types."""
        table = self._arrow(expr, params=params, limit=limit, **more)
        return expr.__pyarrow_result__(table)

    def get_schema(self, table_name: str, **where: Any) -> sch.Schema:
        """The types of a table; an instant with an offset has UTC as its time zone."""
        schema = super().get_schema(table_name, **where)
        path = ".".join(filter(None, (where.get("catalog"), where.get("database"), table_name)))
        quoted = ".".join(f"`{part}`" for part in path.split("."))
        return _with_zones(schema, self._session.table(quoted).schema)

    def _get_schema_using_query(self, query: str) -> sch.Schema:
        frame: DataFrame = self._session.sql(query)
        return _with_zones(sch.Schema(PySparkType.to_ibis(frame.schema)), frame.schema)

    def _create_cached_table(self, name: str, expr: ir.Table) -> ir.Table:
        return self.create_table(name, expr, temp=True)

    def _drop_cached_table(self, name: str) -> None:
        self.drop_table(name, force=True)

    def _register_in_memory_table(self, op: ops.InMemoryTable) -> None:
        rows = op.data.to_pyarrow(op.schema)
        self._from_arrow(rows).createOrReplaceTempView(op.name)

    def _from_arrow(self, rows: pa.Table) -> DataFrame:
        return self._session.createDataFrame(rows)

    def _frame(self, table: ir.Table) -> DataFrame:
        """The rows; where Spark's functions have given naive instants an offset, without it."""
        self._run_pre_execute_hooks(table)
        frame = self._session.sql(self.compile(table))
        naive = [name for name, kind in table.schema().items() if _is_naive(kind)]
        return frame.withColumns({name: frame[f"`{name}`"].cast("timestamp_ntz") for name in naive})

    def _arrow(self, expr: ir.Expr, *, params: Any, limit: Any, **more: Any) -> pa.Table:
        self._run_pre_execute_hooks(expr)
        table = expr.as_table()
        found = self._session.sql(self.compile(table, params=params, limit=limit, **more)).toArrow()
        return PyArrowData.convert_table(found, table.schema())


def _is_naive(kind: dt.DataType) -> bool:
    return kind.is_timestamp() and kind.timezone is None


def _with_zones(schema: sch.Schema, spark: StructType) -> sch.Schema:
    def zoned(name: str, kind: DataType) -> dt.DataType:
        is_zoned = isinstance(kind, TimestampType)
        return dt.Timestamp("UTC", scale=6) if is_zoned else schema[name]

    return sch.Schema({field.name: zoned(field.name, field.dataType) for field in spark.fields})
