"""From an executed notebook to a page."""

from __future__ import annotations

import pickle
import re
from base64 import b64encode
from dataclasses import replace
from datetime import UTC, date, datetime
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from saydo.runs import render
from saydo.runs.failures import Failure
from saydo.runs.plan import Notebook, Page
from saydo.runs.site import Site


def notebook(name: str, *parameters: str) -> Notebook:
    title = name.partition("_")[2].capitalize()
    return Notebook(Path(f"{name}.ipynb"), title.lower(), title, ("params", *parameters))


SCORECARD = notebook("2_scorecard", "segment")
DRIVERS = notebook("3_drivers", "segment")
OVERVIEW = Page(notebook("4_overview"))
SEGMENTS = Page(notebook("1_segments"))
ALL = [Page(SCORECARD, "all", "all"), Page(DRIVERS, "all", "all")]
CLOCK = [Page(SCORECARD, "<On> time", "on-time-1"), Page(DRIVERS, "<On> time", "on-time-1")]


def site(language: str = "en") -> Site:
    pages = (SEGMENTS, OVERVIEW, *ALL, *CLOCK)
    at = datetime(2026, 1, 5, 8, 30, tzinfo=UTC)
    return Site("R&D", language, date(2025, 12, 31), at, pages, (("saydo", "0.1.0"),))


class Links(HTMLParser):
    """Where a page leads, and what it loads."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.hrefs: list[str] = []
        self.loads: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "href" and tag == "a":
                self.hrefs.append(value or "")
            elif name in ("src", "href", "srcset", "data", "action"):
                self.loads.append(value or "")


def page(cells: list, of: Page = CLOCK[0], language: str = "en") -> str:
    return render.page_html(new_notebook(cells=cells), of, site(language))


def code(**data: str) -> object:
    kinds = {kind.replace("_", "/", 1): value for kind, value in data.items()}
    return new_code_cell("secret_code()", outputs=[new_output("display_data", data=kinds)])


def test_links_lead_to_every_page_from_where_the_page_is():
    up = Links(page([])).hrefs
    assert {"../index.html", "../segments.html", "../on-time-1/drivers.html"} <= set(up)
    # Of other segments only to the same page of those before and after, and of them to all else.
    assert [href for href in up if "all/" in href] == ["../all/scorecard.html"]
    down = Links(page([], OVERVIEW)).hrefs
    assert {"segments.html", "all/scorecard.html", "all/drivers.html"} <= set(down)


def test_reading_starts_at_the_overview():
    tabs = [tab.path for tab in site().tabs(CLOCK[1])]
    assert tabs == [
        "index.html",
        "segments.html",
        "on-time-1/scorecard.html",
        "on-time-1/drivers.html",
    ]


def test_the_way_to_a_page_begins_at_the_list_of_runs_and_passes_this_run():
    def way(of: Page) -> list[tuple[str | None, str]]:
        nav = re.search(r'<ol class="crumbs">(.*?)</ol>', page([], of), re.DOTALL)
        assert nav is not None
        steps = re.findall(r'<li>(?:<a href="(.*?)">)?.*?<bdi>(.*?)</bdi>', nav[1])
        return [(href or None, text) for href, text in steps]

    study = "R&amp;D"
    assert way(OVERVIEW) == [("../index.html", study), (None, "As of 31 Dec 2025")]
    assert way(SEGMENTS)[:2] == [("../index.html", study), ("index.html", "As of 31 Dec 2025")]
    assert way(CLOCK[1]) == [
        ("../../index.html", study),
        ("../index.html", "As of 31 Dec 2025"),
        ("../on-time-1/scorecard.html", "&lt;On&gt; time"),
        (None, "Drivers"),
    ]


def test_a_page_leads_to_the_same_page_of_the_segments_before_and_after():
    last = [Page(SCORECARD, "Last", "last"), Page(DRIVERS, "Last", "last")]
    five = replace(site(), pages=(*site().pages, *last))
    html = render.page_html(new_notebook(), CLOCK[1], five)
    assert re.findall(r'<a rel="(\w+)" href="(.*?)" aria-label="(.*?)"', html) == [
        ("prev", "../all/drivers.html", "Previous segment: All customers"),
        ("next", "../last/drivers.html", "Next segment: Last"),
    ]
    assert 'rel="prev"' not in render.page_html(new_notebook(), ALL[0], five)
    assert 'rel="next"' not in render.page_html(new_notebook(), last[0], five)
    for only in (five, replace(five, pages=(OVERVIEW,))):
        body = render.page_html(new_notebook(), OVERVIEW, only).partition("<body")[2]
        assert 'rel="' not in body


def test_what_a_page_is_given_does_not_grow_with_the_number_of_segments():
    def given(n: int) -> int:
        each = (Page(SCORECARD, f"S{number:04}", f"s{number:04}") for number in range(n))
        many = replace(site(), pages=(SEGMENTS, OVERVIEW, *each))
        middle = next(page for page in many.pages if page.slug == "s0001")
        near = many.near(middle)
        assert near.near(middle).pages == near.pages
        assert near.beside(middle) == many.beside(middle)
        return len(pickle.dumps(near))

    assert given(1000) == given(3)


def test_a_page_asks_nothing_of_any_host():
    widget = {"application/vnd.jupyter.widget-view+json": {"model_id": "1"}, "text/plain": "slider"}
    cells = [
        new_markdown_cell("# Where? $x^2$"),
        new_code_cell("", outputs=[new_output("display_data", data=widget)]),
        code(application_javascript="fetch('https://example.org')", text_plain="plain"),
    ]
    html = page(cells)
    assert all(load.startswith("data:") for load in Links(html).loads)
    assert "<script" not in html
    assert "script-src" not in html
    assert "https://" not in html
    assert "slider" in html and "plain" in html


def test_the_only_script_is_the_theme_s_which_the_policy_names_by_what_it_says():
    typed = new_output("display_data", data={"text/html": "<table class='sortable'></table>"})
    html = page([new_code_cell("", outputs=[typed])])
    (script,) = re.findall(r"<script>(.*?)</script>", html, flags=re.DOTALL)
    digest = b64encode(sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}';" in html
    assert html.count("<script") == 1


def test_neither_code_nor_warnings_stand_before_readers():
    warning = new_output("stream", name="stderr", text="UserWarning: beware")
    said = new_output("stream", name="stdout", text="what was found")
    html = page([new_code_cell("secret_code()", outputs=[warning, said])])
    assert "what was found" in html
    assert "beware" not in html and "secret_code" not in html


def test_prose_is_translated_line_by_line(monkeypatch):
    words = {"Do customers stay?": "Restent-ils ?", "Some do.": "Certains.", "One": "Un"}
    monkeypatch.setattr(render, "prose", lambda text: words.get(text, text))
    markdown = "## Do customers stay?\n\nSome do.  \n- One\n1. One\n```\nSome do.\n```\n> Some do."
    assert render.translated(markdown) == (
        "## Restent-ils ?\n\nCertains.  \n- Un\n1. Un\n```\nSome do.\n```\n> Certains."
    )


@pytest.mark.parametrize(("language", "direction"), [("fr", "ltr"), ("ar", "rtl")])
def test_a_page_says_its_language_and_direction(language, direction):
    assert f'<html dir="{direction}" lang="{language}"' in re.sub(
        r"<html .*?>",
        lambda tag: f"<html {' '.join(sorted(re.findall(r'(?:dir|lang)=.[a-z]+.', tag[0])))}>",
        page([], language=language),
    )


def test_names_that_people_gave_are_text_not_html():
    html = page([])
    assert "&lt;On&gt; time" in html and "<On>" not in html
    assert "<title>Scorecard · &lt;On&gt; time · R&amp;D</title>" in html


def test_an_error_page_tells_what_where_and_what_to_do_and_leads_on():
    failure = Failure(
        "ValueError", "no \u202e<answers>", 4, "Do they stay?", "f(<x>)", "Traceback\nline 1"
    )
    html = render.failure_html(failure, CLOCK[0], site())
    for told in (
        "Cell 4 of notebooks/on-time-1__scorecard.ipynb (Do they stay?)",
        "f(&lt;x&gt;)",
        "ValueError",
        "no &lt;answers&gt;",
        "notebooks/2_scorecard.ipynb in JupyterLab",
        "--retry-failed",
    ):
        assert told in html
    assert re.search(r"<details><summary>Traceback</summary>.*line 1.*?</details>", html, re.DOTALL)
    assert "../index.html" in Links(html).hrefs
    assert "<answers>" not in html
    assert "\u202e" not in html  # It would turn round what stands after it.


@pytest.mark.parametrize(
    ("name", "option"),
    [("killed", "--jobs"), ("timed out", "--page-seconds"), ("MemoryError", "--page-memory")],
)
def test_a_page_that_was_too_much_says_which_option_gives_it_more(name, option):
    html = render.failure_html(Failure(name, "too much"), CLOCK[0], site())
    assert option in html and "--retry-failed" in html


def test_a_picture_has_the_words_that_its_notebook_gave_or_says_that_there_are_none():
    given = new_output("display_data", data={"image/png": "iVBORw0KGgo="})
    assert "has not described" in page([new_code_cell("", outputs=[given])])
    given.metadata["image/png"] = {"alt": "Two <bars>"}
    assert 'alt="Two &lt;bars&gt;"' in page([new_code_cell("", outputs=[given])])
