"""How much of the way to the target has been gone, in every direction and on both sides of zero."""

import math

import numpy as np
import pandas as pd
import pytest

from saydo.objectives.attainment import attainment, of_measure
from saydo.objectives.declared import TARGET_ATTAINMENT
from saydo.objectives.estimates import Estimate

NAN = math.nan


@pytest.mark.parametrize(
    ("actual", "baseline", "target", "better", "expected"),
    [
        (70, 60, 80, "higher", 50),
        (85, 60, 80, "higher", 125),
        (55, 60, 80, "higher", -25),
        # Lower is better: fewer hours are progress.
        (6, 10, 4, "lower", 100 * 4 / 6),
        (12, 10, 4, "lower", -100 * 2 / 6),
        # Across and below zero.
        (-12, -30, -10, "higher", 90),
        (5, -10, 10, "higher", 75),
        (0, 8, 0, "lower", 100),
        # Closer to zero, from either side, and beyond it to the other.
        (-4, -10, 2, "closer to 0", 75),
        (4, 10, 2, "closer to 0", 75),
        (4, -10, 2, "closer to 0", 75),
    ],
)
def test_the_share_of_the_way_that_has_been_gone(actual, baseline, target, better, expected):
    way = of_measure(Estimate(actual), Estimate(baseline), target=target, better=better)
    assert way.value == pytest.approx(expected)


@pytest.mark.parametrize(
    ("baseline", "target", "better"),
    [(80, 80, "higher"), (90, 80, "higher"), (3, 4, "lower"), (1, 2, "closer to 0")],
)
def test_where_the_start_was_good_already_there_is_no_way_to_go(baseline, target, better):
    way = of_measure(Estimate(70), Estimate(baseline), target=target, better=better)
    assert math.isnan(way.value)
    assert way.reason == "the target had been reached from the start"


@pytest.mark.parametrize("error", [2.0, 1.0, 0.51 / 1.96])
def test_a_start_that_may_be_the_target_is_no_start(normal, error):
    # One point to go: in doubt whether at all, or how far, up to half intervals of half a point.
    way = of_measure(Estimate(70), normal(79, error), target=80, better="higher")
    assert math.isnan(way.value)
    assert way.reason == "at the start it was too close to the target to call"
    clear = of_measure(Estimate(79.5), normal(79, 0.49 / 1.96), target=80, better="higher")
    assert clear.value == pytest.approx(50)


def test_the_interval_is_that_of_the_value_over_the_way(normal):
    # From 60 to 80: half an interval of 1.96 · 2 points is 1.96 · 2 / 20 of the way.
    way = of_measure(normal(70, 2), Estimate(60), target=80, better="higher")
    assert (way.low, way.high) == pytest.approx((50 - 19.6, 50 + 19.6), abs=0.001)
    wait = of_measure(Estimate(6, 5, 8, 50), Estimate(10), target=4, better="lower")
    assert (wait.low, wait.high) == pytest.approx((100 * 2 / 6, 100 * 5 / 6))


def test_the_interval_holds_the_truth_when_the_start_is_estimated_too(normal):
    random = np.random.default_rng(4)
    held = []
    for actual, start in zip(random.normal(70, 2, 2000), random.normal(60, 2, 2000), strict=True):
        way = of_measure(normal(actual, 2), normal(start, 2), target=80, better="higher")
        held.append(way.low <= 50 <= way.high)
    assert np.mean(held) == pytest.approx(0.95, abs=0.02)


def objective(*measures, segment="all"):
    return {"voice": "I stay", "segment": segment, "measures": list(measures)}


def test_a_segments_attainment_is_the_mean_over_its_measures(study, kpi_rows):
    rows = [kpi_rows("csat_top2", [60, 65, 70], half=2), kpi_rows("frt_median", [10, 8, 6], half=1)]
    table = attainment(
        pd.concat(rows, ignore_index=True),
        study(
            objective({"kpi": "csat_top2", "target": 80, "baseline": 60}),
            objective({"kpi": "frt_median", "target": 4, "baseline": 10}),
        ),
    )
    assert list(table["kpi"].unique()) == [TARGET_ATTAINMENT.name]
    # 50 % and 66.7 %, with halves of 2/20 and 1/6.
    last = table.iloc[-1]
    assert last["value"] == pytest.approx((50 + 200 / 3) / 2)
    half = (10 + 100 / 6) / 2
    assert (last["ci_low"], last["ci_high"]) == pytest.approx(
        (last["value"] - half, last["value"] + half)
    )
    assert last["n"] == 2
    assert list(table["value"]) == pytest.approx([0, (25 + 100 / 3) / 2, last["value"]])


def test_without_a_baseline_the_first_period_is_zero(study, kpi_rows):
    table = attainment(
        kpi_rows("csat_top2", [60, 70, 75], half=2),
        study(objective({"kpi": "csat_top2", "target": 80})),
    )
    assert list(table["value"]) == pytest.approx([0, 50, 75])


def test_a_measure_that_is_missing_is_not_averaged_away(study, kpi_rows):
    params = study(
        objective(
            {"kpi": "csat_top2", "target": 80, "baseline": 60},
            {"kpi": "frt_median", "target": 4, "baseline": 10},
        )
    )
    rows = [kpi_rows("csat_top2", [60, 70], half=2), kpi_rows("frt_median", [10, NAN], half=1)]
    last = attainment(pd.concat(rows, ignore_index=True), params).iloc[-1]
    assert math.isnan(last["value"])
    assert last["reason"] == "not all measures of the objectives were measured"


def test_a_measure_that_had_no_way_to_go_is_left_out_and_told(study, kpi_rows):
    params = study(
        objective({"kpi": "csat_top2", "target": 80}, {"kpi": "frt_median", "target": 20})
    )
    rows = [kpi_rows("csat_top2", [60, 70], half=2), kpi_rows("frt_median", [10, 30], half=1)]
    last = attainment(pd.concat(rows, ignore_index=True), params).iloc[-1]
    assert last["value"] == pytest.approx(50)
    assert last["reason"] == ("without 1 of 2 measures: the target had been reached from the start")


def test_segments_without_objectives_say_so(study, kpi_rows):
    rows = [kpi_rows("csat_top2", [60, 70], segment=name) for name in ("all", "one")]
    params = study(objective({"kpi": "csat_top2", "target": 80}))
    table = attainment(pd.concat(rows, ignore_index=True), params).set_index("segment")
    assert set(table.loc["one", "reason"]) == {"no objectives are set for this segment"}
    assert list(table.columns) == [c for c in rows[0].columns if c != "segment"]


def test_a_period_over_which_staying_is_not_known_yet_counts_as_the_one_before(study, kpi_rows):
    rows = kpi_rows("crr", [80, 85, NAN], half=1, reasons=["", "", "window not finished"])
    table = attainment(rows, study(objective({"kpi": "crr", "target": 90})))
    assert list(table["value"]) == pytest.approx([0, 50, 50])
