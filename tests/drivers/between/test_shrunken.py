"""The table of segments: every segment is told of, and no number is bolder than its data."""

import numpy as np
import pandas as pd
import pytest

from saydo.drivers.between import between
from saydo.drivers.firth import firth
from saydo.drivers.verdicts import (
    ASSOCIATION,
    ESTIMATED,
    NO_RELATION,
    NOT_MEASURED,
    REFUSED,
)
from saydo.languages import speak


def segment(name, n_stayed, n_left, *, tenure=0.0):
    return pd.DataFrame(
        {
            "segment": name,
            "satisfaction": [1.0, 2.0, 3.0, 4.0, 5.0],
            "tenure": tenure,
            "n_stayed": n_stayed,
            "n_left": n_left,
            "scale_min": 1.0,
            "scale_max": 5.0,
        }
    )


@pytest.fixture(scope="module")
def told(eight_segments):
    """Eight segments, one where nobody left, a tiny one, and one without tenure."""
    more = [
        segment("loyal", [5, 5, 5, 5, 9], [0, 0, 0, 0, 0]),
        segment("tiny", [1, 0, 1, 1, 2], [1, 1, 1, 1, 0]),
        segment("unknown", [9, 9, 9, 9, 9], [5, 4, 3, 2, 1], tenure=np.nan),
    ]
    return between(pd.concat([eight_segments, *more]), adjust_for=["tenure"])


@pytest.fixture(scope="module")
def table(told):
    return told.table.set_index("segment")


def test_every_segment_has_its_row_and_all_of_them_come_first(told):
    expected = ["all", *"abcdefgh", "loyal", "tiny", "unknown"]
    assert list(told.table["segment"]) == expected
    assert (told.table["reason"] != "").all()


def test_all_tells_the_one_test(told, table):
    row = table.loc["all"]
    assert row.p_value == told.interaction.p_value < 1e-6
    assert row.verdict == ESTIMATED
    assert row.estimate == told.interaction.common[0]
    assert (row.shrunken, row.shrunken_low, row.shrunken_high) == told.posterior.mu
    assert row.reason.startswith("Segments differ (p\xa0<\xa00.001; 9 of 11 compared)")


def test_compared_segments_carry_own_slope_and_adjusted_difference(told, table):
    found = told.interaction
    assert table.estimate["a"] == pytest.approx(found.slopes[0])
    assert table.ci_high["a"] == pytest.approx(found.slopes[0] + 1.959964 * found.std_errors[0])
    expected = found.differences().set_index("segment").loc["g"]
    assert table.p_value["g"] == expected.p_value
    assert table.difference_low["g"] == expected.ci_low
    assert table.reason["g"].startswith("It differs from the rest (p\xa0<\xa00.001, adjusted for 7")
    # Its own slope is negative, and its shrunken one may be either.
    assert table.verdict["g"] == NO_RELATION
    assert table.verdict["a"] == ESTIMATED


def test_a_separated_segment_has_firths_estimate_and_leans_on_the_others(table):
    row = table.loc["h"]
    assert np.isfinite([row.estimate, row.ci_low, row.ci_high]).all()
    assert row.ci_low < row.estimate < row.ci_high
    assert row.shrunken < row.estimate
    assert 0 < row.weight < 0.7
    assert np.isnan(row.p_value)
    assert "Firth" in row.reason


def test_firths_own_estimate_is_that_of_the_segment_alone(eight_segments):
    data = eight_segments.drop(columns="tenure")
    own = between(data).table.set_index("segment").loc["h"]
    alone = firth(data[data.segment == "h"])
    assert own.estimate == pytest.approx(alone.params["satisfaction"], abs=1e-8)
    bounds = alone.interval("satisfaction")
    assert (own.ci_low, own.ci_high) == pytest.approx(bounds, abs=1e-6)


def test_nobody_left_gives_no_own_slope_but_what_the_others_suggest(table):
    row = table.loc["loyal"]
    assert row.verdict == REFUSED
    assert row[["estimate", "ci_low", "ci_high", "effect", "p_value"]].isna().all()
    assert row.weight == 0
    assert row.shrunken == pytest.approx(table.shrunken["all"])
    assert row.shrunken_high - row.shrunken_low > (
        table.shrunken_high["all"] - table.shrunken_low["all"]
    )
    assert "everyone in it stayed, or everyone left" in row.reason


def test_under_the_minimum_nothing_is_shown_not_even_counts(table):
    row = table.loc["tiny"]
    assert row.drop(["verdict", "reason"]).isna().all()
    assert row.verdict == REFUSED
    assert row.reason.startswith("withheld: fewer than 11 customers")


def test_a_segment_without_covariates_is_not_measured(table):
    row = table.loc["unknown"]
    assert row.verdict == NOT_MEASURED
    assert (row.n, row.n_left) == (0, 0)
    assert np.isnan(row.shrunken)


def test_effects_have_the_signs_of_slopes_and_lie_within_a_hundred_points(table):
    shown = table.loc[list("abcdefgh")]
    for name in ("effect", "effect_low", "effect_high"):
        slope = shown[name.replace("effect", "shrunken")]
        assert (np.sign(shown[name]) == np.sign(slope)).all()
        assert (shown[name].abs() < 100).all()
    assert (shown.effect_low < shown.effect).all()
    assert (shown.effect < shown.effect_high).all()


def test_unadjusted_or_without_time_order_it_is_an_association(eight_segments):
    unadjusted = between(eight_segments).table
    assert set(unadjusted["verdict"]) == {ASSOCIATION, NO_RELATION}
    assert unadjusted["reason"].str.endswith("Nothing was adjusted for.").all()
    late = between(eight_segments, adjust_for=["tenure"], has_time_order=False).table
    assert set(late["verdict"]) == {ASSOCIATION, NO_RELATION}
    assert late["reason"].str.contains("unknown whether answers came before").all()


def test_alike_segments_are_not_told_apart(company):
    data = company(np.random.default_rng(4), [300] * 6, [0.5] * 6)
    row = between(data, adjust_for=["tenure"]).table.iloc[0]
    assert row.verdict == NO_RELATION
    assert row.reason.startswith("No difference between segments was found (p\xa0=\xa00.")


def test_two_segments_and_many_work(company, eight_segments):
    two = eight_segments[eight_segments.segment.isin(["a", "b"])]
    assert len(between(two, adjust_for=["tenure"]).table) == 3
    rng = np.random.default_rng(5)
    many = between(company(rng, [25] * 60, rng.normal(0.5, 0.2, 60)), adjust_for=["tenure"]).table
    assert len(many) == 61
    assert np.isfinite(many["shrunken"]).all()
    assert many.estimate.abs().max() < 10


def test_reasons_speak_of_the_people_served(eight_segments):
    with speak("en", "patient"):
        tiny = segment("tiny", [1, 0, 1, 1, 2], [1, 1, 1, 1, 0])
        reason = between(pd.concat([eight_segments, tiny])).table["reason"].iloc[-1]
    assert "patients" in reason
