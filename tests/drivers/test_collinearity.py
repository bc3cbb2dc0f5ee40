"""Collinearity, against R on Longley's data and statsmodels on expanded rows."""

import numpy as np
import pandas as pd
import pytest
from statsmodels.datasets import longley
from statsmodels.stats.outliers_influence import variance_inflation_factor

from saydo.drivers.collinearity import collinearity, condition_number, variance_inflation
from saydo.drivers.fit import fit

X = longley.load_pandas().exog[["GNPDEFL", "GNP", "UNEMP", "ARMED", "POP", "YEAR"]]


def test_longley_has_the_published_condition_number():
    # Belsley, Kuh & Welsch (1980), and R:
    #   X <- cbind(1, as.matrix(longley[, 1:6]))
    #   kappa(scale(X, center = FALSE, scale = sqrt(colSums(X^2))), exact = TRUE)
    matrix = np.column_stack([np.ones(len(X)), X])
    assert condition_number(matrix, np.ones(len(X))) == pytest.approx(43275.0435872, rel=1e-8)


def test_variance_inflation_of_longley_equals_that_of_r():
    # R: diag(solve(cor(longley[, 1:6])))
    expected = [
        135.53243827998,
        1788.51348271761,
        33.61889059604,
        3.58893019345,
        399.15102231252,
        758.98059740682,
    ]
    found = [variance_inflation(X, np.ones(len(X)), [place]).item() for place in range(6)]
    assert found == pytest.approx(expected, rel=1e-9)


def test_inflations_of_a_term_of_two_columns_multiply_to_that_of_fox_and_monette():
    # R: R <- cor(longley[, 1:6])
    #    det(R[2:3, 2:3]) * det(R[-(2:3), -(2:3)]) / det(R)
    #    1 / (1 - cancor(longley[, 2:3], longley[, c(1, 4:6)])$cor^2)
    found = variance_inflation(X, np.ones(len(X)), [1, 2])
    assert found.prod() == pytest.approx(4039.75290527, rel=1e-9)
    assert found == pytest.approx([2100.43167991502, 1.92329650324], rel=1e-8)


def test_counts_are_rows():
    rng = np.random.default_rng(1)
    columns = rng.normal(size=(12, 3)) + np.array([5, 0, 1])
    columns[:, 2] += 3 * columns[:, 0]
    n = rng.integers(1, 9, 12)
    rows = np.repeat(np.column_stack([np.ones(12), columns]), n, axis=0)
    expected = [variance_inflation_factor(rows, place) for place in (1, 2, 3)]
    found = [variance_inflation(columns, n, [place]).item() for place in range(3)]
    assert found == pytest.approx(expected)
    singular = np.linalg.svd(rows / np.linalg.norm(rows, axis=0), compute_uv=False)
    expected = singular[0] / singular[-1]
    assert condition_number(np.column_stack([np.ones(12), columns]), n) == pytest.approx(expected)


def patterns_of(**columns):
    rng = np.random.default_rng(5)
    n = len(next(iter(columns.values())))
    return pd.DataFrame({"segment": "a", "scale_min": 1.0, "scale_max": 5.0, **columns}).assign(
        n_stayed=rng.integers(5, 20, n), n_left=rng.integers(5, 20, n)
    )


def test_a_covariate_that_repeats_another_entangles_both_and_not_satisfaction():
    rng = np.random.default_rng(2)
    visits = rng.normal(size=200)
    data = patterns_of(
        satisfaction=rng.integers(1, 6, 200).astype(float),
        visits=visits,
        hours=visits + 0.1 * rng.normal(size=200),
        channel=rng.choice(["shop", "web", "phone"], 200),
    )
    found = collinearity(fit(data, form="levels", adjust_for=["visits", "hours", "channel"]))
    assert list(found.inflation) == ["satisfaction", "visits", "hours", "channel"]
    assert found.entangled == ("visits", "hours")
    assert found.inflation["satisfaction"] < 2 and found.inflation["channel"] < 2


def test_a_covariate_that_repeats_satisfaction_is_found_in_every_form():
    rng = np.random.default_rng(2)
    satisfaction = rng.integers(1, 6, 400).astype(float)
    data = patterns_of(
        satisfaction=satisfaction, recommends=satisfaction + 0.1 * rng.normal(size=400)
    )
    for form in ("linear", "curved", "levels"):
        found = collinearity(fit(data, form=form, adjust_for=["recommends"]))
        assert found.entangled == ("satisfaction", "recommends"), form


def test_a_column_that_hardly_varies_entangles_nothing():
    rng = np.random.default_rng(3)
    data = patterns_of(
        satisfaction=rng.integers(1, 6, 200).astype(float), year=2000 + rng.normal(size=200)
    )
    found = collinearity(fit(data, adjust_for=["year"]))
    assert found.condition > 1000
    assert found.entangled == ()
