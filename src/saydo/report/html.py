"""Small pieces of HTML. Every text passes through `escape`: names and comments stay text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape as _escape
from typing import Any

import pandas as pd

from saydo.languages import gettext as _


def escape(text: object) -> str:
    """`text` as HTML text or attribute value."""
    return _escape(str(text), quote=True)


def name(text: object) -> str:
    """A name that somebody gave, kept from disturbing the direction of the text around it."""
    return f"<bdi>{escape(text)}</bdi>"


@dataclass(frozen=True)
class Shown:
    """How a column of a table is shown."""

    column: str
    label: str
    text: Callable[[Any], str] = str
    """The cell's text, given its value; the value is never missing."""
    numeric: bool = True


def bounds(
    text: Callable[[Any], str], *, low: str = "ci_low", high: str = "ci_high"
) -> tuple[Shown, Shown]:
    """The two columns of an interval."""
    return Shown(low, _("95% from"), text), Shown(high, _("95% to"), text)


def table(
    frame: pd.DataFrame, columns: Sequence[Shown], *, caption: str, head: int = 1, absent: str = "–"
) -> str:
    """A table with caption and row headers (the first `head` columns)."""
    header = "".join(
        f'<th scope="col"{_class(column)}>{escape(column.label)}</th>' for column in columns
    )
    rows = []
    for record in frame.to_dict("records"):
        cells = []
        for position, column in enumerate(columns):
            value = record[column.column]
            text = absent if _is_missing(value) else column.text(value)
            if position < head:
                cells.append(f'<th scope="row">{name(text)}</th>')
            else:
                cells.append(f"<td{_class(column)}>{escape(text)}</td>")
        rows.append(f"<tr>{''.join(cells)}</tr>")
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(caption)}"><table>'
        f"<caption>{escape(caption)}</caption>"
        f"<thead><tr>{header}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def folded(summary: str, content: str) -> str:
    """Content that opens on a click, and without script."""
    return f"<details><summary>{escape(summary)}</summary>{content}</details>"


def paragraphs(texts: Iterable[str], *, css: str = "") -> str:
    """One paragraph per text that is not empty."""
    attribute = f' class="{css}"' if css else ""
    return "".join(f"<p{attribute}>{escape(text)}</p>" for text in texts if text)


def _class(column: Shown) -> str:
    # Cells hold numbers unless they say otherwise: nearly all do, and pages are to be small.
    return "" if column.numeric else ' class="text"'


def _is_missing(value: object) -> bool:
    return value is None or value is pd.NA or value is pd.NaT or value != value
