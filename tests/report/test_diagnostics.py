"""Diagnostics: doubts are named where the tables hold them, and what is withheld says so."""

import numpy as np
import pandas as pd
import pytest

from saydo.drivers.diagnosed import columns_of
from saydo.drivers.diagnostics import NAMES
from saydo.report.diagnostics import diagnostics
from saydo.tables.declared import as_declared

WITHHELD = "withheld: fewer than 11 customers, or would reveal such a group"
EFFECT = "average_marginal_effect"


def sound():
    """Tables of a model that nothing speaks against."""
    tests = pd.DataFrame(
        {
            "measure": ["calibration_in_the_large", "calibration_slope", "spiegelhalter_z"],
            "estimate": [0.0, 0.95, 0.3],
            "ci_low": [-0.2, 0.75, np.nan],
            "ci_high": [0.2, 1.15, np.nan],
            "ideal": [0.0, 1, 0],
            "p_value": [0.9, 0.6, 0.7],
            "n": 1000,
        }
    )
    groups = pd.DataFrame(
        {
            "group": [1, 2],
            "n": 500,
            "n_stayed": [400, 450],
            "predicted": [81.0, 89.0],
            "observed": [80.0, 90.0],
            "ci_low": [76.0, 87.0],
            "ci_high": [83.0, 92.0],
        }
    )
    added = pd.DataFrame(
        {
            "measure": ["auc", "deviance_explained"],
            "without": [0.6, 0.01],
            "with_satisfaction": [0.71, 0.05],
            "with_low": [0.67, 0.03],
            "with_high": [0.75, 0.07],
            "difference": [0.11, 0.04],
            "ci_low": [0.06, 0.02],
            "ci_high": [0.16, 0.06],
            "n": 1000,
            "n_left": 150,
        }
    )
    ratio = pd.DataFrame({"statistic": [40.0], "df": 1, "p_value": 1e-9, "n": 1000, "n_left": 150})
    residuals = pd.DataFrame(
        {
            "satisfaction": [1.0, 2, 3],
            "n": [200, 300, 500],
            "observed": [70.0, 85, 93],
            "ci_low": [63.0, 80, 90],
            "ci_high": [76.0, 89, 95],
            "expected": [71.0, 84, 93],
            "residual": [-0.6, 0.8, -0.1],
        }
    )
    influence = pd.DataFrame(
        {
            "rank": [1],
            "satisfaction": 3.0,
            "n": 40,
            "cooks_distance": 0.02,
            "effect": 3.5,
            "effect_without": 3.6,
            "change": 0.1,
            "at_most": 0.2,
        }
    )
    missing = pd.DataFrame(
        {
            "cases": ["complete", "imputed"],
            "term": EFFECT,
            "estimate": [3.5, 3.2],
            "ci_low": [2.5, 2.0],
            "ci_high": [4.5, 4.4],
            "n": [1000, 4000],
            "n_imputed": [0, 3000],
            "missing_information": [0.0, 0.6],
        }
    )
    made = (groups, tests, added, ratio, residuals, influence, missing)
    return {
        name: table.assign(segment="a", model="adjusted linear", reason="")
        for name, table in zip(NAMES, made, strict=True)
    }


def shown(**changed):
    return diagnostics(sound() | changed, segment="a")


def with_values(name, **values):
    return {name: sound()[name].assign(**values)}


def test_a_sound_model_raises_no_doubt_and_shows_every_part():
    finding = shown()
    assert finding.sentence == "Nothing that was looked into speaks against the model."
    assert set(finding.result) == {
        "calibration", "discrimination", "residuals", "influence", "missing_answers"
    }  # fmt: skip
    html = finding._repr_html_()
    assert html.count("<details>") == 1  # one fold holds all
    assert html.count("<h3>") == 5


@pytest.mark.parametrize(
    ("changed", "doubt"),
    [
        (
            with_values("calibration_tests", p_value=[0.9, 0.01, 0.7], estimate=[0, 0.6, 0.3]),
            "chances are too extreme",
        ),
        (
            with_values("calibration_tests", p_value=[0.9, 0.01, 0.7], estimate=[0, 1.6, 0.3]),
            "chances are too timid",
        ),
        (
            with_values("calibration_tests", p_value=[0.01, 0.9, 0.7], estimate=[0.4, 1, 0.3]),
            "chances are too low",
        ),
        (with_values("added_value", ci_low=-0.01), "that satisfaction helps to tell who stays"),
        (with_values("residuals", residual=[0.1, 2.6, 0.2]), "the shape of the curve"),
        (with_values("influence", at_most=3.6), "that the effect rests on few"),
        (with_values("influence", at_most=np.nan), "that the model rests on few"),
        (with_values("missing_answers", estimate=[3.5, 2.4]), "that the silent are alike"),
    ],
)
def test_each_doubt_is_named(changed, doubt):
    assert shown(**changed).sentence == f"Doubtful: {doubt}."


def test_a_residual_of_two_among_many_answers_is_chance():
    # Of three answers one beyond 2 comes by chance in 13 of 100 models; the bound is 2.39.
    assert "Doubtful" not in shown(**with_values("residuals", residual=[0.1, 2.2, 0.2])).sentence


def test_each_part_tells_its_numbers_with_interval_and_n():
    parts = shown().result
    assert (
        "0.95 (95% interval 0.75 to 1.15; 1 is ideal; n\xa0=\xa01,000)"
        in parts["calibration"].sentence
    )
    area = parts["discrimination"].sentence
    assert "71.0% of pairs (95% interval 67.0% to 75.0%" in area
    assert "adds +11.0 percentage points (+6.0 to +16.0)" in area
    assert "Likelihood ratio: p\xa0<\xa00.001." in area
    assert (
        "85.0% stayed where it expects 84.0% (+0.8 standard errors" in parts["residuals"].sentence
    )
    assert "effect of +3.50 percentage points moves by 0.2" in parts["influence"].sentence
    assert "+3.20 (95% interval +2.00 to +4.40)" in parts["missing_answers"].sentence


def test_the_figure_of_calibration_is_drawn_from_its_table():
    part = shown().result["calibration"]
    (axes,) = part.figure().axes
    (points,) = [line for line in axes.get_lines() if line.get_marker() == "o"]
    assert list(points.get_xdata()) == [81, 89]
    assert list(points.get_ydata()) == [80, 90]
    assert "81.0% / 80.0%" in part.alternative


def test_parts_that_are_withheld_say_so_and_are_not_called_sound():
    untold = pd.DataFrame({"segment": ["a"], "model": "unadjusted linear", "reason": WITHHELD})
    finding = diagnostics(dict.fromkeys(NAMES, untold), segment="a")
    assert "Nothing can be told of: Calibration, Discrimination, Residuals" in finding.sentence
    assert "speaks against" not in finding.sentence
    assert "Withheld: fewer than 11" in finding._repr_html_()


def test_columns_without_a_number_are_withheld_and_not_found_to_rest_on_few():
    reason = pd.DataFrame({"segment": ["a"], "model": "unadjusted linear", "reason": WITHHELD})
    tables = {name: as_declared(reason, columns_of(name)) for name in NAMES}
    finding = diagnostics(tables, segment="a")
    assert "Nothing can be told of: Calibration, Discrimination, Residuals" in finding.sentence
    assert "Influence" in finding.sentence and "rests on few" not in finding.sentence
    assert "there is no estimate" not in finding._repr_html_()


def test_what_is_coarse_for_secrecy_still_shows():
    lone = pd.DataFrame(
        {"segment": ["a"], "model": "adjusted linear", "effect": 3.5, "at_most": 0.3}
    ).assign(reason=WITHHELD)
    absent = lone[["segment", "model", "reason"]]
    finding = shown(influence=lone, likelihood_ratio=absent)
    assert "moves by 0.3 at most" in finding.result["influence"].sentence
    assert "Likelihood" not in finding.result["discrimination"].sentence


@pytest.mark.parametrize("columns", [["segment", "model", "reason"], ["segment", "reason"]])
def test_a_segment_without_a_model_has_the_reason(columns):
    untold = pd.DataFrame({"segment": ["a"], "model": pd.NA, "reason": "Only 3 left."})[columns]
    finding = diagnostics(dict.fromkeys(NAMES, untold), segment="a")
    assert (finding.verdict, finding.reason) == ("not measured", "Only 3 left.")
