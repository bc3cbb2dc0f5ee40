"""How an executed notebook becomes an HTML page, or an error page in its place.

Takes an executed notebook, its `Page` and the `Site` it belongs to; returns a whole HTML document
in the study's language, with saydo's theme, that asks nothing of any host. The exporter is made
once per process.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Collection, Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import HTMLExporter
from nbconvert.preprocessors import Preprocessor

import saydo.report
from saydo.languages import gettext as _
from saydo.languages import prose, speak
from saydo.report.escaping import escape
from saydo.runs.failures import Failure
from saydo.runs.frame import frame
from saydo.runs.lean import lean, smaller_css
from saydo.runs.plan import Page
from saydo.runs.remedies import in_html, remedy, what_happened
from saydo.runs.site import Site

THEME = Path(saydo.report.__path__[0]) / "theme"

_SHOWN = ["text/html", "text/markdown", "image/svg+xml", "image/png", "image/jpeg", "text/plain"]
"""Kinds of output, best first. No scripts and no widgets: these ask other hosts for code."""


def page_html(notebook: nbformat.NotebookNode, page: Page, site: Site) -> str:
    """The HTML document of an executed notebook."""
    with speak(site.language, site.audience):
        return _document(notebook, frame(page, site), without=site.without)


def plain_html(content: str, framed: Mapping[str, Any]) -> str:
    """The HTML document of a page that no notebook makes: `content`, which is HTML, in its frame.

    In the active language.
    """
    told = nbformat.v4.new_output("display_data", data={"text/html": content})
    cell = nbformat.v4.new_code_cell("", outputs=[told])
    return _document(nbformat.v4.new_notebook(cells=[cell]), framed)


def _document(
    notebook: nbformat.NotebookNode, framed: Mapping[str, Any], *, without: Collection[str] = ()
) -> str:
    html, _resources = _exporter().from_notebook_node(
        notebook, resources={"page": framed, "script": _script()}
    )
    return lean(unlinked(str(html), without))


def unlinked(html: str, without: Collection[str]) -> str:
    """The page with plain words in place of what would lead to segments that have no pages."""

    def told(link: re.Match[str]) -> str:
        return link[2] if link[1] in without else link[0]

    return _TO_SEGMENT.sub(told, html) if without else html


_TO_SEGMENT = re.compile(r'<a href="([^"/.:]+)/[^"]*">(.*?)</a>', flags=re.DOTALL)


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
    exporter.register_filter("csp_source", csp_source)
    return exporter


def csp_source(script: str) -> str:
    """What a content security policy says to let this script run, and no other."""
    return f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'"


@cache
def _script() -> str:
    """The theme's script without the space and remarks that are for its readers alone."""
    text = (THEME / "saydo" / "page.js").read_text(encoding="utf-8")
    lines = (line.strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))


def _failure(failure: Failure, page: Page) -> str:
    told = _("This page could not be made. The other pages are not affected.")
    parts = [f"<p>{escape(told)}</p>"]
    if failure.cell is not None:
        where = _("Cell {number} of {notebook}").format(number=failure.cell, notebook=page.record)
        under = f" ({prose(failure.heading)})" if failure.heading else ""
        parts.append(f"<p>{escape(where + under)}:</p>")
        parts.append(_pre(failure.source))
    words, message = what_happened(failure.name, failure.message)
    parts.append(f"<p><strong>{escape(words)}</strong></p>")
    parts.append(_pre(message))
    parts.append(f"<p>{in_html(remedy(failure.name, page))}</p>")
    if failure.traceback:
        summary = escape(_("Traceback"))
        parts.append(f"<details><summary>{summary}</summary>{_pre(failure.traceback)}</details>")
    return f'<section class="failed" role="alert">{"".join(parts)}</section>'


def _pre(text: str) -> str:
    return f'<pre dir="ltr">{escape(text)}</pre>' if text else ""
