"""Small pieces of HTML. Every text passes through `escape`: names and comments stay text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import pandas as pd

from saydo.languages import gettext as _
from saydo.languages import ngettext, number
from saydo.report.escaping import escape, name

MOST_ROWS = 100
"""Rows of a table on a page: with a thousand it would open slowly, and nobody reads them."""


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


def table(frame: pd.DataFrame, columns: Sequence[Shown], *, caption: str, absent: str = "–") -> str:
    """A table with caption and row headers (the first column), of `MOST_ROWS` at most.

    Where the first column says the same in rows that follow each other, and the second one is text,
    it is said once for these rows, and the second is a header too.
    """
    # Cells hold numbers unless they or their table say otherwise: pages are to be small.
    is_text = not any(column.numeric for column in columns[1:])
    css = ["" if is_text or column.numeric else ' class="text"' for column in columns]
    header = "".join(
        f'<th scope="col"{own}>{escape(column.label)}</th>'
        for own, column in zip(css, columns, strict=True)
    )
    rows = [
        [
            absent if _is_missing(record[column.column]) else column.text(record[column.column])
            for column in columns
        ]
        for record in frame.head(MOST_ROWS).to_dict("records")
    ]
    groups = [list(same) for _name, same in groupby(rows, key=lambda row: row[0])]
    is_grouped = len(groups) < len(rows) and len(columns) > 2 and not columns[1].numeric
    if is_grouped:
        body = "".join(_group(same, css) for same in groups)
    else:
        body = "".join(_row([_head(row[0])], row[1:], css[1:]) for row in rows)
    notes = []
    if len(frame) > MOST_ROWS:
        words = _("The first {shown} of {count} rows; the tables of the run have all.")
        notes = [words.format(shown=number(MOST_ROWS, 0), count=number(len(frame), 0))]
    kinds = [kind for kind, has in (("text", is_text), ("grouped", is_grouped)) if has]
    attribute = f' class="{" ".join(kinds)}"' if kinds else ""
    whole = scrolled(f"<tr>{header}</tr>", body, caption=caption, attributes=attribute)
    return whole + paragraphs(notes, css="note")


def _group(rows: Sequence[Sequence[str]], css: Sequence[str]) -> str:
    """Rows that begin with the same header."""
    first = [_head(rows[0][0], f' rowspan="{len(rows)}"')]
    return "".join(
        _row([*([] if position else first), _head(row[1])], row[2:], css[2:])
        for position, row in enumerate(rows)
    )


def _head(text: str, attribute: str = "") -> str:
    return f'<th scope="row"{attribute}>{name(text)}</th>'


def _row(heads: Sequence[str], texts: Sequence[str], css: Sequence[str]) -> str:
    cells = (f"<td{own}>{escape(text)}</td>" for text, own in zip(texts, css, strict=True))
    return f"<tr>{''.join(heads)}{''.join(cells)}</tr>"


def scrolled(head: str, rows: str, *, caption: str, attributes: str = "") -> str:
    """A table of rows of HTML, which scrolls by itself where a page is too narrow for it."""
    label = escape(caption)
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{label}">'
        f"<table{attributes}><caption>{label}</caption><thead>{head}</thead>"
        f"<tbody>{rows}</tbody></table></div>"
    )


def sortable(heads: Sequence[str], rows: Sequence[str], *, caption: str, find: str = "") -> str:
    """A table of rows of HTML that the theme's script lets readers sort, and search.

    Without script it is a table. Cells that hold a number give it as `data-v`.

    Args:
        heads: Of the columns, the first one of the names of rows.
        rows: Each a `tr`; the first stays on top.
        caption: Of the table.
        find: Label of the field in which a name is searched; empty: there is none.
    """
    first, *others = [escape(head) for head in heads]
    header = f'<th scope="col" class="text">{first}</th>'
    header += "".join(f'<th scope="col">{head}</th>' for head in others)
    search = f' data-find="{escape(find)}"' if find else ""
    return scrolled(
        f"<tr>{header}</tr>",
        "".join(rows),
        caption=caption,
        attributes=f' class="sortable"{search}',
    )


def counted(n_rows: int) -> str:
    """What a folded table is called."""
    words = ngettext("Table ({count} row)", "Table ({count} rows)", n_rows)
    return words.format(count=number(n_rows, 0))


def folded(summary: str, content: str) -> str:
    """Content that opens on a click, and without script."""
    return f"<details><summary>{escape(summary)}</summary>{content}</details>"


def paragraphs(texts: Iterable[str], *, css: str = "") -> str:
    """One paragraph per text that is not empty."""
    attribute = f' class="{css}"' if css else ""
    return "".join(f"<p{attribute}>{escape(text)}</p>" for text in texts if text)


def _is_missing(value: object) -> bool:
    return value is None or value is pd.NA or value is pd.NaT or value != value
