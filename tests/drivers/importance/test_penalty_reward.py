"""Penalty and reward: regressions of rows, and kinds that are known."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from saydo.drivers.importance.penalty_reward import KINDS, penalty_reward
from saydo.errors import NotEstimable


def made(seed, effects, n=2000, noise=0.5):
    """Scores with known changes of satisfaction below and above the middle."""
    rng = np.random.default_rng(seed)
    met = pd.DataFrame({name: rng.integers(-1, 2, n) for name in effects})
    satisfaction = 3 + rng.normal(0, noise, n)
    for name, (penalty, reward) in effects.items():
        satisfaction += np.select([met[name] < 0, met[name] > 0], [penalty, reward], 0.0)
    return (met + 3).assign(satisfaction=satisfaction.round(1)).astype(float)


KNOWN = {
    "basic": (-1.0, 0.0),
    "performance": (-0.8, 0.8),
    "excitement": (0.0, 1.0),
    "indifferent": (0.0, 0.0),
}


def test_every_kind_is_found_where_it_is_known(responses_of):
    found = penalty_reward(responses_of(made(1, KNOWN, n=8000)), segment="all")
    found = found.set_index("attribute")
    assert found["kind"].to_dict() == {kind: kind for kind in KNOWN}
    for name, (penalty, reward) in KNOWN.items():
        row = found.loc[name]
        assert row["penalty_low"] < penalty < row["penalty_high"]
        assert row["reward_low"] < reward < row["reward_high"]
    assert set(found["penalty_reward_n"]) == {8000}


def test_estimates_and_intervals_are_those_of_statsmodels_on_rows(responses_of):
    table = made(2, KNOWN, n=500)
    found = penalty_reward(responses_of(table), segment="all").set_index("attribute")
    dummies = pd.DataFrame(
        {
            f"{term} {name}": (np.sign(table[name] - 3) == side).astype(float)
            for name in KNOWN
            for term, side in (("penalty", -1), ("reward", 1))
        }
    )
    model = sm.OLS(table["satisfaction"], sm.add_constant(dummies))
    result = model.fit(cov_type="HC3", use_t=True)
    limits = result.conf_int()
    for name in KNOWN:
        for term in ("penalty", "reward"):
            row, key = found.loc[name], f"{term} {name}"
            assert row[term] == pytest.approx(result.params[key], abs=1e-10)
            assert row[f"{term}_low"] == pytest.approx(limits.loc[key, 0], abs=1e-9)
            assert row[f"{term}_high"] == pytest.approx(limits.loc[key, 1], abs=1e-9)


def test_with_little_data_the_kind_is_unclear_and_not_basic(responses_of):
    # A clear penalty, and a reward that could be as large: not seen is not absent.
    effects = {"speed": (-0.6, 0.3)}
    found = penalty_reward(responses_of(made(5, effects, n=60, noise=0.9)), segment="all")
    row = found.iloc[0]
    assert row["penalty_high"] < 0 < row["reward_high"] and row["reward_low"] < 0
    assert row["kind"] == "unclear"


def test_better_scores_with_less_satisfaction_are_no_kind(responses_of):
    found = penalty_reward(responses_of(made(4, {"speed": (-0.5, -0.5)})), segment="all")
    assert found["kind"].item() == "unclear"


def test_what_few_experienced_is_not_shown_and_harms_no_other(responses_of):
    table = made(5, {"speed": (-0.5, 0.5), "price": (-0.5, 0.5)}, n=600)
    table.loc[table["price"] == 2, "price"] = 3.0
    # A single respondent below: their residual is 0, and no error can be had from it.
    table.loc[0, "price"] = 2.0
    found = penalty_reward(responses_of(table), segment="all").set_index("attribute")
    assert found.loc["price", ["penalty", "penalty_low"]].isna().all()
    assert found.loc["price", "kind"] == "unclear"
    # As if the one were not there.
    without = penalty_reward(responses_of(table[1:]), segment="all").set_index("attribute")
    np.testing.assert_allclose(
        found.loc["speed", ["penalty", "penalty_low", "reward_high"]].astype(float),
        without.loc["speed", ["penalty", "penalty_low", "reward_high"]].astype(float),
        rtol=0.01,
    )


def test_where_nobody_is_in_the_middle_there_is_neither_penalty_nor_reward(responses_of):
    table = made(6, {"speed": (-0.5, 0.5), "price": (-0.5, 0.5)})
    table = table[table["price"] != 3]
    found = penalty_reward(responses_of(table), segment="all").set_index("attribute")
    assert found.loc["price", ["penalty", "reward"]].isna().all()
    assert found.loc["speed", "kind"] == "performance"


def test_who_gave_no_expectation_is_left_out_and_counted(responses_of):
    table = made(7, {"speed": (-0.5, 0.5)}, n=300)
    met = np.sign(table[["speed"]] - 3)
    met.loc[:99] = np.nan
    found = penalty_reward(responses_of(table, met=met), segment="all")
    assert found["penalty_reward_n"].item() == 200


def test_attributes_that_rise_and_fall_together_are_refused(responses_of):
    table = made(8, {"speed": (-0.5, 0.5)}, n=300)
    with pytest.raises(NotEstimable, match="can't be told apart"):
        penalty_reward(responses_of(table.assign(price=table["speed"])), segment="all")
    with pytest.raises(NotEstimable, match="satisfaction did not vary"):
        penalty_reward(responses_of(table.assign(satisfaction=4.0)), segment="all")


def test_every_kind_has_its_label():
    assert set(KINDS) == {*KNOWN, "unclear"}
