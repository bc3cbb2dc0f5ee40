"""Numbers as a reader sees them: with their unit, their interval and their n."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial

from saydo.languages import gettext as _
from saydo.languages import listed, money, ngettext, number, percent, plus, signed
from saydo.params import ALL

TO_HUNDREDTHS = ("scale points", "stars", "rank", "ratio", "orders", "categories")
"""Units in which a tenth is too much to round to."""


def shown(value: float, unit: str, *, currency: str) -> str:
    """`value` with its unit, in the active language.

    Args:
        value: In `unit`.
        unit: As KPIs declare it: "%", "points", "hours", "count", "money per customer", …
        currency: Three letters, for units of money.
    """
    if unit.startswith("%"):
        return percent(value)
    if unit.startswith("money"):
        return money(value, currency)
    if unit == "count":
        return number(value, 0)
    if unit in (measured := _measured()):
        return measured[unit].format(value=number(value))
    return number(value, 2 if unit.startswith(TO_HUNDREDTHS) else 1)


def change(value: float, unit: str, *, currency: str) -> str:
    """A difference with its sign; that of percentages is in percentage points."""
    if unit.startswith("%") or unit == "pp":
        return _("{value} pp").format(value=signed(value))
    text = shown(value, unit, currency=currency)
    # What rounds to zero has no sign.
    return plus(text) if value > 0 and re.search("[1-9]", text) else text


def interval(low: float, high: float, unit: str, *, currency: str) -> str:
    """`low` to `high`, as a reader sees it."""
    return span(low, high, partial(shown, unit=unit, currency=currency))


def span(low: float, high: float, text: Callable[[float], str]) -> str:
    """`low` to `high`, each in the words that `text` has for it."""
    return _("{low} to {high}").format(low=text(low), high=text(high))


def sample_size(n: float) -> str:
    """What a number rests on: n = 1,234, on one line."""
    return f"n\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}{number(n, 0)}"


def segment_name(segment: str) -> str:
    """A segment's name as pages show it."""
    return _("All {customers}") if segment == ALL else segment


def people(count: int) -> str:
    """A number of people, in words that fit it."""
    return ngettext("{count} {customer}", "{count} {customers}", count).format(
        count=number(count, 0)
    )


def enumerated(items: Sequence[str], *, most: int = 12) -> str:
    """Items one after the other, the first of them where there are too many to be heard out."""
    told = list(items[:most])
    if len(items) > most:
        more = len(items) - most
        told.append(ngettext("{count} more", "{count} more", more).format(count=number(more, 0)))
    return listed(told)


def unit_words(unit: str) -> str:
    """What a unit is called beside a number that does not show it."""
    words = {
        "points": _("points, −100 to 100"),
        "scale points": _("scale points"),
        "stars": _("stars"),
        "rank": _("mean rank, 1 is first"),
        "index": _("index"),
        "ratio": _("ratio"),
        "per 100": _("per 100"),
        "per 1000": _("per 1,000"),
        "% per period": _("per period"),
        "orders per customer": _("orders per {customer}"),
        "categories per customer": _("categories per {customer}"),
        "money per customer": _("per {customer}"),
    }
    return words.get(unit, "")


def _measured() -> dict[str, str]:
    """Units that stand behind their number."""
    return {
        "hours": _("{value} h"),
        "days": _("{value} days"),
        "months": _("{value} months"),
        "pp": _("{value} pp"),
    }
