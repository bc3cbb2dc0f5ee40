"""The median wait against R's Kaplan–Meier."""

import ibis
import numpy as np
import pandas as pd
import pytest

from saydo.kpis.waiting import MedianWait

CELL = ["segment", "period_start"]


def median_wait(times, is_over):
    measure = MedianWait(time=lambda rows: rows.time, is_over=lambda rows: rows.is_over)
    frame = pd.DataFrame(
        {"segment": "a", "period_start": pd.Timestamp("2025-10-01"), "time": times}
    ).assign(is_over=np.array(is_over, dtype=bool))
    rows = ibis.memtable(frame.astype({"time": "float64"}))
    sums = {name: aggregate.of for name, aggregate in measure.aggregates(rows).items()}
    levels = measure.levels(rows)
    counted = rows.filter(measure.counted(rows)).mutate(**levels)
    counts = counted.group_by(*CELL, *levels).agg(count=counted.count()).execute()
    found = measure.estimate_from(
        rows.group_by(*CELL).agg(**sums).execute().set_index(CELL).astype("float64"),
        counts.set_index(CELL),
    )
    return found.iloc[0]


@pytest.mark.parametrize(
    ("times", "is_over", "expected"),
    [
        # R: library(survival)
        #    quantile(survfit(Surv(time, over) ~ 1, conf.type = "log-log"), .5)
        (
            [4, 1, 8, 2, 9, 9, 12, 3, 3, 5, 6, 2.5],
            [1, 1, 1, 1, 0, 0, 1, 1, 0, 1, 1, 0],
            (6, 2, np.nan),
        ),
        ([1, 2, 3, 4], [1, 1, 1, 1], (2.5, 1, np.nan)),
        # A wait of nothing at all is one.
        ([0, 0, 3, 4, 1, 2, 7], [1, 1, 1, 0, 1, 1, 1], (2, 0, np.nan)),
        # time <- c(1:15, 3, 7, 11, 20, 20); over <- c(rep(1, 15), rep(0, 5))
        ([*range(1, 16), 3, 7, 11, 20, 20], [1] * 15 + [0] * 5, (10, 5, 13)),
    ],
)
def test_median_and_interval_equal_r(times, is_over, expected):
    found = median_wait(times, is_over)
    assert tuple(found[["value", "ci_low", "ci_high"]]) == pytest.approx(expected, nan_ok=True)


def test_what_has_just_begun_is_not_the_slowest_of_all():
    # Five are over after 1, 2, 3, 4, 5; five began half an hour ago, of which nothing is known.
    found = median_wait([1, 2, 3, 4, 5, *[0.5] * 5], [1] * 5 + [0] * 5)
    assert (found["value"], found["n"]) == (3, 10)


def test_no_median_where_half_or_more_are_open():
    # Half are over by 2, and how long the others take nobody knows: R goes halfway to the last
    # time that anything was seen, which says when we looked rather than how long it takes.
    found = median_wait([1, 2, 50, 50], [1, 1, 0, 0])
    assert np.isnan(found["value"])
    assert np.isnan(found["ci_low"])
    assert found["reason"] == "too many are still open"


def test_one_wait_and_equal_waits_have_no_bounds_to_show():
    for times in ([3], [3, 3, 3]):
        found = median_wait(times, [1] * len(times))
        assert found["value"] == 3
        assert np.isnan([found["ci_low"], found["ci_high"]]).all()


def test_a_wait_that_is_not_known_does_not_count():
    found = median_wait([1, 2, 3, None], [1, 1, 1, 1])
    assert (found["value"], found["n"]) == (2, 3)
