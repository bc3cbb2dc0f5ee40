"""Discrete-time hazards on patterns, against R's glm on person-months and closed forms."""

import numpy as np
import pandas as pd
import pytest

from saydo.drivers.hazards.discrete import (
    LINKS,
    discrete_hazards,
    months_at_risk,
    retention_over,
)
from saydo.drivers.separation import Separated
from saydo.errors import NotEstimable, UnknownName

SPELLS = pd.DataFrame(
    {
        "start": [0, 0, 0, 2, 3, 0, 1, 4, 2, 5, 0, 3],
        "stop": [3, 5, 5, 6, 8, 4, 6, 9, 5, 9, 7, 10],
        "left": np.array([1, 1, 1, 0, 1, 0, 1, 1, 0, 0, 1, 0], bool),
        "n": [2, 3, 1, 4, 2, 5, 1, 2, 3, 4, 2, 6],
        "satisfaction": [1, 3, 2, 5, 4, 4, 2, 3, 5, 4, 1, 5],
        "z": [0, 1, 0, 1, 1, 0, 1, 0, 1, 0, 0, 1],
    }
)


def two_levels(*, leavers=(20, 5), months=(1000, 1000), tenure=24):
    """Customers watched for two years at one of two answers; some leave in the last month."""
    rows = []
    for score, n_left, n_months in zip((2, 4), leavers, months, strict=True):
        n = n_months // tenure
        rows.append((0, tenure, float(score), True, n_left))
        rows.append((0, tenure, float(score), False, n - n_left))
    return pd.DataFrame(rows, columns=["start", "stop", "satisfaction", "left", "n"])


@pytest.mark.parametrize(
    ("link", "estimates", "errors"),
    [
        # R 4.2.2, on a row per customer and month (month in (start+1):stop):
        # m$step <- cut(m$month, c(0,4,6,Inf))
        # glm(y ~ 0+step+x+z, binomial(link="cloglog" | "logit"), m, epsilon=1e-14)
        (
            "cloglog",
            [-0.792800492354, 1.231712918756, 3.470042463971, -1.719783049241, 2.431436443927],
            [0.895428064375, 0.791138288848, 1.524246279265, 0.461063630213, 0.939271330211],
        ),
        (
            "logit",
            [-0.277588168144, 2.388667000322, 4.889681575015, -2.123679811041, 2.912808353541],
            [0.975284009228, 1.073535442505, 1.891187780226, 0.577603493644, 1.165304568171],
        ),
    ],
)
def test_counted_spells_give_what_r_gives_on_months(link, estimates, errors):
    fit = discrete_hazards(SPELLS, link=link, adjust_for=["z"], edges=(4, 6))
    assert fit.result.params.to_numpy() == pytest.approx(estimates, abs=1e-6)
    assert fit.result.bse.to_numpy() == pytest.approx(errors, rel=2e-6)
    assert fit.terms == ("satisfaction", "z")


def test_months_at_risk_are_those_of_a_walk():
    edges = (4.0, 6.0, np.inf)
    counted = months_at_risk(SPELLS, edges=edges, names=["satisfaction", "z"])
    walked = {}
    for row in SPELLS.itertuples():
        for month in range(row.start + 1, row.stop + 1):
            step = int(np.searchsorted(edges, month))
            leaves = bool(row.left and month == row.stop)
            key = (step, row.satisfaction, row.z, leaves)
            walked[key] = walked.get(key, 0) + row.n
    found = {
        (row.step, row.satisfaction, row.z, leaves): getattr(row, name)
        for row in counted.itertuples()
        for leaves, name in ((True, "n_left"), (False, "n_stayed"))
        if getattr(row, name)
    }
    assert found == walked


@pytest.mark.parametrize("link", LINKS)
def test_with_one_hazard_per_answer_retention_is_a_power(link):
    # Two answers and two coefficients: the model is saturated, the hazard of a month n_left/months.
    spells = two_levels()
    months = spells.assign(months=spells["n"] * 24).groupby("satisfaction")["months"].sum()
    fit = discrete_hazards(spells, link=link, edges=())
    table = retention_over(fit).set_index("satisfaction")
    for score, n_left in ((2.0, 20), (4.0, 5)):
        hazard = n_left / months[score]
        assert table.loc[score, "retention"] == pytest.approx(100 * (1 - hazard) ** 12, rel=1e-9)
        # Delta method on log(-log): the variance of log(-log(1 - h)) from that of h, which the
        # twelfth power only shifts.
        error = np.sqrt(hazard * (1 - hazard) / months[score]) / (
            (1 - hazard) * -np.log(1 - hazard)
        )
        share = (1 - hazard) ** 12
        expected = 100 * share ** np.exp(1.959963985 * error)
        assert table.loc[score, "ci_low"] == pytest.approx(expected, rel=1e-7)


@pytest.mark.parametrize("link", LINKS)
def test_retention_is_the_mean_over_months_watched_and_its_interval_that_of_its_gradient(link):
    fit = discrete_hazards(SPELLS, link=link, adjust_for=["z"], edges=(4, 6))

    def retention(parameters, level):
        # Month by month, for each month at risk after which two more months can be seen.
        total = weight = 0.0
        for row in SPELLS.itertuples():
            for origin in range(row.start, row.stop):
                if origin + 3 > 10:
                    continue
                stays = 1.0
                for month in range(origin + 1, origin + 4):
                    step = int(np.searchsorted([4, 6], month))
                    x = parameters[step] + parameters[3] * level + parameters[4] * row.z
                    stays *= np.exp(-np.exp(x)) if link == "cloglog" else 1 / (1 + np.exp(x))
                total, weight = total + row.n * stays, weight + row.n
        return total / weight

    parameters = fit.result.params.to_numpy()
    covariance = fit.result.cov_params().to_numpy()
    table = retention_over(fit, months=3).set_index("satisfaction")
    for level in (1.0, 4.0):
        share = retention(parameters, level)
        assert table.loc[level, "retention"] == pytest.approx(100 * share, rel=1e-9)
        gradient = np.array(
            [
                (retention(parameters + step, level) - retention(parameters - step, level)) / 2e-5
                for step in 1e-5 * np.eye(5)
            ]
        )
        error = np.sqrt(gradient @ covariance @ gradient) / (share * -np.log(share))
        bounds = 100 * share ** np.exp(1.959963985 * error * np.array([1, -1]))
        assert table.loc[level, ["ci_low", "ci_high"]].to_numpy() == pytest.approx(bounds, rel=1e-5)


def test_the_baseline_steps_where_enough_left_on_both_sides():
    spells = pd.DataFrame(
        {
            "start": 0,
            "stop": [1, 2, 3, 4, 5, 40],
            "left": [True, True, True, True, True, False],
            "n": [6, 6, 30, 8, 4, 500],
            "satisfaction": [1.0, 2.0, 1.0, 2.0, 1.0, 2.0],
        }
    )
    # 6 in month 1 are too few, 12 until month 2 are not, 30 in month 3 neither; 12 leave after it.
    assert discrete_hazards(spells).edges == (2.0, 3.0, np.inf)


def test_an_answer_after_which_nobody_left_is_refused_as_infinite():
    spells = two_levels(leavers=(20, 0))
    with pytest.raises(Separated):
        discrete_hazards(spells)


def test_nobody_left_and_nobody_watched_for_so_long_are_refused():
    with pytest.raises(NotEstimable, match="nobody left"):
        discrete_hazards(SPELLS.assign(left=False))
    fit = discrete_hazards(SPELLS, edges=())
    with pytest.raises(NotEstimable, match="nobody was watched for that long"):
        retention_over(fit, months=11)


def test_an_unknown_link_is_named_with_those_there_are():
    with pytest.raises(UnknownName, match="cloglog, logit"):
        discrete_hazards(SPELLS, link="probit")
