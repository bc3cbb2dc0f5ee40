"""What does an Ibis expression say in Spark's SQL, so that it means what it means on DuckDB?

`SparkSql` is Ibis's compiler for Spark, but for operations that Ibis does not translate, or that
would mean something else than on DuckDB. Each is held to DuckDB by `tests/spark`.
"""

# ruff: noqa: N802, N815  (Ibis calls a compiler's methods after its operations)

from __future__ import annotations

import re
from typing import Any, ClassVar

import ibis.backends.sql.compilers as compilers
import ibis.common.exceptions as com
import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
import sqlglot.expressions as sge
from ibis.backends.sql.datatypes import PySparkType


class _Types(PySparkType):
    """Types as Spark writes them, naive instants apart from those with an offset."""

    @classmethod
    def _from_ibis_Timestamp(cls, dtype: dt.Timestamp) -> sge.DataType:
        kind = sge.DataType.Type
        return sge.DataType(this=kind.TIMESTAMPNTZ if dtype.timezone is None else kind.TIMESTAMPLTZ)


class SparkSql(compilers.pyspark.PySparkCompiler):
    """Ibis's compiler for Spark, as this module says."""

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
        if not (isinstance(op, ops.DateDelta) and op.part.value == "day"):
            # Spark counts what is over, DuckDB what has begun.
            raise com.UnsupportedOperationError("On Spark only days can be counted between dates.")
        return super().visit_DateDelta(op, left=left, right=right, part=part)

    visit_TimestampDelta = visit_TimeDelta = visit_DateDelta

    def visit_ScalarUDF(self, op: Any, **values: Any) -> Any:
        """Functions that `saydo.tables` calls by the names that they have in DuckDB."""
        match self.__sql_name__(op), *values.values():
            case "timezone", zone, instant:
                naive = self.cast(instant, dt.timestamp)
                return self.f.anon.convert_timezone(sge.convert("UTC"), zone, naive)
            case "ltrim", text, characters:
                return self.f.anon.ltrim(characters, text)
        return super().visit_ScalarUDF(op, **values)
