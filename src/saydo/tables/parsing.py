"""What does a raw value mean, in the type that the contract gives its column?

`typed` turns a raw value (text, or a type of the file's own) into one of `DTYPES`, or null where
it can't be read. All of it is Ibis, so that it runs where the data lie; only formats of dates
other than ISO need DuckDB's `strptime`, and files are always read by DuckDB.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from saydo.tables.contract import Column

ISO = "ISO"
"""Years first, 2025-03-31, with or without a time and an offset: it can't mean anything else."""

DATES = (
    *(
        f"{first}{mark}{second}{mark}{year}"
        for first, second in (("%d", "%m"), ("%m", "%d"))
        for mark in ("/", ".", "-")
        for year in ("%Y", "%y")
    ),
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%Y%m%d",
    *(
        f"%d{mark}{month}{mark}{year}"
        for mark in (" ", "-")
        for month in ("%b", "%B")
        for year in ("%Y", "%y")
    ),
    *(f"{month} %d{comma} %Y" for month in ("%b", "%B") for comma in ("", ",")),
)
"""Formats of dates that are detected, besides ISO."""
MONTHS = ("%Y-%m", "%Y/%m", "%Y%m", "%m/%Y", "%m.%Y", "%m-%Y", "%b %Y", "%B %Y", "%b-%y", "%b-%Y")
"""Formats of months that are detected."""
_TIMES = ("", " %H:%M", " %H:%M:%S", " %H:%M:%S.%f", " %I:%M %p", " %I:%M:%S %p", "T%H:%M:%S")
_TIME_DIRECTIVES = ("%H", "%I", "%X", "%T", "%c")

GROUP_MARKS = " \u00a0\u202f'’"
"""Thousands separators that can't be a decimal mark: spaces of three widths and two apostrophes."""

TRUE = ("true", "t", "yes", "y", "1", "oui", "o", "ja", "j", "да", "نعم")
FALSE = ("false", "f", "no", "n", "0", "non", "nee", "nein", "нет", "لا")
"""Words for yes and no, in lower case."""

_SHAPES = {
    "%d": "9{1,2}",
    "%m": "9{1,2}",
    "%y": "9{2}",
    "%Y": "9{4}",
    "%H": "9{1,2}",
    "%I": "9{1,2}",
    "%M": "9{2}",
    "%S": "9{2}",
    "%f": "9{1,6}",
    "%b": "[A-Za-z]{3}",
    "%B": "[A-Za-z]{3,9}",
    "%p": "[AaPp][Mm]",
}
_ISO_SHAPE = r"9{4}-9{1,2}-9{1,2}([T ]9{1,2}:9{2}(:9{2}(\.9{1,9})?)?( ?(Z|[+-]9{2}(:?9{2})?))?)?"
_ISO_VALUE = "^" + _ISO_SHAPE.replace("9{", "[0-9]{") + "$"
_NO_SECONDS = r"([T ][0-9]{1,2}:[0-9]{2})( ?[Z+-])"
_ISO_ZONED = r"[T ].*(Z|[+-][0-9]{2}(:?[0-9]{2})?)$"


@ibis.udf.scalar.builtin(
    name="try_strptime", signature=((dt.string, dt.Array(dt.string)), dt.Timestamp(scale=6))
)
def _try_strptime(text, formats):  # type: ignore[no-untyped-def]
    """The instant that the first fitting format reads, or null."""


@ibis.udf.scalar.builtin(
    name="timezone", signature=((dt.string, dt.Timestamp("UTC")), dt.Timestamp(scale=6))
)
def _timezone(zone, instant):  # type: ignore[no-untyped-def]
    """The naive instant that clocks in the zone show."""


@dataclass(frozen=True)
class Reading:
    """How the text of a column is to be read."""

    decimal: str = "."
    dates: str = ISO
    is_plain: bool = False
    """Whether it is known that all values are digits with at most a decimal point, or ISO dates
    without an offset, so that the engine's own cast reads them."""
    detected: str | None = None
    """What was detected, in a few words; None if nothing was."""


def typed(value: ir.Value, column: Column, reading: Reading, *, zone: str) -> ir.Value:
    """A raw value in the type that the contract gives its column; null where it can't be read.

    Args:
        value: Of any type.
        column: Whose it is.
        reading: How its text is written.
        zone: The study's time zone: instants with an offset are converted to it.
    """
    match column.type:
        case "id":
            return _id(value)
        case "text":
            text = _filled(value.cast("string"))
            return text.strip().lower() if column.allowed else text
        case "number":
            return _number(value, reading)
        case "integer":
            number = _number(value, reading)
            return (number == number.floor()).ifelse(number, ibis.null("float64")).cast("int64")
        case "boolean":
            return _boolean(value)
        case "instant":
            return _instant(value, reading, zone)
        case "day":
            return _instant(value, reading, zone).cast("date")
        case "month":
            return _instant(value, reading, zone).truncate("M").cast("date")


def is_empty(value: ir.Value) -> ir.BooleanValue:
    """Whether a raw value says nothing: null, an empty or blank text, or not-a-number."""
    if value.type().is_string():
        return value.isnull() | (value.strip() == "")
    if value.type().is_floating():
        return value.isnull() | value.isnan()
    return value.isnull()


def is_text(value: ir.Value, column: Column) -> bool:
    """Whether a raw value must be read as the text of a number or a date."""
    kind = value.type()
    if column.type in ("number", "integer"):
        return kind.is_string()
    if column.type in ("instant", "day", "month"):
        return not (kind.is_temporal() and not kind.is_time())
    return False


def with_times(form: str) -> list[str]:
    """A format of dates, with each time of day that may follow; as it is if it has one itself."""
    has_time = any(directive in form for directive in _TIME_DIRECTIVES)
    return [form] if has_time else [form + time for time in _TIMES]


def matches(form: str, shape: str) -> bool:
    """Whether a value whose digits became 9 may have this format of dates."""
    return _pattern(form).fullmatch(shape) is not None


def parsed_dates(value: ir.Value, form: str) -> ir.Value:
    """The instants that a format reads in a text column; null where it reads none."""
    text = value.cast("string").strip()
    if form == ISO:
        return text.re_search(_ISO_VALUE).ifelse(text, ibis.null("string")).try_cast("timestamp(6)")
    return _try_strptime(text, ibis.array(with_times(form)))


@cache
def _pattern(form: str) -> re.Pattern[str]:
    if form == ISO:
        return re.compile(_ISO_SHAPE)
    ways = []
    for whole in with_times(form):
        parts = re.split(r"(%.)", whole)
        ways.append(
            "".join(
                _SHAPES.get(part, ".+") if part[:1] == "%" else re.escape(part).replace("9", r"9")
                for part in parts
            )
        )
    return re.compile("|".join(ways))


def _filled(text: ir.StringValue) -> ir.StringValue:
    return (text.strip() == "").ifelse(ibis.null("string"), text)


def _id(value: ir.Value) -> ir.StringValue:
    """Text as written; a whole number without the .0 that a spreadsheet adds."""
    kind = value.type()
    if kind.is_floating() or kind.is_decimal():
        number = value.cast("float64")
        whole = (number == number.floor()) & (number.abs() < 1e15)
        text = whole.ifelse(
            whole.ifelse(number, ibis.null("float64")).cast("int64").cast("string"),
            value.cast("string"),
        )
        return number.isnan().ifelse(ibis.null("string"), text)
    return _filled(value.cast("string"))


def _number(value: ir.Value, reading: Reading) -> ir.FloatingValue:
    kind = value.type()
    if kind.is_numeric() or kind.is_boolean():
        number = value.cast("float64")
        return (number.isnan() | number.isinf()).ifelse(ibis.null("float64"), number)
    if not kind.is_string():
        return ibis.null("float64")
    text = value.strip()
    if reading.is_plain:
        return _filled(text).try_cast("float64")
    mark, other = reading.decimal, "," if reading.decimal == "." else "."
    ungrouped = rf"[0-9]+[{mark}]?[0-9]*|[{mark}][0-9]+"
    groups = "|".join(f"([{group}][0-9]{{3}})+" for group in (*GROUP_MARKS, other))
    is_number = rf"^[+-]?(({ungrouped})([eE][+-]?[0-9]+)?|[0-9]{{1,3}}({groups})([{mark}][0-9]*)?)$"
    digits = text.re_replace(f"[{GROUP_MARKS}{other}]", "")
    if mark == ",":
        digits = digits.replace(",", ".")
    return text.re_search(is_number).ifelse(digits, ibis.null("string")).try_cast("float64")


def _boolean(value: ir.Value) -> ir.BooleanValue:
    if value.type().is_boolean():
        return value
    if value.type().is_numeric():
        number = value.cast("float64")
        return ibis.cases((number == 1, True), (number == 0, False), else_=ibis.null("boolean"))
    word = value.cast("string").strip().lower()
    return ibis.cases(
        (word.isin(TRUE), True), (word.isin(FALSE), False), else_=ibis.null("boolean")
    )


def _instant(value: ir.Value, reading: Reading, zone: str) -> ir.TimestampValue:
    kind = value.type()
    if kind.is_timestamp() and kind.timezone:
        return _timezone(zone, value)
    if kind.is_timestamp() or kind.is_date():
        return value.cast("timestamp(6)")
    if reading.dates != ISO:
        return parsed_dates(value, reading.dates)
    text = value.cast("string").strip()
    if reading.is_plain:
        return text.nullif("").try_cast("timestamp(6)")
    zoned = text.re_search(_ISO_ZONED)
    guarded = text.re_search(_ISO_VALUE)
    nothing = ibis.null("string")
    # DuckDB wants seconds before an offset.
    timed = text.re_replace(_NO_SECONDS, r"\1:00\2")
    with_offset = (zoned & guarded).ifelse(timed, nothing).try_cast(dt.Timestamp("UTC"))
    naive = (guarded & ~zoned).ifelse(text, nothing).try_cast("timestamp(6)")
    return ibis.coalesce(naive, _timezone(zone, with_offset))
