"""The line with a kink, against least squares on rows, and its draws against the sandwich."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from saydo.drivers.worth.formation import formation
from saydo.drivers.worth.responses import Responses
from saydo.errors import NotEstimable


def asked(n=1500, *, seed=1, distinct=False, expects=True):
    """Respondents whose satisfaction loses 0.8 per point short in speed, and gains 0.2 beyond."""
    rng = np.random.default_rng(seed)
    speed = rng.integers(1, 6, n).astype(float)
    price = rng.integers(1, 6, n).astype(float)
    rows = pd.DataFrame(
        {"segment": "all", "period": "", "is_recent": True, "speed": speed, "price": price}
    )
    wanted = rng.integers(2, 5, n).astype(float)
    gap = speed - wanted
    noise = rng.normal(0, 0.3 + 0.4 * (price > 3), n)
    rows["satisfaction"] = 3 + 0.8 * np.minimum(gap, 0) + 0.2 * np.maximum(gap, 0) + 0.1 * price
    rows["satisfaction"] += noise if distinct else noise.round()
    if expects:
        rows["expected speed"] = wanted
    rows["n"] = 1
    if not distinct:
        rows = rows.groupby([c for c in rows if c != "n"], as_index=False)["n"].sum()
    scales = dict.fromkeys(("satisfaction", "speed", "price"), (1.0, 5.0))
    return Responses(rows, ("speed", "price"), scales, "satisfaction")


def on_rows(responses):
    """The same regression by statsmodels on one row per respondent."""
    rows = responses.of("all")
    rows = rows.loc[rows.index.repeat(rows["n"])]
    gap = rows["speed"] - rows["expected speed"]
    design = np.column_stack(
        [np.ones(len(rows)), np.minimum(gap, 0), np.maximum(gap, 0), rows["price"]]
    )
    return sm.OLS(rows["satisfaction"].to_numpy(), design).fit(cov_type="HC0")


def test_the_estimate_is_least_squares_on_one_row_per_respondent():
    responses = asked()
    found = formation(responses, segment="all", draws=10)
    assert found.terms == ("speed shortfall", "speed surplus", "price")
    np.testing.assert_allclose(found.coefficients[0], on_rows(responses).params[1:], rtol=1e-10)
    assert found.n == found.n_recent == 1500


@pytest.mark.parametrize("distinct", [False, True], ids=["patterns", "more patterns than blocks"])
def test_draws_scatter_as_the_sandwich_says(distinct):
    responses = asked(n=4000 if distinct else 1500, distinct=distinct)
    found = formation(responses, segment="all", draws=4000)
    spread = found.coefficients[1:].std(axis=0)
    # 4,000 draws tell a standard deviation to about 1 %; blocks to about 2 %.
    np.testing.assert_allclose(spread, on_rows(responses).bse[1:], rtol=0.06)
    together = np.corrcoef(found.coefficients[1:].T)
    expected = on_rows(responses).cov_params()[1:, 1:]
    size = np.sqrt(np.diag(expected))
    np.testing.assert_allclose(together, expected / np.outer(size, size), atol=0.07)


def test_shares_of_cells_scatter_as_those_of_a_sample():
    found = formation(asked(), segment="all", draws=4000)
    moved = found.moved({"speed": 1})
    mean = (moved.weights * moved.satisfaction).sum(axis=1) / moved.weights.sum(axis=1)
    rows = asked().of("all")
    values = rows["satisfaction"].repeat(rows["n"])
    assert mean[0] == pytest.approx(values.mean())
    assert mean[1:].std() == pytest.approx(values.std() / np.sqrt(len(values)), rel=0.05)


def on_each(responses, coefficients, changes):
    """Mean change of satisfaction, respondent by respondent, by the line and nothing else."""
    rows = responses.of("all")
    rows = rows.loc[rows.index.repeat(rows["n"]) if "n" in rows else rows.index]
    penalty, reward, price = coefficients
    speed = np.clip(rows["speed"] + changes.get("speed", 0), 1, 5)
    gaps = [each - rows["expected speed"] for each in (rows["speed"], speed)]
    felt = [penalty * np.minimum(gap, 0) + reward * np.maximum(gap, 0) for gap in gaps]
    paid = price * (np.clip(rows["price"] + changes.get("price", 0), 1, 5) - rows["price"])
    return rows["satisfaction"], felt[1] - felt[0] + paid


@pytest.mark.parametrize("distinct", [False, True], ids=["patterns", "more patterns than blocks"])
@pytest.mark.parametrize(
    "changes", [{"speed": 1}, {"price": -1}, {"speed": 1.5, "price": 1}, {"speed": -2, "price": 9}]
)
def test_respondents_are_moved_as_one_by_one(distinct, changes):
    responses = asked(n=4000 if distinct else 1500, distinct=distinct)
    found = formation(responses, segment="all", draws=1)
    moved = found.moved(changes)
    satisfaction, change = on_each(responses, found.coefficients[0], changes)
    n = moved.weights[0]
    assert n.sum() == pytest.approx(len(satisfaction))
    assert (n * moved.change[0]).sum() / n.sum() == pytest.approx(change.mean(), rel=1e-9)
    # What bends after it (a square, say) needs who is moved from where, not means alone.
    then = moved.satisfaction + moved.change[0]
    assert (n * then**2).sum() / n.sum() == pytest.approx(
        ((satisfaction + change) ** 2).mean(), rel=1e-9
    )


def test_few_cells_tell_apart_what_changes_do():
    moved = formation(asked(), segment="all", draws=1).moved({"speed": 1, "price": 1})
    # Of speed: a shortfall of 1, a surplus of 1, or the top; of price: 1 or the top.
    satisfaction = len(np.unique(moved.satisfaction))
    assert moved.change.shape == moved.weights.shape
    assert moved.change.shape[1] <= satisfaction * 3 * 2


def test_without_expectations_performance_is_a_straight_line():
    responses = asked(expects=False)
    found = formation(responses, segment="all", draws=5)
    assert found.terms == ("speed", "price")
    moved = found.moved({"price": 1.0})
    per_point = found.coefficients[:, [1]]
    assert np.isin(np.round(moved.change / per_point, 9), [0, 1]).all()
    rows = responses.of("all")
    can_be_better = rows["n"] @ (rows["price"] < 5)
    assert moved.weights[0][moved.change[0] != 0].sum() == can_be_better


def test_where_things_stand_is_told_by_recent_answers_alone():
    responses = asked()
    responses.patterns["is_recent"] = responses.patterns["speed"] == 2
    found = formation(responses, segment="all", draws=5)
    assert (found.standing.patterns["speed"] == 2).all()
    assert found.moved({"price": 1}).weights[0].sum() == found.n_recent < found.n == 1500


def test_attributes_that_go_together_are_not_told_apart():
    responses = asked(distinct=True)
    rng = np.random.default_rng(0)
    twin = responses.patterns["speed"] + rng.normal(0, 0.01, len(responses.patterns))
    patterns = responses.patterns.assign(price=twin).drop(columns="expected speed")
    responses = Responses(patterns, ("speed", "price"), responses.scales, "satisfaction")
    with pytest.raises(NotEstimable, match="can't be told apart"):
        formation(responses, segment="all", draws=5)


def test_too_few_respondents_are_refused():
    with pytest.raises(NotEstimable, match="too few"):
        formation(asked(n=35), segment="all", draws=5)


def test_what_changed_for_all_at_once_is_credited_to_no_attribute():
    # Price rises as the mood falls, for another reason; within a period it does nothing.
    rng = np.random.default_rng(5)
    period = rng.integers(0, 2, 4000)
    price = np.where(period == 1, rng.integers(3, 6, 4000), rng.integers(1, 4, 4000))
    rows = pd.DataFrame({"segment": "all", "period": period, "is_recent": True, "price": price})
    rows["satisfaction"] = 4 - period + rng.normal(0, 0.5, 4000).round()
    rows["n"] = 1
    said = Responses(
        rows.astype({"price": float}),
        ("price",),
        dict.fromkeys(("satisfaction", "price"), (1.0, 5.0)),
        "satisfaction",
    )
    found = formation(said, segment="all", draws=200)
    apart = pd.get_dummies(rows["period"]).astype(float).assign(price=price)
    expected = sm.OLS(rows["satisfaction"], apart).fit()
    assert found.coefficients[0, 0] == pytest.approx(expected.params["price"], rel=1e-9)
    assert abs(found.coefficients[0, 0]) < 3 * found.coefficients[1:, 0].std()
