"""Statuses in every direction and on both sides of zero."""

import math

import pandas as pd
import pytest

from saydo.kpis.status import status

NAN = math.nan


@pytest.mark.parametrize(
    ("value", "low", "high", "target", "better", "expected"),
    [
        (90, 86, 94, 85, "higher", "reached"),
        (90, 84, 94, 85, "higher", "uncertain"),
        (80, 76, 84, 85, "higher", "not reached"),
        (86, 85, 87, 85, "higher", "reached"),
        (3, 2, 3.5, 4, "lower", "reached"),
        (3, 2, 4.5, 4, "lower", "uncertain"),
        (5, 4.5, 6, 4, "lower", "not reached"),
        (3, 2, 4, 4, "lower", "reached"),
        # Negative and zero targets.
        (-12, -15, -9, -20, "higher", "reached"),
        (-30, -35, -25, -20, "higher", "not reached"),
        (-30, -35, -25, -20, "lower", "reached"),
        (5, 2, 8, 0, "higher", "reached"),
        (0, 0, 0.4, 0, "lower", "uncertain"),
        (0.5, 0.2, 0.9, 0, "lower", "not reached"),
        # Closer to zero: the target is a distance, on either side.
        (-1, -1.8, 0.5, 2, "closer to 0", "reached"),
        (1, -0.5, 2.5, 2, "closer to 0", "uncertain"),
        (-3, -4, -2.5, 2, "closer to 0", "not reached"),
        (3, 1, 5, 2, "closer to 0", "uncertain"),
        (0, -3, 3, 2, "closer to 0", "uncertain"),
        (0, -1, 1, -2, "closer to 0", "reached"),
        (0, NAN, NAN, 0, "closer to 0", "reached"),
        (-5, NAN, NAN, 2, "closer to 0", "not reached"),
        # Without an interval the value decides; one empty bound is open.
        (20, NAN, NAN, 20, "higher", "reached"),
        (19.9, NAN, NAN, 20, "higher", "not reached"),
        (3, 2, NAN, 4, "lower", "uncertain"),
        (5, 4.5, NAN, 4, "lower", "not reached"),
        (50, 40, 60, 45, "context", "no target"),
        (50, 40, 60, NAN, "higher", "no target"),
        (NAN, NAN, NAN, 45, "higher", "not measured"),
    ],
)
def test_status(value, low, high, target, better, expected):
    assert status(value, low, high, target=target, better=better) == expected


@pytest.mark.parametrize(
    ("value", "low", "high", "target", "better", "expected", "by_rule"),
    [
        # 0.9 · −10 = −9 lies beyond the target: whatever is short of it is called plainly missed.
        (-10.5, -11.5, -9.5, -10, "higher", "uncertain", "not reached"),
        # 0.9 · 0 = 0 leaves no room either.
        (-0.2, -1, 0.6, 0, "higher", "uncertain", "not reached"),
        # Fewer hours are better, and 3.8 of 4 are enough; the rule takes 4.3 for enough instead.
        (3.8, 3.7, 3.9, 4, "lower", "reached", "nearly"),
        (4.3, 4.2, 4.4, 4, "lower", "not reached", "reached"),
    ],
)
def test_nine_tenths_of_a_target_are_no_rule(value, low, high, target, better, expected, by_rule):
    rule = "reached" if value >= target else "nearly" if value >= 0.9 * target else "not reached"
    assert rule == by_rule
    assert status(value, low, high, target=target, better=better) == expected


def test_targets_go_to_their_segment_in_the_last_period_only(kpi_table):
    days = pd.to_datetime(["2025-08-01", "2025-11-01"] * 20)
    answers = pd.DataFrame(
        {"customer_id": [f"c{n}" for n in range(40)], "score": 5, "answered_at": days}
    ).assign(item="satisfaction", scale_min=1, scale_max=5)
    objectives = [
        {"voice": "They listen", "measures": [{"kpi": "csat_top2", "target": 60}]},
        {
            "voice": "They listen to me",
            "segment": "one",
            "measures": [{"kpi": "csat_top2", "target": 99}],
        },
    ]
    table = kpi_table({"answers": answers}, "csat_top2", objectives=objectives, periods=2)
    assert list(table["segment"]) == ["all", "all", "one", "one"]
    assert list(table["target"].fillna(0)) == [0, 60, 0, 99]
    # 20 of 20: Wilson's lower bound is 83.9.
    assert list(table["status"]) == ["no target", "reached", "no target", "uncertain"]
