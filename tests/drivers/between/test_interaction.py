"""Slopes by segment equal R's interaction model; the one test keeps its level."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from scipy.stats import chi2

from saydo.drivers.between.interaction import interaction, scores
from saydo.drivers.between.strata import ONE_ANSWER, ONE_SIDE, SEPARATED, strata
from saydo.drivers.separation import Separated
from saydo.errors import NotEstimable, UnknownName


@pytest.fixture(scope="module")
def seven(eight_segments):
    """Those with finite slopes."""
    return interaction(strata(eight_segments[eight_segments.segment != "h"], adjust_for=["tenure"]))


def test_slopes_by_segment_equal_those_of_r(seven):
    # d: eight_segments without h; R 4.2.2
    # f1 <- glm(cbind(n_stayed, n_left) ~ 0 + segment + segment:satisfaction + tenure, binomial, d,
    #           control = list(epsilon = 1e-14)); summary(f1)
    slopes = [0.87568055266, 1.0698232913, 1.9987082644, 1.7996410525, 1.0063338822, 1.144779538,
              -0.27725956548]  # fmt: skip
    std_errors = [0.14564840241, 0.14912439911, 0.29817199492, 0.21324646895, 0.15383128355,
                  0.17491079523, 0.24358058881]  # fmt: skip
    np.testing.assert_allclose(seven.slopes, slopes, atol=1e-9)
    np.testing.assert_allclose(seven.std_errors, std_errors, atol=1e-6)
    assert seven.gamma == pytest.approx([0.26796881335], abs=1e-9)


def test_common_slope_and_both_statistics_equal_those_of_r(seven):
    # f0 <- glm(cbind(n_stayed, n_left) ~ 0 + segment + satisfaction + tenure, binomial, d, …)
    # summary(f0); anova(f0, f1, test = "Rao")
    assert seven.common == pytest.approx((1.11092182392, 0.0652452013786), abs=1e-6)
    assert seven.ratio == pytest.approx(64.21053342, abs=1e-6)
    score, covariance, _common = scores(seven.strata)
    assert score @ np.linalg.solve(covariance, score) == pytest.approx(75.40381904, abs=1e-6)
    assert seven.df == 6
    # From the conditional likelihood it is nearly the same, with 40 to 300 customers each.
    assert seven.score == pytest.approx(75.40381904, rel=0.01)
    assert seven.p_value == chi2.sf(seven.score, 6)


def test_variance_of_a_score_without_slope_is_hypergeometric_but_for_its_correction():
    # Two tables with odds ratio 1. Given its margins, the number who answered 2 and stayed has
    # variance m1·m2·n1·n2 / n²(n − 1).
    patterns = pd.DataFrame(
        {
            "segment": ["a", "a", "b", "b"],
            "satisfaction": [1.0, 2.0, 1.0, 2.0],
            "n_stayed": [4, 6, 10, 8],
            "n_left": [2, 3, 5, 4],
        }
    ).assign(scale_min=1.0, scale_max=5.0)
    _score, covariance, _common = scores(strata(patterns))
    n = np.array([15, 27])
    exact = [10 * 5 * 6 * 9 / (15**2 * 14), 18 * 9 * 15 * 12 / (27**2 * 26)]
    np.testing.assert_allclose(np.diag(covariance) * n / (n - 1), exact, rtol=1e-9)


def test_covariance_of_slopes_equals_that_of_one_regression_with_dummies(seven, eight_segments):
    data = eight_segments[eight_segments.segment != "h"]
    formula = "n_stayed + n_left ~ 0 + segment + segment:satisfaction + tenure"
    fitted = smf.glm(formula, data, family=sm.families.Binomial()).fit(
        tol_criterion="params", atol=1e-12
    )
    expected = fitted.cov_params().iloc[7:14, 7:14]
    np.testing.assert_allclose(seven.covariance, expected, atol=1e-10)


def test_differences_are_from_the_precision_weighted_rest(seven):
    table = seven.differences()
    slopes, precision = seven.slopes, 1 / seven.std_errors**2
    others = np.arange(7) != 3
    rest = np.average(slopes[others], weights=precision[others])
    assert table.difference[3] == pytest.approx(slopes[3] - rest, abs=1e-9)
    # Šidák's reach of seven: Φ⁻¹((1 + .95^(1/7)) / 2) = 2.683 standard errors.
    reach = (table.ci_high - table.difference) / table.std_error
    np.testing.assert_allclose(reach, 2.6828, atol=1e-3)
    # g is the odd one out; Holm's smallest p-value is seven times the raw one.
    assert table.loc[table.p_value.idxmin(), "segment"] == "g"


def test_of_two_segments_the_difference_is_one_question(eight_segments):
    data = eight_segments[eight_segments.segment.isin(["a", "c"])]
    table = interaction(strata(data, adjust_for=["tenure"])).differences()
    assert table.difference[0] == pytest.approx(-table.difference[1], abs=1e-9)
    reach = (table.ci_high - table.difference) / table.std_error
    np.testing.assert_allclose(reach, 1.959964, atol=1e-6)


def test_segments_that_tell_nothing_are_named_and_take_no_part(eight_segments, seven):
    extra = pd.DataFrame(
        {
            "segment": ["loyal", "loyal", "same", "same"],
            "satisfaction": [2.0, 5.0, 3.0, 3.0],
            "tenure": [0.0, 1.0, 0.0, 1.0],
            "n_stayed": [30, 40, 20, 20],
            "n_left": [0, 0, 20, 10],
        }
    ).assign(scale_min=1.0, scale_max=5.0)
    found = interaction(strata(pd.concat([eight_segments, extra]), adjust_for=["tenure"]))
    status = dict(zip(found.strata.segments, found.strata.status, strict=True))
    assert status["loyal"] == ONE_SIDE
    assert status["same"] == ONE_ANSWER
    assert status["h"] == SEPARATED
    assert status["a"] == ""
    # h takes part in the score test, though not in what needs a slope of its own.
    assert found.df == 7
    assert list(np.array(found.strata.segments)[found.tested]) == list("abcdefg")
    np.testing.assert_allclose(found.ratio, seven.ratio, rtol=1e-9)


def test_the_order_of_rows_and_everyones_row_change_nothing(eight_segments, seven):
    everyone = eight_segments.assign(segment="all")
    shuffled = pd.concat([everyone, eight_segments[eight_segments.segment != "h"]])
    shuffled = shuffled.sample(frac=1, random_state=1)
    found = interaction(strata(shuffled, adjust_for=["tenure"]))
    np.testing.assert_allclose(found.slopes, seven.slopes, rtol=1e-9)
    assert found.score == pytest.approx(seven.score)


def test_a_covariate_that_only_names_the_segment_is_left_out(eight_segments):
    data = eight_segments[eight_segments.segment != "h"]
    data = data.assign(channel=np.where(data.segment < "d", "shop", "online"))
    with_it = interaction(strata(data, adjust_for=["tenure", "channel"]))
    assert with_it.strata.names == ("tenure",)


def test_covariates_that_tell_who_stays_are_refused(eight_segments):
    data = eight_segments[eight_segments.segment != "h"]
    data = data.assign(cancelled=np.where(data.n_stayed == 0, 1.0, 0.0))
    with pytest.raises(Separated, match="cancelled"):
        interaction(strata(data, adjust_for=["tenure", "cancelled"]))


def test_one_segment_or_an_unknown_covariate_is_refused(eight_segments):
    with pytest.raises(NotEstimable, match="fewer than two segments"):
        strata(eight_segments[eight_segments.segment == "a"])
    with pytest.raises(UnknownName, match="loyalty"):
        strata(eight_segments, adjust_for=["loyalty"])
    with pytest.raises(NotEstimable, match="no segment"):
        interaction(strata(eight_segments.assign(n_left=0)))


def test_the_one_test_is_not_fooled_by_hundreds_of_small_segments(company):
    # 800 segments of 20 customers with one slope. A statistic that is chi-squared is its degrees of
    # freedom on average, with a standard deviation of √(2 / 800) of them: 5 %.
    rng = np.random.default_rng(20261122)
    found = interaction(strata(company(rng, [20] * 800, [1.0] * 800), adjust_for=["tenure"]))
    assert found.score / found.df == pytest.approx(1, abs=0.1)
    kept = np.array([status in ("", SEPARATED) for status in found.strata.status])
    score, covariance, _common = scores(found.strata.only(kept))
    ordinary = score @ np.linalg.solve(covariance, score)
    assert chi2.sf(ordinary, found.df) < 0.05 < found.p_value
