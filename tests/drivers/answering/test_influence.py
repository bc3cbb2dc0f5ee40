"""Estimates with estimated weights: R, a generic M-estimator on rows, and a bootstrap."""

from functools import partial

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.special import expit

from saydo.drivers.answering import (
    as_given,
    as_weighted,
    marginal_effect,
    response_weights,
)
from saydo.drivers.answering.influence import mean
from saydo.drivers.answering.reweighted import mean_satisfaction
from saydo.drivers.fit import fit
from saydo.errors import NotEstimable

effect = partial(marginal_effect, adjust_for=("usage",))


def test_the_weighted_effect_equals_r(small):
    # d, r and the model of r as in test_weights; d$w <- 1/fitted(g)
    # m <- glm(stayed ~ satisfaction + kind, quasibinomial, d[r,], weights = w, epsilon = 1e-14)
    # e <- d[r,]; b <- e$satisfaction < 5; f <- e; f$satisfaction <- f$satisfaction + 1
    # 100 * weighted.mean((predict(m, f, "response") - predict(m, e, "response"))[b], e$w[b])
    answers = as_weighted(response_weights(small(), on=("kind",)))
    found = marginal_effect(answers, adjust_for=("kind",))
    assert found.value == pytest.approx(16.555095058, abs=1e-8)


def test_without_weights_the_effect_is_that_of_the_model(simulated, counted):
    patterns = counted(simulated(800, 1))
    given = as_given(response_weights(patterns))
    answered = patterns.dropna(subset=["satisfaction"])
    for form in ("linear", "curved", "levels"):
        expected = fit(answered, form=form, adjust_for=("usage",)).marginal_effect()
        found = effect(given, form=form)
        assert found.value == pytest.approx(expected.estimate, abs=1e-8)
        # Sandwich against model, customers a sample against given: close where the model is right.
        assert found.std_error == pytest.approx(expected.std_error, rel=0.1)


def test_errors_equal_those_of_the_stacked_equations_solved_on_rows(simulated, counted):
    # Stefanski & Boos (2002): A⁻¹ B A⁻ᵀ with A by numerical derivatives, one row per customer.
    rows = simulated(400, 2)
    weights = response_weights(counted(rows))
    r = rows["satisfaction"].notna().to_numpy()
    y = rows["stayed"].to_numpy(float)
    s = rows["satisfaction"].fillna(0).to_numpy()
    one = np.ones(len(rows))
    x_r = np.column_stack([one, rows["usage"], y])
    x, then = (np.column_stack([one, s + more, rows["usage"]]) for more in (0, 1))
    below = r & (s < 5)

    def equations(theta):
        gamma, beta, m, e = theta[:3], theta[3:6], theta[6], theta[7]
        p = expit(x_r @ gamma)
        w = r / p
        return np.column_stack(
            [
                (r - p)[:, None] * x_r,
                (w * (y - expit(x @ beta)))[:, None] * x,
                w * (s - m),
                w * below * (expit(then @ beta) - expit(x @ beta) - e),
            ]
        )

    gamma = sm.Logit(r.astype(float), x_r).fit(disp=0, tol=1e-13).params
    w = 1 / expit(x_r @ gamma)
    assert weights.n_trimmed == 0
    model = sm.GLM(y[r], x[r], family=sm.families.Binomial(), freq_weights=w[r])
    beta = model.fit(tol=1e-13).params
    m = np.average(s[r], weights=w[r])
    e = np.average((expit(then @ beta) - expit(x @ beta))[below], weights=w[below])
    theta = np.concatenate([gamma, beta, [m, e]])
    assert np.abs(equations(theta).sum(axis=0)).max() < 1e-6
    step = 1e-5
    a = np.column_stack(
        [
            (equations(theta + d).sum(axis=0) - equations(theta - d).sum(axis=0)) / (2 * step)
            for d in step * np.eye(8)
        ]
    )
    # Residuals of the outcome over 1 − leverage (Mancl & DeRouen, 2001), which of a customer is
    # w q (1 − q) x' (Σ w q (1 − q) x x')⁻¹ x.
    q = expit(x @ beta)
    size = np.where(r, w * q * (1 - q), 0)
    hat = np.diag(
        np.sqrt(size)[:, None] * x @ np.linalg.inv((x.T * size) @ x) @ (x.T * np.sqrt(size))
    )
    told = equations(theta)
    told[:, 3:6] /= (1 - hat)[:, None]
    influence = np.linalg.solve(a, told.T).T
    errors = np.sqrt((influence**2).sum(axis=0))
    answers = as_weighted(weights)
    found_mean, found_effect = mean_satisfaction(answers), effect(answers)
    assert found_mean.value == pytest.approx(m, abs=1e-8)
    assert found_mean.std_error == pytest.approx(errors[6], rel=1e-6)
    assert found_effect.value == pytest.approx(100 * e, abs=1e-7)
    assert found_effect.std_error == pytest.approx(100 * errors[7], rel=1e-6)
    # And of the difference, which the influences carry: Σ (a − b)².
    plain = np.where(r, s - s[r].mean(), 0) / r.sum()
    difference = found_mean - mean_satisfaction(as_given(weights))
    expected = np.sqrt(((-influence[:, 6] - plain) ** 2).sum())
    assert difference.std_error == pytest.approx(expected, rel=1e-6)


def test_errors_are_those_of_a_bootstrap_over_customers(simulated, counted):
    # 600 draws of 1,500 customers with replacement (default_rng(30).multinomial on the counts of
    # these patterns), weights made again for each: standard deviations of the mean, of the effect,
    # and of the effect without weights. 600 draws know them to 2.9 %; three times that.
    weights = response_weights(counted(simulated(1500, 3)))
    weighted, given = as_weighted(weights), as_given(weights)
    assert mean_satisfaction(weighted).std_error == pytest.approx(0.04549787, rel=0.09)
    assert effect(weighted).std_error == pytest.approx(2.01369274, rel=0.09)
    assert effect(given).std_error == pytest.approx(1.79443721, rel=0.09)


def test_weights_give_the_truth_of_everyone_where_answers_hang_on_behaviour_and_staying():
    # Every kind of ten million customers, in its share: what is left is bias, not chance.
    kinds = pd.DataFrame(
        [(u, s, y) for u in range(3) for s in range(1, 6) for y in (True, False)],
        columns=["usage", "satisfaction", "stayed"],
    ).astype({"usage": float, "satisfaction": float})
    said = np.exp(-((kinds["satisfaction"] - 2.5 - 0.5 * kinds["usage"]) ** 2) / 2)
    said /= said.groupby(kinds["usage"]).transform("sum") / 2

    def stays(more):
        return expit(-1 + 0.5 * (kinds["satisfaction"] + more - 2) + 0.4 * kinds["usage"])

    share = said / 3 * np.where(kinds["stayed"], stays(0), 1 - stays(0))
    answers = expit(-1.5 + 0.5 * kinds["usage"] + 1.5 * kinds["stayed"])
    parts = [
        kinds.assign(n=(1e7 * share * answers).round()),
        kinds.assign(n=(1e7 * share * (1 - answers)).round(), satisfaction=np.nan),
    ]
    rows = pd.concat(parts, ignore_index=True)
    rows = rows.assign(n_stayed=rows["n"] * rows["stayed"], n_left=rows["n"] * ~rows["stayed"])
    patterns = rows.groupby(["satisfaction", "usage"], dropna=False)[["n_stayed", "n_left"]].sum()
    patterns = patterns.reset_index().assign(segment="all", scale_min=1.0, scale_max=5.0)
    below = kinds["satisfaction"] < 5
    step = 100 * share @ ((stays(1) - stays(0)) * below) / share[below].sum()
    mean = share @ kinds["satisfaction"]
    weights = response_weights(patterns)
    assert mean_satisfaction(as_weighted(weights)).value == pytest.approx(mean, abs=1e-4)
    assert effect(as_weighted(weights)).value == pytest.approx(step, abs=1e-3)
    assert mean_satisfaction(as_given(weights)).value > mean + 0.15
    assert abs(effect(as_given(weights)).value - step) > 1
    # Without the outcome in the model of who answers, weights are not enough.
    blind = response_weights(patterns, use_outcome=False)
    assert mean_satisfaction(as_weighted(blind)).value > mean + 0.05
    assert abs(effect(as_weighted(blind)).value - step) > 1


def test_errors_that_took_weights_as_known_would_be_too_large(simulated, counted):
    answers = as_weighted(response_weights(counted(simulated(1500, 4))))
    found = mean_satisfaction(answers)
    weights = answers.weights
    said = np.nan_to_num(weights.cells["satisfaction"].to_numpy(float))
    known = weights.weight * (said - found.value) / (weights.n @ weights.weight)
    assert found.std_error < np.sqrt(weights.n @ known**2)


def test_a_customer_is_counted_not_a_pattern(simulated, counted):
    rows = simulated(600, 5)
    patterns = counted(rows)
    tenfold = patterns.assign(n_stayed=10 * patterns["n_stayed"], n_left=10 * patterns["n_left"])
    one, ten = (as_weighted(response_weights(each)) for each in (patterns, tenfold))
    for reading in (mean_satisfaction, effect):
        assert reading(ten).value == pytest.approx(reading(one).value, abs=1e-8)
        # But for the correction for leverage, which fades with their number.
        expected = reading(one).std_error / np.sqrt(10)
        assert reading(ten).std_error == pytest.approx(expected, rel=0.04)


def test_nobody_to_average_and_separated_answers_are_refusals(simulated, counted):
    patterns = counted(simulated(600, 6))
    answers = as_given(response_weights(patterns))
    with pytest.raises(NotEstimable):
        mean(answers, answers.satisfaction, within=answers.satisfaction > 5)
    is_high = patterns["satisfaction"] >= 4
    told = patterns.assign(
        n_left=np.where(is_high, 0, patterns["n_left"]),
        n_stayed=np.where(patterns["satisfaction"] < 4, 0, patterns["n_stayed"]),
    )
    with pytest.raises(NotEstimable, match="separation"):
        effect(as_given(response_weights(told)))
