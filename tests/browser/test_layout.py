"""Pages fit their windows: on a phone, at twice the size, and on a desk, in every language."""

import pytest
from sample_pages import KINDS

from saydo.languages import LANGUAGES

WIDTHS = {"a phone": 390, "1280 px at 200 %": 640, "a desk": 1280}

CLIPPED = """all => all.filter(each => {
  const {overflowX} = getComputedStyle(each);
  // Text for screen readers alone is one pixel large.
  return ['hidden', 'clip'].includes(overflowX) && each.clientWidth > 1
    && each.scrollWidth > each.clientWidth + 1 && each.textContent.trim();
}).map(each => 'cut off: ' + each.outerHTML.slice(0, 200))"""

OVERLAPPING = """all => {
  const boxes = all.filter(each => each.checkVisibility() && !each.matches('.skip'))
    .flatMap(each => [...each.getClientRects()].map(box => [each, box]));
  const found = [];
  boxes.forEach(([one, a], i) => boxes.slice(i + 1).forEach(([other, b]) => {
    if (one !== other && !one.contains(other) && !other.contains(one)
        && Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1
        && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1)
      found.push(['one upon another', ...[one, other].map(it => it.outerHTML.slice(0, 120))]);
  }));
  return found;
}"""

WIDER = """() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  const wide = [...document.querySelectorAll('body *')].filter(each => {
    const box = each.getBoundingClientRect();
    return (box.right > width + 1 || box.left < -1) && !each.closest('.skip, .scroll table');
  });
  return ['wider than the window', ...wide.map(each => each.outerHTML.slice(0, 120))];
}"""


def unfit(page) -> list:
    """What does not fit: the page its window, a text its box, or links and buttons side by side."""
    return [
        *page.evaluate(WIDER),
        *page.eval_on_selector_all("body *", CLIPPED),
        *page.eval_on_selector_all("a, button, input, select, summary", OVERLAPPING),
    ]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_page_fits_every_width_with_all_its_text(opened, kind, language):
    with opened(kind, language, unfolded=True) as page:
        found = {}
        for name, width in WIDTHS.items():
            page.set_viewport_size({"width": width, "height": 900})
            found[name] = unfit(page)
        assert found == {name: [] for name in WIDTHS}


@pytest.mark.parametrize(
    ("html", "n_found"),
    [
        ("<p style='width: 3000px; max-width: none'>too wide</p>", 2),
        ("<p style='width: 4em; overflow: hidden; white-space: nowrap'>too long a text</p>", 1),
        ("<button>one</button><button style='margin-inline-start: -1em'>other</button>", 1),
    ],
)
def test_what_does_not_fit_would_be_found(opened, html, n_found):
    with opened("page-that-failed") as page:
        page.evaluate("html => document.body.insertAdjacentHTML('beforeend', html)", html)
        assert len(unfit(page)) == n_found
