"""What if the silent were less satisfied than those like them?"""

from functools import partial

import numpy as np
import pytest

from saydo.drivers.answering import (
    as_if,
    as_weighted,
    by_delta,
    marginal_effect,
    response_weights,
    tipping_point,
)
from saydo.drivers.answering.reweighted import mean_satisfaction

effect = partial(marginal_effect, adjust_for=("usage",))


def test_at_zero_it_is_the_weighted_estimate_and_its_error(simulated, counted):
    weights = response_weights(counted(simulated(900, 1)))
    for reading in (mean_satisfaction, effect):
        for among in ("everyone", "stayed", "left"):
            found = reading(as_if(weights, delta=0.0, among=among))
            assert found.value == pytest.approx(reading(as_weighted(weights)).value, abs=1e-8)
            assert found.std_error == pytest.approx(reading(as_weighted(weights)).std_error)


def test_the_mean_falls_by_delta_times_the_share_of_the_silent(small):
    # On 0 to 10, answers of 4 to 8 can fall by 2 without leaving the scale: 106 of 230 are silent.
    rows = small().assign(scale_min=0.0, scale_max=10.0)
    weights = response_weights(rows, on=("cell",), use_outcome=False)
    table = by_delta(weights, mean_satisfaction, deltas=(0.0, 2.0)).set_index("delta")
    fall = table.loc[0.0, "estimate"] - table.loc[2.0, "estimate"]
    assert fall == pytest.approx(2 * 106 / 230, rel=1e-9)
    # Of those alone who left: 64 of them are silent.
    table = by_delta(weights, mean_satisfaction, deltas=(0.0, 2.0), among="left")
    assert -np.diff(table["estimate"])[0] == pytest.approx(2 * 64 / 230, rel=1e-9)


def test_nobody_falls_off_the_scale(small):
    weights = response_weights(small(), on=("kind",))
    answers = as_if(weights, delta=3.0)
    assert answers.satisfaction.min() == 1.0
    assert as_if(weights, delta=-3.0).satisfaction.max() == 5.0


def test_the_tipping_point_is_where_the_interval_reaches_the_target(small):
    rows = small().assign(scale_min=0.0, scale_max=10.0)
    weights = response_weights(rows, on=("cell",), use_outcome=False)
    turn = tipping_point(weights, mean_satisfaction, against=3.0)
    low = by_delta(weights, mean_satisfaction, deltas=(turn,))["ci_low"].item()
    assert low == pytest.approx(3.0, abs=1e-5)
    # From below: a mean that is under a target, reached if the silent were more satisfied, only.
    assert tipping_point(weights, mean_satisfaction, against=9.9) is None
    now = mean_satisfaction(as_weighted(weights)).value
    assert tipping_point(weights, mean_satisfaction, against=now + 0.01) == 0.0


def test_an_effect_turns_if_the_silent_who_stayed_are_less_satisfied(simulated, counted):
    weights = response_weights(counted(simulated(1500, 7)))
    turn = tipping_point(weights, effect, among="stayed")
    assert 0 < turn < 2
    found = by_delta(weights, effect, deltas=(0.0, turn), among="stayed")
    assert found["ci_low"].iloc[0] > 0
    assert found["ci_low"].iloc[1] == pytest.approx(0, abs=1e-3)
    # Were those who left less satisfied, staying had more to do with it, not less.
    lower = by_delta(weights, effect, deltas=(0.0, 0.5), among="left")["estimate"]
    assert lower.is_monotonic_increasing


def test_an_unknown_group_is_named(small):
    with pytest.raises(ValueError, match="everyone, stayed, left"):
        as_if(response_weights(small(), on=("kind",)), delta=1.0, among="gone")


def test_a_form_by_levels_knows_no_half_points(simulated, counted):
    weights = response_weights(counted(simulated(1500, 8)))
    by_levels = partial(marginal_effect, form="levels", adjust_for=("usage",))
    found = by_delta(weights, by_levels, deltas=(1.0,), among="stayed")
    assert np.isfinite(found["estimate"].item())
