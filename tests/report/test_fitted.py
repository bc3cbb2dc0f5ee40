"""Nothing that is written in a figure is cut off at its edge, however long its words are."""

import re

import pandas as pd
import pytest
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.text import Text

from saydo.languages import speak
from saydo.report import figures
from saydo.report.finding import svg
from saydo.report.model_figures import curve
from saydo.report.objective_figure import objective_figure

LONG = "Verschil in het aandeel dat bleef in procentpunten tussen wie het hoogste en laagste gaf"


def trend(words):
    table = pd.DataFrame(
        {"period": ["Q1", "Q2"], "value": [10.0, 20.0], "ci_low": 5.0, "ci_high": 35.0}
    )
    return figures.trend(table, title=words, text=lambda value: f"{value:.0f}")


def contrasts(words):
    table = pd.DataFrame({"estimate": [1.0], "ci_low": [0.5], "ci_high": [2.0]})
    return figures.contrasts(table, labels=["as they are"], xlabel=words)


def with_a_legend(words):
    table = pd.DataFrame(
        {
            "satisfaction": [1.0, 2.0],
            "retention": [80.0, 90.0],
            "ci_low": 70.0,
            "ci_high": 95.0,
            "unadjusted": [79.0, 91.0],
            "observed": [78.0, 92.0],
            "n": [50, 60],
        }
    )
    return curve(table, question=words, model=words[:34])


def objective(words):
    table = pd.DataFrame(
        {
            "at": [0, 1],
            "period": ["Q1", "Q2"],
            "value": [1.0, 2.0],
            "ci_low": 0.5,
            "ci_high": 2.5,
            "is_forecast": False,
        }
    )
    return objective_figure(table, target=3.0, title=words, text=lambda value: f"{value:.0f}")


DRAWN = {"trend": trend, "contrasts": contrasts, "curve": with_a_legend, "objective": objective}


def cut_off(figure) -> list[str]:
    """Texts that reach beyond the canvas, by matplotlib's own measure."""
    figure.draw_without_rendering()
    measure = RendererAgg(*figure.bbox.size, figure.dpi)
    # Labels of ticks beyond the limits are not drawn.
    ticks = {label for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)
             for label in axis.get_ticklabels()}  # fmt: skip
    texts = {text for text in figure.findobj(Text) if text.get_text() and text.get_visible()}
    boxes = {text: text.get_window_extent(measure) for text in texts - ticks}
    return [
        text.get_text()
        for text, box in boxes.items()
        if not (min(box.min) >= 0 and (box.max <= figure.bbox.size).all())
    ]


@pytest.mark.parametrize("name", DRAWN)
def test_what_is_too_long_for_a_line_is_given_another(name):
    figure = DRAWN[name](LONG)
    drawn = svg(figure).decode()
    assert cut_off(figure) == []
    # Nothing is left out: every word is there, in its order.
    words = re.sub(r"<[^>]*>", " ", drawn).split()
    found = [word for word in words if word in LONG.split()]
    assert "".join(LONG.split()) in "".join(found)


@pytest.mark.parametrize("name", ["contrasts", "curve"])
def test_without_lines_of_its_own_it_would_be_cut_off(name, monkeypatch):
    monkeypatch.setattr("saydo.report.fitted.MARGIN", -1e9)
    figure = DRAWN[name](LONG)
    svg(figure)
    assert cut_off(figure)


@pytest.mark.parametrize("name", DRAWN)
def test_what_fits_is_drawn_as_it_was(name, monkeypatch):
    with speak("en"):
        one = svg(DRAWN[name]("Stayed"))
        monkeypatch.setattr("saydo.report.fitted.fitted", lambda figure: False)
        assert svg(DRAWN[name]("Stayed")) == one
