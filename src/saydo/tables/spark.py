"""How does Spark run the same expressions, to the same numbers?

`connect_spark` gives an Ibis connection with a Spark session, on which the expressions that DuckDB
runs mean the same. It is Ibis's own, but for what would differ from DuckDB or is not there:

- instants without an offset stay naive (`TIMESTAMP_NTZ`), and those with one keep it;
- a literal such as 0.1 is a double: Spark's decimals would cut off digits when divided;
- results and small tables travel as Arrow, which keeps whole numbers beside nulls;
- a temporary table is computed once, where Spark knows only views, which are computed at each use.

The session runs in ANSI mode, where what can't be cast or divided is an error rather than null.
"""

# ruff: noqa: N802, N815  (Ibis calls a compiler's methods after its operations)

from __future__ import annotations

import logging
import re
import string
from collections.abc import Mapping
from typing import Any, ClassVar

import ibis.backends.sql.compilers as compilers
import ibis.common.exceptions as com
import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
import ibis.expr.schema as sch
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa
import sqlglot.expressions as sge
from ibis.backends.pyspark import Backend
from ibis.backends.pyspark.datatypes import PySparkType as SparkTypes
from ibis.backends.sql.datatypes import PySparkType as SqlTypes
from ibis.formats.pandas import PandasData
from ibis.formats.pyarrow import PyArrowData
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.types import DataType, StructType, TimestampType

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
    for name, value in {**_QUIET, **(options or {}), **SETTINGS}.items():
        builder = builder.config(name, value)
    # It prints what it raises as well, with the query.
    logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL)
    Spark.register_options()
    return Spark().connect(builder.getOrCreate())


class _Types(SqlTypes):
    """Types as Spark writes them, naive instants apart from those with an offset."""

    @classmethod
    def _from_ibis_Timestamp(cls, dtype: dt.Timestamp) -> sge.DataType:
        kind = sge.DataType.Type
        return sge.DataType(this=kind.TIMESTAMPNTZ if dtype.timezone is None else kind.TIMESTAMPLTZ)


class _Compiler(compilers.pyspark.PySparkCompiler):
    """Spark's SQL for Ibis expressions, where Ibis has none or it means something else."""

    __slots__ = ()
    type_mapper = _Types
    SIMPLE_OPS: ClassVar = {ops.BitAnd: "bit_and", ops.BitOr: "bit_or", ops.BitXor: "bit_xor"}

    def visit_node(self, op: ops.Node, **values: Any) -> Any:
        if isinstance(op, (ops.Comparison, ops.NumericBinary)):
            # DuckDB counts true as 1 wherever it meets a number; Spark wants to be told.
            kinds = {"left": op.left.dtype, "right": op.right.dtype}
            if not all(kind.is_boolean() for kind in kinds.values()):
                for side, kind in kinds.items():
                    if kind.is_boolean():
                        values[side] = self.cast(values[side], dt.int64)
        return super().visit_node(op, **values)

    def visit_NonNullLiteral(self, op: Any, *, value: Any, dtype: dt.DataType) -> Any:
        if not dtype.is_floating():
            return super().visit_NonNullLiteral(op, value=value, dtype=dtype)
        plain = self.visit_DefaultLiteral(op, value=value, dtype=dtype)
        return self.cast(plain, dt.float64)

    def visit_IsInf(self, op: Any, *, arg: Any) -> Any:
        # Ibis's own compares the expressions, not the values, and is always false.
        return self.f.abs(arg).eq(self.POS_INF)

    def visit_Strip(self, op: Any, *, arg: Any) -> Any:
        # Spark's TRIM with characters is BTRIM, as the generator writes another order.
        return self.f.anon.btrim(arg, sge.convert(string.whitespace))

    def visit_RegexReplace(self, op: Any, *, arg: Any, pattern: Any, replacement: Any) -> Any:
        if isinstance(op.replacement, ops.Literal):
            # Java writes groups as $1.
            replacement = sge.convert(re.sub(r"\\([0-9])", r"$\1", op.replacement.value))
        return self.f.regexp_replace(arg, pattern, replacement)

    def visit_ExtractEpochSeconds(self, op: Any, *, arg: Any) -> Any:
        micros = self.f.anon.unix_micros(self.cast(arg, dt.Timestamp("UTC")))
        return micros / self.cast(sge.convert(1_000_000), dt.float64)

    def visit_TimestampTruncate(self, op: Any, *, arg: Any, unit: Any) -> Any:
        # Spark's date_trunc gives an instant with an offset, of a day too.
        return self.cast(super().visit_TimestampTruncate(op, arg=arg, unit=unit), op.dtype)

    visit_DateTruncate = visit_TimestampTruncate

    def visit_DateDelta(self, op: Any, *, left: Any, right: Any, part: Any) -> Any:
        if op.part.value != "day":
            raise com.UnsupportedOperationError("On Spark the difference of dates is in days.")
        return self.cast(self.f.anon.datediff(left, right), op.dtype)

    def visit_ScalarUDF(self, op: Any, **values: Any) -> Any:
        """Functions that `saydo.tables` calls by the names that they have in DuckDB."""
        match self.__sql_name__(op), *values.values():
            case "timezone", zone, instant:
                naive = self.cast(instant, dt.timestamp)
                return self.f.anon.convert_timezone(sge.convert("UTC"), zone, naive)
            case "ltrim", text, characters:
                return self.f.anon.ltrim(characters, text)
        return super().visit_ScalarUDF(op, **values)


class Spark(Backend):
    """Ibis's connection with a Spark session, with temporary tables and typed results."""

    name = "pyspark"
    compiler = _Compiler()

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
        return _with_zones(sch.Schema(SparkTypes.to_ibis(frame.schema)), frame.schema)

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
