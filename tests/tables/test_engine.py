"""Which engine does `data.engine` open? With Spark: `tests/spark`."""

import sys
from concurrent.futures import ThreadPoolExecutor

import ibis
import pytest

from saydo.errors import DataError
from saydo.tables.engine import open_engine


def test_without_pyspark_the_remedy_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "saydo.tables.spark", None)
    with pytest.raises(DataError, match=r"ENGINE names .* not installed.*saydo\[spark\].*Java 17"):
        open_engine("ENGINE", environment={"ENGINE": "pyspark://"})


def test_a_temporary_table_is_replaced_by_what_is_made_of_it_and_nothing_else_is_left():
    home = open_engine("duckdb").home
    home.raw_sql('create temp table "a b" as select 1 as x')
    again = home.table("a b").mutate(x=ibis._.x + 1)
    kept = home.create_table("a b", again, temp=True, overwrite=True)
    assert kept.x.execute().tolist() == [2]
    assert home.list_tables(database=("temp", "main")) == ["a b"]


def test_several_threads_may_ask_duckdb_at_once():
    home = open_engine("duckdb").home
    home.raw_sql("create table numbers as from range(100_000) as t(x)")
    numbers = home.table("numbers")

    def n_from(start):
        kept = home.create_table(f"kept_{start}", numbers, temp=True, overwrite=True)
        return kept.filter(kept.x >= start).count().execute()

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(n_from, range(80))) == [100_000 - start for start in range(80)]
