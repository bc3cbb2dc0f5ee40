"""Segments are the values of an attribute of customers."""

from __future__ import annotations

import difflib

import ibis.expr.types as ir

from saydo.errors import DataError, Problem
from saydo.params import ByColumn
from saydo.segments.way import Learned, Way


def _place(features: ir.Table, how: ByColumn, learned: Learned) -> ir.Table:
    """`customer_id`, `segment`: the attribute as text; null where it is empty.

    Raises:
        DataError: There is no such attribute; lists those there are.
    """
    column = how.column
    if column not in features.columns:
        close = difflib.get_close_matches(column, features.columns, n=1)
        hint = f" Did you mean {close[0]}?" if close else ""
        allowed = ", ".join(name for name in features.columns if name != "customer_id")
        what = f"customers has no column {column!r}.{hint} Allowed: {allowed}."
        raise DataError("segments", [Problem("segments.column", what)])
    value = features[column].cast("string").strip()
    return features.select("customer_id", segment=value.nullif(""))


BY_COLUMN = Way(place=_place)
