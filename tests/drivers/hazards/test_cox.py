"""Cox's regression on counted start–stop spells, against published fits, R and statsmodels."""

import numpy as np
import pandas as pd
import pytest
from statsmodels.duration.hazard_regression import PHReg

from saydo.drivers.hazards.cox import cox
from saydo.drivers.separation import Separated
from saydo.errors import NotEstimable

# A table with ties among counted spells, late entries, and entries exactly when somebody leaves.
TIED = pd.DataFrame(
    {
        "start": [0, 0, 0, 2, 3, 0, 1, 4, 2, 5, 0, 3],
        "stop": [3, 5, 5, 6, 8, 4, 6, 9, 5, 9, 7, 10],
        "left": np.array([1, 1, 1, 0, 1, 0, 1, 1, 0, 0, 1, 0], bool),
        "n": [2, 3, 1, 4, 2, 5, 1, 2, 3, 4, 2, 6],
        "x": [1, 3, 2, 5, 4, 4, 2, 3, 5, 4, 1, 5],
        "z": [0, 1, 0, 1, 1, 0, 1, 0, 1, 0, 0, 1],
    }
)


def heart():
    datasets = pytest.importorskip("lifelines").datasets
    table = datasets.load_stanford_heart_transplants().rename(columns={"event": "left"})
    return table.assign(n=1)


HEART = ["age", "year", "surgery", "transplant"]


def many_spells(rng, size):
    start = rng.integers(0, 30, size).astype(float)
    return pd.DataFrame(
        {
            "start": start,
            "stop": start + rng.integers(1, 20, size),
            "left": rng.random(size) < 0.3,
            "n": rng.integers(1, 4, size),
            "x": rng.integers(1, 6, size),
            "z": rng.normal(size=size),
        }
    )


def test_the_recidivism_data_give_the_published_numbers():
    # Rossi, Berk & Lenihan (1980); lifelines' documentation and R's
    # coxph(Surv(week, arrest) ~ fin+age+race+wexp+mar+paro+prio): Efron's ties.
    rossi = pytest.importorskip("lifelines").datasets.load_rossi()
    spells = rossi.rename(columns={"week": "stop", "arrest": "left"}).assign(start=0, n=1)
    fit = cox(spells, ["fin", "age", "race", "wexp", "mar", "paro", "prio"])
    of = dict(zip(fit.names, fit.coefficients, strict=True))
    assert of["fin"] == pytest.approx(-0.3794, abs=5e-5)
    assert of["prio"] == pytest.approx(0.0915, abs=5e-5)
    assert fit.log_likelihood == pytest.approx(-658.75, abs=5e-3)
    # R: print(f$loglik, digits = 12)
    assert fit.log_likelihood_null == pytest.approx(-675.380632347, abs=1e-8)
    assert fit.log_likelihood == pytest.approx(-658.747659446, abs=1e-8)


def test_the_heart_transplants_give_the_published_numbers():
    # Crowley & Hu (1977). R: coxph(Surv(start,stop,event) ~ age+year+surgery+transplant, heart).
    fit = cox(heart(), HEART)
    expected = [0.0271666409577, -0.1463463456742, -0.6372098899681, -0.0102507724091]
    assert fit.coefficients == pytest.approx(expected, abs=1e-9)
    assert fit.log_likelihood == pytest.approx(-290.565616218, abs=1e-8)


def test_who_enters_exactly_when_somebody_leaves_is_not_at_risk_of_it():
    # Plain entry of statsmodels puts them into the risk set, and gives the wrong -0.0554.
    table = heart()
    wrong = PHReg(
        table["stop"], table[HEART], status=table["left"], entry=table["start"], ties="efron"
    ).fit(disp=False)
    assert wrong.params[3] == pytest.approx(-0.0554, abs=5e-5)
    assert wrong.llf == pytest.approx(-291.22, abs=5e-3)
    fit = cox(table, HEART)
    assert fit.coefficients[3] == pytest.approx(-0.01025, abs=5e-6)
    assert fit.log_likelihood == pytest.approx(-290.5656, abs=5e-5)


def test_tied_counted_late_spells_give_what_r_gives_on_rows():
    # R 4.2.2, survival 3.5-3: e <- d[rep(seq_len(nrow(d)), d$n),]
    # f <- coxph(Surv(start,stop,left) ~ x+z, e, ties="efron",
    #            control=coxph.control(eps=1e-14, iter.max=50)); coef(f); vcov(f); f$loglik
    fit = cox(TIED, ["x", "z"])
    assert fit.coefficients == pytest.approx([-1.87487428929, 2.54349398814], abs=1e-10)
    covariance = [[0.268863029832, -0.384785682329], [-0.384785682329, 0.903714718364]]
    assert fit.covariance == pytest.approx(np.array(covariance), abs=1e-10)
    assert fit.log_likelihood_null == pytest.approx(-37.1013376194, abs=1e-9)
    assert fit.log_likelihood == pytest.approx(-22.6189072881, abs=1e-9)
    assert fit.n_left == 13


def test_counts_are_rows_and_order_is_nothing():
    spells = many_spells(np.random.default_rng(5), 400)
    rows = spells.loc[spells.index.repeat(spells["n"])].assign(n=1)
    rows = rows.sample(frac=1, random_state=1)
    counted, expanded = cox(spells, ["x", "z"]), cox(rows, ["x", "z"])
    assert counted.coefficients == pytest.approx(expanded.coefficients, abs=1e-11)
    assert counted.covariance == pytest.approx(expanded.covariance, rel=1e-9)
    assert counted.log_likelihood == pytest.approx(expanded.log_likelihood, abs=1e-8)


def test_equals_statsmodels_with_entry_moved_just_after_leaving_times():
    spells = many_spells(np.random.default_rng(6), 300)
    rows = spells.loc[spells.index.repeat(spells["n"])]
    fit = cox(spells, ["x", "z"])
    other = PHReg(
        rows["stop"], rows[["x", "z"]], status=rows["left"], entry=rows["start"] + 0.5, ties="efron"
    ).fit(disp=False, method="newton", maxiter=100)
    assert fit.coefficients == pytest.approx(other.params, abs=1e-8)
    assert fit.std_errors == pytest.approx(other.bse, rel=1e-6)
    assert fit.log_likelihood == pytest.approx(other.llf, abs=1e-7)


def test_a_spell_cut_in_two_says_the_same():
    whole = many_spells(np.random.default_rng(7), 200)
    cut = whole[whole["stop"] - whole["start"] > 1]
    middle = cut["start"] + 1
    pieces = pd.concat(
        [
            whole[whole["stop"] - whole["start"] <= 1],
            cut.assign(stop=middle, left=False),
            cut.assign(start=middle),
        ]
    )
    one, other = cox(whole, ["x", "z"]), cox(pieces, ["x", "z"])
    assert one.coefficients == pytest.approx(other.coefficients, abs=1e-11)
    assert one.log_likelihood == pytest.approx(other.log_likelihood, abs=1e-9)


def test_units_and_origin_of_a_column_change_its_coefficient_alone():
    moved = TIED.assign(x=1e6 + TIED["x"] / 1000)
    fit, other = cox(TIED, ["x", "z"]), cox(moved, ["x", "z"])
    assert other.coefficients[0] == pytest.approx(1000 * fit.coefficients[0], rel=1e-6)
    assert other.coefficients[1] == pytest.approx(fit.coefficients[1], rel=1e-6)
    assert other.log_likelihood == pytest.approx(fit.log_likelihood, abs=1e-7)


@pytest.mark.parametrize("count", [1, 100, 10_000])
@pytest.mark.parametrize("values", [(1, 1, 0, 0), (0, 0, 1, 1)])
def test_a_monotone_likelihood_is_refused(values, count):
    # Whoever leaves has always the highest (or lowest) x of those at risk.
    spells = pd.DataFrame(
        {"start": 0, "stop": [1, 2, 3, 4], "left": [True, True, True, False], "n": count}
    ).assign(x=values, z=[1, 0, 1, 0])
    with pytest.raises(Separated, match="with x it can be told exactly"):
        cox(spells, ["x"])


def test_one_contrary_customer_among_millions_makes_the_estimate_finite():
    spells = pd.DataFrame(
        {
            "start": 0,
            "stop": [1, 2, 1, 3],
            "left": [True, True, True, False],
            "n": [10**6, 10**6, 1, 10**6],
            "x": [1, 1, 0, 0],
        }
    )
    # One of 2e6 + 1 leavers had x = 0, who were exposed while 2e6 with x = 1 all left: the standard
    # error is about that of one Poisson event.
    fit = cox(spells, ["x"])
    assert 14 < fit.coefficients[0] < 18
    assert fit.std_errors[0] == pytest.approx(1, abs=0.01)


def test_columns_alike_within_every_risk_set_are_refused():
    # x differs, but never among those at risk at the same time.
    spells = pd.DataFrame(
        {"start": [0, 0, 5, 5], "stop": [2, 3, 7, 8], "left": True, "n": 3, "x": [1, 1, 2, 2]}
    )
    with pytest.raises(NotEstimable, match="at risk at the same time"):
        cox(spells, ["x"])


def test_collinear_columns_are_refused():
    with pytest.raises(NotEstimable, match="apart from the covariates"):
        cox(TIED.assign(y=TIED["x"] + TIED["z"]), ["x", "z", "y"])


def test_nobody_left_is_refused_and_empty_spells_are_a_mistake():
    with pytest.raises(NotEstimable, match="nobody left"):
        cox(TIED.assign(left=False), ["x"])
    with pytest.raises(ValueError, match="end after it starts"):
        cox(TIED.assign(stop=TIED["start"]), ["x"])
