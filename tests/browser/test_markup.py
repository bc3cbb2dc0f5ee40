"""Pages are small, in every language, and what is left out of their markup is not missed."""

import re

import pytest
from sample_pages import KINDS

from saydo.languages import LANGUAGES
from saydo.runs.markup import tight

FIGURES = re.compile(r"<figure\b.*?</figure>|<svg\b.*?</svg>", flags=re.DOTALL)
"""Small lines beside a KPI are figures too."""

ISOLATES = re.compile("</?bdi[^<>]*>|[\\u2066-\\u2069]")

PUT_BACK = """html => {
  const parsed = new DOMParser().parseFromString("<!DOCTYPE html><main>" + html, "text/html");
  return parsed.querySelector("main").innerHTML;
}"""

PLACES = """cells => cells.map(cell => {
  document.body.innerHTML = `<table dir="rtl"><tr>${cell}</tr></table>`;
  const node = document.querySelector("td").firstChild, places = [];
  for (let at = 0; at < node.length; at++) {
    if (/[\\u2066\\u2069]/.test(node.data[at])) continue;
    const range = document.createRange();
    range.setStart(node, at);
    range.setEnd(node, at + 1);
    places.push(Math.round(range.getBoundingClientRect().left));
  }
  return places;
})"""
"""Where each letter is drawn within a cell of a table that runs to the left."""


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_is_small_beside_its_figures_and_with_them(report, language):
    folder = report(language)
    sizes = {path: (folder / path).read_text("utf-8") for path in KINDS.values()}
    beside = {path: len(FIGURES.sub("", html).encode()) for path, html in sizes.items()}
    assert {path: size for path, size in beside.items() if size > 60_000} == {}
    whole = {path: len(html.encode()) for path, html in sizes.items()}
    assert {path: size for path, size in whole.items() if size > 400_000} == {}
    # Nor is it empty, or all of it a figure.
    assert min(beside.values()) > 4_000


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_browser_puts_back_what_is_left_out(opened, kind, language):
    with opened(kind, language, java_script_enabled=True) as page:
        # As the browser has it: every end tag and quote is there.
        whole = page.evaluate(PUT_BACK, page.inner_html("main"))
        left = tight(whole, right_to_left=language == "ar")
        assert len(left) < 0.98 * len(whole)
        # Isolates are another matter: by letters, where a browser writes some as entities.
        again = page.evaluate(PUT_BACK, left)
        assert ISOLATES.sub("", again) == ISOLATES.sub("", whole)


def test_numbers_are_drawn_alike_with_isolates_and_without(browser):
    texts = [
        "\u20661,864\u2069",
        "\u206683.1%\u2069",
        "من \u20664.6\u2069 إلى \u206612.1\u2069",
        "بعد \u20661,234\u2069 يوم (من \u206612\u2069 إلى \u206613.5\u2069).",
        "من \u20663\u2069 ms إلى \u206653.20\u2069 €، أي \u2066−1\u2069",
    ]
    cells = [f"<td>{text}</td>" for text in texts]
    page = browser.new_page()
    isolated = page.evaluate(PLACES, cells)
    assert all(len(set(places)) > 4 for places in isolated)
    without = [tight(cell, right_to_left=True) for cell in cells]
    assert all(
        short.count("\u2066") < cell.count("\u2066")
        for short, cell in zip(without, cells, strict=True)
    )
    assert page.evaluate(PLACES, without) == isolated
    # With a sign, or a percent sign after a word, it would not be so.
    kept = [
        "<td>\u2066−3.5\u2069</td>",
        "<td>من \u20663%\u2069</td>",
        "<td>n = \u2066483\u2069</td>",
    ]
    assert [tight(cell, right_to_left=True) for cell in kept] == kept
    bare = [re.sub("[\u2066\u2069]", "", cell) for cell in kept]
    pairs = zip(page.evaluate(PLACES, bare), page.evaluate(PLACES, kept), strict=True)
    assert all(turned != right for turned, right in pairs)
    page.close()
