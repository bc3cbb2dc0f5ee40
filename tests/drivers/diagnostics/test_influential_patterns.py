"""Influence of patterns, against R, and against leaving them out."""

import numpy as np
import pandas as pd
import pytest

from saydo.drivers.diagnostics.influence import influence, largest_change, leverage
from saydo.drivers.fit import fit

DATA = pd.DataFrame(
    {
        "segment": "a",
        "satisfaction": [1.0, 2, 3, 4, 5] * 2,
        "scale_min": 1.0,
        "scale_max": 5.0,
        "tenure": np.repeat([0.0, 1.0], 5),
        "n_stayed": [3, 8, 20, 40, 30, 5, 9, 25, 60, 12],
        "n_left": [9, 8, 12, 10, 2, 3, 6, 11, 9, 6],
    }
)
# Patterns come sorted by satisfaction, R's rows by tenure.
ORDER = [0, 5, 1, 6, 2, 7, 3, 8, 4, 9]


def test_leverage_residuals_and_cooks_distances_equal_those_of_r():
    # R: x <- rep(1:5, 2); z <- rep(0:1, each = 5); s, l: the counts above
    #    m <- glm(cbind(s, l) ~ x + z, family = binomial, control = list(epsilon = 1e-14))
    #    cooks.distance(m); hatvalues(m); rstandard(m, type = "pearson")
    cooks = [0.1817672949208455, 0.0034984456900893, 0.0396795207254895, 0.0298575761758922]
    cooks += [0.3004634690356972, 0.1612636221695738, 0.0026470294120844, 0.0211400117327616]
    cooks += [0.6633598479862640, 0.7008503555459661]
    hat = [0.32750936588442, 0.24924974480159, 0.28023891224923, 0.40294347056528]
    hat += [0.31774432199730, 0.23399491705949, 0.23591764608064, 0.30241664167554]
    hat += [0.49904115256930, 0.15094382711722]
    residual = [-1.05815614273684, -0.17779869891907, -0.55293464076979, 0.36431207547304]
    residual += [1.39120505173431, 1.25846588343082, 0.16037249384312, -0.38247975451863]
    residual += [1.41340968581698, -3.43901293780149]
    found = leverage(fit(DATA, adjust_for=["tenure"]))
    assert found["cooks_distance"].to_list() == pytest.approx(np.array(cooks)[ORDER], rel=1e-8)
    assert found["leverage"].to_list() == pytest.approx(np.array(hat)[ORDER], rel=1e-8)
    assert found["residual"].to_list() == pytest.approx(np.array(residual)[ORDER], rel=1e-8)


def test_the_effect_without_a_pattern_is_that_of_the_others():
    table = influence(fit(DATA, adjust_for=["tenure"]), most=2, min_cell=1)
    # By R's distances first the satisfied of tenure 1, then those who answered 4.
    assert table["satisfaction"].to_list() == [5.0, 4.0]
    assert table["n"].to_list() == [18, 69]
    rest = DATA[(DATA.satisfaction != 5) | (DATA.tenure != 1)]
    expected = fit(rest, adjust_for=["tenure"]).marginal_effect().estimate
    assert table["effect_without"][0] == pytest.approx(expected)
    everyone = fit(DATA, adjust_for=["tenure"]).marginal_effect().estimate
    assert table["change"][0] == pytest.approx(expected - everyone)


def test_patterns_of_few_customers_are_not_described():
    table = influence(fit(DATA, adjust_for=["tenure"]), min_cell=20)
    few = table[table["reason"] != ""]
    assert few["rank"].to_list() == [1, 4, 5]  # 18, 12 and 8 customers
    told = ["satisfaction", "n", "leverage", "residual", "cooks_distance", "effect_without"]
    assert few[told].isna().all(axis=None)


def test_a_pattern_on_which_the_model_stands_is_told_with_the_reason():
    # Only some who answered 3 left: without them nobody did.
    data = DATA.head(5).assign(n_left=[0, 0, 20, 0, 0], n_stayed=30)
    table = influence(fit(data), min_cell=1)
    row = table[table["satisfaction"] == 3].iloc[0]
    assert row["reason"] == "nobody left"
    assert np.isnan(row["effect_without"])


def test_the_effect_moves_at_most_as_far_as_without_any_one_pattern():
    # Each of the ten left out in turn.
    fitted = fit(DATA, adjust_for=["tenure"])
    everyone = fitted.marginal_effect().estimate
    changes = [
        abs(fit(DATA.drop(index=row), adjust_for=["tenure"]).marginal_effect().estimate - everyone)
        for row in DATA.index
    ]
    at_most = largest_change(fitted)
    assert max(changes) <= at_most < max(changes) + 0.1
    assert influence(fitted)["at_most"].eq(at_most).all()


def test_where_without_a_pattern_nothing_is_left_no_bound_is_told():
    data = DATA.head(5).assign(n_left=[0, 0, 20, 0, 0], n_stayed=30)
    assert np.isnan(largest_change(fit(data), candidates=5))


def test_one_step_finds_the_pattern_that_moves_the_effect_most():
    # Of forty small patterns, each left out and the model fitted anew.
    rng = np.random.default_rng(4)
    data = pd.DataFrame(
        [(s, t) for s in (1.0, 2, 3, 4, 5) for t in np.arange(8.0)],
        columns=["satisfaction", "tenure"],
    ).assign(segment="a", scale_min=1.0, scale_max=5.0)
    n = rng.integers(5, 30, len(data))
    chance = 1 / (1 + np.exp(-0.4 * (data["satisfaction"] - 2) - 0.1 * data["tenure"]))
    data["n_stayed"] = rng.binomial(n, chance)
    data["n_left"] = n - data["n_stayed"]
    # One that goes against the rest.
    data.loc[len(data) - 1, ["n_stayed", "n_left"]] = 5, 25
    everyone = fit(data, adjust_for=["tenure"]).marginal_effect().estimate
    changes = [
        abs(fit(data.drop(index=row), adjust_for=["tenure"]).marginal_effect().estimate - everyone)
        for row in data.index
    ]
    first = largest_change(fit(data, adjust_for=["tenure"]), candidates=1)
    assert max(changes) <= first < max(changes) + 0.1
    assert sorted(changes)[-2] < max(changes) - 0.1  # so that only the right one will do
