"""Weights of those who answered: closed forms, R, and when there are none."""

import numpy as np
import pytest

from saydo.drivers.answering import as_weighted, balance, response_weights
from saydo.drivers.answering.reweighted import mean_satisfaction
from saydo.errors import NotEstimable, UnknownName


def test_weights_of_a_saturated_model_are_customers_per_respondent_of_each_cell(small):
    weights = response_weights(small(), on=("cell",), use_outcome=False)
    answered = weights.cells[weights.answered].assign(weight=weights.weight[weights.answered])
    expected = {"a1": 70 / 40, "a0": 58 / 17, "b1": 60 / 48, "b0": 42 / 19}
    assert answered["weight"].to_numpy() == pytest.approx(answered["cell"].map(expected), rel=1e-9)
    assert (weights.weight[~weights.answered] == 0).all()
    # Kish (1965): the square of the sum over the sum of squares.
    squares = 70**2 / 40 + 58**2 / 17 + 60**2 / 48 + 42**2 / 19
    assert weights.n_effective == pytest.approx(230**2 / squares, rel=1e-9)
    mean = weights.n @ (weights.stabilised * weights.answered) / weights.n_answered
    assert mean == pytest.approx(1)


def test_the_response_model_equals_r(small):
    # d <- the cells above, expanded; r <- !is.na(satisfaction)
    # print(coef(glm(r ~ kind + stayed, binomial, d, epsilon = 1e-14)), digits = 12)
    intercept, kind, stayed = -0.982775395910, 0.906948319041, 1.341085866397
    weights = response_weights(small(), on=("kind",))
    by_name = dict(zip(weights.names, weights.matrix.T, strict=True))
    assert list(by_name) == ["intercept", "kind[b]", "stayed"]
    cells = weights.cells
    x = np.column_stack([np.ones(len(cells)), cells["kind"] == "b", cells["stayed"]]).astype(float)
    assert np.log(weights.chance / (1 - weights.chance)) == pytest.approx(
        x @ [intercept, kind, stayed], abs=1e-8
    )


def test_the_weighted_mean_and_its_error_equal_those_of_post_stratification(small, rows_by_hand):
    # Σ (N_h/N) ȳ_h, with variance Σ (N_h/N)² s_h²/n_h + Σ N_h (ȳ_h − ȳ)²/N²: the second part is
    # there because the sizes of cells are those of a sample too (Lohr, 2022, Sampling, 4.4).
    # The mean is also that of R's survey 4.1: svymean(~satisfaction, estWeights(d, ~ cell,
    # subset = ~ I(!is.na(satisfaction)))): 3.744067169202
    rows = rows_by_hand
    sizes = rows.groupby(["kind", "stayed"])["n"].sum()
    said = rows.dropna().assign(total=lambda x: x["n"] * x["satisfaction"])
    n = said.groupby(["kind", "stayed"])["n"].sum()
    means = said.groupby(["kind", "stayed"])["total"].sum() / n
    squares = said.assign(total=said["n"] * said["satisfaction"] ** 2)
    variances = squares.groupby(["kind", "stayed"])["total"].sum() / n - means**2
    share = sizes / sizes.sum()
    expected = float(share @ means)
    variance = share**2 @ (variances / n) + share @ (means - expected) ** 2 / sizes.sum()
    found = mean_satisfaction(
        as_weighted(response_weights(small(), on=("cell",), use_outcome=False))
    )
    assert found.value == pytest.approx(expected, rel=1e-10)
    assert found.value == pytest.approx(3.744067169202, abs=1e-11)
    assert found.std_error == pytest.approx(np.sqrt(variance), rel=1e-8)


def test_respondents_become_like_everyone_in_what_answering_was_modelled_on(small):
    table = balance(response_weights(small(), on=("kind",), use_outcome=True)).set_index("term")
    assert table.loc["stayed", "everyone"] == pytest.approx(130 / 230)
    assert table.loc["stayed", "answered"] == pytest.approx(88 / 124)
    # In standard deviations of everyone: √(p (1 − p)).
    spread = np.sqrt(130 * 100) / 230
    assert table.loc["stayed", "before"] == pytest.approx((88 / 124 - 130 / 230) / spread)
    assert table["before"].abs().min() > 0.19
    assert table["is_balanced"].all()


def test_a_weight_is_capped_and_counted(small):
    rows = small()
    tight = response_weights(rows, on=("cell",), use_outcome=False, trim_at=1.2)
    assert tight.weight.max() == pytest.approx(1.2 * 230 / 124)
    assert tight.n_trimmed == 17
    assert (tight.drift[tight.weight == tight.weight.max()] == 0).all()


def test_an_unknown_covariate_leaves_nobody_out(small):
    rows = small()
    rows["tenure"] = np.where(rows["kind"] == "a", np.nan, 1.0)
    rows["channel"] = rows["kind"].where(rows["kind"] == "b")
    weights = response_weights(rows, on=("tenure", "channel"))
    assert weights.n.sum() == 230
    assert weights.n @ weights.weight == pytest.approx(230, rel=0.1)
    # What is unknown is as good as the kind itself, here.
    plain = response_weights(rows, on=("kind",))
    assert weights.n_effective == pytest.approx(plain.n_effective, rel=1e-6)


def test_customers_like_whom_nobody_answers_are_a_refusal_that_names_their_share(small):
    rows = small()
    rows.loc[len(rows)] = ["all", np.nan, 1.0, 5.0, "fax", "fax1", 40, 30]
    with pytest.raises(NotEstimable, match=r"like 23% of the customers"):
        response_weights(rows, on=("kind",))
    assert response_weights(rows, on=()).share_unheard == 0


def test_where_everyone_of_a_kind_answers_weights_are_1(small):
    rows = small()
    rows.loc[len(rows)] = ["all", 4.0, 1.0, 5.0, "club", "club1", 40, 30]
    weights = response_weights(rows, on=("kind",))
    club = (weights.cells["kind"] == "club").to_numpy()
    assert weights.weight[club] == pytest.approx(1, abs=1e-6)
    assert np.isfinite(mean_satisfaction(as_weighted(weights)).std_error)


def test_too_few_silent_or_answers_are_a_refusal(small):
    rows = small()
    few = rows[rows["satisfaction"].notna() | (rows["n_stayed"] == 12)].replace(
        {"n_stayed": {12: 9}}
    )
    with pytest.raises(NotEstimable, match="at least 10 who did and 10 who did not"):
        response_weights(few)
    with pytest.raises(UnknownName):
        response_weights(rows, on=("age",))
