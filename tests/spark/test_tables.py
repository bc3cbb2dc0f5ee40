"""Files that Spark reads and checks by itself: the same rows, counts and reasons as on DuckDB."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from saydo.errors import DataError
from saydo.params import parse
from saydo.tables.load import load_tables

pytestmark = pytest.mark.spark

NIGHT = datetime(2025, 1, 1, 23, 30)
AS_OF, NOW = date(2025, 6, 30), datetime(2026, 6, 1)

ORDERS = {
    "order_id": ["1", "2", "3", "4", "5", "6", "7", "7", "9", "10", "11", "12"],
    "customer_id": pa.array([1.0, 2.0, 3.0, None, 5.5, 6, 7, 7, 9, 10, 11, 12]),
    "ordered_at": [
        "2025-01-01", "2025-03-30 01:30:00Z", "2025-03-30T01:30:00+02:00", "2025-01-02 10:05",
        "2024-12-31x", "2025-1-5 7:05:03.123456789", " 2025-02-03\t", "2025-02-04", "1812-01-01",
        "2027-01-01", "2025-12-01 00:00:00+0530", "2025-07-01 12:00+02",
    ],
    "revenue": [
        "1.5", "1e3", "1 234.50", "1,234,567.8", "abc", " 7 ", "", "NaN", "-3", "+4", "+1.250",
        "0.1",
    ],
    "is_complete": [
        "yes", "NO", "Да", "maybe", None, "1", "0", "t", " true ", "", "y", "oui"
    ],
    "promised_at": pa.array([NIGHT.replace(tzinfo=UTC)] * 11 + [None], pa.timestamp("us", "UTC")),
    "delivered_at": pa.array([NIGHT] * 11 + [None], pa.timestamp("us")),
    "discount": pa.array([None, 1, 2, 3, 4, 5, 6, -7, 8, 9, 10, 11], pa.int32()),
    "list_value": [None, float("nan"), 2.0, 3, 4, 5, 6, 7, 8, 9, float("inf"), 11],
    "quantity": [Decimal("1.25")] * 12,
}  # fmt: skip

CUSTOMERS = {
    "customer_id": ["a", "b", "b", " ", "c\t", "d"],
    "acquired_on": pa.array(
        [date(2020, 1, 1), None, *[date(2021, 1, 1)] * 2, date(2025, 8, 1), date(2025, 1, 1)]
    ),
    "left_on": ["2025-01-31", "2019-01-01", "2022-01-01", None, None, "2024-01-01"],
    "left": [1, 0, 1, 0, 0, 2],
    "age": ["31", "40", "", "7", "64", "50"],
    "code": ["01", "2", "3", "4", "5", "6"],
}

SURVEY = {
    "RespondentID": ["a", "b", "c", "d"],
    "EndDate": ["2025-01-31", "2025-02-01", "2025-08-01", "x"],
    "Q1": pa.array([0, 11, 10, 12]),
    "Q2": ["5", " 1", "6", "dk"],
    "Q2_importance": [1.0, None, 3.0, 4.0],
}

COSTS = "customer;month;cost\na;01/02/2025;1,5\nb;01/13/2025;2\nc;01/03/2025;3,25\nragged;1\n"

DATA = {
    "sources": {"crm": {"path": "crm.parquet"}, "books": {"path": "costs.csv"}},
    "tables": {
        "customers": {"query": "select * from crm where customer_id <> 'zz'"},
        "orders": {"path": "orders.parquet", "columns": {"cost": "discount * 2"}},
        "answers": {
            "path": "survey.parquet",
            "columns": {"customer_id": "RespondentID", "answered_at": "EndDate"},
            "items": {
                "recommend": {"column": "Q1", "scale": [0, 10], "blank": [11]},
                "satisfaction": {
                    "column": "Q2",
                    "importance": "Q2_importance",
                    "scale": [1, 5],
                    "blank": ["dk"],
                },
            },
        },
        "costs": {
            "path": "costs.csv",
            "columns": {"customer_id": "customer", "cost_to_serve": "cost"},
            "format": {"dates": "%d/%m/%Y"},
        },
    },
}


@pytest.fixture
def loaded(tmp_path, spark):
    """The tables on DuckDB, and on Spark."""
    for name, columns in (("orders", ORDERS), ("crm", CUSTOMERS), ("survey", SURVEY)):
        pq.write_table(pa.table(columns), tmp_path / f"{name}.parquet")
    (tmp_path / "costs.csv").write_text(COSTS)

    def load(**data):
        params = parse({"study": "Messy", "timezone": "Europe/Paris", "data": {**DATA, **data}})
        return [
            load_tables(params, tmp_path, as_of=AS_OF, now=NOW, connection=connection)
            for connection in (None, spark)
        ]

    return load


def test_spark_uses_rejects_and_excludes_the_same_rows_for_the_same_reasons(loaded):
    on_duckdb, on_spark = loaded()
    assert on_spark.rows == on_duckdb.rows
    assert on_spark.notes == on_duckdb.notes
    assert {count.rejected > 0 for count in on_duckdb.rows.values()} == {True}
    assert list(on_spark) == list(on_duckdb)
    for name, rejects in on_duckdb.rejects.items():
        pd.testing.assert_frame_equal(on_spark.rejects[name], rejects)
    for name in on_duckdb:
        frames = [tables[name].to_pandas() for tables in (on_duckdb, on_spark)]
        assert list(frames[1].columns) == list(frames[0].columns)
        one, other = (frame.sort_values(list(frame.columns), ignore_index=True) for frame in frames)
        pd.testing.assert_frame_equal(other, one, check_dtype=False, rtol=1e-12)
    # In winter Paris is an hour ahead: an offset counts, and no offset is the study's own time.
    first = on_spark["orders"].to_pandas().set_index("order_id").loc["1"]
    assert first["promised_at"] == pd.Timestamp("2025-01-02 00:30")


def test_dates_that_spark_would_have_to_be_told_to_read_are_a_problem_with_its_remedy(
    tmp_path, spark
):
    days = ["31/01/2025", "28/02/2025"]
    pq.write_table(
        pa.table({"customer_id": ["a", "b"], "acquired_on": days}), tmp_path / "c.parquet"
    )

    def load(**columns):
        tables = {"customers": {"path": "c.parquet", "columns": columns}}
        params = parse({"study": "Dates", "data": {"tables": tables}})
        return load_tables(params, tmp_path, as_of=AS_OF, now=NOW, connection=spark)

    with pytest.raises(
        DataError, match=r"written as %d/%m/%Y.*strptime\(acquired_on, '%d/%m/%Y'\)"
    ):
        load()
    mended = load(acquired_on="strptime(acquired_on, '%d/%m/%Y')")
    found = mended["customers"].order_by("customer_id").to_pandas()["acquired_on"]
    assert [str(day)[:10] for day in found] == ["2025-01-31", "2025-02-28"]


def test_instants_that_an_expression_truncates_stay_in_the_study_s_time_zone(tmp_path, spark):
    orders = {"order_id": ["1"], "customer_id": ["a"], "revenue": [1.0], "made": pa.array([NIGHT])}
    pq.write_table(pa.table(orders), tmp_path / "o.parquet")
    columns = {"ordered_at": "date_trunc('day', date_trunc('hour', made))"}
    tables = {"orders": {"path": "o.parquet", "columns": columns}}
    params = parse({"study": "x", "timezone": "America/New_York", "data": {"tables": tables}})
    for connection in (None, spark):
        found = load_tables(params, tmp_path, as_of=AS_OF, now=NOW, connection=connection)
        assert found["orders"].to_pandas()["ordered_at"].tolist() == [pd.Timestamp("2025-01-01")]


def test_a_table_of_the_session_is_checked_where_it_lies(tmp_path, spark):
    rows = pa.table({"customer_id": ["a", "a", "b"], "acquired_on": [date(2025, 1, 1)] * 3})
    spark.create_table("crm_accounts", rows, temp=True)
    tables = {"customers": {"table": "crm_accounts"}}
    params = parse({"study": "Session", "data": {"tables": tables}})
    found = load_tables(params, tmp_path, as_of=AS_OF, now=NOW, connection=spark)
    assert found.rows["customers"].used == 2
    assert found.rejects["customers"]["reason"].tolist() == [
        "customer_id a is already in line 1. Leave one of the two out."
    ]
