"""Other designs: ratios are exponentiated, and agreement is claimed only where there is some."""

import numpy as np
import pandas as pd
import pytest

from saydo.report.designs import designs

ONCE = "Leaving comes once."
LOG_HAZARD = "log_hazard_ratio_of_leaving: satisfaction"


def rows(*records):
    columns = ["model", "term", "estimate", "ci_low", "ci_high", "verdict", "reason"]
    table = pd.DataFrame(records, columns=columns)
    return table.assign(segment="a", n=500, n_left=60, p_value=0.01, is_headline=False)


def landmark(low=1.0, *, estimate=3.0, verdict="estimated"):
    term = "average_marginal_effect"
    reason = f"One point more goes with {estimate}."
    told = (estimate, low, 2 * estimate - low, verdict, reason)
    table = rows(("unadjusted levels", term, *told), ("adjusted levels", term, *told))
    return table.assign(is_headline=[False, True])


def waves(estimate=2.0):
    numbers = (estimate, estimate - 1, estimate + 1)
    table = rows(
        ("unadjusted waves", "average_marginal_effect", 9, 8, 10, "association only", "x"),
        ("adjusted waves", "average_marginal_effect", *numbers, "estimated", "x"),
        ("adjusted within", "satisfaction", np.nan, np.nan, np.nan, "refused", ONCE),
    )
    counts = {"n_rows": 1200, "n_varying": 40, "n_changing": 25}
    return table.assign(**counts)


def hazards(log_ratio=-0.5):
    numbers = (log_ratio, log_ratio - 0.2, log_ratio + 0.2)
    year = "retention_over_12_months[satisfaction={}]"
    table = rows(
        ("adjusted Cox", LOG_HAZARD, *numbers, "estimated", "x"),
        ("adjusted Cox", "proportional_hazards[satisfaction]", *[np.nan] * 3, "estimated", "x"),
        ("adjusted discrete-time cloglog", LOG_HAZARD, *numbers, "estimated", "x"),
        ("adjusted discrete-time cloglog", year.format(1), 40, 30, 50, "estimated", "x"),
        ("adjusted discrete-time cloglog", year.format(5), 90, 88, 92, "estimated", "x"),
    )
    return table.assign(p_value=[0.01, 0.4, 0.01, np.nan, np.nan])


def shown(models=None, over=None, time=None):
    given = (landmark(), waves(), hazards())
    tables = [a if b is None else b for a, b in zip(given, (models, over, time), strict=True)]
    return designs(*tables, segment="a", item="satisfaction")


def test_hazard_ratios_are_exponentiated_and_points_are_not():
    table = shown().table.query("satisfaction.isna()").set_index("design")
    assert table.loc["cox", "estimate"] == pytest.approx(np.exp(-0.5))
    assert table.loc["cox", "ci_low"] == pytest.approx(np.exp(-0.7))
    assert table.loc["discrete", "ci_high"] == pytest.approx(np.exp(-0.3))
    assert table.loc["landmark", "estimate"] == 3


def test_the_adjusted_estimate_speaks_where_there_is_one():
    table = shown().table.set_index("design")
    assert table.loc["waves", "model"] == "adjusted waves"
    without = waves()
    without.loc[without["model"] == "adjusted waves", ["estimate", "ci_low", "ci_high"]] = np.nan
    assert shown(over=without).table.set_index("design").loc["waves", "estimate"] == 9


def test_designs_that_agree_are_said_to_and_the_one_without_estimate_says_why():
    sentence = shown().sentence
    assert "All 4 designs that give an estimate find that the more satisfied stay." in sentence
    assert "agreement is no independent proof" in sentence
    assert f"No estimate by: Within one customer (conditional logit). {ONCE}" in sentence


def test_a_risk_of_leaving_above_one_disagrees_with_staying_more_often():
    sentence = shown(time=hazards(0.5)).sentence
    assert "All" not in sentence
    stay = "That the more satisfied stay is found by: One day, Several days (GEE)."
    leave = "That the more satisfied leave is found by: Time to leaving (Cox), Month by month"
    assert stay in sentence and leave in sentence


def test_an_interval_that_covers_both_directions_is_no_agreement():
    sentence = shown(models=landmark(low=-1.0)).sentence
    assert "No direction shows by: One day." in sentence
    assert "All" not in sentence


def test_retention_over_a_year_is_told_and_drawn_by_answer():
    finding = shown()
    assert "90.0% would stay a year (88.0% to 92.0%)" in finding.sentence
    assert "keep answering 1, 40.0% (30.0% to 50.0%)" in finding.sentence
    (axes,) = finding.figure().axes
    (points,) = [line for line in axes.get_lines() if line.get_marker() == "o"]
    assert list(points.get_ydata()) == [40, 90]


def test_how_many_varied_and_the_test_of_proportional_hazards_stand_beside():
    within = waves()
    is_within = within["model"] == "adjusted within"
    within.loc[is_within, ["estimate", "ci_low", "ci_high"]] = [0.3, 0.1, 0.5]
    html = shown(over=within)._repr_html_()
    assert "40 stayed once and not another time; 25 of them changed answer." in html
    assert "1.35 × the odds of staying (1.11 to 1.65)" in html  # exp(0.3), exp(0.1), exp(0.5)
    assert "proportional hazards): p\xa0=\xa00.400" in html
    assert "1,200 answers" in html


def test_tables_without_measurement_give_one_reason():
    nothing = pd.DataFrame({"segment": ["a"], "reason": "Not measured (needs answers)."})
    refused = landmark().assign(estimate=np.nan, ci_low=np.nan, ci_high=np.nan, is_headline=False)
    refused = refused.assign(verdict="not measured", reason="Not measured (needs answers).")
    finding = designs(refused, nothing, nothing, segment="a", item="satisfaction")
    assert finding.verdict == "not measured"
    assert finding.reason == "Not measured (needs answers)."
    assert finding.draw is None
