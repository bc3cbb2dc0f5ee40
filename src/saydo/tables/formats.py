"""How are the numbers and dates of a text column written?

`detect` looks at all rows of every text column that should hold numbers or dates and gives a
`Reading` per column. It works on *shapes*: digits become 9, so that millions of values
fall into a few shapes (`99/99/9999`, `9 999,99`). Where a column may rightly be read in two ways,
nothing is guessed: that is a problem which names the ways and the key of params that decides.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from saydo.languages import gettext as _
from saydo.tables.parsing import (
    DATES,
    GROUP_MARKS,
    ISO,
    MONTHS,
    Reading,
    matches,
    parsed_dates,
)

Shapes = Mapping[str, int]
"""How many values have each shape."""

_OFFSET = re.compile(r"[T ].*[+-]9{2}(:?9{2})?$")
_TOLERATED = 0.01
"""Share of values that may speak for another format, as typing errors do, before it is doubtful."""


@ibis.udf.scalar.builtin(name="translate", signature=((dt.string, dt.string, dt.string), dt.string))
def _translate(text, characters, others):  # type: ignore[no-untyped-def]
    """Each of the characters replaced by the one at its place in others."""


@ibis.udf.scalar.builtin(name="ltrim", signature=((dt.string, dt.string), dt.string))
def _ltrim(text, characters):  # type: ignore[no-untyped-def]
    """Without these characters at its start."""


@ibis.udf.agg.builtin(name="histogram", signature=((dt.string,), dt.Map(dt.string, dt.int64)))
def _histogram(text):  # type: ignore[no-untyped-def]
    """How often each text occurs."""


class Doubtful(ValueError):
    """A column that may be read in two ways; its words say which, and how to decide."""


def shapes(table: ir.Table, columns: list[str]) -> dict[str, Shapes]:
    """The shapes of text columns and how often each occurs, on DuckDB in one scan of the table."""
    if not columns:
        return {}
    if table.get_backend().name != "duckdb":
        return {name: _counted(table.select(shape=_shape(table[name]))) for name in columns}
    found = table.aggregate(**{name: _histogram(_shape(table[name])) for name in columns})
    row = found.to_pyarrow().to_pylist()[0]
    return {name: Counter(dict(row[name] or [])) for name in columns}


def _counted(shapes_of: ir.Table) -> Shapes:
    counts = shapes_of.filter(shapes_of["shape"].notnull()).group_by("shape").agg(n=ibis._.count())
    return {row["shape"]: row["n"] for row in counts.to_pyarrow().to_pylist()}


def _shape(value: ir.StringValue) -> ir.StringValue:
    """A value with 9 for every digit, after a 0 if it starts with one; empty values have none."""
    trimmed = value.strip()
    first = _ltrim(trimmed, "+-").substr(0, 1)
    shape = (first == "0").ifelse("0|", "|") + _translate(trimmed, "0123456789", "9" * 10)
    return ibis.cases(
        (trimmed == "", ibis.null("string")),
        (trimmed.length() > 40, "|…"),
        else_=shape,
    )


def number_reading(found: Shapes, declared: str | None) -> Reading:
    """How the numbers of a column are written.

    Args:
        found: Its shapes.
        declared: The decimal mark that params declare.

    Raises:
        Doubtful: Its marks may be decimal marks or thousands separators, or it mixes both.
    """
    speaks: Counter[str] = Counter()
    either: Counter[str] = Counter()
    is_plain = True
    for shape, count in found.items():
        mark, sure = _decimal_mark(shape)
        if mark:
            (speaks if sure else either)[mark] += count
        is_plain = is_plain and re.fullmatch(r"[+-]?9+(\.9+)?", shape.partition("|")[2]) is not None
    if declared:
        return Reading(decimal=declared, is_plain=is_plain and declared == ".")
    if not speaks and not either:
        return Reading(is_plain=is_plain)
    if not speaks:
        mark = next(iter(either))
        other = "." if mark == "," else ","
        raise Doubtful(
            f"its {sum(either.values())} values written like 1{mark}234 may be 1.234 (decimal mark "
            f"{mark!r}) or 1234 (decimal mark {other!r}). Say which under {{where}}.format.decimal"
        )
    (mark, most), *others = speaks.most_common()
    if others and others[0][1] > _TOLERATED * most:
        raise Doubtful(
            f"its decimal mark is {mark!r} in {most} values and {others[0][0]!r} in "
            f"{others[0][1]}. Say which under {{where}}.format.decimal; values written otherwise "
            "are then rejected"
        )
    return Reading(
        decimal=mark,
        is_plain=is_plain and mark == ".",
        detected=_("decimal mark '{mark}'").format(mark=mark),
    )


def _decimal_mark(shape: str) -> tuple[str | None, bool]:
    """The decimal mark that a shape shows, if any, and whether it can be nothing else."""
    zero, _, text = shape.partition("|")
    body = text.lstrip("+-")
    if grouped := re.fullmatch(
        rf"9{{1,3}}(?:([{GROUP_MARKS}])9{{3}})(?:\1(?:9{{3}}))*(?:([.,])9*)?", body
    ):
        return grouped[2], True
    if re.fullmatch(r"9{1,3}(,9{3}){2,}|9{1,3}(,9{3})+\.9*", body):
        return ".", True
    if re.fullmatch(r"9{1,3}(\.9{3}){2,}|9{1,3}(\.9{3})+,9*", body):
        return ",", True
    single = re.fullmatch(r"(9*)([.,])(9*)([eE][+-]?9+)?", body)
    if not single or not (single[1] or single[3]):
        return None, True
    may_group = 1 <= len(single[1]) <= 3 and len(single[3]) == 3 and not single[4] and not zero
    return single[2], not may_group


def date_candidates(found: Shapes, declared: str | None, *, is_month: bool) -> list[str]:
    """Date formats that fit most of a column's shapes; several if shapes don't tell them apart.

    Raises:
        Doubtful: Values are written in several ways.
    """
    formats = [declared] if declared else [ISO, *DATES, *(MONTHS if is_month else ())]
    fitting = _fitting(found, formats)
    if declared and not fitting:
        fitting = _fitting(found, [ISO])
    if not fitting:
        return []
    most = max(fitting.values())
    likely = [form for form, count in fitting.items() if count == most]
    others = {
        shape: count
        for shape, count in found.items()
        if not matches(likely[0], shape.partition("|")[2])
    }
    second = {} if declared else _fitting(others, formats)
    if second and max(second.values()) > _TOLERATED * most:
        other = max(second, key=lambda form: second[form])
        raise Doubtful(
            f"{most} of its dates are written as {_spoken(likely[0])} and {second[other]} as "
            f"{_spoken(other)}. Say which under {{where}}.format.dates, whereupon the others are "
            "rejected; or map it to an SQL expression that reads both"
        )
    return likely


def _fitting(found: Shapes, formats: list[str]) -> dict[str, int]:
    counts = {
        form: sum(count for shape, count in found.items() if matches(form, shape.partition("|")[2]))
        for form in formats
    }
    return {form: count for form, count in counts.items() if count}


def date_reading(
    found: Shapes,
    candidates: list[str],
    read: Mapping[str, int],
    differ: int,
    declared: str | None,
) -> Reading:
    """How the dates of a column are written.

    Args:
        found: Its shapes.
        candidates: Formats that its shapes allow.
        read: How many values each of them can read.
        differ: How many values two of them read as different days.
        declared: The format that params declare.

    Raises:
        Doubtful: Two formats read as many values, with different meaning.
    """
    if not candidates:
        return Reading(dates=declared or ISO)
    ranked = sorted(candidates, key=lambda form: -read.get(form, 0))
    best = ranked[0]
    if len(ranked) > 1 and differ:
        ahead = read[best] - read[ranked[1]]
        missed = read["any"] - read[best]
        if not ahead or missed > _TOLERATED * (ahead + missed):
            ways = " and ".join(ranked)
            raise Doubtful(
                f"its dates may be read as {ways}: {differ} of them have a different meaning, and "
                f"the others don't decide it. Say which under {{where}}.format.dates"
            )
    return Reading(
        dates=best,
        is_plain=best == ISO
        and all(matches(ISO, shape.partition("|")[2]) for shape in found)
        and not any(shape.endswith(("Z", "z")) or _OFFSET.search(shape) for shape in found),
        detected=None if best == declared else _("dates {format}").format(format=_spoken(best)),
    )


def date_counts(
    table: ir.Table, doubtful: Mapping[str, list[str]]
) -> dict[str, tuple[dict[str, int], int]]:
    """What each candidate format can read, per column, in one scan of the table.

    Returns:
        Per column the number of values that each candidate, and `any` of them, reads; and how many
        are read as different days.
    """
    measures = {}
    for name, formats in doubtful.items():
        days = [parsed_dates(table[name], form) for form in formats]
        for index, value in enumerate(days):
            measures[f"{name}|{index}"] = value.count()
        measures[f"{name}|any"] = ibis.coalesce(*days).count()
        measures[f"{name}|differ"] = (ibis.least(*days) != ibis.greatest(*days)).sum()
    if not measures:
        return {}
    row = table.aggregate(**measures).to_pyarrow().to_pylist()[0]
    return {
        name: (
            {
                **{form: row[f"{name}|{index}"] for index, form in enumerate(formats)},
                "any": row[f"{name}|any"],
            },
            row[f"{name}|differ"] or 0,
        )
        for name, formats in doubtful.items()
    }


def _spoken(form: str) -> str:
    return "YYYY-MM-DD" if form == ISO else form
