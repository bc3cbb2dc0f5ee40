"""Estimating equations on counted histories: the same numbers as on rows of customers."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from saydo.drivers.panel.gee import gee
from saydo.drivers.separation import Separated
from saydo.errors import NotEstimable


def counted(seed=0, n_histories=60):
    """Histories of one to five waves, each of one to six customers."""
    rng = np.random.default_rng(seed)
    rows = []
    for history in range(n_histories):
        level, n = rng.normal(), rng.integers(1, 7)
        for wave in range(rng.integers(1, 6)):
            satisfaction = rng.integers(1, 6)
            chance = 1 / (1 + np.exp(-(-1 + 0.4 * satisfaction + level)))
            rows.append((history, n, wave, satisfaction, int(rng.random() < chance)))
    return pd.DataFrame(rows, columns=["history", "n", "wave", "satisfaction", "stayed"])


def design(rows):
    dummies = [(rows["wave"] == wave).to_numpy(float) for wave in range(1, 5)]
    return np.column_stack([np.ones(len(rows)), rows["satisfaction"], *dummies])


NAMES = ("intercept", "satisfaction", "w1", "w2", "w3", "w4")


def fitted(rows, correlation):
    return gee(
        design(rows),
        rows["stayed"].to_numpy(),
        rows["history"].to_numpy(),
        rows["n"].to_numpy(),
        names=NAMES,
        correlation=correlation,
    )


def of_statsmodels(rows, structure, cov_type):
    copies = [
        part.assign(customer=f"{history}-{copy}")
        for history, part in rows.groupby("history")
        for copy in range(part["n"].iloc[0])
    ]
    expanded = pd.concat(copies, ignore_index=True)
    model = sm.GEE(
        expanded["stayed"].to_numpy(),
        design(expanded),
        groups=expanded["customer"].to_numpy(),
        family=sm.families.Binomial(),
        cov_struct=structure,
    )
    return model.fit(cov_type=cov_type, ctol=1e-13, maxiter=500)


@pytest.mark.parametrize(
    ("correlation", "structure"),
    [
        ("independence", sm.cov_struct.Independence),
        ("exchangeable", sm.cov_struct.Exchangeable),
    ],
)
def test_counted_histories_give_what_statsmodels_gives_on_rows(correlation, structure):
    rows = counted()
    ours = fitted(rows, correlation)
    theirs = of_statsmodels(rows, structure(), "robust")
    np.testing.assert_allclose(ours.params, theirs.params, rtol=0, atol=1e-9)
    np.testing.assert_allclose(ours.sandwich, theirs.cov_params(), rtol=1e-8, atol=1e-11)
    if correlation == "exchangeable":
        assert ours.alpha == pytest.approx(float(theirs.cov_struct.dep_params), abs=1e-9)
        assert ours.alpha > 0.05
    corrected = of_statsmodels(rows, structure(), "bias_reduced").cov_params()
    np.testing.assert_allclose(ours.covariance, corrected, rtol=1e-8, atol=1e-11)
    assert (np.diag(ours.covariance) > np.diag(ours.sandwich)).all()


def test_one_wave_each_is_a_logistic_regression_with_heteroscedastic_errors():
    # Without repetition clusters are rows: the sandwich is White's, HC0.
    rows = counted().drop_duplicates("history").reset_index(drop=True)
    matrix = design(rows)[:, :2]
    args = rows["stayed"].to_numpy(), rows["history"].to_numpy(), rows["n"].to_numpy()
    ours = gee(matrix, *args, names=NAMES[:2], correlation="independence")
    copies = np.repeat(np.arange(len(rows)), rows["n"])
    model = sm.GLM(args[0][copies], matrix[copies], family=sm.families.Binomial())
    theirs = model.fit(cov_type="HC0", tol=1e-14)
    np.testing.assert_allclose(ours.params, theirs.params, atol=1e-9)
    np.testing.assert_allclose(ours.sandwich, theirs.cov_params(), rtol=1e-8)
    with pytest.raises(NotEstimable, match=r"too few .* seen in two waves"):
        gee(matrix, *args, names=NAMES[:2], correlation="exchangeable")


def test_separated_data_are_refused_by_name():
    rows = counted()
    rows["stayed"] = (rows["satisfaction"] >= 4).astype(int)
    with pytest.raises(Separated) as refusal:
        fitted(rows, "independence")
    assert "satisfaction" in refusal.value.columns


def test_a_coefficient_decided_by_one_customer_is_refused():
    rows = counted()
    only = rows.index[rows["history"] == rows.loc[rows["wave"] == 1, "history"].iloc[0]][:2]
    rows.loc[rows["history"] == rows.loc[only[0], "history"], "n"] = 1
    rows.loc[only, "stayed"] = [0, 1]
    flag = np.zeros(len(rows))
    flag[only] = 1.0
    with pytest.raises(NotEstimable, match="a single customer decides"):
        gee(
            np.column_stack([design(rows)[:, :2], flag]),
            rows["stayed"].to_numpy(),
            rows["history"].to_numpy(),
            rows["n"].to_numpy(),
            names=("intercept", "satisfaction", "flag"),
            correlation="independence",
        )
