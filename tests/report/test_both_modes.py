"""Figures follow the reader's choice of light or dark; texts that people typed stay as they are."""

import re

import pandas as pd
import pytest

from saydo.report import figures
from saydo.report.finding import svg
from saydo.report.style import DO, IN_THE_DARK, INK, PAPER, SAY, SOFT

PERIODS = pd.DataFrame(
    {"period": ["Q1", "Q2"], "value": [1.0, 2.0], "ci_low": [0.5, 1.5], "ci_high": [1.5, 2.5]}
)


def drawn(title: str) -> str:
    return svg(figures.trend(PERIODS, title=title, text=str, color=SAY)).decode()


def luminance(color: str) -> float:
    """Relative luminance, as WCAG 2.2 defines it."""
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


def test_a_figure_has_no_color_that_the_mode_does_not_change():
    _style, rest = drawn("NPS").split("</style>", 1)
    assert not re.findall(r"(?:fill|stroke): #", rest)
    assert "var(--" in rest


def test_each_color_is_said_for_both_modes():
    style = drawn("NPS").split("</style>", 1)[0]
    light, dark = style.split("@media(prefers-color-scheme:dark)")
    for color, in_the_dark in IN_THE_DARK.items():
        assert color in light
        assert in_the_dark in dark


@pytest.mark.parametrize("typed", ["#ffffff", 'style="fill: #1b2430"', "font-family: x; y"])
def test_a_text_that_looks_like_a_color_or_a_style_is_kept(typed):
    assert typed in drawn(typed)


def test_contrast_by_the_published_example():
    # WCAG 2.2, technique G18: #767676 on white is the lightest grey with 4.5 : 1.
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.005)


@pytest.mark.parametrize("color", [INK, SOFT, SAY, DO])
def test_text_can_be_read_in_both_modes(color):
    assert contrast(color, PAPER) >= 4.5
    assert contrast(IN_THE_DARK[color], IN_THE_DARK[PAPER]) >= 4.5
