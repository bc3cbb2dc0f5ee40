"""What Ibis's own connection with Spark gets wrong, or does not have."""

from datetime import date, datetime

import ibis
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from ibis.common.exceptions import UnsupportedOperationError

pytestmark = pytest.mark.spark

ROWS = pa.table(
    {
        "text": ["x ", None, "\tz"],
        "amount": [1.5, None, 2.0],
        "whole": pa.array([1, 2, None], pa.int64()),
        "at": pa.array(
            [datetime(2024, 1, 1, 10, 0, 0, 123456), None, datetime(2024, 3, 31, 23, 59, 59)],
            pa.timestamp("us"),
        ),
        "day": pa.array([date(2024, 1, 1), None, date(2023, 5, 6)], pa.date32()),
        "flag": [True, False, None],
    }
)


def rows():
    return ibis.memtable(ROWS)


VALUES = {
    "whole numbers beside nulls": lambda t: t.whole,
    "a share of a whole number": lambda t: t.whole / 3,
    "a third of a third": lambda t: (t.whole * 0.1) / 3.0,
    "text without white space": lambda t: t.text.strip(),
    "a group of a pattern": lambda t: t.text.re_replace("(z)", r"<\1>"),
    "the quarter of an instant": lambda t: t.at.truncate("Q"),
    "the quarter of a day": lambda t: t.day.truncate("Q").cast("date"),
    "the first day of a month": lambda t: t.at.truncate("M").cast("date"),
    "hours since 1970": lambda t: t.at.epoch_seconds() / 3600,
    "days between": lambda t: ibis.date(date(2024, 5, 1)).delta(t.day, unit="day"),
    "an instant three days later": lambda t: t.at + ibis.interval(days=3),
    "a day three days before": lambda t: (t.day - ibis.interval(days=3)).cast("date"),
    "after an instant": lambda t: t.at >= datetime(2024, 2, 1),
    "after a day": lambda t: t.at.date() > date(2024, 1, 1),
    "infinite": lambda t: (t.amount * float("inf")).isinf(),
    "true as a number": lambda t: t.flag > 0,
}


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_an_expression_means_on_spark_what_it_means_on_duckdb(on_both, value):
    table = rows()
    one, other = on_both(table.select("text", value=value(table)).order_by("text"))
    pd.testing.assert_frame_equal(one, other, rtol=1e-12, check_dtype=False)


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_a_kept_expression_has_the_type_that_ibis_takes_it_for(spark, value):
    # Else the next expression is built, or joined, on something else.
    table = rows()
    kept = spark.create_table("typed", table.select(value=value(table)), temp=True)
    found, wanted = kept.schema()["value"], value(table).type()
    assert type(found) is type(wanted) or (found.is_floating() and wanted.is_integer())


def test_units_that_the_engines_count_differently_are_refused(spark):
    table = rows()
    with pytest.raises(UnsupportedOperationError, match="only days"):
        spark.compile(table.select(n=table.at.delta(datetime(2024, 1, 1), unit="month")))


def test_sums_under_a_condition_are_those_of_duckdb(on_both):
    table = rows()
    expr = table.group_by("flag").agg(
        total=table.amount.sum(where=table.whole > 0),
        hits=(table.whole > 0).sum(),
        any=(table.whole > 1).any(),
        people=table.text.nunique(where=table.flag),
        first=table.at.min(),
        third=table.amount.quantile(1 / 3),
    )
    # Ibis gives DuckDB's sums beside nulls as objects.
    one, other = (frame.astype({"hits": "float64"}) for frame in on_both(expr.order_by("flag")))
    pd.testing.assert_frame_equal(one, other, rtol=1e-12, check_dtype=False)


def test_a_literal_is_divided_as_a_double(spark):
    # As decimals 0.1 / 3 would be 0.0333333 on Spark.
    assert spark.execute(ibis.literal(0.1) / 3.0) == pytest.approx(0.1 / 3, rel=1e-15)


def test_a_temporary_table_is_computed_once(spark, tmp_path):
    file = tmp_path / "rows.parquet"
    pq.write_table(ROWS, file)
    read = spark.read_records(str(file), "read", number="n")
    kept = spark.create_table("kept", read.select("n"), temp=True)
    file.unlink()
    assert sorted(spark.execute(kept)["n"]) == [1, 2, 3]
    spark.drop_table("kept")
    assert "kept" not in spark.list_tables()


def test_instants_without_an_offset_stay_so_and_others_keep_theirs(spark):
    instants = pa.table(
        {
            "naive": pa.array([datetime(2024, 7, 1, 12)], pa.timestamp("us")),
            "zoned": pa.array([datetime(2024, 7, 1, 12)], pa.timestamp("us", "UTC")),
        }
    )
    kept = spark.create_table("instants", instants, temp=True)
    assert kept.schema()["naive"].timezone is None
    assert kept.schema()["zoned"].timezone == "UTC"
    # What Spark's functions make of a naive instant is naive again once it is kept.
    months = spark.create_table("months", kept.select(m=kept.naive.truncate("M")), temp=True)
    assert months.schema()["m"].timezone is None
    assert spark.execute(months.m.max()) == pd.Timestamp("2024-07-01")
