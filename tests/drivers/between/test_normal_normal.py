"""Random effects equal metafor's; the posterior equals a direct integration."""

import numpy as np
import pytest
from scipy.stats import norm

from saydo.drivers.between.normal_normal import normal_normal, random_effects
from saydo.errors import NotEstimable

# The BCG vaccine trials (Colditz et al., 1994): log risk ratios and standard errors of
# metafor::escalc("RR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg).
BCG = np.array(
    [-0.8893113339, -1.585388657, -1.348073148, -1.44155119, -0.2175473222, -0.7861155858,
     -1.620898224, 0.01195233352, -0.4694176487, -1.371344803, -0.3393588283, 0.4459134006,
     -0.01731394822]
)  # fmt: skip
BCG_ERRORS = np.array(
    [0.5706003549, 0.4411135017, 0.6444904696, 0.1414568199, 0.2262966464, 0.08310005088,
     0.4722470197, 0.06294107798, 0.2375588568, 0.2702310005, 0.1114101161, 0.729729981,
     0.2672165034]
)  # fmt: skip


def test_random_effects_equal_those_of_metafor():
    # metafor 3.8-1: r <- rma(yi, vi, data = d, test = "knha"); confint(r). Published with fewer
    # digits by Viechtbauer (2010), J. Stat. Software 36: −0.7145; τ² .3132 (.1197 to 1.1115).
    found = random_effects(BCG, BCG_ERRORS)
    assert found.mean == pytest.approx(-0.7145323422, abs=1e-6)
    assert found.mean_low == pytest.approx(-1.1084437137, abs=1e-6)
    assert found.mean_high == pytest.approx(-0.3206209706, abs=1e-6)
    assert found.tau**2 == pytest.approx(0.3132432581, abs=1e-6)
    assert found.tau_low**2 == pytest.approx(0.1197183611, abs=1e-5)
    assert found.tau_high**2 == pytest.approx(1.111479084, abs=1e-5)


def test_equal_errors_have_a_closed_form():
    # With errors alike, restricted maximum likelihood is the variance less that of the errors.
    found = random_effects(np.array([1.0, 2.0, 4.0, 7.0]), np.full(4, 0.5))
    assert found.tau**2 == pytest.approx(np.var([1, 2, 4, 7], ddof=1) - 0.25, rel=1e-9)
    assert found.mean == pytest.approx(3.5)


def test_alike_estimates_have_no_spread_and_one_alone_is_refused():
    found = random_effects(np.array([1.0, 1.01, 0.99]), np.full(3, 0.5))
    assert (found.tau, found.tau_low) == (0, 0)
    with pytest.raises(NotEstimable, match="fewer than two"):
        random_effects(np.array([1.0]), np.array([0.5]))


def test_posterior_equals_integrating_over_mean_and_spread_on_a_grid():
    estimates, errors = BCG[:5], BCG_ERRORS[:5]
    scale = 0.6
    found = normal_normal(estimates, 1 / errors**2, scale=scale)
    tau = np.linspace(1e-4, 5 * scale, 800)[:, None]
    mu = np.linspace(-7, 5, 601)[None, :]
    log_density = -0.5 * (tau / scale) ** 2 + sum(
        norm.logpdf(y, mu, np.sqrt(s**2 + tau**2)) for y, s in zip(estimates, errors, strict=True)
    )
    density = np.exp(log_density - log_density.max())
    density /= density.sum()
    own = tau**2 / (tau**2 + errors[1] ** 2)
    mean = own * estimates[1] + (1 - own) * mu
    spread = np.sqrt(own) * errors[1]
    assert found.mean[1] == pytest.approx((density * mean).sum(), abs=1e-4)
    assert found.own[1] == pytest.approx((density * own).sum(), abs=1e-4)
    for edge, level in ((found.low[1], 0.025), (found.high[1], 0.975)):
        assert (density * norm.cdf((edge - mean) / spread)).sum() == pytest.approx(level, abs=1e-3)
    assert found.mu[0] == pytest.approx((density * mu).sum(), abs=1e-4)
    below = np.cumsum(density.sum(axis=1))
    expected = np.interp([0.5, 0.025, 0.975], below, tau[:, 0])
    np.testing.assert_allclose(found.tau, expected, atol=3e-3)


def test_a_quantity_without_estimate_gets_the_distribution_of_the_others():
    precisions = np.append(1 / BCG_ERRORS**2, 0.0)
    with_it = normal_normal(np.append(BCG, np.nan), precisions, scale=0.5)
    without = normal_normal(BCG, precisions[:-1], scale=0.5)
    np.testing.assert_allclose(with_it.mean[:-1], without.mean)
    assert with_it.own[-1] == 0
    assert with_it.mean[-1] == pytest.approx(without.mu[0])
    # Wider than the mean's own interval by the spread.
    assert with_it.high[-1] - with_it.low[-1] > without.mu[2] - without.mu[1] + without.tau[0]


def test_a_very_precise_estimate_stays_where_it_is():
    found = normal_normal(np.array([0.2, 0.9, 0.5]), np.array([1e8, 4.0, 4.0]), scale=0.5)
    assert found.mean[0] == pytest.approx(0.2, abs=1e-4)
    assert found.high[0] - found.low[0] == pytest.approx(2 * 1.96e-4, rel=0.02)


def test_many_precise_estimates_leave_no_doubt_of_their_spread():
    # Far narrower than the first grid of the spread.
    estimates = norm.ppf((np.arange(500) + 0.5) / 500) * 0.02
    found = normal_normal(estimates, np.full(500, 1e10), scale=0.5)
    assert found.tau[0] == pytest.approx(0.02, rel=0.01)
    assert found.tau[2] - found.tau[1] == pytest.approx(2 * 1.96 * 0.02 / np.sqrt(1000), rel=0.1)
