"""The language a study speaks: its words, numbers, dates and money.

One language is active at a time (`speak`), and one audience: what the people served are called.
`gettext` gives a text in that language and of those people, `noop` marks a text that is translated
only when shown (a KPI's label, say), and the formats follow the language's conventions. It lies
below everything else, because reasons and labels arise everywhere.

Catalogues are gettext's `.po` files in this folder; English is the source and needs none.
"""

from __future__ import annotations

import gettext as _gettext
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from functools import cache
from io import BytesIO
from unicodedata import bidirectional

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_currency, format_decimal, format_percent

from saydo.languages import audiences, lexicon
from saydo.languages.audiences import DEFAULT

LANGUAGES, FOLDER = lexicon.LANGUAGES, lexicon.FOLDER

_LEFT_TO_RIGHT, _FIRST_STRONG, _END = "\u2066", "\u2068", "\u2069"
"""Isolates: what is between does not disturb the direction of what is around, nor the reverse."""

_MARKS = re.compile("[\u200e\u200f\u061c]")
"""Marks of direction, which isolates stand in for."""

_TIED = re.compile(
    r"(?:(?<=\b[a-z]) |^)[=<] (?=\{)|(?<=\}) (?=pp\b)|(?<=^\{value\}) (?=(?:h|days|months)$)"
)
"""Spaces at which no line may end: within n = 9 and p = 0.1, and before a unit in English.
Catalogues of other languages have no-break spaces before theirs."""

_CONTROLS = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""With these, whoever types a name could turn round the sentence that it stands in."""
_OTHER_WAY = ("R", "AL", "AN")

_active: ContextVar[str] = ContextVar("language", default="en")
_audience: ContextVar[str] = ContextVar("audience", default=DEFAULT)
_names_as_in_params: ContextVar[bool] = ContextVar("names_as_in_params", default=False)


@contextmanager
def speak(language: str, audience: str = DEFAULT) -> Iterator[None]:
    """Speak `language`, of `audience`, within a `with` block."""
    tokens = _active.set(language), _audience.set(audience)
    try:
        yield
    finally:
        _active.reset(tokens[0])
        _audience.reset(tokens[1])


def activate(language: str, audience: str = DEFAULT) -> None:
    """Speak `language`, of `audience`, from here on, as a notebook does."""
    _active.set(language)
    _audience.set(audience)


def active() -> str:
    """Code of the active language."""
    return _active.get()


def is_right_to_left() -> bool:
    """Whether the active language is written from right to left."""
    return Locale.parse(_active.get()).text_direction == "rtl"


def noop(text: str) -> str:
    """Mark `text` for the catalogues; `gettext` translates it when it is shown."""
    return text


def gettext(text: str) -> str:
    """`text` in the active language, or itself where the catalogue has none.

    `{customer}`, `{customers}`, `{Customer}` and `{Customers}` become the words for the active
    audience; all other braces stay for the caller's `.format(…)`.
    """
    return _of_audience(_catalogue(_active.get()).gettext(text)) if text else text


def ngettext(one: str, many: str, count: int) -> str:
    """The form for `count`, in the active language; fill it with `.format(count=…)`."""
    return _of_audience(_catalogue(_active.get()).ngettext(one, many, count))


def prose(text: str) -> str:
    """A line of a notebook's prose, where "customers" is plainly written, as `gettext` gives it."""
    return gettext(audiences.with_tokens(text))


def contract_name(name: str) -> str:
    """A table or column of the contract as pages name it: customers.left_on, citizens.left_on."""
    if _names_as_in_params.get():
        return name
    return audiences.contract_name(name, audience=_audience.get())


@contextmanager
def names_as_in_params() -> Iterator[None]:
    """Keep `contract_name` from changing names, for whoever is about to write them in params."""
    token = _names_as_in_params.set(True)
    try:
        yield
    finally:
        _names_as_in_params.reset(token)


def _of_audience(text: str) -> str:
    return audiences.in_words(_unbroken(text), language=_active.get(), audience=_audience.get())


@cache
def _unbroken(text: str) -> str:
    """A text whose numbers will stay on one line with their name and unit."""
    return _TIED.sub(lambda spaced: spaced.group().replace(" ", "\N{NO-BREAK SPACE}"), text)


def number(value: float, digits: int = 1) -> str:
    """`value` with exactly `digits` decimals: 1,234.5 or 1 234,5."""
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    # Minus zero would print as -0.0.
    rounded = round(value, digits) + 0.0
    return _typeset(format_decimal(rounded, format=pattern, locale=_active.get()))


def percent(value: float, digits: int = 1) -> str:
    """`value` out of a hundred: 88.1%."""
    pattern = Locale.parse(_active.get()).percent_formats[None].pattern
    if digits:
        pattern = pattern.replace("##0", "##0." + "0" * digits)
    share = round(value, digits) / 100 + 0.0
    return _typeset(format_percent(share, format=pattern, locale=_active.get()))


def signed(value: float, digits: int = 1) -> str:
    """`value` with its sign, a plus too: +1.5, −1.5, 0.0."""
    text = number(value, digits)
    return plus(text) if round(value, digits) > 0 else text


def plus(text: str) -> str:
    """A formatted number with a plus where its minus would be, within its isolate."""
    if Locale.parse(_active.get()).currency_formats["standard"].prefix[1].startswith("¤"):
        # € +12,50 as € −12,50, in Dutch.
        return re.sub(r"(?=\d)", "+", text, count=1)
    head = _LEFT_TO_RIGHT if text.startswith(_LEFT_TO_RIGHT) else ""
    return f"{head}+{text.removeprefix(head)}"


def name(text: str) -> str:
    """A name that somebody gave, fit to stand within a sentence of the language."""
    text = _CONTROLS.sub("", text)
    # Letters of the other direction would take the words and numbers beside them along.
    mixes = is_right_to_left() or any(bidirectional(letter) in _OTHER_WAY for letter in text)
    return f"{_FIRST_STRONG}{text}{_END}" if mixes else text


def listed(items: Iterable[str]) -> str:
    """Items one after the other, with the language's comma."""
    return ("، " if is_right_to_left() else ", ").join(items)


def money(value: float, currency: str, digits: int | None = None) -> str:
    """`value` in `currency`; without decimals from 1,000 on, unless `digits` says otherwise."""
    if digits is None:
        digits = 0 if abs(value) >= 1000 else 2
    pattern = Locale.parse(_active.get()).currency_formats["standard"].pattern
    text = format_currency(
        round(value, digits) + 0.0,
        currency,
        format=pattern.replace("0.00", "0" + ("." + "0" * digits if digits else "")),
        locale=_active.get(),
        currency_digits=False,
    )
    return _typeset(text)


def day(value: date) -> str:
    """A date: 31 Dec 2025."""
    return format_date(value, format="d MMM y", locale=_active.get())


def instant(value: datetime) -> str:
    """A date with its time."""
    return format_datetime(value, format="d MMM y HH:mm", locale=_active.get())


def period(start: date, length: str) -> str:
    """The month, quarter or year that begins on `start`: Dec 2025, Q4 2025, 2025."""
    pattern = {"month": "LLL y", "quarter": "QQQ y", "year": "y"}[length]
    return format_date(start, format=pattern, locale=_active.get())


def _typeset(text: str) -> str:
    """A minus sign, as wide as a plus, in place of a hyphen; on the left of its number.

    Among words that run from right to left a sign would be drawn on the number's other side, where
    an interval could be misread; so it would after a mark of direction that CLDR's patterns begin
    with, as that of Arabic money does.
    """
    text = _MARKS.sub("", text.replace("-", "−"))
    return f"{_LEFT_TO_RIGHT}{text}{_END}" if is_right_to_left() else text


@cache
def _catalogue(language: str) -> _gettext.NullTranslations:
    file = FOLDER / f"{language}.po"
    if not file.exists():
        return _gettext.NullTranslations()
    with file.open("rb") as source:
        catalogue = read_po(source, locale=language)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return _gettext.GNUTranslations(compiled)
