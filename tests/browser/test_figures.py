"""Figures can be read in both modes: they are pictures, into which axe-core does not look."""

import pytest
from axe_playwright_python.base import AXE_SCRIPT

FIGURES = ("overview", "segments", "scorecard", "drivers")

INLINE = """() => {
  for (const image of [...document.images]) {
    const text = new TextDecoder().decode(
      Uint8Array.from(atob(image.src.split(',')[1]), letter => letter.charCodeAt(0)));
    const drawn = new DOMParser().parseFromString(text, 'image/svg+xml').documentElement;
    drawn.style.cssText = `width: ${image.width}px; height: auto`;
    image.replaceWith(document.importNode(drawn, true));
  }
}"""

CONTRASTS = """() => [...document.querySelectorAll('figure svg text')].map(text => {
  const {Color, flattenColors, getContrast} = axe.commons.color;
  const coloured = element => {
    const {fill, fillOpacity} = getComputedStyle(element), color = new Color();
    color.parseString(fill);
    color.alpha *= fillOpacity;
    for (let each = element; each.matches('svg *'); each = each.parentElement)
      color.alpha *= getComputedStyle(each).opacity;
    return color;
  };
  text.scrollIntoView({block: 'center', inline: 'center'});
  const box = text.getBoundingClientRect();
  const all = document.elementsFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  const paper = new Color();
  paper.parseString(getComputedStyle(document.documentElement).backgroundColor);
  const under = all.slice(all.indexOf(text) + 1)
    .filter(each => each.matches('svg :is(path, rect, use, polygon)')
      && getComputedStyle(each).fill != 'none')
    .map(coloured).reduceRight((below, color) => flattenColors(color, below), paper);
  return [text.textContent, getContrast(under, flattenColors(coloured(text), under))];
})"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", FIGURES)
def test_every_text_of_a_figure_stands_out_from_what_is_under_it(opened, kind, scheme):
    with opened(kind, unfolded=True, color_scheme=scheme) as page:
        page.evaluate(INLINE)
        page.evaluate(AXE_SCRIPT)
        contrasts = page.evaluate(CONTRASTS)
        assert len(contrasts) > 10
        assert [(text, ratio) for text, ratio in contrasts if ratio < 4.5] == []


def test_a_text_on_what_is_nearly_of_its_colour_would_be_found(opened):
    with opened("drivers", unfolded=True, color_scheme="light") as page:
        page.evaluate(INLINE)
        page.evaluate(AXE_SCRIPT)
        page.add_style_tag(content="figure svg text { fill-opacity: .5 }")
        ratios = [ratio for _text, ratio in page.evaluate(CONTRASTS)]
        # Half of the darkest ink (#1b2430) on white has 3.7.
        assert max(ratios) < 4.5
