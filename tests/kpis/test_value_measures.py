"""Measures of amounts, concentration and value: values, intervals, coverage, edges."""

import ibis
import numpy as np
import pandas as pd
import pytest

from saydo.kpis.market_measures import HeavyUsage

Q4 = pd.Timestamp("2025-10-01")


def estimates(measure, frame):
    """One estimate per sample (`period_start`)."""
    rows = ibis.memtable(frame)
    sums = rows.group_by("segment", "period_start").agg(
        **{name: aggregate.of for name, aggregate in measure.aggregates(rows).items()}
    )
    sums = sums.execute().set_index(["segment", "period_start"]).sort_index().astype("float64")
    return measure.estimate(sums).reset_index(drop=True)


def estimate(measure, **columns):
    return estimates(measure, pd.DataFrame({"segment": "a", "period_start": Q4, **columns})).iloc[0]


def samples(n, **columns):
    """1,000 samples of `n` customers each; columns have the shape (1000, n)."""
    dates = np.repeat(pd.date_range("2000-01-01", periods=1000), n)
    flat = {name: np.ravel(column) for name, column in columns.items()}
    return pd.DataFrame({"segment": "a", "period_start": dates, **flat})


def coverage(found, truth):
    return ((found["ci_low"] <= truth) & (found["ci_high"] >= truth)).mean()


def test_interval_of_heavy_usage_is_that_of_the_delta_method():
    # R: ours <- c(1, 1, 1, 0, 0); y <- c(100, 40, 20, 10, 30); n <- 5
    #    u <- ours*y/sum(ours*y) - ours/sum(ours) - y/sum(y) + 1/n
    #    exp(log((160/3)/40) + c(-1, 1)*qt(.975, 2)*sqrt(n/(n - 1)*sum(u^2)))
    found = estimate(
        HeavyUsage(of=lambda rows: rows.ours, amount=lambda rows: rows.y),
        ours=[True, True, True, False, False],
        y=[100.0, 40, 20, 10, 30],
    )
    assert (found["ci_low"], found["ci_high"]) == pytest.approx((0.487478690834, 3.646883056032))


def test_interval_of_heavy_usage_covers_the_truth():
    # Our buyers spend 1.5 times as much; 40 % buy ours: index 1.5 / 1.2 = 1.25.
    rng = np.random.default_rng(7)
    n, samples = 200, 1000
    ours = rng.random((samples, n)) < 0.4
    spend = rng.gamma(2, 10, (samples, n)) * np.where(ours, 1.5, 1)
    frame = pd.DataFrame(
        {
            "segment": "a",
            "period_start": np.repeat(pd.date_range("2000-01-01", periods=samples), n),
            "ours": ours.ravel(),
            "y": spend.ravel(),
        }
    )
    measure = HeavyUsage(of=lambda rows: rows.ours, amount=lambda rows: rows.y)
    found = estimates(measure, frame)
    assert 0.93 <= found["ci_low"].lt(1.25).mul(found["ci_high"].gt(1.25)).mean() <= 0.97
