"""Marks are named where they stand, or by a legend where the names would meet."""

import pandas as pd
import pytest
from matplotlib.backends.backend_agg import RendererAgg

from saydo.report.figures import dose_response, ledger
from saydo.report.finding import svg
from saydo.report.mark_names import mark_names
from saydo.report.segment_figures import sizes_and_value
from saydo.report.strategy_figures import side_by_side

LABELS = {each: each for each in ("satisfied", "neutral", "dissatisfied", "stayed", "left")}


def said_and_did(stayed):
    shares = {"satisfied": (stayed, 0.1), "neutral": (0.2, 0.1), "dissatisfied": (0.1, 0.1)}
    rows = [(said, *pair) for said, pair in shares.items()]
    table = pd.DataFrame(rows, columns=["said", "stayed", "left"])
    return ledger(table.melt("said", var_name="did", value_name="share"), labels=LABELS)


def sizes(revenue, profit):
    segments = {"segment": ["A", "B"], "percent": [60.0, 40.0]}
    return sizes_and_value(pd.DataFrame({**segments, "revenue": revenue, "profit": profit}))


def targets(targets, names=("Targets", "Rest")):
    table = pd.DataFrame({"label": ["Retention rate"], "text": ["90\n94"]})
    for part, value in (("targets", targets), ("rest", 94.0)):
        table[part], table[f"{part}_low"], table[f"{part}_high"] = value, value - 2, value + 2
    return side_by_side(table, names=names)


def named(figure):
    """What is named at marks of a figure, once it is drawn, and what in a legend."""
    svg(figure)
    legends = [text.get_text() for legend in figure.legends for text in legend.get_texts()]
    return {text.get_text() for text in mark_names(figure.axes[0])}, set(legends)


@pytest.mark.parametrize(
    ("figure", "names"),
    [
        (said_and_did(0.4), {"stayed", "left"}),
        (sizes([55.0, 45.0], [65.0, 35.0]), {"Customers", "Revenue", "Profit"}),
        (targets(90.0), {"Targets", "Rest"}),
    ],
)
def test_marks_with_room_around_them_are_named_where_they_stand(figure, names):
    assert named(figure) == (names, set())


@pytest.mark.parametrize(
    ("figure", "names"),
    [
        # Names that would meet each other, of which one would have no mark, or beyond the edge.
        (said_and_did(0.01), {"stayed", "left"}),
        (said_and_did(float("nan")), {"stayed", "left"}),
        (sizes([2.0, 98.0], [4.0, 96.0]), {"Customers", "Revenue", "Profit"}),
        (targets(90.0, ("Segments that we aim at and serve", "Rest")),
         {"Segments that we aim at and serve", "Rest"}),
    ],
)  # fmt: skip
def test_names_that_have_no_room_are_a_legend(figure, names):
    assert named(figure) == (set(), names)


def test_the_value_of_all_who_stayed_stands_clear_of_its_dot():
    table = pd.DataFrame(
        {"satisfaction": [0, 1], "retention": [80.0, 100.0], "ci_low": [70.0, 93.0],
         "ci_high": [88.0, 100.0], "n": [50, 60]}
    )  # fmt: skip
    figure = dose_response(table, question="Satisfied")
    figure.draw_without_rendering()
    (axes,) = figure.axes
    measure = RendererAgg(*figure.bbox.size, figure.dpi)
    value = next(text for text in axes.texts if text.get_text() == "100.0%")
    (dots,) = [line for line in axes.get_lines() if line.get_marker() == "o"]
    radius = dots.get_markersize() / 2 * figure.dpi / 72
    top_of_dot = axes.transData.transform((1, 100))[1] + radius
    assert value.get_window_extent(measure).y0 >= top_of_dot
