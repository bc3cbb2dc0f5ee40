"""Acquisition KPIs against arithmetic on a few customers."""

import pandas as pd
import pytest


@pytest.fixture
def frames():
    """Five at the start of the quarter, of whom one left; two new, of whom one left at once."""
    rows = [(f"old{number}", "2024-01-01", None) for number in range(4)]
    rows += [("lost", None, "2025-10-01"), ("gone", "2024-01-01", "2025-09-30")]
    rows += [("new", "2025-10-01", None), ("brief", "2025-12-31", "2025-12-31")]
    months = pd.to_datetime(["2025-10-01", "2025-10-01", "2025-11-01", "2025-12-01", "2025-09-01"])
    return {
        "customers": pd.DataFrame(rows, columns=["customer_id", "acquired_on", "left_on"]),
        "marketing": pd.DataFrame({"month": months, "spend": [10.0, 20.0, 30.0, 40.0, 999.0]}),
    }


def test_new_customers(measured, frames):
    row = measured(frames, "new_customers")
    # R: poisson.test(2)$conf.int
    assert tuple(row[["value", "ci_low", "ci_high", "n"]]) == pytest.approx(
        (2, 0.242209278544, 7.22468766611, 2)
    )


def test_no_new_customers_are_none_and_not_unknown(kpi_table, frames):
    segments = dict.fromkeys(frames["customers"]["customer_id"], "one")
    segments["lost"] = "two"
    table = kpi_table(frames, "new_customers", segments=segments).set_index("segment")
    assert tuple(table.loc["two", ["value", "n", "reason"]]) == (0, 0, "")


def test_acquisition_rate_is_of_customers_at_the_start(measured, frames):
    row = measured(frames, "acquisition_rate")
    assert (row["value"], row["n"]) == (100 * 2 / 5, 5)


def test_acquisition_cost_adds_up_the_months_of_the_period(measured, frames):
    # (10 + 20 + 30 + 40) / 2 new; interval 100 / 7.22468766611 to 100 / 0.242209278544.
    row = measured(frames, "cac")
    assert tuple(row[["value", "ci_low", "ci_high", "n"]]) == pytest.approx(
        (50, 100 / 7.22468766611, 100 / 0.242209278544, 2)
    )


def test_acquisition_cost_is_not_split_by_segment(kpi_table, frames):
    table = kpi_table(frames, "cac").set_index("segment")
    assert table.loc["one", "reason"] == "not split by segment"


def test_acquisition_cost_is_unknown_when_a_month_is_missing(measured, frames):
    frames["marketing"] = frames["marketing"].iloc[[0, 1, 2, 4]]
    row = measured(frames, "cac")
    assert pd.isna(row["value"])
    assert row["reason"] == "spend is not known for the whole period"


def test_a_lead_converts_in_the_period_in_which_it_came_in(measured, frames):
    # Three came in during the quarter, of whom one was won; one that came before was won in it.
    created = ["2025-09-30 23:59", "2025-10-01", "2025-11-01", "2025-12-31 23:59"]
    won = ["2025-10-05", "2025-12-30", None, None]
    frames["leads"] = pd.DataFrame(
        {
            "lead_id": list("abcd"),
            "created_at": pd.to_datetime(created, format="mixed"),
            "channel": "search",
            "converted_at": pd.to_datetime(won),
        }
    )
    row = measured(frames, "lead_conversion")
    # R: prop.test(1, 3, correct = FALSE)$conf.int
    assert tuple(row[["value", "ci_low", "ci_high", "n"]]) == pytest.approx(
        (100 / 3, 6.14919447204, 79.2340399198, 3)
    )
