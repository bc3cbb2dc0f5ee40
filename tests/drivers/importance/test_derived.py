"""Derived importance: from patterns as from rows, with intervals, or a refusal with its reason."""

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.outliers_influence import variance_inflation_factor

from saydo.drivers.importance.derived import derived
from saydo.drivers.importance.lmg import lmg
from saydo.drivers.importance.relative_weights import relative_weights
from saydo.errors import NotEstimable


def rated(seed, n=400, *, weights=(0.8, 0.4, 0.0)):
    rng = np.random.default_rng(seed)
    scores = pd.DataFrame(rng.integers(1, 6, (n, 3)), columns=["speed", "price", "ease"])
    latent = 3 + (scores - 3) @ np.array(weights) + rng.normal(0, 0.8, n)
    return scores.assign(satisfaction=latent.round().clip(1, 5)).astype(float)


def test_values_are_those_of_the_correlations_of_rows(responses_of):
    table = rated(1)
    found = derived(responses_of(table), segment="all", replicates=50)
    columns = ["satisfaction", "speed", "price", "ease"]
    correlation = np.corrcoef(table[columns].to_numpy().T)
    np.testing.assert_allclose(found.rwa, relative_weights(correlation), atol=1e-12)
    np.testing.assert_allclose(found.lmg, lmg(correlation), atol=1e-12)
    np.testing.assert_allclose(found.correlation, correlation[0, 1:], atol=1e-12)
    # On 1 to 5, a mean score of 3 is half of the scale.
    performance = (table[columns[1:]].mean() - 1) / 4
    np.testing.assert_allclose(found.performance, performance, atol=1e-12)
    matrix = np.column_stack([np.ones(400), table[columns[1:]]])
    inflation = [variance_inflation_factor(matrix, place) for place in (1, 2, 3)]
    np.testing.assert_allclose(found.collinearity.vif, inflation, rtol=1e-10)
    assert found.n == 400 and found.r_squared == pytest.approx(found.lmg.sum())


def test_intervals_are_percentiles_of_a_bootstrap_of_rows(responses_of):
    table = rated(2)
    shown = derived(responses_of(table), segment="all", replicates=3000).table()
    columns = ["satisfaction", "speed", "price", "ease"]
    values = table[columns].to_numpy()
    rng = np.random.default_rng(0)
    naive = lmg(np.stack([np.corrcoef(values[rng.integers(0, 400, 400)].T) for _ in range(3000)]))
    low, high = np.percentile(naive, [2.5, 97.5], axis=0)
    # Percentiles of 3,000 draws vary by about a tenth of a standard deviation.
    margin = 0.25 * naive.std(axis=0).max()
    np.testing.assert_allclose(shown["derived_lmg_low"][:2], low[:2], atol=margin)
    np.testing.assert_allclose(shown["derived_lmg_high"], high, atol=margin)
    # An attribute without any effect: all resamples are above 0, the interval is not.
    assert low[2] > 0 and shown["derived_lmg_low"][2] == 0
    assert (shown["derived_lmg_low"] <= shown["derived_lmg"]).all()


def test_the_same_responses_give_the_same_intervals(responses_of):
    said = responses_of(rated(3))
    first, second = (derived(said, segment="all", replicates=20).table() for _ in range(2))
    pd.testing.assert_frame_equal(first, second)


def test_a_wider_confidence_is_a_wider_interval(responses_of):
    found = derived(responses_of(rated(3)), segment="all")
    wide, narrow = found.table(confidence=0.95), found.table(confidence=0.5)
    assert (wide["derived_rwa_high"] > narrow["derived_rwa_high"]).all()


def refused(said, match):
    with pytest.raises(NotEstimable, match=match):
        derived(said, segment="all", replicates=20)


def test_attributes_rated_alike_are_refused_by_name(responses_of):
    table = rated(4)
    table["price"] = table["speed"]
    refused(responses_of(table), r"speed, price were rated so nearly alike .*∞")
    rng = np.random.default_rng(5)
    other = rng.random(400) < 0.01
    table["price"] = np.where(other, 6 - table["speed"], table["speed"])
    refused(
        responses_of(table), r"speed, price were rated so nearly alike \(variance inflation \d+\)"
    )


def test_attributes_that_tell_nothing_are_refused(responses_of):
    table = rated(6)
    table["satisfaction"] = np.random.default_rng(7).permutation(table["satisfaction"])
    refused(responses_of(table), "no more of satisfaction than chance")


def test_too_few_respondents_are_refused_and_not_counted_aloud(responses_of):
    refused(responses_of(rated(8, n=39)), "39 rated all .* 40 are needed")
    refused(responses_of(rated(8, n=9)), "fewer than 11 rated")
    refused(responses_of(rated(8)[:0]), "nobody rated")


def test_an_attribute_that_everyone_rates_the_same_is_named(responses_of):
    refused(responses_of(rated(9).assign(ease=4.0)), "ease did not vary")


def test_of_thirteen_attributes_there_are_relative_weights_and_no_lmg(responses_of):
    rng = np.random.default_rng(10)
    table = pd.DataFrame(rng.integers(1, 6, (400, 13)), columns=[f"a{n}" for n in range(13)])
    table["satisfaction"] = table[["a0", "a1"]].mean(axis=1).round()
    found = derived(responses_of(table.astype(float)), segment="all", replicates=20)
    assert np.isnan(found.lmg).all() and np.isfinite(found.rwa).all()
    np.testing.assert_array_equal(found.importance, found.rwa)
