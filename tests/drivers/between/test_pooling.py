"""Shrunken slopes are close to lme4's, better than unpooled ones, and cover as they say."""

import numpy as np
import pandas as pd
import pytest

from saydo.drivers.between.interaction import interaction
from saydo.drivers.between.pooling import pooled
from saydo.drivers.between.strata import strata
from saydo.errors import NotEstimable


@pytest.fixture(scope="module")
def eight(eight_segments):
    data = strata(eight_segments, adjust_for=["tenure"])
    return data, pooled(data, offset=interaction(data).offset, start=1.0)


def test_shrunken_slopes_are_close_to_those_of_a_mixed_model(eight):
    # lme4 1.1-31, R 4.2.2; h is separated, and enters with its likelihood there, too.
    # m <- glmer(cbind(n_stayed, n_left) ~ 0 + segment + satisfaction + tenure +
    #            (0 + satisfaction | segment), d, binomial, nAGQ = 1); coef(m); VarCorr(m)
    modes = [0.895139303432, 1.080701917893, 1.885335773002, 1.754141268840, 1.021168574881,
             1.155238954593, -0.106159280987, 2.126935256661]  # fmt: skip
    _data, posterior = eight
    # Modes at one spread and profile intercepts against means over all spreads and conditional
    # likelihoods: within a sixth of an interval's half.
    halves = (posterior.high - posterior.low) / 2
    assert (np.abs(posterior.mean - modes) < halves / 6).all()
    assert posterior.tau[0] == pytest.approx(0.6626891086, rel=0.1)
    assert posterior.mu[0] == pytest.approx(1.22915375323, abs=0.05)


def test_what_a_segment_has_of_its_own_grows_with_its_customers(eight):
    data, posterior = eight
    own = dict(zip(data.segments, posterior.own, strict=True))
    assert own["d"] > own["g"] > own["h"] > 0.05
    assert (posterior.low < posterior.mean).all()
    assert (posterior.mean < posterior.high).all()


def test_counts_a_hundredfold_leave_nothing_to_shrink(eight_segments):
    finite = eight_segments[eight_segments.segment != "h"]
    many = finite.assign(n_stayed=finite.n_stayed * 100, n_left=finite.n_left * 100)
    data = strata(many, adjust_for=["tenure"])
    found = interaction(data)
    posterior = pooled(data, offset=found.offset, start=found.common[0])
    np.testing.assert_allclose(posterior.mean, found.slopes, atol=4e-3)
    assert (posterior.own > 0.99).all()


def test_the_unit_of_satisfaction_only_changes_the_unit_of_slopes(eight_segments, eight):
    wider = eight_segments.assign(satisfaction=eight_segments.satisfaction * 2.5)
    data = strata(wider, adjust_for=["tenure"])
    posterior = pooled(data, offset=interaction(data).offset, start=0.4)
    np.testing.assert_allclose(2.5 * posterior.mean, eight[1].mean, rtol=1e-6)
    np.testing.assert_allclose(2.5 * posterior.high, eight[1].high, rtol=1e-6)


def test_segments_that_tell_nothing_get_what_the_others_suggest(eight_segments):
    loyal = pd.DataFrame(
        {"segment": "loyal", "satisfaction": [1.0, 5.0], "tenure": 0.0, "n_stayed": [500, 800],
         "n_left": 0, "scale_min": 1.0, "scale_max": 5.0}
    )  # fmt: skip
    both = pd.concat([eight_segments, *(loyal.assign(segment=f"z{i}") for i in range(30))])
    data = strata(both, adjust_for=["tenure"])
    posterior = pooled(data, offset=interaction(data).offset, start=1.0)
    # Thirty loyal segments don't draw the others towards no relation.
    alone = strata(eight_segments, adjust_for=["tenure"])
    before = pooled(alone, offset=interaction(alone).offset, start=1.0)
    np.testing.assert_allclose(posterior.mean[:8], before.mean, atol=5e-3)
    np.testing.assert_allclose(posterior.mean[8:], posterior.mu[0], atol=1e-9)
    with pytest.raises(NotEstimable, match="no segment"):
        nothing = strata(both[both.segment > "y"])
        pooled(nothing, offset=np.zeros(len(nothing.n)))


def test_shrunken_slopes_err_less_than_unpooled_ones_and_their_intervals_cover(company):
    rng = np.random.default_rng(20261122)
    sizes = [40, 40, 40, 60, 60, 80, 100, 150, 200, 300, 400, 600]
    shrunken, unpooled, covered = [], [], []
    for _run in range(30):
        slopes = rng.normal(0.5, 0.25, len(sizes))
        data = strata(company(rng, sizes, slopes), adjust_for=["tenure"])
        found = interaction(data)
        posterior = pooled(data, offset=found.offset, start=found.common[0])
        shrunken.append((posterior.mean - slopes) ** 2)
        unpooled.append(np.where(found.finite, (found.slopes - slopes) ** 2, np.nan))
        covered.append((posterior.low <= slopes) & (slopes <= posterior.high))
    shrunken, unpooled, covered = (np.array(one) for one in (shrunken, unpooled, covered))
    # Against those unpooled slopes that are finite, which flatters them.
    assert shrunken[:, :3].mean() < 0.5 * np.nanmean(unpooled[:, :3])
    assert shrunken.mean() < 0.7 * np.nanmean(unpooled)
    # 360 intervals; those of a run share the spread: three standard errors are about 4 points.
    assert covered.mean() == pytest.approx(0.95, abs=0.04)
    assert covered[:, :5].mean() > 0.9
