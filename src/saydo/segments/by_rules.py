"""Segments by named conditions on customer features; the first that holds decides."""

from __future__ import annotations

from collections.abc import Sequence

import ibis.expr.types as ir
import sqlglot
from sqlglot import expressions as sql

from saydo.errors import DataError, Problem
from saydo.params import ByRules
from saydo.problems import no_such
from saydo.segments.way import Learned, Way


def _place(features: ir.Table, how: ByRules, learned: Learned) -> ir.Table:
    """`customer_id`, `segment`: the name of the first rule that holds, or `otherwise`.

    A condition on an empty value does not hold.

    Raises:
        DataError: A condition is not SQL, or names a feature that is not there; lists all problems.
    """
    problems: list[Problem] = []
    decide = sql.Case()
    for number, rule in enumerate(how.rules):
        where = f"segments.rules.{number}.when"
        condition = _condition(rule.when, where, features.columns, problems)
        decide = decide.when(condition, sql.Literal.string(rule.name))
    if problems:
        raise DataError("segments", problems)
    decide = decide.else_(sql.Literal.string(how.otherwise))
    query = sqlglot.select("customer_id", decide.as_("segment")).from_("features")
    return features.alias("features").sql(query.sql(dialect="duckdb"), dialect="duckdb")


def _condition(
    when: str, where: str, columns: Sequence[str], problems: list[Problem]
) -> sql.Expression:
    """The parsed condition; anything wrong with it is added to `problems`."""
    try:
        condition = sqlglot.parse_one(when, dialect="duckdb")
    except sqlglot.ParseError:
        what = f"{when!r} is not an SQL condition, such as 'spend > 1000 and frequency >= 3'"
        problems.append(Problem(where, what))
        return sql.false()
    if condition.find(sql.Query) or not isinstance(condition, sql.Condition):
        problems.append(Problem(where, f"{when!r} is not a condition on one customer's features"))
    unknown = {column.name for column in condition.find_all(sql.Column)} - set(columns)
    for name in sorted(unknown):
        problems.append(Problem(where, no_such("feature", name, columns)))
    return condition


BY_RULES = Way(place=_place)
