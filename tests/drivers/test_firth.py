"""Firth's logit equals published numbers, closed forms and firthmodels; it never diverges."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import brentq
from scipy.special import expit
from scipy.stats import chi2

from saydo.drivers.firth import firth
from saydo.drivers.fit import fit
from saydo.drivers.separation import Separated
from saydo.errors import NotEstimable, UnknownName

ENDOMETRIAL = pd.read_csv(Path(__file__).parents[1] / "data" / "endometrial.csv")


def patterns(satisfaction, n_stayed, n_left, *, scale=(1.0, 5.0), **covariates):
    return pd.DataFrame(
        {
            "segment": "all",
            "satisfaction": np.asarray(satisfaction, float),
            "scale_min": scale[0],
            "scale_max": scale[1],
            **covariates,
            "n_stayed": n_stayed,
            "n_left": n_left,
        }
    )


@pytest.fixture(scope="module")
def endometrial():
    counts = ENDOMETRIAL.groupby(["NV", "PI", "EH"])["HG"].agg(["sum", "size"]).reset_index()
    return firth(
        patterns(
            counts["NV"],
            counts["sum"],
            counts["size"] - counts["sum"],
            scale=(0.0, 1.0),
            PI=counts["PI"],
            EH=counts["EH"],
        ),
        adjust_for=["PI", "EH"],
    )


def test_endometrial_estimates_equal_the_published_ones(endometrial):
    # Heinze & Schemper (2002), Statistics in Medicine 21, and brglm2's vignette:
    # glm(HG ~ NV + PI + EH, binomial("logit"), endometrial, method = "brglmFit", type = "AS_mean")
    expected = {
        "intercept": (3.77456, 1.48869),
        "satisfaction": (2.92927, 1.55076),
        "PI": (-0.03475, 0.03958),
        "EH": (-2.60416, 0.77602),
    }
    table = endometrial.terms().set_index("term")
    assert list(table.index) == list(expected)
    for term, (estimate, std_error) in expected.items():
        assert table.estimate[term] == pytest.approx(estimate, abs=5e-6)
        assert table.std_error[term] == pytest.approx(std_error, abs=5e-6)


def test_the_likelihoods_maximum_is_where_its_score_vanishes(endometrial):
    likelihood, best = endometrial.likelihood, endometrial.params.to_numpy()
    np.testing.assert_allclose(likelihood.score(best), 0, atol=1e-7)
    # The score is the derivative of the value, penalty included.
    aside = best + np.array([0.3, -0.2, 0.01, 0.1])
    for place in range(4):
        step = np.zeros(4)
        step[place] = 1e-5
        slope = (likelihood.value(aside + step) - likelihood.value(aside - step)) / 2e-5
        assert likelihood.score(aside)[place] == pytest.approx(slope, rel=1e-6)


def test_counts_are_frequencies_as_firthmodels_finds_on_rows():
    firthmodels = pytest.importorskip("firthmodels")
    data = patterns(
        [1, 1, 2, 3, 3, 4, 5], [3, 2, 4, 9, 1, 7, 6], [4, 0, 3, 2, 2, 1, 0],
        tenure=[0.5, 2, 1, 0.5, 3, 2, 1.5],
    )  # fmt: skip
    counts = data[["n_stayed", "n_left"]].to_numpy()
    rows = data.loc[np.repeat(data.index, counts.sum(axis=1)), ["satisfaction", "tenure"]]
    stayed = np.concatenate([[1] * one + [0] * other for one, other in counts])
    other = firthmodels.FirthLogisticRegression(backend="numpy", gtol=1e-9, xtol=1e-9)
    other.set_params(max_iter=500).fit(rows.to_numpy(float), stayed)
    assert other.converged_
    bounds = other.conf_int(method="pl", tol=1e-10, max_iter=500)
    ours = firth(data, adjust_for=["tenure"])
    table = ours.terms().set_index("term").loc[["satisfaction", "tenure", "intercept"]]
    np.testing.assert_allclose(table.estimate, [*other.coef_, other.intercept_], atol=1e-8)
    np.testing.assert_allclose(table[["ci_low", "ci_high"]], bounds, atol=1e-8)
    # Its tests need a coarser search, or some stop half-way.
    other.set_params(gtol=1e-6, xtol=1e-6).fit(rows.to_numpy(float), stayed).lrt()
    np.testing.assert_allclose(table.p_value, other.lrt_pvalues_, atol=1e-8)
    best = ours.params.to_numpy()
    assert ours.likelihood.value(best) == pytest.approx(other.loglik_, abs=1e-8)


def test_two_levels_are_the_cross_product_with_a_half_added_to_each_cell():
    # Jeffreys' prior of a saturated binomial; (0 + ½) where nobody left.
    fitted = firth(patterns([4, 5], [18, 20], [6, 0]))
    assert fitted.params["satisfaction"] == pytest.approx(np.log(20.5 * 6.5 / (18.5 * 0.5)))
    assert fitted.covariance[1, 1] > 0


def test_separated_answers_have_a_finite_estimate_and_an_interval_on_one_side():
    data = patterns([1, 2, 3, 4, 5], [0, 0, 6, 9, 8], [4, 3, 0, 0, 0])
    with pytest.raises(Separated):
        fit(data)
    fitted = firth(data)
    low, high = fitted.interval("satisfaction")
    assert 0 < low < fitted.params["satisfaction"] < high < 50
    effect = fitted.marginal_effect()
    assert 0 < effect.ci_low < effect.estimate < effect.ci_high < 100
    assert effect.p_value < 0.001


def test_chances_sum_up_to_those_who_stayed_and_slopes_are_untouched():
    data = patterns([1, 2, 3, 4, 5], [9, 19, 29, 39, 40], [1, 1, 1, 1, 0])
    fitted = firth(data)
    n = (data.n_stayed + data.n_left).to_numpy()
    assert n @ fitted.chances() == pytest.approx(data.n_stayed.sum(), abs=1e-9)
    # Without FLIC the penalty draws them towards one half.
    raw = expit(fitted.design.matrix @ fitted.params.to_numpy())
    assert n @ raw < data.n_stayed.sum() - 0.3
    slopes = np.diff(np.log(fitted.chances() / (1 - fitted.chances())))
    np.testing.assert_allclose(slopes, fitted.params["satisfaction"], rtol=1e-9)


def test_marginal_interval_is_the_range_of_effects_on_the_boundary_of_the_likelihood_region():
    data = patterns([1, 2, 3, 4, 5], [3, 5, 9, 9, 8], [4, 2, 2, 1, 0])
    fitted = firth(data)
    best = fitted.params.to_numpy()
    least = fitted.likelihood.value(best) - chi2.ppf(0.95, 1) / 2
    spread = np.linalg.cholesky(fitted.covariance)
    satisfaction, n = data.satisfaction.to_numpy()[:4], np.array([7, 7, 11, 10]) / 35
    effects = []
    for angle in np.linspace(0, 2 * np.pi, 2001):
        way = spread @ [np.cos(angle), np.sin(angle)]
        radius = brentq(lambda r, way=way: fitted.likelihood.value(best + r * way) - least, 0.1, 20)
        intercept, slope = best + radius * way
        intercept += fitted.intercept_shift
        now = expit(intercept + slope * satisfaction)
        effects.append(100 * n @ (expit(intercept + slope * (satisfaction + 1)) - now))
    effect = fitted.marginal_effect()
    assert effect.ci_low == pytest.approx(min(effects), abs=1e-3)
    assert effect.ci_high == pytest.approx(max(effects), abs=1e-3)


@pytest.mark.parametrize("seed", range(12))
def test_marginal_interval_covers_0_exactly_where_the_coefficients_does(seed):
    rng = np.random.default_rng(seed)
    satisfaction = rng.integers(1, 6, 30)
    stayed = rng.random(30) < expit(0.7 * (satisfaction - 2))
    data = patterns(satisfaction, stayed.astype(int), 1 - stayed, tenure=rng.normal(size=30))
    fitted = firth(data, adjust_for=["tenure"])
    low, high = fitted.interval("satisfaction")
    effect = fitted.marginal_effect()
    assert (effect.ci_low > 0, effect.ci_high < 0) == (low > 0, high < 0)
    assert (effect.p_value < 0.05) == (low > 0 or high < 0)


def test_with_many_customers_it_equals_the_ordinary_fit():
    data = patterns([1, 2, 3, 4, 5], [6e6, 7e6, 7.5e6, 8.2e6, 8.5e6], [4e6, 3e6, 2.5e6, 2e6, 1e6])
    ours, ordinary = firth(data), fit(data.astype({"n_stayed": int, "n_left": int}))
    np.testing.assert_allclose(ours.params, ordinary.result.params, atol=1e-6)
    effect, expected = ours.marginal_effect(), ordinary.marginal_effect()
    assert effect.estimate == pytest.approx(expected.estimate, abs=1e-5)
    assert effect.std_error == pytest.approx(expected.std_error, rel=1e-4)
    reach = 1.959964 * expected.std_error
    assert effect.ci_low == pytest.approx(expected.estimate - reach, abs=1e-4)


def test_levels_are_tested_together():
    data = patterns([1, 2, 3, 4, 5], [3, 5, 9, 9, 8], [4, 2, 2, 1, 0])
    fitted = firth(data, form="levels")
    names = [f"satisfaction[{level}]" for level in (2, 3, 4, 5)]
    assert fitted.marginal_effect().p_value == fitted.p_value(names)


def test_nobody_left_is_refused_and_names_are_checked():
    with pytest.raises(NotEstimable, match="nobody left"):
        firth(patterns([1, 2], [3, 4], [0, 0]))
    with pytest.raises(UnknownName, match="tenure"):
        firth(patterns([1, 2], [3, 4], [1, 1]), adjust_for=["tenure"])
    with pytest.raises(UnknownName, match="loyalty"):
        firth(patterns([1, 2], [3, 4], [1, 1])).interval("loyalty")


def test_customers_without_a_covariate_are_left_out_and_counted():
    data = patterns([1, 2, 3, 3], [3, 5, 9, 4], [4, 2, 2, 3], tenure=[1.0, 2.0, 1.5, np.nan])
    fitted = firth(data, adjust_for=["tenure"])
    assert (fitted.n, fitted.n_left, fitted.n_incomplete) == (25, 8, 7)
