"""Which Spark does `data.engine` open?"""

import sys

import ibis
import pytest

from saydo.errors import DataError
from saydo.tables.engine import open_engine


@pytest.mark.spark
def test_settings_of_spark_stand_in_the_url(spark):
    url = "pyspark://?spark.master=local[2]&spark.sql.files.maxPartitionBytes=7654321"
    home = open_engine("ENGINE", environment={"ENGINE": url}).home
    assert type(home) is type(spark)
    assert home._session.conf.get("spark.sql.files.maxPartitionBytes") == "7654321"


@pytest.mark.spark
def test_a_connection_of_ibis_with_spark_is_made_one_of_ours(spark):
    theirs = ibis.pyspark.connect(spark._session)
    spark._session.conf.set("spark.sql.timestampType", "TIMESTAMP_LTZ")
    home = open_engine("duckdb", connection=theirs).home
    assert type(home) is type(spark)
    assert home._session.conf.get("spark.sql.timestampType") == "TIMESTAMP_NTZ"


def test_without_pyspark_the_remedy_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "saydo.tables.spark", None)
    with pytest.raises(DataError, match=r"ENGINE names .* not installed.*saydo\[spark\].*Java 17"):
        open_engine("ENGINE", environment={"ENGINE": "pyspark://"})
