"""A Spark session of two cores, and the same things on DuckDB to compare with."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

import ibis
import numpy as np
import pandas as pd
import pytest

if TYPE_CHECKING:
    from saydo.tables.spark import Spark

SETTINGS = {
    "spark.master": "local[2]",
    "spark.driver.memory": "2g",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.sql.shuffle.partitions": "2",
    # Small tables, a short life: planning and compiling would take most of it.
    "spark.sql.adaptive.enabled": "false",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
}


@pytest.fixture(scope="session")
def spark() -> Iterator[Spark]:
    pytest.importorskip("pyspark", reason="needs pip install 'saydo[spark]'")
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        pytest.skip("needs Java 17")
    from saydo.tables.spark import connect_spark

    connection = connect_spark(SETTINGS)
    yield connection
    connection.disconnect()


@pytest.fixture
def on_both(spark):
    """What an expression over memtables gives on DuckDB, and on Spark."""

    def run(expr: ibis.expr.types.Table) -> tuple[pd.DataFrame, pd.DataFrame]:
        return ibis.duckdb.connect().execute(expr), spark.execute(expr)

    return run


@pytest.fixture(scope="session")
def largest_difference():
    """The largest relative difference in these columns; where only one has a value, infinite."""

    def of(first: pd.DataFrame, second: pd.DataFrame, columns: list[str]) -> float:
        one, other = (frame[columns].to_numpy("float64") for frame in (first, second))
        assert (np.isnan(one) == np.isnan(other)).all()
        size = np.maximum(np.maximum(np.abs(one), np.abs(other)), np.finfo("float64").tiny)
        same = np.isnan(one) | (one == other)
        return float(np.where(same, 0.0, np.abs(one - other) / size).max())

    return of
