"""Which runs of a study are there? A list of them, as a page beside their folders.

Takes the manifests in a study's folder of reports; writes `index.html` there, to which all pages of
all runs lead. A run that has made nothing finds the list as it should be, and loads nothing to
write it.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import date, datetime
from pathlib import Path

from saydo.languages import day, instant, noop, number, speak
from saydo.languages import gettext as _
from saydo.report.escaping import escape
from saydo.report.listing import link, listing
from saydo.runs import manifest
from saydo.runs.files import flush_names, write
from saydo.runs.frame import plain_frame
from saydo.runs.manifest import Manifest
from saydo.runs.plan import FAILED, RUNS

STATES = {
    "complete": ("✓", "reached", noop("complete")),
    "failed": ("✗", "not-reached", noop("some pages failed")),
    "partial": ("…", "uncertain", noop("some pages only")),
    "interrupted": ("…", "uncertain", noop("stopped before its end")),
    "running": ("…", "uncertain", noop("not finished")),
}
"""What became of a run: its sign, how that looks, and in words."""


@dataclass(frozen=True)
class Listed:
    """A run as the list tells it."""

    folder: str
    as_of: date
    made: datetime
    """When the last of its pages was made."""
    state: str
    """One of `STATES`."""
    n_pages: int
    """Rendered."""
    n_failed: int
    start: str | None
    """The page to begin with, from the run's folder on."""
    is_latest: bool
    """Whether `latest` leads to it."""


def runs_in(reports: Path) -> list[Listed]:
    """The runs in a study's folder, newest day first; those whose manifest can be read."""
    latest = _led_to(reports / "latest")
    folders = [each for each in reports.iterdir() if each.is_dir() and not each.is_symlink()]
    found = [(folder.name, manifest.read(folder)) for folder in sorted(folders, reverse=True)]
    listed = [_listed(name, told, latest) for name, told in found if told is not None]
    return sorted(listed, key=lambda each: each.as_of, reverse=True)


def update(folder: Path, told: Manifest) -> None:
    """Have the list beside a run's folder say what is there.

    Runs of other days may end meanwhile: whoever writes looks again, so that the last one to write
    has seen all of them.

    Args:
        folder: Of the run.
        told: Its manifest.
    """
    file = folder.parent / RUNS
    is_known = all(page.kept for page in told.pages)
    while True:
        listed = runs_in(folder.parent)
        mark = f"<!-- {_digest(listed, told)} -->\n"
        if is_known and file.is_file() and file.read_text("utf-8").endswith(mark):
            return
        _write(file, _html(listed, told) + mark, drafted_in=folder)
        is_known = True


def _led_to(latest: Path) -> str | None:
    """Name of the folder that `latest` leads to, as `files.point` has it."""
    if latest.is_symlink():
        return latest.readlink().name
    onward = latest / "index.html"
    found = re.search(r"url=\.\./(.+?)/", onward.read_text("utf-8")) if onward.is_file() else None
    return found[1] if found else None


def _listed(name: str, told: Manifest, latest: str | None) -> Listed:
    n_failed = len(told.failed)
    state = {"failed": "failed", "interrupted": "interrupted", "running": "running"}.get(
        told.status, "failed" if n_failed else "complete" if told.complete else "partial"
    )
    paths = [page.path for page in told.pages]
    made = [page.made for page in told.pages if page.made is not None]
    return Listed(
        folder=name,
        as_of=told.as_of,
        made=max(made, default=told.finished or told.started),
        state=state,
        n_pages=sum(page.status == "ok" for page in told.pages),
        n_failed=n_failed,
        start="index.html" if "index.html" in paths else next(iter(paths), None),
        is_latest=name == latest,
    )


def _digest(listed: Sequence[Listed], told: Manifest) -> str:
    """Changes with what the list says, and how."""
    parts = (list(map(astuple, listed)), told.study, told.language, told.versions.get("saydo"))
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:24]


def _write(file: Path, html: str, *, drafted_in: Path) -> None:
    # Beside the list there is nobody to tidy up after a run that was killed.
    draft = drafted_in / f".runs.{secrets.token_hex(4)}.tmp"
    try:
        write(draft, html)
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)
    flush_names(file.parent)


def _html(listed: Sequence[Listed], told: Manifest) -> str:
    # Imported when needed: a run that makes nothing writes no list.
    from saydo.runs.render import plain_html

    with speak(*told.language):
        title = _("All reports")
        heads = [_("As of"), _("Status"), _("Pages"), _("Failed")]
        rows = [_row(each) for each in listed]
        table = listing(heads, rows, caption=_("Newest first"), numeric={2, 3}, kind="files")
        content = f"<h1>{escape(title)}</h1><p>{_latest(listed)}</p>{table}"
        crumbs = [{"label": told.study, "href": None}]
        return plain_html(
            content, plain_frame([title, told.study], study=told.study, crumbs=crumbs)
        )


def _latest(listed: Sequence[Listed]) -> str:
    """Where to begin, in HTML."""
    latest = next((each for each in listed if each.is_latest), None)
    if latest is None:
        return escape(_("No report is complete yet."))
    return escape(_("The latest complete report is as of {day}.")).format(day=_begins(latest))


def _row(each: Listed) -> list[str]:
    sign, css, words = STATES[each.state]
    status = f'<span class="status {css}">{sign} {escape(_(words))}</span>'
    failed = number(each.n_failed, 0)
    if each.n_failed:
        failed = link(f"{each.folder}/{FAILED}", failed)
    pages = "–" if each.state == "running" else number(each.n_pages, 0)
    made = escape(_("Made {when} UTC").format(when=instant(each.made)))
    return [f'{_begins(each)} <span class="note">{made}</span>', status, pages, failed]


def _begins(each: Listed) -> str:
    """The run's day, which leads to where its report begins."""
    when = day(each.as_of)
    return link(f"{each.folder}/{each.start}", when) if each.start else escape(when)
