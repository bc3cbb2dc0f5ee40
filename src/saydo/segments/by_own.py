"""Segments by a function of one's own, in a file of the project or in a notebook.

The function takes the table of features (one row per customer) and returns a text per customer, as
an Ibis expression of that table, or a table of `customer_id` and `segment`. Customers for whom it
returns nothing are in the segment of those of whom nothing is known.
"""

from __future__ import annotations

import hashlib
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import ibis.expr.types as ir

from saydo.errors import DataError, Problem
from saydo.params import ByMarket, ByOwn, Params, Segments
from saydo.problems import no_such
from saydo.segments.way import Learned, Way

Function = Callable[[ir.Table], Any]
"""Takes the features of customers; returns a text per customer, or `customer_id` and `segment`."""

WHERE = "segments.function"

EXAMPLE = '(customers.spend > 1000).ifelse("Big", "Small")'


def own_file(how: Segments | None, project: Path) -> Path | None:
    """The file that holds the function; None without one.

    Raises:
        DataError: There is no such file in the project.
    """
    own = _own(how)
    if own is None or own.calls is not None:
        return None
    path = _path(own)
    file = (project / path).resolve()
    if not file.is_relative_to(project.resolve()):
        raise _wrong(f"{path} lies outside the project; put the file into it")
    if not file.is_file():
        raise _wrong(f"there is no file {path} in the project; check the path, from its folder")
    return file


def with_function(params: Params, project: Path) -> Params:
    """The same params, with the function that they name at hand; themselves if they name none.

    Raises:
        DataError: There is no such file or function, or Python can't run the file.
    """
    file = own_file(params.segments, project)
    own = _own(params.segments)
    if file is None or own is None:
        return params
    how, bound = params.segments, own.calling(_function(own, file))
    segments = how.model_copy(update={"within": bound}) if isinstance(how, ByMarket) else bound
    return params.model_copy(update={"segments": segments})


def _own(how: Segments | None) -> ByOwn | None:
    inner = how.innermost if how else None
    return inner if isinstance(inner, ByOwn) else None


def _path(own: ByOwn) -> str:
    return own.function.rpartition(":")[0]


def _function(own: ByOwn, file: Path) -> Function:
    path, _colon, name = own.function.rpartition(":")
    module = _module(file, path)
    functions = [
        each
        for each, value in vars(module).items()
        if callable(value) and getattr(value, "__module__", "") == module.__name__
    ]
    function = getattr(module, name, None)
    if not callable(function):
        raise _wrong(f"{path}: {no_such('function', name, functions)}")
    found: Function = function
    return found


def _module(file: Path, path: str) -> ModuleType:
    """The file's module, under a name of its own: it hides no other, and none hides it."""
    source = file.read_bytes()
    module = ModuleType(f"saydo_own_{hashlib.sha256(source).hexdigest()[:16]}")
    module.__file__ = str(file)
    # Dataclasses and pickles look for their module here.
    sys.modules[module.__name__] = module
    try:
        # Not by an importer, which could take what it compiled of an earlier text.
        exec(compile(source, str(file), "exec"), module.__dict__)
    except Exception as error:
        raise _wrong(f"{path} can't be run: {_told(error, str(file))}") from error
    return module


def _place(features: ir.Table, how: ByOwn, learned: Learned) -> ir.Table:
    """`customer_id`, `segment`: what the function says.

    Raises:
        DataError: The function raised, or returned neither of the two that it may.
    """
    if how.calls is None:
        raise ValueError("params name a function that was not imported; see `with_function`")
    file = how.calls.__code__.co_filename if hasattr(how.calls, "__code__") else ""
    try:
        returned = how.calls(features)
    except Exception as error:
        raise _wrong(f"{how.function} raised {_told(error, file)}") from error
    drawn = _drawn(features, returned, how.function)
    try:
        # Computed here: what the engine makes of it is known to come of the function.
        counts = drawn.aggregate(
            rows=drawn.count(), customers=drawn.customer_id.nunique(), named=drawn.segment.count()
        )
        found = counts.execute().iloc[0]
    except Exception as error:
        raise _wrong(f"{how.function} returned what can't be computed: {error}") from error
    if found["rows"] > found["customers"]:
        what = (
            f"{how.function} returned {found['rows']:,} rows for {found['customers']:,} customers; "
            "a customer is in one segment, so return one row of each"
        )
        raise _wrong(what)
    return drawn


def _drawn(features: ir.Table, returned: Any, function: str) -> ir.Table:
    """What the function returned, as `customer_id` and `segment` of every customer in features."""
    if isinstance(returned, ir.Table):
        missing = {"customer_id", "segment"} - set(returned.columns)
        if missing:
            has = ", ".join(returned.columns)
            what = f"{function} returned a table without {' and '.join(sorted(missing))} ({has})"
            raise _wrong(f"{what}; select both")
        _check_text(returned.segment, function)
        theirs = returned.select(
            own_id=returned.customer_id.cast("string"), segment=returned.segment
        )
        joined = features.select("customer_id").left_join(
            theirs, [features.customer_id == theirs.own_id]
        )
        return joined.select("customer_id", segment=joined.segment.nullif(""))
    if not isinstance(returned, ir.Value):
        what = (
            f"{function} returned a {type(returned).__name__}; return an Ibis expression of the "
            f"table it was given, such as {EXAMPLE}, or an Ibis table of customer_id and segment "
            "(ibis.memtable makes one of a DataFrame)"
        )
        raise _wrong(what)
    _check_text(returned, function)
    try:
        return features.select("customer_id", segment=returned.nullif(""))
    except Exception as error:
        what = f"{function} returned an expression of another table than it was given ({error})"
        raise _wrong(f"{what}; return a table of customer_id and segment") from error


def _check_text(value: ir.Value, function: str) -> None:
    if not isinstance(value, ir.StringValue):
        what = (
            f"{function} returned {value.type()} where the names of segments are expected; return "
            f'text, such as {EXAMPLE}, or add .cast("string")'
        )
        raise _wrong(what)


def _told(error: Exception, file: str) -> str:
    """Kind, text and, if it is known, line of what went wrong in the file."""
    line = error.lineno if isinstance(error, SyntaxError) else None
    for frame in traceback.extract_tb(error.__traceback__):
        line = frame.lineno if frame.filename == file else line
    text = error.msg if isinstance(error, SyntaxError) else str(error)
    told = f"{type(error).__name__}: {text}" if text else type(error).__name__
    return f"{told} (line {line})" if line else told


def _wrong(what: str) -> DataError:
    return DataError("segments", [Problem(WHERE, what)])


BY_OWN = Way(place=_place)
