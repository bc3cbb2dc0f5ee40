from datetime import date

import pandas as pd
import pytest

from saydo.report.movement import latest
from saydo.report.overview import needs_attention


def kpis(
    *values: tuple[float, float, float], segment: str = "all", kpi: str = "crr"
) -> pd.DataFrame:
    """One row per quarter, from (low, value, high)."""
    quarters = [date(2024 + index // 4, 3 * (index % 4) + 1, 1) for index in range(len(values))]
    return pd.DataFrame(
        {
            "segment": segment,
            "kpi": kpi,
            "reason": "",
            "period_start": quarters,
            "value": [value for _low, value, _high in values],
            "ci_low": [low for low, _value, _high in values],
            "ci_high": [high for _low, _value, high in values],
        }
    )


def test_the_change_is_from_the_same_quarter_a_year_before():
    rows = kpis((89, 90, 91), (0, 1, 2), (0, 1, 2), (0, 1, 2), (86, 87, 88))
    row = latest(rows).iloc[0]
    assert row["before_start"] == pd.Timestamp(2024, 1, 1)
    assert row["change"] == -3


def test_a_change_is_clear_when_its_interval_leaves_out_zero():
    # Half-widths of 1 and 1: the difference of independent estimates has sqrt(1 + 1) = 1.414.
    held = kpis((89, 90, 91), *[(0, 1, 2)] * 3, (87.7, 88.7, 89.7))
    clear = kpis((89, 90, 91), *[(0, 1, 2)] * 3, (87.5, 88.5, 89.5))
    assert not latest(held).iloc[0]["is_clear"]
    assert latest(clear).iloc[0]["is_clear"]


def test_lopsided_intervals_count_by_the_side_that_faces_the_other():
    # It fell: what matters is how far the new one reaches up (0.5) and the old one down (0.5).
    rows = kpis((89.5, 90, 99), *[(0, 1, 2)] * 3, (80, 89, 89.5))
    assert latest(rows).iloc[0]["is_clear"]


def test_one_period_has_no_change():
    row = latest(kpis((89, 90, 91))).iloc[0]
    assert pd.isna(row["change"])
    assert not row["is_clear"]


@pytest.mark.parametrize(("kpi", "expected"), [("crr", "B"), ("churn_period", "A")])
def test_attention_goes_to_the_segment_that_clearly_got_worse(kpi, expected):
    rows = pd.concat(
        [
            kpis((49, 50, 51), *[(0, 1, 2)] * 3, (59, 60, 61), segment="A", kpi=kpi),
            kpis((89, 90, 91), *[(0, 1, 2)] * 3, (79, 80, 81), segment="B", kpi=kpi),
        ]
    )
    assert needs_attention(latest(rows)) == expected


def lowest_of(*lowest: float) -> str | None:
    rows = pd.concat(
        [
            kpis((74, 75, 76), *[(0, 1, 2)] * 3, (74, 75, 76)),
            kpis(lowest, *[(0, 1, 2)] * 3, lowest, segment="A"),
            kpis((89, 90, 91), *[(0, 1, 2)] * 3, (89, 90, 91), segment="B"),
        ]
    )
    return needs_attention(latest(rows))


def test_where_nothing_changed_the_lowest_is_named_if_it_is_clearly_below_everyone():
    assert lowest_of(49, 50, 51) == "A"
    assert lowest_of(70, 74, 78) is None


def test_a_trend_shorter_than_a_year_has_no_change():
    row = latest(kpis((89, 90, 91), (79, 80, 81), (69, 70, 71))).iloc[0]
    assert pd.isna(row["change"])
    assert not row["is_clear"]


def test_the_last_period_that_is_over_speaks_for_those_that_are_not():
    rows = kpis((89, 90, 91), *[(79, 80, 81)] * 4, (69, 70, 71))
    rows.loc[5, ["value", "ci_low", "ci_high"]] = float("nan")
    rows.loc[5, "reason"] = "window not finished"
    row = latest(rows).iloc[0]
    assert row["period_start"] == date(2025, 1, 1)
    assert row["change"] == -10
    assert row["is_earlier"]
    # What could not be measured for another reason is not replaced by the past.
    rows.loc[5, "reason"] = "no answers in this period"
    assert pd.isna(latest(rows).iloc[0]["value"])
