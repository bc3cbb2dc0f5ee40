"""Share of market and of mind against arithmetic on a few rows."""

import pandas as pd
import pytest


def test_market_share_is_of_the_whole_quarter_and_has_no_interval(kpi_table):
    # Own (10 + 30) of (10 + 90 + 30 + 70) = 20 %; September does not count.
    frames = {
        "customers": pd.DataFrame({"customer_id": ["a"]}),
        "market": pd.DataFrame(
            {
                "month": pd.to_datetime(["2025-10-01"] * 2 + ["2025-12-01"] * 2 + ["2025-09-01"]),
                "market": "x",
                "brand": ["we", "they", "we", "they", "they"],
                "is_own": [True, False, True, False, False],
                "revenue": [10.0, 90.0, 30.0, 70.0, 999.0],
            }
        ),
    }
    table = kpi_table(frames, "market_share_value", privacy={"min_cell": 11}).set_index("segment")
    assert table.loc["all", "value"] == pytest.approx(20)
    assert table.loc["all", ["ci_low", "ci_high"]].isna().all()
    assert table.loc["one", "reason"] == "not split by segment"


def test_awareness_is_weighted_and_of_those_asked(measured):
    # Unaided: weight 2 of 2 + 1 + 1; the fourth was not asked. Aided: 2 + 1 of 4.
    frames = {
        "customers": pd.DataFrame({"customer_id": ["a"]}),
        "brand_tracker": pd.DataFrame(
            {
                "respondent_id": list("pqrs"),
                "asked_at": pd.Timestamp("2025-10-05"),
                "unaided": pd.array([True, False, False, None], dtype="boolean"),
                "aided": pd.array([True, True, False, None], dtype="boolean"),
                "weight": [2.0, 1.0, 1.0, 5.0],
            }
        ),
    }
    assert measured(frames, "awareness_unaided")["value"] == 50
    aided = measured(frames, "awareness_aided")
    assert (aided["value"], aided["n"]) == (75, 3)
