"""What type do columns beyond the contract have?

Attributes of customers and image items of a brand tracker are kept as they are. A text file has no
types, so that there `typed_extras` makes a column numeric if every value in it is a plain number
and nothing is lost: a leading zero is part of a code, and 1.234 alone may be either of two
numbers.
"""

from __future__ import annotations

import ibis.expr.types as ir

from saydo.tables.columns import Mapped

_FITTING = ("duckdb", "pyspark")
"""Engines that search the patterns below in the same way."""

_WHOLE = "^-?(0|[1-9][0-9]{0,14})$"
_DECIMAL = "^-?(0|[1-9][0-9]*)([MARK][0-9]+)?$"
_EITHER = "^-?[1-9][0-9]{0,2}[MARK][0-9]{3}$"


def typed_extras(mapped: Mapped) -> dict[str, ir.Value]:
    """The columns beyond the contract, in the type that fits all of their values."""
    rows, origin = mapped.relation, mapped.origin
    if origin.text is None and origin.file != "query":
        return {name: rows[name] for name in mapped.extras}
    texts = [name for name in mapped.extras if rows[name].type().is_string()]
    mark = origin.form.decimal or "."
    fits = _fits(rows, texts, mark) if texts and origin.connection.name in _FITTING else {}
    return {name: _as(rows[name], fits.get(name, "string"), mark) for name in mapped.extras}


def _fits(rows: ir.Table, names: list[str], mark: str) -> dict[str, str]:
    """The narrowest type for every column, found in one scan."""
    patterns = {"whole": _WHOLE, "decimal": _DECIMAL, "either": _EITHER}
    measures = {}
    for name in names:
        value = rows[name].strip()
        measures[f"{name}|filled"] = (value != "").sum()
        for kind, pattern in patterns.items():
            measures[f"{name}|{kind}"] = value.re_search(pattern.replace("MARK", mark)).sum()
    found = rows.aggregate(**measures).to_pyarrow().to_pylist()[0]
    kinds = {}
    for name in names:
        filled, whole, decimal, either = (
            found[f"{name}|{kind}"] or 0 for kind in ("filled", *patterns)
        )
        if filled and whole == filled:
            kinds[name] = "int64"
        elif filled and decimal == filled and whole + either < filled:
            kinds[name] = "float64"
    return kinds


def _as(value: ir.Value, kind: str, mark: str) -> ir.Value:
    if kind == "string":
        return value
    return value.strip().replace(mark, ".").nullif("").cast(kind)
