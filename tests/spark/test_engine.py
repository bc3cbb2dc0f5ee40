"""Which Spark does `data.engine` open?"""

import ibis
import pytest

from saydo.tables.engine import open_engine

pytestmark = pytest.mark.spark


def test_settings_of_spark_stand_in_the_url(spark):
    url = "pyspark://?spark.master=local[2]&spark.sql.files.maxPartitionBytes=7654321"
    home = open_engine("ENGINE", environment={"ENGINE": url}).home
    assert type(home) is type(spark)
    assert home._session.conf.get("spark.sql.files.maxPartitionBytes") == "7654321"


def test_a_connection_of_ibis_with_spark_is_made_one_of_ours(spark):
    theirs = ibis.pyspark.connect(spark._session)
    spark._session.conf.set("spark.sql.timestampType", "TIMESTAMP_LTZ")
    home = open_engine("duckdb", connection=theirs).home
    assert type(home) is type(spark)
    assert home._session.conf.get("spark.sql.timestampType") == "TIMESTAMP_NTZ"
