"""How an executed notebook becomes an HTML page, or an error page in its place.

Takes an executed notebook, its `Page` and the `Site` it belongs to; returns a whole HTML document
in the study's language, with saydo's theme, that asks nothing of any host. The exporter is made
once per process.
"""

from __future__ import annotations

import re
from functools import cache
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

import nbformat
from nbconvert.exporters import HTMLExporter
from nbconvert.preprocessors import Preprocessor

import saydo.report
from saydo.languages import active, day, instant, is_right_to_left, prose, speak
from saydo.languages import gettext as _
from saydo.runs.failures import KILLED, TIMED_OUT, Failure
from saydo.runs.plan import Page
from saydo.runs.site import Site

THEME = Path(saydo.report.__path__[0]) / "theme"

_SHOWN = ["text/html", "text/markdown", "image/svg+xml", "image/png", "image/jpeg", "text/plain"]
"""Kinds of output, best first. No scripts and no widgets: these ask other hosts for code."""


def page_html(notebook: nbformat.NotebookNode, page: Page, site: Site) -> str:
    """The HTML document of an executed notebook."""
    with speak(site.language, site.audience):
        html, _resources = _exporter().from_notebook_node(
            notebook, resources={"page": _frame(page, site)}
        )
    return str(html)


def failure_html(failure: Failure, page: Page, site: Site) -> str:
    """The HTML document that stands in the place of a page that could not be made."""
    with speak(site.language, site.audience):
        told = nbformat.v4.new_output("display_data", data={"text/html": _failure(failure, page)})
        cells = [
            nbformat.v4.new_markdown_cell(f"# {page.notebook.title}"),
            nbformat.v4.new_code_cell("", outputs=[told]),
        ]
    return page_html(nbformat.v4.new_notebook(cells=cells), page, site)


class Translated(Preprocessor):
    """Gives the prose of a notebook, line by line, in the active language."""

    def preprocess_cell(
        self, cell: nbformat.NotebookNode, resources: dict[str, Any], index: int
    ) -> tuple[nbformat.NotebookNode, dict[str, Any]]:
        if cell.cell_type == "markdown":
            cell = nbformat.from_dict({**cell, "source": translated(cell.source)})
        return cell, resources


def translated(markdown: str) -> str:
    """Markdown in the active language.

    Each line is a text for translators without its mark: `## Do customers stay?` is looked up as
    "Do customers stay?". Code between fences is left alone.
    """
    lines, fenced = [], False
    for line in markdown.split("\n"):
        is_fence = line.lstrip().startswith(("```", "~~~"))
        fenced ^= is_fence
        mark, text, space = _LINE.fullmatch(line).groups()  # type: ignore[union-attr]
        lines.append(line if is_fence or fenced else f"{mark}{prose(text)}{space}")
    return "\n".join(lines)


_LINE = re.compile(r"(\s*(?:(?:#{1,6}|[-*+>]|\d+[.)])\s+)*)(.*?)(\s*)", flags=re.DOTALL)


class _Exporter(HTMLExporter):
    """nbconvert's, without what it does to whole documents that its own themes have made."""

    def from_notebook_node(
        self, nb: nbformat.NotebookNode, resources: Any = None, **kw: Any
    ) -> tuple[str, dict[str, Any]]:
        # It would parse and write each document again, which takes most of the time of a page, to
        # add what the theme gives to pictures and code itself.
        exported: tuple[str, dict[str, Any]] = super(HTMLExporter, self).from_notebook_node(
            nb, resources, **kw
        )
        return exported


@cache
def _exporter() -> HTMLExporter:
    exporter = _Exporter(
        template_name="saydo",
        # Once, not after each of a dozen preprocessors.
        optimistic_validation=True,
        extra_template_basedirs=[str(THEME)],
        exclude_input=True,
        exclude_input_prompt=True,
        exclude_output_prompt=True,
        exclude_anchor_links=True,
    )
    exporter.config.NbConvertBase.display_data_priority = _SHOWN
    exporter.register_preprocessor(Translated(), enabled=True)
    exporter.register_filter("smaller_css", smaller_css)
    return exporter


def smaller_css(css: str) -> str:
    """The same style sheet without the space that is for its readers alone."""
    tight = re.sub(r"\s*([{};])\s*", r"\1", css)
    return re.sub(r": +", ":", tight).replace(";}", "}")


def _frame(page: Page, site: Site) -> dict[str, Any]:
    """What the theme needs beside the notebook (`resources.page`)."""
    title = prose(page.notebook.title)
    for_whom = [] if page.segment is None else [_segment(page.segment)]
    return {
        "lang": active(),
        "dir": "rtl" if is_right_to_left() else "ltr",
        "title": " · ".join([title, *for_whom, site.study]),
        "study": site.study,
        "segment": "".join(for_whom),
        "as_of": _("As of {day}").format(day=day(site.as_of)),
        "skip": _("Skip to the content"),
        "breadcrumbs_label": _("You are here"),
        "breadcrumbs": _breadcrumbs(page, site),
        "pages_label": _("Pages"),
        "pages": [
            {
                "label": prose(tab.notebook.title),
                "href": _href(page, tab),
                "current": tab.path == page.path,
            }
            for tab in site.tabs(page)
        ],
        "undescribed": _("A picture that its notebook has not described"),
        "facts_label": _("How this page was made"),
        "facts": [
            (_("Notebook"), page.notebook.place),
            (_("Started"), f"{instant(site.started)} UTC"),
            *site.versions,
        ],
    }


def _breadcrumbs(page: Page, site: Site) -> list[dict[str, str | None]]:
    """Study, segment, page: each a link but the last."""
    start = next((other for other in site.tabs(page) if other.slug is None), None)
    if start is not None and start.path == page.path:
        return [{"label": site.study, "href": None}]
    crumbs: list[dict[str, str | None]] = [
        {"label": site.study, "href": _href(page, start) if start else None}
    ]
    if page.segment is not None:
        first = next(other for other in site.pages if other.slug == page.slug)
        crumbs.append({"label": _segment(page.segment), "href": _href(page, first)})
    return [*crumbs, {"label": prose(page.notebook.title), "href": None}]


def _segment(name: str) -> str:
    return _("All {customers}") if name == "all" else name


def _href(page: Page, other: Page) -> str:
    """The link from `page` to `other`, which works from a file, a server and an e-mail's
    archive."""
    up = "" if page.slug is None else "../"
    return up + quote(other.path)


def _failure(failure: Failure, page: Page) -> str:
    told = _("This page could not be made. The other pages are not affected.")
    parts = [f"<p>{escape(told)}</p>"]
    if failure.cell is not None:
        where = _("Cell {number} of {notebook}").format(number=failure.cell, notebook=page.record)
        under = f" ({prose(failure.heading)})" if failure.heading else ""
        parts.append(f"<p>{escape(where + under)}:</p>")
        parts.append(_pre(failure.source))
    parts.append(f"<p><strong>{escape(failure.name)}</strong></p>")
    parts.append(_pre(failure.message))
    parts.append(f"<p>{escape(_remedy(failure, page))}</p>")
    if failure.traceback:
        summary = escape(_("Traceback"))
        parts.append(f"<details><summary>{summary}</summary>{_pre(failure.traceback)}</details>")
    return f'<section class="failed" role="alert">{"".join(parts)}</section>'


def _remedy(failure: Failure, page: Page) -> str:
    """What to do next. Errors of saydo's own name their remedy; this says how to go on from it."""
    if failure.name == KILLED:
        return _(
            "Run again with fewer pages at a time (--jobs) or on a machine with more memory, "
            "adding --retry-failed to make only the pages that failed."
        )
    if failure.name == TIMED_OUT:
        return _(
            "Run again with more time for a page (--page-seconds) or fewer pages at a time "
            "(--jobs), adding --retry-failed to make only the pages that failed."
        )
    if failure.name == "MemoryError":
        return _(
            "Run again with more memory for a page (--page-memory), or fewer pages at a time "
            "(--jobs), adding --retry-failed to make only the pages that failed."
        )
    parameters = ", ".join(f"{name}={value!r}" for name, value in page.parameters.items())
    at = f" ({parameters})" if parameters else ""
    return _(
        "Open {notebook} in JupyterLab with the same parameters{at}, mend it, and run again with "
        "--retry-failed to make only the pages that failed."
    ).format(notebook=page.notebook.place, at=at)


def _pre(text: str) -> str:
    return f'<pre dir="ltr">{escape(text)}</pre>' if text else ""
