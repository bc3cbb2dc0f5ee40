"""Rings and dots are named where they stand, whichever comes first, and also in one place."""

import numpy as np
import pandas as pd
import pytest

from saydo.report.pair_figures import segments_then_and_now


def words(before: float, now: float) -> dict[str, tuple[float, str]]:
    """Of each label above the top row: where it stands, and on which side of it it ends."""
    table = pd.DataFrame(
        {
            "segment": ["A"],
            "value": [now],
            "ci_low": [now - 1],
            "ci_high": [now + 1],
            "before": before,
        }
    )
    figure = segments_then_and_now(table, text=str, then="then", now="now")
    (axes,) = figure.axes
    return {
        label.get_text(): (label.xy[0], label.get_ha())
        for label in axes.texts
        if label.get_text() in ("then", "now")
    }


@pytest.mark.parametrize(
    ("before", "now", "first"), [(90.0, 80.0, "now"), (80.0, 90.0, "then"), (85.0, 85.0, "then")]
)
def test_the_words_grow_away_from_each_other(before, now, first):
    found = words(before, now)
    assert (found["then"][0], found["now"][0]) == (before, now)
    second = {"then": "now", "now": "then"}[first]
    assert (found[first][1], found[second][1]) == ("right", "left")


def test_what_is_not_known_is_not_named():
    assert words(np.nan, 85.0) == {"now": (85.0, "center")}
