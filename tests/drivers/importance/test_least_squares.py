"""Least squares: NIST's certified digits, exact rational arithmetic, statsmodels on rows."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from statsmodels.stats.outliers_influence import variance_inflation_factor

from saydo.drivers.importance.least_squares import least_squares
from saydo.errors import NotEstimable

DATA = Path(__file__).parents[2] / "data"


def digits(found, certified):
    """Correct significant digits of the worst (NIST's log relative error)."""
    error = np.abs(np.asarray(found) / np.asarray(certified) - 1)
    return -np.log10(np.maximum(error, 1e-17)).min()


def exact(matrix, outcome):
    """The least-squares solution without any rounding, from rational normal equations."""
    rows = [[Fraction(cell) for cell in row] for row in matrix]
    y = [Fraction(value) for value in outcome]
    size = len(rows[0])
    system = [
        [sum(row[i] * row[j] for row in rows) for j in range(size)]
        + [sum(row[i] * value for row, value in zip(rows, y, strict=True))]
        for i in range(size)
    ]
    for i in range(size):
        system[i] = [cell / system[i][i] for cell in system[i]]
        for other in range(size):
            if other != i:
                factor = system[other][i]
                system[other] = [
                    cell - factor * pivot
                    for cell, pivot in zip(system[other], system[i], strict=True)
                ]
    return [float(row[-1]) for row in system]


def longley():
    # R's table is NIST's in other units: GNP / 1,000, thousands of people / 1,000 or / 10.
    table = pd.read_csv(DATA / "longley.csv")
    units = {
        "GNP.deflator": 1,
        "GNP": 1000,
        "Unemployed": 10,
        "Armed.Forces": 10,
        "Population": 1000,
        "Year": 1,
    }
    regressors = pd.DataFrame({name: (table[name] * by).round(1) for name, by in units.items()})
    return regressors, (table["Employed"] * 1000).round(0)


def test_longley_has_eleven_certified_digits():
    # NIST StRD, Longley, certified values.
    fitted = least_squares(*longley())
    certified = [
        -3482258.63459582,
        15.0618722713733,
        -0.0358191792925910,
        -2.02022980381683,
        -1.03322686717359,
        -0.0511041056535807,
        1829.15146461355,
    ]
    errors = [
        890420.383607373,
        84.9149257747669,
        0.0334910077722432,
        0.488399681651699,
        0.214274163161675,
        0.226073200069370,
        455.478499142212,
    ]
    assert digits(fitted.coefficients, certified) >= 11
    assert digits(np.sqrt(np.diag(fitted.covariance)), errors) >= 11
    assert digits(fitted.residual_deviation, 304.854073561965) >= 11
    assert digits(fitted.r_squared, 0.995479004577296) >= 11
    assert fitted.names[:3] == ("intercept", "GNP.deflator", "GNP")


def test_filip_has_seven_certified_digits_where_lapack_has_none():
    # NIST StRD, Filip, certified values.
    table = pd.read_csv(DATA / "filip.csv")
    powers = pd.DataFrame({f"x{power}": table["x"] ** power for power in range(1, 11)})
    certified = [
        -1467.48961422980,
        -2772.17959193342,
        -2316.37108160893,
        -1127.97394098372,
        -354.478233703349,
        -75.1242017393757,
        -10.8753180355343,
        -1.06221498588947,
        -0.0670191154593408,
        -0.00246781078275479,
        -0.0000402962525080404,
    ]
    fitted = least_squares(powers, table["y"])
    assert digits(fitted.coefficients, certified) >= 7
    assert digits(fitted.r_squared, 0.996727416185620) >= 11
    assert fitted.condition_number == pytest.approx(5.2e9, rel=0.01)
    ordinary = np.linalg.lstsq(sm.add_constant(powers), table["y"], rcond=None)[0]
    assert digits(ordinary, certified) < 1
    # What is missing is lost in the powers, rounded before they came here: the answer to *these*
    # columns is right to the last digits.
    matrix = np.column_stack([np.ones(len(table)), powers])
    assert digits(fitted.coefficients, exact(matrix, table["y"])) > 14


def rated(seed, n=300):
    rng = np.random.default_rng(seed)
    values = pd.DataFrame(rng.integers(1, 4, (n, 3)).astype(float), columns=["a", "b", "c"])
    outcome = (values["a"] + rng.integers(1, 4, n) > 3) * 2.0 + values["c"]
    return values, outcome.rename("y")


def test_counts_are_rows_and_both_equal_statsmodels():
    values, outcome = rated(1)
    patterns = pd.concat([values, outcome], axis=1).value_counts().rename("n").reset_index()
    fitted = least_squares(patterns[["a", "b", "c"]], patterns["y"], counts=patterns["n"])
    model = sm.OLS(outcome, sm.add_constant(values))
    plain, robust = model.fit(), model.fit(cov_type="HC3")
    np.testing.assert_allclose(fitted.coefficients, plain.params, rtol=1e-11)
    np.testing.assert_allclose(fitted.covariance, plain.cov_params(), rtol=1e-9, atol=1e-15)
    np.testing.assert_allclose(fitted.robust_covariance, robust.cov_params(), rtol=1e-9, atol=1e-15)
    assert fitted.r_squared == pytest.approx(plain.rsquared, rel=1e-12)
    assert (fitted.n, fitted.df_residual) == (300, plain.df_resid)
    matrix = sm.add_constant(values).to_numpy()
    inflation = [variance_inflation_factor(matrix, place) for place in (1, 2, 3)]
    np.testing.assert_allclose(fitted.vif, inflation, rtol=1e-10)


def test_columns_that_say_the_same_are_refused_with_the_condition_number():
    values, outcome = rated(2)
    values["d"] = values["a"] + values["b"]
    with pytest.raises(NotEstimable, match=r"a, b, c, d can't be told apart \(condition number"):
        least_squares(values, outcome)


def test_a_constant_column_and_too_few_rows_are_refused():
    values, outcome = rated(3)
    with pytest.raises(NotEstimable, match="b did not vary"):
        least_squares(values.assign(b=2.0), outcome)
    with pytest.raises(NotEstimable, match="4 coefficients need more than 4 responses"):
        least_squares(values[:4], outcome[:4])
