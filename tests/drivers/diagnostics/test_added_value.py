"""What satisfaction adds, on customers whom the models have not seen."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.special import expit

from saydo.drivers.diagnostics.added import added_value, likelihood_ratio
from saydo.drivers.diagnostics.held_out import held_out
from saydo.drivers.discrimination import auc
from saydo.drivers.fit import fit
from saydo.errors import NotEstimable


def simulated(slope, *, n=3000, seed=0, noise=0):
    rng = np.random.default_rng(seed)
    rows = pd.DataFrame(
        {"satisfaction": rng.integers(1, 6, n) * 1.0, "tenure": rng.integers(0, 8, n) / 2}
        | {f"noise{k}": rng.integers(0, 2, n) * 1.0 for k in range(noise)}
    )
    names = list(rows)
    stays = rng.random(n) < expit(0.3 + slope * (rows.satisfaction - 3) + 0.4 * (rows.tenure - 2))
    counts = rows.assign(n_stayed=stays * 1, n_left=~stays * 1).groupby(names, as_index=False).sum()
    return counts.assign(segment="a", scale_min=1.0, scale_max=5.0)


def test_every_customer_is_held_out_once():
    data = simulated(0.5)
    table = held_out(fit(data, adjust_for=["tenure"]))
    assert table["fold"].nunique() == 10
    assert (
        table[["n_stayed", "n_left"]].sum().tolist() == data[["n_stayed", "n_left"]].sum().tolist()
    )
    shares = table.groupby("fold")[["n_stayed", "n_left"]].sum()
    assert (shares.max() - shares.min()).max() <= 1


def test_a_part_is_told_by_a_model_of_the_others():
    data = simulated(0.5)
    fitted = fit(data, adjust_for=["tenure"])
    table = held_out(fitted)
    matrix = fitted.design.matrix
    part = table[table["fold"] == 3]
    counts = fitted.patterns[["n_stayed", "n_left"]].to_numpy(float).copy()
    counts[part["pattern"]] -= part[["n_stayed", "n_left"]].to_numpy(float)
    again = sm.GLM(counts, matrix, family=sm.families.Binomial()).fit(tol=1e-12)
    assert again.predict(matrix)[part["pattern"]] == pytest.approx(part["chance"].to_numpy())
    bare = sm.GLM(counts, matrix[:, [0, 2]], family=sm.families.Binomial()).fit(tol=1e-12)
    assert bare.predict(matrix[:, [0, 2]])[part["pattern"]] == pytest.approx(
        part["without"].to_numpy()
    )


def test_satisfaction_that_matters_adds_and_noise_does_not():
    true = added_value(held_out(fit(simulated(0.6), adjust_for=["tenure"]))).set_index("measure")
    assert (true["ci_low"] > 0).all()
    gained = true["with_satisfaction"] - true["without"]
    assert gained.to_list() == pytest.approx(true["difference"].to_list())
    none = added_value(held_out(fit(simulated(0.0), adjust_for=["tenure"]))).set_index("measure")
    assert (none["ci_low"] < 0).all()


def test_the_area_on_unseen_customers_is_near_that_of_the_truth():
    data = simulated(0.6, n=20000, seed=3)
    table = added_value(held_out(fit(data, adjust_for=["tenure"]))).set_index("measure")
    chance = 0.6 * data.satisfaction + 0.4 * data.tenure
    assert table.loc["auc", "with_satisfaction"] == pytest.approx(
        auc(chance, data.n_stayed, data.n_left), abs=0.005
    )
    assert table.loc["auc", "without"] == pytest.approx(
        auc(data.tenure, data.n_stayed, data.n_left), abs=0.005
    )


def test_without_covariates_nothing_is_what_satisfaction_is_compared_with():
    table = added_value(held_out(fit(simulated(0.6)))).set_index("measure")
    assert table.loc["auc", "without"] == 0.5
    assert table.loc["discrimination_slope", "without"] == pytest.approx(0, abs=1e-3)
    assert table.loc["deviance_explained", "without"] == pytest.approx(0, abs=1e-4)


def test_a_model_of_noise_does_worse_on_unseen_customers_than_none():
    # 300 customers, 8 columns of coins: in the sample they explain something, outside less than 0.
    data = simulated(0.0, n=300, noise=8, seed=5)
    names = [f"noise{k}" for k in range(8)]
    table = added_value(held_out(fit(data, adjust_for=names))).set_index("measure")
    assert table.loc["deviance_explained", "without"] < 0


def test_the_likelihood_ratio_is_that_of_nested_models():
    data = simulated(0.1)
    row = likelihood_ratio(fit(data, form="levels", adjust_for=["tenure"])).iloc[0]
    counts = data[["n_stayed", "n_left"]]
    dummies = pd.get_dummies(data.satisfaction, drop_first=True, dtype=float)
    family = sm.families.Binomial()
    bare = sm.GLM(counts, sm.add_constant(data[["tenure"]]), family=family).fit()
    full = sm.GLM(counts, sm.add_constant(dummies.assign(tenure=data.tenure)), family=family).fit()
    assert row["statistic"] == pytest.approx(bare.deviance - full.deviance, rel=1e-7)
    assert row["df"] == 4


def test_too_few_to_set_aside_is_refused():
    data = simulated(0.5, n=14)
    with pytest.raises(NotEstimable, match="too few"):
        held_out(fit(data))


def test_every_measure_has_an_interval_of_its_own():
    # Deviance explained and slope are means over customers: their errors as of any mean.
    told = held_out(fit(simulated(0.6), adjust_for=["tenure"]))
    table = added_value(told).set_index("measure")
    assert (table["with_low"] < table["with_satisfaction"]).all()
    assert (table["with_satisfaction"] < table["with_high"]).all()
    long = told.loc[told.index.repeat(told["n_stayed"])]["chance"]
    left = told.loc[told.index.repeat(told["n_left"])]["chance"]
    error = np.sqrt(long.var() / len(long) + left.var() / len(left))
    slope = table.loc["discrimination_slope"]
    assert slope["with_satisfaction"] == pytest.approx(long.mean() - left.mean())
    assert slope["with_high"] - slope["with_satisfaction"] == pytest.approx(1.959964 * error)
