"""The few numbers that a page opens with, each with what it takes to read it rightly."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from saydo.languages import gettext as _
from saydo.report.html import escape, paragraphs


@dataclass(frozen=True)
class KeyNumber:
    """A number with its unit, and in small print its interval, n and change."""

    label: str
    value: str
    more: Sequence[str] = ()
    """Lines of small print; empty ones are left out."""
    side: str = ""
    """`say` or `do`, by which it is coloured."""
    status: str = ""
    """Whether its target is reached, as HTML."""
    notes: Sequence[str] = ()
    """Sentences without which it would be misread, told once below all numbers."""


def doubt(low: float, high: float) -> str:
    """A line of small print for an effect that may be none; empty where it is clear."""
    return _("zero is within the interval") if low <= 0 <= high else ""


def key_numbers(numbers: Iterable[KeyNumber]) -> str:
    """The numbers side by side and their notes below, as HTML; nothing where there are none."""
    told = list(numbers)
    tiles = "".join(map(_tile, told))
    notes = dict.fromkeys(note for number in told for note in number.notes)
    return f'<ul class="keys">{tiles}</ul>{paragraphs(notes, css="note")}' if tiles else ""


def _tile(number: KeyNumber) -> str:
    css = f' class="{number.side}"' if number.side else ""
    lines = "".join(f'<span class="more">{escape(line)}</span>' for line in number.more if line)
    return (
        f'<li{css}><span class="label">{escape(number.label)}</span>'
        f'<span class="value">{escape(number.value)}</span>{lines}{number.status}</li>'
    )
