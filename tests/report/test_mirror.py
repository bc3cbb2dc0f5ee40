"""In Arabic a figure runs from right to left, and its text reads as before."""

import re
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from saydo.languages import speak
from saydo.report import figures
from saydo.report.finding import svg
from saydo.report.mirror import mirrored
from saydo.report.segment_figures import by_segment

TEXT = re.compile(r"<text\b([^>]*)>([^<]*)<")
WIDTH = re.compile(r'viewBox="0 0 ([\d.]+) ')


def trend():
    table = pd.DataFrame(
        {"period": ["Q1", "Q2", "Q3"], "value": [10.0, 20.0, 30.0], "ci_low": 5.0, "ci_high": 35.0}
    )
    return figures.trend(table, title="Recommend", text=lambda value: f"{value:.0f}")


def rows():
    table = pd.DataFrame(
        {"segment": ["Bakers", "Smiths"], "value": [4.0, 7.0], "ci_low": 3.0, "ci_high": 8.0}
    )
    return by_segment(
        table, title="Recommend", text=lambda value: f"{value:.0f}", color="#1c5d99", everyone=5.0
    )


def ledger():
    table = pd.DataFrame(
        {"said": ["satisfied"] * 2, "did": ["stayed", "left"], "share": [0.6, 0.4]}
    )
    labels = {"satisfied": "Satisfied", "stayed": "Stayed", "left": "Left"}
    return figures.ledger(table, labels=labels)


FIGURES: dict[str, Callable] = {"trend": trend, "rows": rows, "ledger": ledger}


def drawn(name: str, language: str) -> str:
    with speak(language):
        return svg(FIGURES[name]()).decode()


def map_of(transform: str) -> np.ndarray:
    """The matrix of an SVG transform, by the SVG specification's definitions."""
    whole = np.eye(3)
    for kind, inside in re.findall(r"(\w+)\(([^)]*)\)", transform):
        given = [float(each) for each in re.split(r"[ ,]+", inside.strip())]
        if kind == "translate":
            step = moved(*given)
        elif kind == "scale":
            step = np.diag([given[0], given[-1], 1.0])
        else:
            assert kind == "rotate"
            turn = np.deg2rad(given[0])
            step = np.eye(3)
            step[:2, :2] = [[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]
            around = given[1:] or [0.0, 0.0]
            step = moved(*around) @ step @ moved(-around[0], -around[1])
        whole = whole @ step
    return whole


def moved(x: float, y: float = 0.0) -> np.ndarray:
    step = np.eye(3)
    step[:2, 2] = x, y
    return step


def placed(picture: str) -> dict[str, tuple[np.ndarray, np.ndarray, str]]:
    """Of each text: where it is anchored, the direction in which its letters follow each other with
    that in which they stand, and its anchor."""
    whole = re.search(r'<g id="figure_1"(?: transform="([^"]*)")?', picture)
    outer = map_of(whole[1] or "")
    found = {}
    for attributes, text in TEXT.findall(picture):
        inner = map_of(re.search(r'transform="([^"]*)"', attributes)[1])
        at = [float((re.search(rf' {axis}="([^"]*)"', attributes) or [0, 0])[1]) for axis in "xy"]
        matrix = outer @ inner
        anchor = re.search(r"text-anchor: ?(\w+)", attributes)
        # Of two texts that are alike the first counts.
        found.setdefault(
            text, ((matrix @ [*at, 1])[:2], matrix[:2, :2], anchor[1] if anchor else "start")
        )
    return found


@pytest.mark.parametrize("name", FIGURES)
def test_every_text_stands_where_a_mirror_shows_it_and_reads_as_before(name):
    with speak("en"):
        before = svg(FIGURES[name]()).decode()
    after = mirrored(before)
    width = float(WIDTH.search(before)[1])
    there, here = placed(before), placed(after)
    assert list(here) == list(there)
    assert len(here) > 4
    other = {"start": "end", "end": "start", "middle": "middle"}
    for text, (at, letters, anchor) in there.items():
        place, turned, held = here[text]
        assert place == pytest.approx([width - at[0], at[1]], abs=1e-3), text
        assert held == other[anchor], text
        # Not mirrored itself; what ran upwards on the left runs downwards on the right.
        assert np.linalg.det(turned) == pytest.approx(1), text
        assert turned == pytest.approx(letters.T, abs=1e-6), text


def test_in_arabic_the_first_period_stands_right_of_the_last():
    place = placed(drawn("trend", "ar"))
    assert place["Q1"][0][0] > place["Q3"][0][0]
    assert placed(drawn("trend", "en"))["Q1"][0][0] < placed(drawn("trend", "en"))["Q3"][0][0]


def test_in_arabic_rows_are_named_on_the_right_and_their_values_grow_to_the_left():
    place = placed(drawn("rows", "ar"))
    ticks = {int(text): at[0] for text, (at, _letters, _anchor) in place.items() if text.isdigit()}
    assert len(ticks) >= 2
    assert [ticks[key] for key in sorted(ticks)] == sorted(ticks.values(), reverse=True)
    for name in ("Bakers", "Smiths"):
        at, _letters, anchor = place[name]
        assert at[0] > max(ticks.values())
        # Its letters begin at the axis, and so none reaches into the picture.
        assert anchor == "start"


def test_in_arabic_a_legend_begins_on_the_right():
    place = placed(drawn("ledger", "ar"))
    assert place["Stayed"][0][0] > place["Left"][0][0]


@pytest.mark.parametrize("name", FIGURES)
def test_languages_that_run_from_left_to_right_are_not_mirrored(name):
    assert "scale(-1" not in drawn(name, "en") + drawn(name, "ru")
    assert "scale(-1" in drawn(name, "ar")


def test_what_somebody_typed_is_not_taken_for_a_tag():
    with speak("en"):
        figure = trend()
        figure.axes[0].set_title('<text x="1" transform="rotate(3)">')
        picture = mirrored(svg(figure).decode())
    assert "&lt;text x=&quot;1&quot;" in picture or '&lt;text x="1"' in picture


def test_what_is_no_figure_of_matplotlib_is_not_mirrored_in_part():
    with pytest.raises(ValueError, match="not an SVG as matplotlib writes it"):
        mirrored("<svg viewBox='0 0 1 1'></svg>")
