"""Moments of patterns and of their resamples: numpy on rows, and a bootstrap of rows."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ks_2samp

from saydo.drivers.importance import moments as module
from saydo.drivers.importance.lmg import lmg
from saydo.drivers.importance.moments import collinearity, moments, resampled_moments, usable


def rows(seed=1, n=150):
    rng = np.random.default_rng(seed)
    values = rng.integers(1, 6, (n, 3))
    values[:, 0] = np.clip(values[:, 1] + rng.integers(-1, 2, n), 1, 5)
    return values.astype(float)


def reduced(values):
    table = pd.DataFrame(values).value_counts().reset_index()
    return table.iloc[:, :-1].to_numpy(float), table["count"].to_numpy()


def test_moments_of_patterns_are_those_of_rows():
    values = rows()
    found = moments(*reduced(values))
    np.testing.assert_allclose(found.mean, values.mean(axis=0), rtol=1e-13)
    np.testing.assert_allclose(found.covariance, np.cov(values.T, bias=True), atol=1e-13)
    np.testing.assert_allclose(found.correlation, np.corrcoef(values.T), atol=1e-13)


def test_a_constant_has_no_correlation():
    values = rows()
    values[:, 2] = 4.1
    correlation = moments(*reduced(values)).correlation
    assert np.isnan(correlation[2]).all() and np.isfinite(correlation[:2, :2]).all()
    assert not usable(correlation[None])[0]


def lmg_of_resampled_rows(values, replicates, rng):
    picks = rng.integers(0, len(values), (replicates, len(values)))
    return lmg(np.stack([np.corrcoef(values[pick].T) for pick in picks]))


@pytest.mark.parametrize("most_patterns", [20_000, 10])
def test_resampled_patterns_are_distributed_as_resampled_rows(monkeypatch, most_patterns):
    # Both by drawing counts and by the normal distribution of sums, for which n is large enough.
    monkeypatch.setattr(module, "MOST_PATTERNS", most_patterns)
    monkeypatch.setattr(module, "AT_ONCE", 100 * 9)  # patterns of 3 values and 6 products
    values = rows(n=1500)
    rng = np.random.default_rng(7)
    ours = resampled_moments(*reduced(values), replicates=1500, rng=rng)
    naive = lmg_of_resampled_rows(values, 1500, rng)
    parts = lmg(ours.correlation)
    for attribute in range(2):
        assert ks_2samp(parts[:, attribute], naive[:, attribute]).pvalue > 0.01
    errors = values.std(axis=0) / np.sqrt(1500)
    np.testing.assert_allclose(ours.mean.std(axis=0), errors, rtol=0.08)
    np.testing.assert_allclose(ours.mean.mean(axis=0), values.mean(axis=0), atol=0.1 * errors.max())


def test_moments_of_a_resample_are_those_of_its_rows():
    values, counts = reduced(rows(n=30))
    found = resampled_moments(values, counts, replicates=5, rng=np.random.default_rng(4))
    drawn = np.random.default_rng(4).multinomial(30, counts / 30, size=5)
    for replicate, times in enumerate(drawn):
        resample = np.repeat(values, times, axis=0)
        np.testing.assert_allclose(found.mean[replicate], resample.mean(axis=0), atol=1e-12)
        covariance = np.cov(resample.T, bias=True)
        np.testing.assert_allclose(found.covariance[replicate], covariance, atol=1e-12)


def test_resamples_drawn_in_parts_are_of_the_right_number(monkeypatch):
    monkeypatch.setattr(module, "AT_ONCE", 500)
    values = rows()
    found = resampled_moments(*reduced(values), replicates=101, rng=np.random.default_rng(1))
    assert found.mean.shape == (101, 3) and found.covariance.shape == (101, 3, 3)
    assert usable(found.correlation).all()


def test_inflation_is_of_the_regression_on_the_others():
    # Two with correlation r: VIF 1 / (1 − r²), condition number √((1 + r) / (1 − r)).
    found = collinearity(np.array([[1, 0.8], [0.8, 1]]))
    np.testing.assert_allclose(found.vif, [1 / 0.36] * 2)
    assert found.condition_number == pytest.approx(3)


def test_a_duplicate_is_infinitely_inflated_and_an_innocent_one_is_not():
    found = collinearity(np.array([[1, 1, 0.5], [1, 1, 0.5], [0.5, 0.5, 1]]))
    assert found.condition_number == np.inf
    np.testing.assert_allclose(found.vif, [np.inf, np.inf, 1 / 0.75])
