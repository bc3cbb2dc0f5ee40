"""What stands around every page: its head, the way to the others, and how it was made.

Takes a page and the site it belongs to; returns what the theme needs beside the notebook
(`resources.page`), in the active language. Pages that no notebook makes have the same frame.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, TypeAlias
from urllib.parse import quote

from saydo.languages import active, day, instant, is_right_to_left, prose
from saydo.languages import gettext as _
from saydo.report.values import segment_name
from saydo.runs.plan import INDEX, RUNS, Page
from saydo.runs.site import Site

Crumb: TypeAlias = Mapping[str, str | None]
"""`label`, and `href`: where it leads, or None."""


def frame(page: Page, site: Site) -> dict[str, Any]:
    """That of a page of a notebook."""
    title = prose(page.notebook.title)
    for_whom = [] if page.segment is None else [segment_name(page.segment)]
    own = {
        "segment": "".join(for_whom),
        "as_of": as_of(site.as_of),
        "pages": [
            {
                "label": prose(tab.notebook.title),
                "href": _href(page, tab),
                "current": tab.path == page.path,
            }
            for tab in site.tabs(page)
        ],
        "turn_label": _("Other segments"),
        "turn": _turn(page, site),
        "facts": [
            *_data(page, site),
            (_("Notebook"), page.notebook.place, None),
            (_("Started"), f"{instant(site.started)} UTC", None),
            *((name, version, None) for name, version in site.versions),
        ],
    }
    crumbs = _breadcrumbs(page, site)
    return plain_frame([title, *for_whom, site.study], study=site.study, crumbs=crumbs) | own


def plain_frame(titles: Sequence[str], *, study: str, crumbs: Sequence[Crumb]) -> dict[str, Any]:
    """That of a page which no notebook makes.

    Args:
        titles: Of the page, of what it is in, and so on.
        study: Its name.
        crumbs: The way to the page, which comes last.
    """
    return {
        "lang": active(),
        "dir": "rtl" if is_right_to_left() else "ltr",
        "title": " · ".join(titles),
        "study": study,
        "segment": "",
        "as_of": "",
        "skip": _("Skip to the content"),
        "breadcrumbs_label": _("You are here"),
        "breadcrumbs": crumbs,
        "pages_label": _("Pages"),
        "pages": [],
        "turn": [],
        "undescribed": _("A picture that its notebook has not described"),
        "facts_label": _("How this page was made"),
        "facts": [],
    }


def as_of(when: date) -> str:
    """The last day that a run knows of, in words."""
    return _("As of {day}").format(day=day(when))


def _breadcrumbs(page: Page, site: Site) -> list[Crumb]:
    """Study (the list of its runs), day (where this run's report starts), segment, page."""
    start = next((other for other in site.tabs(page) if other.slug is None), None)
    crumbs: list[Crumb] = [
        {"label": site.study, "href": f"{_up(page)}../{RUNS}"},
        {"label": as_of(site.as_of), "href": _href(page, start) if start else None},
    ]
    if start is not None and start.path == page.path:
        return [crumbs[0], {**crumbs[1], "href": None}]
    if page.segment is not None:
        first = next(other for other in site.pages if other.slug == page.slug)
        crumbs.append({"label": segment_name(page.segment), "href": _href(page, first)})
    return [*crumbs, {"label": prose(page.notebook.title), "href": None}]


def _data(page: Page, site: Site) -> list[tuple[str, str, str]]:
    """Where it is told which rows were read and which left out.

    Not how many: a page that rests on none of the rows that changed would have to be made again.
    """
    start = next((tab for tab in site.tabs(page) if tab.notebook.name == INDEX), None)
    told = _("What was read, and what was left out")
    return [] if start is None else [(_("Data"), told, _href(page, start))]


def _turn(page: Page, site: Site) -> list[Mapping[str, str]]:
    """The same page of the segments before and after."""
    said = {"prev": _("Previous segment: {name}"), "next": _("Next segment: {name}")}
    turns: list[Mapping[str, str]] = []
    for rel, other in zip(said, site.beside(page), strict=True):
        if other is not None and other.segment is not None:
            label = segment_name(other.segment)
            told = said[rel].format(name=label)
            turns.append({"rel": rel, "label": label, "said": told, "href": _href(page, other)})
    return turns


def _up(page: Page) -> str:
    """From the page's folder to the run's."""
    return "" if page.slug is None else "../"


def _href(page: Page, other: Page) -> str:
    """The link from `page` to `other`, which works from a file, a server and an e-mail's
    archive."""
    return _up(page) + quote(other.path)
