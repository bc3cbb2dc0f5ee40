"""`tables/objectives`: exact for each objective, and nothing of what is withheld."""

import math
from datetime import date

import numpy as np
import pandas as pd
import pytest

from saydo.objectives.table import COLUMNS, objectives

TODAY = date(2025, 12, 31)
VALUES = [60, 62, 61, 64, 65, 64, 67, 68]
NAN = math.nan


def objective(*measures, **more):
    return {"voice": "They answer me at once", "measures": list(measures), **more}


@pytest.fixture
def tested(study, kpi_rows):
    """The table for objectives on rows of KPIs; the first row as a Series."""

    def make(*wanted, rows=None, as_of=TODAY, **keys):
        rows = kpi_rows("csat_mean", [3, 3.1, 3, 3.2, 3.3, 3.2, 3.4, 3.4]) if rows is None else rows
        return objectives(rows, params=study(*wanted, **keys), as_of=as_of)

    return make


def test_two_objectives_with_the_same_kpi_each_have_their_own_target(tested, kpi_rows):
    rows = kpi_rows("csat_top2", VALUES, half=3)
    table = tested(
        objective({"kpi": "csat_top2", "target": 60}),
        objective({"kpi": "csat_top2", "target": 80}),
        rows=rows,
    )
    assert tuple(table.columns) == COLUMNS
    assert list(table["target"]) == [60, 80]
    assert list(table["status"]) == ["reached", "not reached"]
    assert list(table["objective"]) == [0, 1]
    assert (table["p_reached"] > 0.975).tolist() == [True, False]


def test_the_row_tells_value_chance_forecast_and_what_is_needed(tested, kpi_rows):
    rows = kpi_rows("csat_top2", VALUES, half=3)
    measure = {"kpi": "csat_top2", "target": 70, "by": "2026-06-30", "baseline": 60}
    row = tested(objective(measure), rows=rows).iloc[0]
    assert (row["value"], row["ci_low"], row["ci_high"], row["n"]) == (68, 65, 71, 400)
    assert row["period_end"] == pd.Timestamp(2025, 12, 31)
    assert row["status"] == "uncertain"
    # An interval that is not Wilson's: Φ((68 − 70) / (3 / 1.96)); 400 · (3/2)² = 900 are needed.
    assert row["p_reached"] == pytest.approx(0.0957, abs=1e-3)
    assert row["n_needed"] == 500
    assert row["attainment"] == pytest.approx(80)
    assert row["forecast_end"] == pd.Timestamp(2026, 6, 30)
    assert row["forecast_low"] < row["forecast"] < row["forecast_high"]
    assert 0 < row["p_by"] < 1
    assert row[["reason", "forecast_reason", "attainment_reason"]].tolist() == ["", "", ""]


def test_the_forecast_is_for_the_last_period_that_ends_by_the_due_date(tested, kpi_rows):
    rows = kpi_rows("csat_top2", VALUES, half=3)

    def end(by):
        table = tested(objective({"kpi": "csat_top2", "target": 70, "by": by}), rows=rows)
        return table["forecast_end"].iloc[0], table["forecast_reason"].iloc[0]

    assert end("2026-09-30")[0] == pd.Timestamp(2026, 9, 30)
    assert end("2026-12-30")[0] == pd.Timestamp(2026, 9, 30)
    assert end("2026-03-30")[1] == "no further period ends by the due date"
    assert end("2025-12-31")[1] == "the due date has gone by"
    assert end("2028-03-31")[1].startswith("the due date is further ahead than the 8 periods")
    assert end(None)[1] == "no due date"


def test_periods_that_were_not_measured_keep_their_place_in_time(tested, kpi_rows):
    # On a straight line with a gap; closing up the gap would bend it and widen the interval.
    values = [60, 61, NAN, NAN, 64, 65, 66.2, 67]
    measure = {"kpi": "csat_mean", "target": 70, "by": "2026-03-31"}
    row = tested(objective(measure), rows=kpi_rows("csat_mean", values, half=0.5)).iloc[0]
    assert row["forecast"] == pytest.approx(68, abs=0.2)


def test_what_is_withheld_stays_withheld_with_its_reason(tested, kpi_rows):
    reasons = [""] * 7 + ["withheld, to protect groups of fewer than 11 customers"]
    rows = kpi_rows("csat_top2", [*VALUES[:7], NAN], half=3, reasons=reasons)
    measure = {"kpi": "csat_top2", "target": 70, "by": "2026-06-30"}
    row = tested(objective(measure), rows=rows).iloc[0]
    assert row["status"] == "not measured"
    assert row["reason"] == reasons[-1]
    told = row.drop(["target"])[
        ["value", "p_reached", "n_needed", "ci_low", "n", "attainment", "forecast", "p_by"]
    ]
    assert told.isna().all()


def test_a_period_over_which_staying_is_not_known_yet_gives_way_to_the_one_before(tested, kpi_rows):
    reasons = [""] * 7 + ["window not finished"]
    values = [90, 91, 90, 92, 91, 93, 92, NAN]
    measure = {"kpi": "crr", "target": 80, "by": "2026-06-30"}
    row = tested(objective(measure), rows=kpi_rows("crr", values, half=1, reasons=reasons)).iloc[0]
    assert row["value"] == 92
    assert row["period_end"] == pd.Timestamp(2025, 9, 30)
    assert row["status"] == "reached"


def test_a_full_count_needs_no_more_and_is_known(tested, kpi_rows):
    rows = kpi_rows("market_share_value", [20, 21, 21, 22, 22, 23, 23, 24])
    row = tested(objective({"kpi": "market_share_value", "target": 24}), rows=rows).iloc[0]
    assert (row["p_reached"], row["n_needed"], row["status"]) == (1, 0, "reached")
    row = tested(objective({"kpi": "market_share_value", "target": 24.1}), rows=rows).iloc[0]
    assert (row["p_reached"], row["n_needed"], row["status"]) == (0, 0, "not reached")


def test_a_sample_without_an_interval_proves_nothing(tested):
    row = tested(objective({"kpi": "csat_mean", "target": 3})).iloc[0]
    assert row["status"] == "uncertain"
    assert math.isnan(row["p_reached"])
    assert row["reason"] == "the interval does not say how sure it is"


def test_a_value_at_its_target_says_that_no_number_would_tell(tested, kpi_rows):
    rows = kpi_rows("nps", [-20, -15, -12, -10], half=4)
    row = tested(objective({"kpi": "nps", "target": -10}), rows=rows).iloc[0]
    assert (row["status"], row["n_needed"], row["p_reached"]) == ("uncertain", np.inf, 0.5)
    assert "no number of answers would tell" in row["reason"]


def test_the_direction_of_the_params_counts_where_the_kpi_leaves_it_open(tested, kpi_rows):
    rows = kpi_rows("loyal_complainer", [40, 42, 41, 45], half=2)
    row = tested(objective({"kpi": "loyal_complainer", "target": 50}), rows=rows).iloc[0]
    assert row["status"] == "no target"
    assert row["reason"] == "which way is better depends on the context"
    lower = {"kpi": "loyal_complainer", "target": 50, "better": "lower"}
    row = tested(objective(lower), rows=rows).iloc[0]
    assert (row["status"], row["better"]) == ("reached", "lower")


def test_a_kpi_that_is_not_in_the_table_is_not_measured(tested, kpi_rows):
    measure = {"kpi": "nps", "target": 10, "by": "2026-12-31"}
    row = tested(objective(measure, segment="two")).iloc[0]
    assert (row["status"], row["reason"]) == ("not measured", "not measured")


def test_no_objectives_make_an_empty_table_of_the_same_types(tested, kpi_rows):
    empty = tested()
    full = tested(objective({"kpi": "csat_mean", "target": 3}))
    assert len(empty) == 0
    numbers = ["value", "p_reached", "n_needed", "forecast"]
    assert (empty[numbers].dtypes == full[numbers].dtypes).all()


def test_months_know_their_year(tested, kpi_rows):
    # 24 months whose Decembers are 10 higher: the December to come is, too.
    starts = pd.date_range("2024-01-01", periods=24, freq="MS")
    rows = kpi_rows("csat_mean", np.zeros(24))
    random = np.random.default_rng(3)
    rows = rows.assign(
        period_start=starts, period_end=starts + pd.offsets.MonthEnd(),
        value=50 + random.normal(0, 0.5, 24) + 10 * (starts.month == 12),
    )  # fmt: skip
    rows = rows.assign(ci_low=rows["value"] - 0.5, ci_high=rows["value"] + 0.5)
    measure = {"kpi": "csat_mean", "target": 55, "by": "2026-12-31"}
    keys = {"period": "month", "periods": 24}
    row = tested(objective(measure), rows=rows, **keys).iloc[0]
    assert row["forecast_reason"] == "seasons are allowed for"
    assert row["forecast"] == pytest.approx(60, abs=2)
    measure["by"] = "2026-11-30"
    row = tested(objective(measure), rows=rows, **keys).iloc[0]
    assert row["forecast"] == pytest.approx(50, abs=2)
