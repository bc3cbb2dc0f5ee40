"""WCAG 2.2 AA, as far as a program can tell: axe-core on every kind of page, language and mode."""

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from sample_pages import KINDS

from saydo.languages import LANGUAGES

STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]


def violations(page) -> list[str]:
    """What axe-core finds, each with the first element that it finds it in."""
    asked = {"runOnly": STANDARDS, "resultTypes": ["violations"]}
    found = page.evaluate("asked => axe.run(asked)", asked)["violations"]
    return [f"{each['id']}: {each['help']}: {each['nodes'][0]['html'][:300]}" for each in found]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_axe_finds_nothing_against_wcag_in_light_and_in_dark(opened, kind, language):
    with opened(kind, language, unfolded=True, color_scheme="light") as page:
        page.evaluate(AXE_SCRIPT)
        in_light = violations(page)
        page.emulate_media(color_scheme="dark")
        assert (in_light, violations(page)) == ([], [])


def test_axe_would_find_what_can_not_be_read_or_has_no_name(opened):
    with opened("overview") as page:
        page.add_style_tag(content="p { color: #bbb !important }")
        page.evaluate("document.querySelector('main').append(document.createElement('input'))")
        page.evaluate(AXE_SCRIPT)
        assert {each.split(":")[0] for each in violations(page)} == {"color-contrast", "label"}


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_has_one_heading_of_its_own_and_leaves_no_level_out(opened, kind):
    with opened(kind) as page:
        levels = page.eval_on_selector_all(
            "h1, h2, h3, h4, h5, h6", "headings => headings.map(heading => +heading.tagName[1])"
        )
        assert levels.count(1) == 1
        assert all(
            below <= above + 1 for above, below in zip([0, *levels[:-1]], levels, strict=True)
        )


@pytest.mark.parametrize("kind", KINDS)
def test_every_table_has_a_caption_and_every_cell_its_headers(opened, kind):
    with opened(kind) as page:
        bare = page.eval_on_selector_all(
            "table",
            """tables => tables.filter(table => !table.caption?.textContent.trim()
              || [...table.tBodies].some(body => {
                const n = [...body.rows].map(row => row.cells.length);
                [...body.rows].forEach((row, at) => [...row.cells].forEach(cell => {
                  for (let below = 1; below < cell.rowSpan; below++) n[at + below]++;
                }));
                return [...body.rows].some((row, at) => !row.querySelector('th[scope=row]')
                  || n[at] != table.tHead.rows[0].cells.length);
              })
            ).map(table => table.outerHTML.slice(0, 300))""",
        )
        assert bare == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_figure_says_in_words_what_it_shows(opened, kind):
    with opened(kind) as page:
        texts = page.eval_on_selector_all("figure img", "images => images.map(image => image.alt)")
        assert [text for text in texts if len(text) <= 20] == []
