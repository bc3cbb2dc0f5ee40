"""The way from an attribute to money, by hand; and its steps against what others say of them."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from saydo.drivers.fit import fit
from saydo.drivers.worth import (
    Curve,
    Formation,
    Margin,
    Standing,
    Steps,
    gains,
    improvements,
    multiple,
    what_if,
)
from saydo.drivers.worth.money import yearly
from saydo.drivers.worth.staying import curve
from saydo.errors import UnknownName


def steps(draws=0, **more):
    """Ten respondents, of whom six lack a point of speed; satisfaction gains 1 where it is met."""
    patterns = pd.DataFrame(
        [(3.0, 3.0, -1.0, 5.0), (4.0, 4.0, 0.0, 3.0)],
        columns=["satisfaction", "speed", "gap speed", "price"],
    )
    formation = Formation(
        attributes=("speed", "price"),
        terms=("speed shortfall", "speed surplus", "price"),
        coefficients=np.tile([1.0, 0.5, 0.25], (1 + draws, 1)),
        standing=Standing(
            patterns, np.array([0, 1]), np.ones(2), np.tile([6.0, 4.0], (1 + draws, 1))
        ),
        scale=(1.0, 5.0),
        scales=dict.fromkeys(("speed", "price"), (1.0, 5.0)),
        n=10,
        n_recent=10,
        n_incomplete=0,
    )
    chances = np.tile([0.5, 0.6, 0.8, 0.9, 0.95], (1 + draws, 1))
    staying = Curve(np.arange(1.0, 6.0), chances, horizon_days=365)
    return Steps(formation, staying, **more)


def by_outcome(table):
    return table.set_index("outcome")


def test_a_point_of_speed_by_hand():
    found = by_outcome(
        what_if(
            steps(draws=3, margin=Margin(100.0, 0.0, 10), n_customers=50, discount_rate=0.1),
            changes={"speed": 1},
        )
    )
    # 6 of 10 rise by 1, from 3 to 4; 4 of 10 by 0.5, from 4 to 4.5.
    assert found.loc["satisfaction", "before"] == pytest.approx(3.4)
    assert found.loc["satisfaction", "change"] == pytest.approx(0.8)
    # From 0.8 to 0.9, and from 0.9 half the way to 0.95.
    assert found.loc["retention", "before"] == pytest.approx(84.0)
    assert found.loc["retention", "change"] == pytest.approx(100 * (0.6 * 0.1 + 0.4 * 0.025))
    before, after = (rate ** (365.25 / 365) for rate in (0.84, 0.91))
    value = [100 * rate / (1.1 - rate) for rate in (before, after)]
    assert found.loc["value", "change"] == pytest.approx(value[1] - value[0])
    assert found.loc["value_of_all", "change"] == pytest.approx(50 * (value[1] - value[0]))
    assert found.loc["break_even", "after"] == pytest.approx(value[1] - value[0])


def test_what_is_at_the_top_already_cannot_be_better():
    found = by_outcome(what_if(steps(draws=3), changes={"price": 1}))
    assert found.loc["satisfaction", "change"] == pytest.approx(0.4 * 0.25)


def test_worse_is_worse_by_as_much():
    found = by_outcome(what_if(steps(draws=3), changes={"price": -1}))
    assert found.loc["satisfaction", "change"] == pytest.approx(-0.25)
    assert found.loc["retention", "change"] < 0
    # From 5 to 1 and from 3 to 1, and no further.
    found = by_outcome(what_if(steps(draws=3), changes={"price": -9}))
    assert found.loc["satisfaction", "change"] == pytest.approx(0.25 * (0.6 * -4 + 0.4 * -2))


def test_more_satisfied_are_those_nearest_below():
    # 40 % answer 4, which is satisfied; 10 % more come from 3.
    found = by_outcome(what_if(steps(draws=3), satisfied=10))
    assert found.loc["satisfaction", "change"] == pytest.approx(0.1)
    assert found.loc["retention", "change"] == pytest.approx(1.0)


def test_who_moves_up_two_answers_does_not_stop_between():
    # All six of 3 move up (60 %), then none is left; with a curve that bends at 3.
    low = steps(draws=3)
    low.formation.standing.patterns["satisfaction"] = [2.0, 4.0]
    found = by_outcome(what_if(low, satisfied=60))
    assert found.loc["satisfaction", "change"] == pytest.approx(0.6 * 2)
    assert found.loc["retention", "change"] == pytest.approx(100 * 0.6 * (0.9 - 0.6))
    # A third of them: each from 0.6 to 0.9, where 2 and two thirds would give less than a third.
    found = by_outcome(what_if(low, satisfied=20))
    assert found.loc["retention", "change"] == pytest.approx(100 * 0.2 * (0.9 - 0.6))


def test_two_changes_come_to_the_same_respondents():
    found = by_outcome(what_if(steps(draws=3), changes={"speed": 1, "price": 1}))
    # Six rise from 3 to 4 by speed, and price can't be better for them; four from 4 by 0.5 and by
    # 0.25, to 4.75: 0.75 of the way from 0.9 to 0.95.
    assert found.loc["satisfaction", "change"] == pytest.approx(0.6 * 1 + 0.4 * 0.75)
    assert found.loc["retention", "change"] == pytest.approx(100 * (0.6 * 0.1 + 0.4 * 0.75 * 0.05))


def test_what_one_change_gives_another_can_take_back():
    # The six: from 3 up by 1 and down by 1. The four: from 4 up by 0.5 and down by 0.5.
    both = by_outcome(what_if(steps(draws=3), changes={"speed": 1, "price": -9}))
    assert both.loc["retention", "change"] == pytest.approx(0.0)
    # Added up, each from where things stand, they would not cancel: the curve is steeper below.
    alone = [
        by_outcome(what_if(steps(draws=3), changes={name: points})).loc["retention", "change"]
        for name, points in (("speed", 1), ("price", -9))
    ]
    assert sum(alone) == pytest.approx(100 * (0.6 * (0.1 - 0.2) + 0.4 * (0.025 - 0.05)))


def test_the_lifted_gain_from_the_change_too():
    found = by_outcome(what_if(steps(draws=3), changes={"speed": 1}, satisfied=10))
    # One of the six at 3 is lifted to 4, and all six gain 1; the four at 4 gain 0.5.
    assert found.loc["satisfaction", "change"] == pytest.approx(0.1 + 0.6 + 0.4 * 0.5)
    assert found.loc["retention", "change"] == pytest.approx(
        100 * (0.5 * 0.1 + 0.1 * 0.15 + 0.4 * 0.025)
    )


def test_a_mean_stays_on_its_scale():
    found = by_outcome(what_if(steps(draws=3), changes={"price": 2, "speed": 9}, satisfied=90))
    assert found.loc["satisfaction", "after"] == 5.0


def test_more_of_the_same_brings_less_once_expectations_are_met():
    found = gains(steps(draws=3), changes={"speed": 1}).set_index(["outcome", "times"])
    speed = found.loc["satisfaction"]
    # Half a point: 0.5 for six, 0.25 for four. Two: 1.5 for six, 0.5 for four who reach the top.
    assert list(speed["change"]) == pytest.approx([0.4, 0.8, 0.6 * 1.25 + 0.2, 0.6 * 1.5 + 0.2])
    assert list(speed["lost"]) == pytest.approx([0.0, 0.0, 1.2 - 0.95, 1.6 - 1.1])
    once = by_outcome(what_if(steps(draws=3), changes={"speed": 1}))
    assert found.loc[("retention", 1.0), "change"] == once.loc["retention", "change"]


def test_without_a_curve_it_ends_at_satisfaction():
    found = what_if(Steps(steps(draws=3).formation), changes={"speed": 1})
    assert list(found["outcome"]) == ["satisfaction"]


def test_the_better_attribute_is_best_in_every_draw():
    found = improvements(steps(draws=7)).set_index("attribute")
    assert found.loc["speed", "p_best"] == 1.0
    assert list(found["rank"]) == [1, 2]
    assert found.loc["speed", "satisfaction"] == pytest.approx(0.8)


def test_an_unknown_attribute_is_named_with_those_there_are():
    with pytest.raises(UnknownName, match="speed"):
        what_if(steps(), changes={"spede": 1})
    with pytest.raises(ValueError, match="satisfied"):
        what_if(steps(), changes={"speed": 0})


def test_margin_multiples_are_those_of_gupta_and_lehmann():
    # Gupta & Lehmann (2003), table 1: margin multiples r / (1 + i − r).
    retention = np.array([0.6, 0.7, 0.8, 0.9])
    found = {rate: multiple(retention, discount_rate=rate).round(2) for rate in (0.10, 0.12, 0.16)}
    np.testing.assert_allclose(found[0.10], [1.20, 1.75, 2.67, 4.50])
    np.testing.assert_allclose(found[0.12], [1.15, 1.67, 2.50, 4.09])
    np.testing.assert_allclose(found[0.16], [1.07, 1.52, 2.22, 3.46])


def test_staying_over_a_year_is_staying_again_and_again():
    assert yearly(np.array([0.9]), horizon_days=365.25 / 4)[0] == pytest.approx(0.9**4)


def watched():
    """Patterns of staying with one covariate."""
    rows = [
        ("all", s, 1.0, 5.0, x, stayed, left)
        for s, x, stayed, left in [
            (1, 0.0, 20, 30),
            (1, 1.0, 25, 15),
            (3, 0.0, 60, 25),
            (3, 1.0, 70, 20),
            (5, 0.0, 90, 9),
            (5, 1.0, 80, 6),
        ]
    ]
    columns = ["segment", "satisfaction", "scale_min", "scale_max", "x", "n_stayed", "n_left"]
    return pd.DataFrame(rows, columns=columns).astype({"satisfaction": float})


def test_the_curve_is_the_mean_prediction_and_scatters_as_the_delta_method_says():
    fitted = fit(watched(), form="linear", adjust_for=["x"])
    found = curve(fitted, horizon_days=90, draws=20_000)
    rows = fitted.patterns
    share = (rows["n_stayed"] + rows["n_left"]) / (rows["n_stayed"] + rows["n_left"]).sum()
    beta, covariance = fitted.result.params.to_numpy(), fitted.result.cov_params().to_numpy()
    for level, chance in zip(found.levels, found.chances.T, strict=True):
        design = np.column_stack([np.ones(6), np.full(6, level), rows["x"]])
        p = expit(design @ beta)
        assert chance[0] == pytest.approx(float(share @ p), rel=1e-12)
        gradient = (share.to_numpy() * p * (1 - p)) @ design
        assert chance[1:].std() == pytest.approx(
            np.sqrt(gradient @ covariance @ gradient), rel=0.03
        )


def test_between_answers_the_curve_is_straight_and_beyond_them_flat():
    found = steps().curve
    at = found.at(np.array([[0.0, 1.0, 2.5, 5.0, 6.0]]))[0]
    np.testing.assert_allclose(at, [0.5, 0.5, 0.7, 0.95, 0.95])
