"""Figures can be read in both modes: they are pictures, into which axe-core does not look."""

import pytest

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

TEXTS = """() => [...document.querySelectorAll('figure svg text')].map(text => {
  text.scrollIntoView({block: 'center', inline: 'center'});
  const box = text.getBoundingClientRect();
  const all = document.elementsFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  const colour = element => {
    const {fill, fillOpacity} = getComputedStyle(element);
    let opacity = +fillOpacity;
    for (let each = element; each.matches('svg *'); each = each.parentElement)
      opacity *= getComputedStyle(each).opacity;
    return [...fill.match(/[\\d.]+/g)?.slice(0, 3).map(Number) ?? [], opacity];
  };
  const below = all.slice(all.indexOf(text) + 1)
    .filter(each => each.matches('svg path, svg rect, svg use, svg polygon'))
    .map(colour).filter(each => each.length == 4);
  const paper = getComputedStyle(document.documentElement).backgroundColor;
  return {
    text: text.textContent,
    colours: [colour(text), ...below, [...paper.match(/[\\d.]+/g).slice(0, 3).map(Number), 1]],
  };
})"""


def painted(layers: list[list[float]]) -> list[float]:
    """What is seen of layers of colour (red, green, blue, opacity), the uppermost first."""
    seen = layers[-1][:3]
    for *colour, opacity in reversed(layers[:-1]):
        seen = [
            opacity * over + (1 - opacity) * under for over, under in zip(colour, seen, strict=True)
        ]
    return seen


def luminance(colour: list[float]) -> float:
    """Relative luminance (WCAG 2.2)."""
    red, green, blue = (
        share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4
        for share in (channel / 255 for channel in colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: list[float], other: list[float]) -> float:
    """Contrast ratio (WCAG 2.2), from 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_contrast_of_known_colours():
    # WCAG 2.2: 21 of black on white; #767676 is the lightest grey on white that has 4.5.
    assert contrast([0, 0, 0], [255, 255, 255]) == pytest.approx(21)
    assert contrast([0x76] * 3, [255] * 3) >= 4.5 > contrast([0x77] * 3, [255] * 3)
    assert painted([[0, 0, 0, 0.5], [255, 255, 255, 1]]) == [127.5] * 3


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", FIGURES)
def test_every_text_of_a_figure_stands_out_from_what_is_under_it(opened, kind, scheme):
    with opened(kind, unfolded=True, color_scheme=scheme) as page:
        page.evaluate(INLINE)
        texts = page.evaluate(TEXTS)
        assert len(texts) > 10
        faint = {
            each["text"]: round(ratio, 1)
            for each in texts
            if (ratio := contrast(painted(each["colours"]), painted(each["colours"][1:]))) < 4.5
        }
        assert faint == {}
