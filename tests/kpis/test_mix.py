"""The split of a change against arithmetic, and published reversals."""

import pandas as pd
import pytest

from saydo.kpis.mix import mix
from saydo.report.movement import latest

THEN, NOW = pd.Timestamp("2024-10-01"), pd.Timestamp("2025-10-01")


def table(*rows):
    """Rows of segment, value and weight before, value and weight now."""
    records = []
    for segment, before, weight_before, now, weight_now in rows:
        for start, value, weight in ((THEN, before, weight_before), (NOW, now, weight_now)):
            records.append((segment, start, value, weight))
    frame = pd.DataFrame(records, columns=["segment", "period_start", "value", "weight"])
    return frame.assign(kpi="crr", ci_low=frame["value"] - 1, ci_high=frame["value"] + 1, reason="")


def split(*rows):
    frame = table(*rows)
    return mix(latest(frame), frame).set_index("segment")


def test_every_segment_falls_and_the_total_rises():
    # Charig et al. (1986), BMJ 292: kidney stones removed by surgery (before) and by puncture
    # (now): small 81/87 and 234/270, large 192/263 and 55/80, all 273/350 and 289/350.
    found = split(
        ("all", 100 * 273 / 350, 350, 100 * 289 / 350, 350),
        ("small", 100 * 81 / 87, 87, 100 * 234 / 270, 270),
        ("large", 100 * 192 / 263, 263, 100 * 55 / 80, 80),
    )
    everyone = found.loc["all"]
    assert everyone["pattern"] == "reversal"
    assert everyone["change"] == pytest.approx(1600 / 350)
    # Within: 357/700 · (86.6667 − 93.1034) + 343/700 · (68.75 − 73.0038)
    assert everyone["within"] == pytest.approx(0.51 * -6.4367816 + 0.49 * -4.2538023)
    assert everyone["within"] + everyone["mix"] == pytest.approx(everyone["change"], abs=1e-12)
    assert found.loc[["small", "large"], "change"].sum() == pytest.approx(everyone["change"])


def test_the_same_mix_leaves_all_of_the_change_within():
    found = split(("all", 50, 20, 60, 40), ("a", 40, 10, 45, 20), ("b", 60, 10, 75, 20))
    assert tuple(found.loc["all", ["within", "mix", "pattern"]]) == (10, 0, "within")


def test_unchanged_segments_leave_all_of_the_change_to_the_mix():
    found = split(("all", 50, 20, 55, 20), ("a", 40, 10, 40, 5), ("b", 60, 10, 60, 15))
    assert tuple(found.loc["all", ["within", "mix", "pattern"]]) == (0, 5, "mix")


def test_those_without_a_segment_and_the_withheld_are_the_remainder():
    # Before: 10 · 40 + 10 · 60 + 20 · r = 40 · 50, so that r = 50; now 20 · r = 40 · 55 − 1100.
    rows = (("all", 50, 40, 55, 40), ("a", 40, 10, 45, 10), ("b", 60, 10, 65, 10))
    found = split(*rows)
    assert tuple(found.loc["", ["before", "value", "share"]]) == pytest.approx((50, 55, 0.5))
    withheld = split(*rows, ("c", None, None, None, None))
    pd.testing.assert_frame_equal(found, withheld)


def test_a_segment_that_is_new_changes_the_mix_only():
    found = split(
        ("all", 50, 20, 48, 25), ("a", 40, 10, 40, 10), ("b", 60, 10, 60, 10), ("c", None, 0, 40, 5)
    )
    assert found.loc["c", "within"] == 0
    assert found.loc["all", "mix"] == pytest.approx(-2)


def test_what_is_no_mean_over_segments_is_not_split():
    rows = table(("all", 5, None, 7, None), ("a", 5, None, 7, None), ("b", 5, None, 7, None))
    assert mix(latest(rows), rows).empty
