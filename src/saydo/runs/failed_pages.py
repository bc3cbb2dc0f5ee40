"""Which pages of a run failed, where and why, and what to do? A page that lists them.

Takes a run's manifest and its plan; writes `failed.html` into its folder, or removes it when no
page has failed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from saydo.languages import gettext as _
from saydo.languages import number, prose, speak
from saydo.report.escaping import escape, name
from saydo.report.listing import link, listing
from saydo.report.values import segment_name
from saydo.runs.files import write
from saydo.runs.frame import Crumb, as_of, plain_frame
from saydo.runs.manifest import Manifest, PageRecord
from saydo.runs.places import Places
from saydo.runs.plan import FAILED, RUNS, Page

LONGEST = 240
"""Signs of an error that the list quotes; the page's own error page has all of it."""


def update(folder: Path, told: Manifest, pages: Sequence[Page], *, places: Places) -> None:
    """Have `failed.html` in a run's folder say what its manifest says.

    Args:
        folder: Of the run.
        told: Its manifest.
        pages: All pages of the study.
        places: What must not be written.
    """
    if not told.failed:
        (folder / FAILED).unlink(missing_ok=True)
        return
    by_path = {page.path: page for page in pages}
    write(folder / FAILED, places.without(_html(told, by_path)))


def _html(told: Manifest, by_path: Mapping[str, Page]) -> str:
    # Imported when needed: most runs have no such page.
    from saydo.runs.remedies import in_html
    from saydo.runs.render import plain_html

    with speak(*told.language):
        title = _("Failed pages")
        count = _("Could not be made: {count}. The other pages are not affected.").format(
            count=number(len(told.failed), 0)
        )
        then = _("When the cause is mended, run again with --retry-failed: only these are made.")
        heads = [_("Page"), _("Error"), _("What to do")]
        rows = [_row(record, by_path[record.path]) for record in told.failed]
        table = listing(heads, rows, caption=_("By page"), kind="files failures")
        content = f"<h1>{escape(title)}</h1><p>{escape(count)} {in_html(then)}</p>{table}"
        is_there = any(record.path == "index.html" for record in told.pages)
        crumbs: list[Crumb] = [
            {"label": told.study, "href": f"../{RUNS}"},
            {"label": as_of(told.as_of), "href": "index.html" if is_there else None},
            {"label": title, "href": None},
        ]
        return plain_html(
            content, plain_frame([title, told.study], study=told.study, crumbs=crumbs)
        )


def _row(record: PageRecord, page: Page) -> list[str]:
    # Imported when needed: it brings papermill with it.
    from saydo.runs.remedies import in_html, remedy, what_happened

    cell, kind, told = parts_of(record.error or "")
    words, message = what_happened(kind, told)
    short = message if len(message) <= LONGEST else f"{message[:LONGEST]}…"
    where = _("Executed notebook, cell {number}").format(number=cell)
    led = link(record.record, where if cell else _("Executed notebook")) if record.record else ""
    whose = "" if page.segment is None else name(segment_name(page.segment))
    return [
        f'{link(record.path, prose(page.notebook.title))} <span class="note">{whose}</span>',
        f"<bdi><strong>{escape(words)}</strong> {escape(short)}</bdi><br>{led}",
        in_html(remedy(kind, page)),
    ]


def parts_of(error: str) -> tuple[str | None, str, str]:
    """Cell, name and message of what the manifest says of an error (`str` of a `Failure`)."""
    found = re.fullmatch(r"(?:cell (\d+): )?(.*?)(?:: (.*))?", error, flags=re.DOTALL)
    assert found is not None
    return found[1], found[2], found[3] or ""
