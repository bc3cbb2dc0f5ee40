"""Calibration, against R and arithmetic."""

import numpy as np
import pytest

from saydo.drivers.diagnostics.calibration import (
    calibration,
    calibration_tests,
    spiegelhalter_z,
)

CHANCE = [0.2, 0.35, 0.5, 0.6, 0.75, 0.9, 0.95]
STAYED = [6, 9, 22, 30, 33, 50, 40]
LEFT = [20, 19, 18, 25, 7, 4, 5]


def test_intercept_and_slope_of_calibration_equal_those_of_r():
    # R: y <- cbind(stayed, left); lp <- qlogis(p); e <- list(epsilon = 1e-14)
    #    m0 <- glm(y ~ 1, offset = lp, family = binomial, control = e); confint.default(m0)
    #    m1 <- glm(y ~ lp, family = binomial, control = e); confint.default(m1)
    found = calibration_tests(CHANCE, STAYED, LEFT).set_index("measure")
    large = found.loc["calibration_in_the_large"]
    assert large["estimate"] == pytest.approx(0.013492585411622, rel=1e-8)
    assert large["ci_low"] == pytest.approx(-0.26904675825026, rel=1e-8)
    assert large["p_value"] == pytest.approx(0.92542888085662, rel=1e-8)
    slope = found.loc["calibration_slope"]
    assert slope["estimate"] == pytest.approx(0.932529827135238, rel=1e-8)
    assert (slope["ci_low"], slope["ci_high"]) == pytest.approx(
        (0.67799366249625, 1.18706599177422), rel=1e-7
    )
    # That it is 1: (0.93253 - 1) / 0.12987 = -0.5195; 2 Φ(-0.5195) = 0.6034.
    assert slope["p_value"] == pytest.approx(0.6034, abs=1e-4)


def test_spiegelhalters_z_equals_its_formula_on_rows():
    # R: Y <- rep(c(1, 0), c(sum(s), sum(l))); P <- c(rep(p, s), rep(p, l))
    #    sum((Y - P) * (1 - 2 * P)) / sqrt(sum((1 - 2 * P)^2 * P * (1 - P)))
    assert spiegelhalter_z(CHANCE, STAYED, LEFT) == pytest.approx(0.22770765993337, rel=1e-10)


def test_groups_compare_said_and_done():
    table = calibration([0.2, 0.4, 0.8], [30, 40, 70], [70, 60, 30], groups=3)
    assert table["n"].to_list() == [100, 100, 100]
    assert table["predicted"].to_list() == pytest.approx([20, 40, 80])
    assert table["observed"].to_list() == pytest.approx([30, 40, 70])


def test_tenths_of_many_chances_hold_a_tenth_each():
    chance = np.linspace(0.3, 0.9, 1000)
    table = calibration(chance, np.full(1000, 1), np.full(1000, 1))
    assert table["n"].to_list() == [200] * 10
    assert table["predicted"].iloc[0] == pytest.approx(100 * chance[:100].mean())


def test_the_same_chance_is_in_one_group_and_small_groups_join_the_next():
    table = calibration([0.2, 0.4, 0.8, 0.9], [4, 40, 500, 3], [1, 60, 100, 1], min_cell=11)
    assert table["n"].to_list() == [105, 604]
    assert (table["reason"] == "").all()
    few = calibration([0.2, 0.4], [2, 3], [2, 1], min_cell=11)
    assert few["n"].isna().all() and few["predicted"].isna().all()
    assert (few["reason"] != "").all()
