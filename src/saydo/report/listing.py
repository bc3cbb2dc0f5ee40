"""Tables of what leads somewhere: runs, pages, files.

Cells are HTML, made by whoever lists them.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from urllib.parse import quote

from saydo.report.escaping import escape


def listing(
    heads: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    caption: str,
    numeric: Collection[int] = (),
    kind: str = "",
    is_heading: bool = False,
) -> str:
    """A table whose first column names each row.

    Args:
        heads: Of the columns, as text.
        rows: HTML of their cells.
        caption: Of the table, as text.
        numeric: Columns that hold numbers, from 0.
        kind: Class of the table in the theme's style sheet.
        is_heading: Whether the caption is also the heading of what is listed.
    """

    def css(column: int) -> str:
        return "" if column in numeric else ' class="text"'

    head = "".join(
        f'<th scope="col"{css(column)}>{escape(text)}</th>' for column, text in enumerate(heads)
    )
    body = "".join(
        f'<tr><th scope="row">{first}</th>'
        + "".join(f"<td{css(column)}>{cell}</td>" for column, cell in enumerate(others, start=1))
        + "</tr>"
        for first, *others in rows
    )
    attribute = f' class="{escape(kind)}"' if kind else ""
    told = f"<h2>{escape(caption)}</h2>" if is_heading else escape(caption)
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(caption)}">'
        f"<table{attribute}><caption>{told}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def link(path: str, text: str) -> str:
    """A link to a file, given its path from the page's folder on."""
    return f'<a href="{escape(quote(path))}">{escape(text)}</a>'
