"""The colours of pages and figures stand out from what they are drawn on, in both modes."""

import re
from pathlib import Path

import pytest

import saydo.report
from saydo.report.style import DO, IN_THE_DARK, INK, LINE, PAPER, SAY, SOFT

CSS = (Path(saydo.report.__path__[0]) / "theme" / "saydo" / "page.css").read_text("utf-8")

TEXT, GRAPHIC = 4.5, 3.0
"""WCAG 2.2, success criteria 1.4.3 and 1.4.11."""


def luminance(color: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    channels = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4
        for share in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio (WCAG 2.2), from 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def variables(block: str) -> dict[str, str]:
    """The colours that a block of the theme's style sheet names, in six digits."""
    found = re.findall(r"--(\w+): (#\w+)", block)
    return {name: f"#{hex_[1:] * 2}" if len(hex_) == 4 else hex_ for name, hex_ in found}


LIGHT = variables(CSS.split("@media")[0])
DARK = variables(CSS.split("@media (prefers-color-scheme: dark)")[1].split("}")[0])


def test_contrast_of_colours_whose_contrast_is_published():
    # WCAG 2.2: 21 of black on white; #767676 is the lightest grey that can be read on white.
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") >= TEXT > contrast("#777777", "#ffffff")


@pytest.mark.parametrize("mode", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("ground", ["paper", "tint"])
@pytest.mark.parametrize("name", ["ink", "soft", "say", "do", "good", "bad", "open"])
def test_every_colour_of_text_can_be_read_on_every_ground(mode, ground, name):
    assert contrast(mode[name], mode[ground]) >= TEXT


@pytest.mark.parametrize("color", [INK, SOFT, SAY, DO])
def test_texts_lines_and_marks_of_figures_stand_out_in_both_modes(color):
    assert contrast(color, PAPER) >= max(TEXT, GRAPHIC)
    assert contrast(IN_THE_DARK[color], IN_THE_DARK[PAPER]) >= max(TEXT, GRAPHIC)


def test_figures_have_the_colours_of_the_page_in_both_modes():
    of_figures = {"ink": INK, "soft": SOFT, "line": LINE, "paper": PAPER, "say": SAY, "do": DO}
    for name, color in of_figures.items():
        assert (color, IN_THE_DARK[color]) == (LIGHT[name], DARK[name])
