"""A segment's own likelihood is nearly the conditional one; slopes become percentage points."""

import numpy as np
import pandas as pd
import pytest
from statsmodels.discrete.conditional_models import ConditionalLogit

from saydo.drivers.between.likelihoods import intercepts, marginal_effects, own_likelihood
from saydo.drivers.between.strata import strata
from saydo.drivers.fit import fit


@pytest.mark.parametrize("slope", [0.0, 0.5, 1.2])
@pytest.mark.parametrize("segment", ["g", "h"])
def test_derivatives_are_nearly_those_of_the_conditional_likelihood(
    eight_segments, as_rows, segment, slope
):
    data = strata(eight_segments)
    place = data.segments.index(segment)
    score, information = own_likelihood(data, np.full(8, slope), offset=np.zeros(len(data.n)))
    rows = as_rows(eight_segments[eight_segments.segment == segment])
    exact = ConditionalLogit(
        rows["stayed"].to_numpy(), rows[["satisfaction"]].to_numpy(), groups=np.zeros(len(rows))
    )

    def exact_score(at):
        return exact.score(np.array([at]))[0]

    exact_information = (exact_score(slope - 1e-4) - exact_score(slope + 1e-4)) / 2e-4
    # The plain profile is 2 % off: its information is n − 1 over n of the conditional one.
    assert score[place] == pytest.approx(exact_score(slope), rel=5e-4, abs=1e-6)
    assert information[place] == pytest.approx(exact_information, rel=1e-3)


def test_information_is_minus_the_derivative_of_the_score(eight_segments):
    data = strata(eight_segments, adjust_for=["tenure"])
    offset = 0.3 * data.covariates[:, 0]
    at = np.linspace(-1, 2, 8)
    ahead, behind = (own_likelihood(data, at + step, offset=offset)[0] for step in (1e-5, -1e-5))
    _score, information = own_likelihood(data, at, offset=offset)
    np.testing.assert_allclose((behind - ahead) / 2e-5, information, rtol=1e-6)


def test_a_segment_in_which_nobody_left_has_a_flat_likelihood(eight_segments):
    loyal = pd.DataFrame(
        {"segment": "loyal", "satisfaction": [1.0, 5.0], "n_stayed": [90, 10], "n_left": 0}
    ).assign(scale_min=1.0, scale_max=5.0)
    data = strata(pd.concat([eight_segments.drop(columns="tenure"), loyal]))
    score, information = own_likelihood(data, np.full(9, 0.7), offset=np.zeros(len(data.n)))
    place = data.segments.index("loyal")
    assert (score[place], information[place]) == (0, 0)
    assert np.isnan(marginal_effects(data, np.full(9, 0.7), offset=np.zeros(len(data.n)))[place])


@pytest.mark.parametrize("spread", [0.5, 30.0])
def test_intercepts_make_as_many_stay_as_did(eight_segments, spread):
    data = strata(eight_segments)
    log_odds = spread * (data.satisfaction - 3) + np.random.default_rng(1).normal(size=len(data.n))
    log_odds += 40
    chance = 1 / (1 + np.exp(-(log_odds + intercepts(data, log_odds)[data.codes])))
    np.testing.assert_allclose(data.by_segment(data.n * chance), data.n_stayed, atol=1e-6)


def test_own_slope_gives_the_marginal_effect_of_the_segments_own_fit(eight_segments):
    data = strata(eight_segments[eight_segments.segment != "h"])
    fits = [fit(eight_segments[eight_segments.segment == name]) for name in data.segments]
    slopes = np.array([one.result.params["satisfaction"] for one in fits])
    effects = marginal_effects(data, slopes, offset=np.zeros(len(data.n)))
    expected = [one.marginal_effect().estimate for one in fits]
    np.testing.assert_allclose(effects, expected, atol=1e-8)
