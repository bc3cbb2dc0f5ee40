"""Fits equal closed forms, R and the fit on rows; what has no finite estimate is refused."""

from io import StringIO

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.special import expit

from saydo.drivers.fit import fit
from saydo.drivers.separation import Separated
from saydo.errors import NotEstimable, UnknownName

PATTERNS = pd.read_csv(
    StringIO("""satisfaction,tenure,channel,n_stayed,n_left
1,1.0,online,20,35
1,1.0,shop,5,22
1,2.5,online,11,15
1,2.5,shop,8,30
1,4.0,online,4,12
1,4.0,shop,9,10
2,1.0,online,29,27
2,1.0,shop,11,24
2,2.5,online,31,15
2,2.5,shop,8,20
2,4.0,online,24,18
2,4.0,shop,35,16
3,1.0,online,34,15
3,1.0,shop,14,15
3,2.5,online,18,9
3,2.5,shop,27,15
3,4.0,online,24,10
3,4.0,shop,29,17
4,1.0,online,22,16
4,1.0,shop,19,9
4,2.5,online,20,6
4,2.5,shop,15,6
4,4.0,online,21,7
4,4.0,shop,28,14
5,1.0,online,36,8
5,1.0,shop,29,20
5,2.5,online,25,7
5,2.5,shop,20,6
5,4.0,online,20,1
5,4.0,shop,40,11
""")
).assign(segment="all", scale_min=1.0, scale_max=5.0)


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


def rows(patterns):
    """One row per customer, with 1 for stayed."""
    counts = patterns[["n_stayed", "n_left"]].to_numpy()
    long = patterns.loc[np.repeat(patterns.index, counts.sum(axis=1))].reset_index(drop=True)
    long["stayed"] = np.concatenate([[1] * stayed + [0] * left for stayed, left in counts])
    return long


def test_odds_ratio_equals_the_two_by_two_cross_product():
    # Two levels have a closed form: (20 * 6) / (18 * 2).
    fitted = fit(patterns([4, 5], [18, 20], [6, 2]))
    assert np.exp(fitted.result.params["satisfaction"]) == pytest.approx(120 / 36, rel=1e-12)
    # Woolf's standard error of a log odds ratio.
    assert fitted.result.bse["satisfaction"] == pytest.approx(
        np.sqrt(1 / 18 + 1 / 20 + 1 / 6 + 1 / 2)
    )


@pytest.mark.parametrize(
    ("form", "adjust_for", "expected"),
    [
        # glm(cbind(n_stayed, n_left) ~ satisfaction + tenure + channel, binomial, PATTERNS,
        #     control = list(epsilon = 1e-14)), R 4.2.2: estimate, standard error
        (
            "linear",
            ("tenure", "channel"),
            {
                "intercept": (-1.218182332862, 0.2015980838214),
                "satisfaction": (0.457875057720, 0.0497520822973),
                "tenure": (0.212074430813, 0.0532858127629),
                "channel[shop]": (-0.503285861277, 0.1346444471466),
            },
        ),
        # glm(cbind(n_stayed, n_left) ~ factor(satisfaction) + tenure + channel, …)
        (
            "levels",
            ("tenure", "channel"),
            {
                "intercept": (-0.984709706130, 0.201738677987),
                "satisfaction[2]": (0.845343032047, 0.205879714775),
                "satisfaction[3]": (1.342524772141, 0.214765245496),
                "satisfaction[4]": (1.513026227894, 0.228639383830),
                "satisfaction[5]": (1.987616933065, 0.228039318832),
                "tenure": (0.199991297118, 0.053693492918),
                "channel[shop]": (-0.497532936332, 0.135318871637),
            },
        ),
        # glm(cbind(n_stayed, n_left) ~
        #     satisfaction + I((satisfaction - 3)^2) + tenure + channel, …)
        (
            "curved",
            ("tenure", "channel"),
            {
                "intercept": (-1.0580231036268, 0.2165874632295),
                "satisfaction": (0.4608788519435, 0.0494385329401),
                "satisfaction²": (-0.0808511247199, 0.0404802995031),
                "tenure": (0.2009949878855, 0.0536211413558),
                "channel[shop]": (-0.4961360362020, 0.1350516032177),
            },
        ),
        # for (kink in 2:4) logLik(glm(cbind(n_stayed, n_left) ~
        #     satisfaction + pmax(satisfaction - kink, 0) + tenure + channel, …)): 2 is likeliest
        (
            "threshold",
            ("tenure", "channel"),
            {
                "intercept": (-1.8656896942786, 0.3565628034306),
                "satisfaction": (0.8807215884026, 0.1959945983410),
                "satisfaction above 2": (-0.5178344058013, 0.2308032843554),
                "tenure": (0.1990484971525, 0.0536325198362),
                "channel[shop]": (-0.4921249041262, 0.1351047418790),
            },
        ),
        # glm(cbind(n_stayed, n_left) ~ satisfaction, …)
        (
            "linear",
            (),
            {
                "intercept": (-0.919876208048, 0.1534821764293),
                "satisfaction": (0.443179045065, 0.0488652360946),
            },
        ),
    ],
)
def test_coefficients_and_standard_errors_equal_those_of_r(form, adjust_for, expected):
    result = fit(PATTERNS, form=form, adjust_for=adjust_for).result
    assert list(result.params.index) == list(expected)
    for term, (estimate, std_error) in expected.items():
        assert result.params[term] == pytest.approx(estimate, abs=1e-9)
        assert result.bse[term] == pytest.approx(std_error, abs=1e-6)


# R 4.2.2, library(splines):
# m <- glm(cbind(n_stayed, n_left) ~ ns(satisfaction, knots = 3, Boundary.knots = c(1, 5))
#          + tenure + channel, binomial, PATTERNS, control = list(epsilon = 1e-14))
# fitted(m)[c(1, 2, 15, 30)]; coef(m)["tenure"]
def test_the_spline_fits_what_a_natural_spline_of_r_fits():
    fitted = fit(PATTERNS, form="spline", adjust_for=["tenure", "channel"])
    expected = [0.3282186724113, 0.2291215675572, 0.6989585541938, 0.7741120107645]
    assert fitted.chances()[[0, 1, 14, 29]] == pytest.approx(expected, abs=1e-9)
    assert fitted.result.params["tenure"] == pytest.approx(0.2012401574189, abs=1e-9)
    assert fitted.result.bse["tenure"] == pytest.approx(0.0536081332001, abs=1e-7)


SEVEN = [1, 2, 3, 4, 5, 6, 7], [12, 9, 20, 31, 60, 95, 80], [10, 11, 9, 12, 14, 15, 20]
ELEVEN = (
    range(11),
    [5, 4, 6, 9, 12, 30, 41, 80, 130, 150, 170],
    [7, 3, 6, 8, 5, 11, 14, 20, 21, 30, 18],
)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        # fitted(glm(cbind(stayed, left) ~ ns(s, knots = c(3, 5), Boundary.knots = c(1, 7)), …))
        (
            SEVEN,
            [
                0.518873327480,
                0.539918476620,
                0.612653008936,
                0.743605344155,
                0.830955310692,
                0.841296806325,
                0.810111085183,
            ],
        ),
        # fitted(glm(… ~ ns(s, knots = c(2.5, 5, 7.5), Boundary.knots = c(0, 10)), …))
        (
            ELEVEN,
            [
                0.442987803172,
                0.472245056085,
                0.513698392448,
                0.577847625882,
                0.656003182967,
                0.723707128386,
                0.768798244437,
                0.801631196453,
                0.832899543758,
                0.864323283458,
                0.892412494822,
            ],
        ),
    ],
)
def test_splines_of_longer_scales_have_more_knots_and_equal_those_of_r(data, expected):
    fitted = fit(patterns(*data, scale=(min(data[0]), max(data[0]))), form="spline")
    assert fitted.chances() == pytest.approx(expected, abs=1e-9)


def test_beyond_the_answers_given_the_spline_runs_straight_on():
    # predict(m, data.frame(s = c(0, 8)), type = "response") of the seven-point spline above
    fitted = fit(patterns(*SEVEN, scale=(0.0, 8.0)), form="spline")
    assert fitted.mean_chance(0)[0] == pytest.approx(0.506676339265, abs=1e-9)
    assert fitted.mean_chance(8)[0] == pytest.approx(0.765805590707, abs=1e-9)


# R 4.2.2: with `m` the glm of each form as above, w the customers below 5, and up the table with
# satisfaction + 1, f <- function(b) { m$coefficients <- b; sum(w * (predict(m, up, type =
# "response") - predict(m, PATTERNS, type = "response"))) / sum(w) }; its central differences g by
# 1e-5; 100 * c(f(coef(m)), sqrt(g %*% vcov(m) %*% g))
@pytest.mark.parametrize(
    ("form", "adjust_for", "estimate", "std_error"),
    [
        ("linear", (), 10.12764648817, 1.00486841725),
        ("linear", ("tenure", "channel"), 10.144403380445, 0.985495856317),
        ("curved", ("tenure", "channel"), 10.450717545289, 0.998780111128),
        ("spline", ("tenure", "channel"), 10.458514561759, 0.999411041384),
        ("threshold", ("tenure", "channel"), 10.601120066994, 0.995125686883),
        ("levels", ("tenure", "channel"), 10.71238773716, 1.00209732936),
    ],
)
def test_the_marginal_effect_of_every_form_equals_that_of_r(form, adjust_for, estimate, std_error):
    effect = fit(PATTERNS, form=form, adjust_for=adjust_for).marginal_effect()
    assert effect.estimate == pytest.approx(estimate, abs=1e-6)
    assert effect.std_error == pytest.approx(std_error, abs=1e-6)


def test_fit_on_patterns_equals_the_fit_on_rows():
    long = rows(PATTERNS)
    design = sm.add_constant(long[["satisfaction", "tenure"]])
    on_rows = sm.Logit(long["stayed"], design).fit(method="newton", tol=1e-14, disp=False)
    on_patterns = fit(PATTERNS, adjust_for=["tenure"])
    assert on_patterns.n == len(long)
    np.testing.assert_allclose(on_patterns.result.params, on_rows.params, atol=1e-8)
    np.testing.assert_allclose(on_patterns.result.bse, on_rows.bse, atol=1e-8)


def test_marginal_effect_of_a_saturated_model_is_the_mean_step_of_the_raw_rates():
    data = patterns([1, 2, 3, 4, 5], [10, 30, 40, 66, 90], [10, 20, 20, 14, 10])
    # Rates .5 .6 .6667 .825 .9; everyone below 5 takes the step above: 20, 50, 60 and 80 customers.
    rates = np.array([10 / 20, 30 / 50, 40 / 60, 66 / 80, 90 / 100])
    n = np.array([20, 50, 60, 80])
    expected = 100 * (n * np.diff(rates)).sum() / n.sum()
    effect = fit(data, form="levels").marginal_effect()
    assert effect.estimate == pytest.approx(expected, abs=1e-8)
    # Rates of levels are independent binomials: the variance of a weighted sum of them.
    weights = 100 * (np.append(0, n) - np.append(n, 0)) / n.sum()
    variance = (weights**2 * rates * (1 - rates) / np.append(n, 100)).sum()
    assert effect.std_error == pytest.approx(np.sqrt(variance), abs=1e-8)


@pytest.mark.parametrize("form", ["linear", "curved", "levels"])
def test_delta_method_agrees_with_drawing_the_coefficients(form):
    # Tenfold counts: the chance of staying is nearly straight over the coefficients' spread.
    data = PATTERNS.assign(n_stayed=PATTERNS.n_stayed * 10, n_left=PATTERNS.n_left * 10)
    fitted = fit(data, form=form, adjust_for=["tenure", "channel"])
    draws = np.random.default_rng(1).multivariate_normal(
        fitted.result.params, fitted.result.cov_params(), 40_000
    )
    frame = fitted.patterns
    weights = (frame.n_stayed + frame.n_left).to_numpy() * (frame.satisfaction < 5)

    def design(shift):
        level = frame.satisfaction.to_numpy() + shift
        own = {
            "linear": [level],
            "curved": [level, (level - 3) ** 2],
            "levels": [level == one for one in (2, 3, 4, 5)],
        }[form]
        shop = frame.channel == "shop"
        return np.column_stack([np.ones(len(frame)), *own, frame.tenure, shop]).astype(float)

    chances = [expit(design(shift) @ draws.T) for shift in (0, 1)]
    effects = 100 * np.average(chances[1] - chances[0], axis=0, weights=weights)
    effect = fitted.marginal_effect()
    assert effect.estimate == pytest.approx(effects.mean(), abs=0.05 * effects.std())
    assert effect.std_error == pytest.approx(effects.std(), rel=0.02)


def test_marginal_effect_leaves_out_those_at_the_top_of_the_scale():
    data = patterns([1, 2], [10, 30], [20, 20], scale=(1.0, 2.0))
    # Only those who answered 1 can go one point up: from 1/3 to 3/5.
    assert fit(data).marginal_effect().estimate == pytest.approx(100 * (3 / 5 - 1 / 3))


def test_a_step_to_a_level_that_nobody_gave_is_refused():
    data = patterns([1, 2, 4, 5], [10, 20, 30, 40], [20, 20, 20, 20])
    with pytest.raises(NotEstimable, match="nobody answered 3"):
        fit(data, form="levels").marginal_effect()
    assert fit(data, form="linear").marginal_effect().estimate > 0


def test_a_pattern_of_nobody_is_none():
    nobody = PATTERNS.head(1).assign(satisfaction=3.5, n_stayed=0, n_left=0)
    fitted = fit(pd.concat([PATTERNS, nobody], ignore_index=True), form="levels")
    assert list(fitted.design.levels) == [1, 2, 3, 4, 5]
    expected = fit(PATTERNS, form="levels").result.params
    np.testing.assert_allclose(fitted.result.params, expected, atol=1e-12)


def test_customers_with_an_unknown_covariate_are_left_out_and_counted():
    unknown = PATTERNS.assign(tenure=PATTERNS.tenure.where(PATTERNS.tenure < 4))
    fitted = fit(unknown, adjust_for=["tenure"])
    known = PATTERNS[PATTERNS.tenure < 4]
    expected = fit(known, adjust_for=["tenure"])
    assert fitted.n == expected.n
    assert fitted.n_incomplete == PATTERNS[PATTERNS.tenure == 4][["n_stayed", "n_left"]].sum().sum()
    np.testing.assert_allclose(fitted.result.params, expected.result.params, atol=1e-10)


def test_a_covariate_that_is_constant_or_repeats_another_changes_nothing():
    more = PATTERNS.assign(one=1.0, twice=2 * PATTERNS.tenure + 1)
    fitted = fit(more, adjust_for=["tenure", "one", "twice"])
    assert fitted.design.aliased == ("one", "twice")
    expected = fit(PATTERNS, adjust_for=["tenure"]).result.params
    np.testing.assert_allclose(fitted.result.params, expected, atol=1e-10)


def test_satisfaction_that_covariates_fix_is_refused():
    copy = PATTERNS.assign(stars=6 - PATTERNS.satisfaction)
    with pytest.raises(NotEstimable, match="can't be told apart"):
        fit(copy, adjust_for=["stars"])


def test_an_identifier_is_no_category():
    ids = PATTERNS.loc[PATTERNS.index.repeat(2)].reset_index(drop=True)
    ids["name"] = [f"customer {place}" for place in ids.index]
    with pytest.raises(NotEstimable, match="60 different values"):
        fit(ids, adjust_for=["name"])


def test_separation_by_a_category_is_refused_and_named():
    everyone_stayed = patterns([3, 4], [2, 3], [0, 0], tenure=2.5, channel="fax")
    data = pd.concat([PATTERNS, everyone_stayed], ignore_index=True)
    with pytest.raises(Separated) as refusal:
        fit(data, adjust_for=["tenure", "channel"])
    # `fax` comes first and is the reference, from which the other two are infinitely far.
    assert set(refusal.value.columns) == {"channel[online]", "channel[shop]"}


def test_separation_by_a_number_is_refused():
    data = patterns([1, 2, 3, 4], [3, 5, 0, 0], [0, 0, 4, 8], age=[60.0, 61.0, 30.0, 40.0])
    with pytest.raises(Separated, match="separation"):
        fit(data, adjust_for=["age"])


def test_extreme_but_overlapping_data_are_fitted():
    # Log-odds of ±13 look like separation; one customer on the wrong side makes them finite.
    data = patterns([1, 2], [1, 400_000], [400_000, 1])
    slope = fit(data).result.params["satisfaction"]
    assert slope == pytest.approx(2 * np.log(400_000), rel=1e-8)


@pytest.mark.parametrize(("stayed", "left", "words"), [(0, 5, "stayed"), (5, 0, "left")])
def test_an_outcome_that_does_not_vary_is_refused(stayed, left, words):
    with pytest.raises(NotEstimable, match=f"nobody {words}"):
        fit(patterns([1, 2], [stayed, stayed], [left, left]))


def test_two_patterns_with_a_constant_covariate_are_enough():
    data = patterns([4, 5], [18, 20], [6, 2], tenure=2.5)
    fitted = fit(data, adjust_for=["tenure"])
    assert fitted.design.aliased == ("tenure",)
    assert np.exp(fitted.result.params["satisfaction"]) == pytest.approx(120 / 36)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"form": "cubic"}, "linear, curved, levels, spline, threshold"),
        ({"adjust_for": ["age"]}, "tenure, channel"),
    ],
)
def test_a_wrong_name_lists_the_allowed_ones(options, words):
    with pytest.raises(UnknownName, match=words):
        fit(PATTERNS, **options)


def test_a_level_at_which_all_stayed_refuses_the_form_of_levels_only():
    data = patterns([1, 2, 3], [10, 20, 15], [12, 9, 0])
    with pytest.raises(Separated, match="everyone who gave some answer"):
        fit(data, form="levels")
    assert fit(data, form="linear").result.params["satisfaction"] > 0


def test_two_answers_are_too_few_for_what_bends():
    for form in ("curved", "spline", "threshold"):
        with pytest.raises(NotEstimable, match="only 2 different answers"):
            fit(patterns([4, 5], [18, 20], [6, 2]), form=form)
