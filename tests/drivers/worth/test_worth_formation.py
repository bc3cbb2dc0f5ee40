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
    satisfaction, weights = found.of("speed")
    mean = (weights * satisfaction).sum(axis=1) / weights.sum(axis=1)
    rows = asked().of("all")
    values = rows["satisfaction"].repeat(rows["n"])
    assert mean[0] == pytest.approx(values.mean())
    assert mean[1:].std() == pytest.approx(values.std() / np.sqrt(len(values)), rel=0.05)


def test_a_point_more_closes_the_shortfall_first_and_stops_at_the_top():
    found = formation(asked(), segment="all", draws=1)
    cells = found.cells[found.cells["attribute"] == "speed"]
    change = found.change("speed", 1.0)[0]
    penalty, reward, _price = found.coefficients[0]
    for (_place, cell), moved in zip(cells.iterrows(), change, strict=True):
        if cell["performance"] == 5:
            assert moved == 0
        elif cell["gap"] <= -1:
            assert moved == pytest.approx(penalty)
        else:
            assert moved == pytest.approx(reward)


def test_without_expectations_performance_is_a_straight_line():
    found = formation(asked(expects=False), segment="all", draws=5)
    assert found.terms == ("speed", "price")
    cells = found.cells[found.cells["attribute"] == "price"]
    change = found.change("price", 1.0)[0]
    np.testing.assert_allclose(
        change, np.where(cells["performance"] < 5, found.coefficients[0, 1], 0)
    )


def test_where_things_stand_is_told_by_recent_answers_alone():
    responses = asked()
    responses.patterns["is_recent"] = responses.patterns["speed"] == 2
    found = formation(responses, segment="all", draws=5)
    shares = found.of("speed")[1][0]
    performance = found.cells.loc[found.cells["attribute"] == "speed", "performance"]
    assert (shares[performance != 2] == 0).all()
    assert shares.sum() == found.n_recent < found.n == 1500


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
