"""E-values against published ones, and the standardised risk ratio against arithmetic."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from scipy.stats import norm

from saydo.drivers.e_value import RiskRatio, e_value, risk_ratio
from saydo.drivers.fit import fit


def test_e_values_are_those_of_vanderweele_and_ding():
    # VanderWeele & Ding (2017): babies without breast milk die of infections 3.9 times as often
    # (1.8 to 8.7): E-values 7.26, and 3.0 for the limit.
    published = RiskRatio(True, 3.9, 1.8, 8.7)
    assert published.e_value == pytest.approx(7.26, abs=0.005)
    assert published.e_value_of_limit == pytest.approx(3.0, abs=1e-9)


def test_a_protective_ratio_has_the_e_value_of_its_reciprocal():
    protective = RiskRatio(True, 1 / 3.9, 1 / 8.7, 1 / 1.8)
    assert protective.e_value == pytest.approx(7.26, abs=0.005)
    assert protective.e_value_of_limit == pytest.approx(3.0, abs=1e-9)


def test_an_interval_that_covers_one_needs_no_hidden_cause():
    assert RiskRatio(True, 1.4, 0.9, 2.2).e_value_of_limit == 1.0
    assert e_value(1.0) == 1.0
    with pytest.raises(ValueError, match="positive"):
        e_value(0.0)


def levels(n_stayed, n_left, satisfaction=(1.0, 2.0, 3.0, 4.0, 5.0)):
    return pd.DataFrame(
        {
            "segment": "a",
            "satisfaction": satisfaction,
            "scale_min": 1.0,
            "scale_max": 5.0,
            "n_stayed": n_stayed,
            "n_left": n_left,
        }
    )


def test_the_ratio_of_the_raw_table_is_dissatisfied_to_satisfied_leaving():
    # Levels fit the table exactly: of 200 dissatisfied 80 left, of 500 satisfied 50.
    data = levels([60, 60, 90, 180, 270], [40, 40, 10, 20, 30])
    found = risk_ratio(fit(data, form="levels"))
    assert found.of_leaving
    assert found.estimate == pytest.approx((80 / 200) / (50 / 500))
    # Katz et al. (1978, Biometrics 34): log ratio ± 1.96 √(1/80 − 1/200 + 1/50 − 1/500).
    reach = norm.ppf(0.975) * np.sqrt(1 / 80 - 1 / 200 + 1 / 50 - 1 / 500)
    assert np.log([found.ci_low, found.ci_high]) == pytest.approx(
        [np.log(4) - reach, np.log(4) + reach]
    )


def test_where_most_leave_the_ratio_is_satisfied_to_dissatisfied_staying():
    data = levels([30, 20, 10, 40, 40], [270, 180, 90, 60, 60])
    found = risk_ratio(fit(data, form="levels"))
    assert not found.of_leaving
    assert found.estimate == pytest.approx((80 / 200) / (50 / 500))
    reach = norm.ppf(0.975) * np.sqrt(1 / 80 - 1 / 200 + 1 / 50 - 1 / 500)
    assert np.log(found.ci_high) == pytest.approx(np.log(4) + reach)


def test_without_satisfied_answers_the_highest_stands_against_the_lowest():
    data = levels([60, 90], [40, 10], (1.0, 3.0))
    assert risk_ratio(fit(data)).estimate == pytest.approx(4.0)


def test_the_adjusted_ratio_gives_both_groups_everyones_covariates():
    rng = np.random.default_rng(8)
    grid = pd.MultiIndex.from_product([[1.0, 5.0], [0.0, 1.0, 2.0]]).to_frame(index=False)
    data = levels(rng.integers(30, 90, 6), rng.integers(10, 30, 6), grid[0]).assign(tenure=grid[1])
    fitted = fit(data, adjust_for=["tenure"])
    a, b, c = fitted.result.params
    n = (data.n_stayed + data.n_left).groupby(data.tenure).sum()
    left = {s: 1 - np.average(expit(a + b * s + c * n.index), weights=n) for s in (1.0, 5.0)}
    assert risk_ratio(fitted).estimate == pytest.approx(left[1.0] / left[5.0])
