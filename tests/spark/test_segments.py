"""Every way of segmenting learns the same, and puts everyone into the same segment, on Spark as on
DuckDB, where rows come in another order besides."""

from datetime import date, datetime, timedelta

import ibis
import pandas as pd
import pytest

from saydo.params import ByOwn, parse
from saydo.segments import WAYS, assign, assignments_before
from saydo.tables.checked import Tables
from saydo.tables.engine import moved
from saydo.tables.load import load_tables
from saydo.tables.sample import write_sample

pytestmark = pytest.mark.spark

AS_OF = date(2025, 12, 31)
BEFORE = AS_OF - timedelta(days=90)
NAMES = ("customers", "orders", "answers", "tickets")
RULES = [
    {"name": "Regulars", "when": "spend > 500 and frequency >= 3"},
    {"name": "Lapsed", "when": "recency_days > 365 or tenure_days > 700"},
]
HOW = {
    "column": {"column": "profile"},
    "rules": {"rules": RULES},
    "rfm": {},
    "rfm of three": {"method": "rfm", "quantiles": [0.5, 0.9]},
    "clusters": {"clusters": 3},
    "needs": {"clusters": 3, "silent": "by_behaviour"},
    "market": {"within": {"method": "rfm", "scores": 3}},
}


def study(name: str):
    raw = {
        "study": "Test",
        "data": {"tables": {each: {"path": f"data/{each}.parquet"} for each in NAMES}},
    }
    if name != "own":
        return parse({**raw, "segments": {"method": name, **HOW[name]}})
    return parse(raw).model_copy(update={"segments": ByOwn.of(by_age_and_place)})


def by_age_and_place(customers):
    """A table; those who ordered lately are not in it."""
    rows = customers.filter((customers.recency_days > 60) | (customers.frequency == 0))
    age = (rows.tenure_days > 400).ifelse("Old", "New")
    return rows.select("customer_id", segment=age.concat(" in ", rows.market.upper()))


@pytest.fixture(scope="module")
def both(tmp_path_factory, spark):
    """Checked tables on DuckDB, and in another order on Spark."""
    folder = tmp_path_factory.mktemp("segments")
    write_sample(folder / "data", customers=800, months=24, seed=7)
    on_duckdb = load_tables(study("rfm"), folder, as_of=AS_OF, now=datetime(2026, 6, 1))
    mixed = {}
    for name in NAMES:
        table = on_duckdb[name]
        rows = table.mutate(place=(table.customer_id + "salt").hash()).order_by("place")
        mixed[name] = on_duckdb.connection.create_table(f"mixed_{name}", rows.drop("place"))
    return on_duckdb, moved(Tables(on_duckdb.connection, mixed), spark)


def rows(table: ibis.expr.types.Table) -> pd.DataFrame:
    return table.to_pandas().sort_values("customer_id", ignore_index=True).astype(str)


@pytest.mark.parametrize("name", [*HOW, "own"])
def test_both_engines_learn_the_same_and_put_everyone_into_the_same_segment(both, name):
    params = study(name)
    found = []
    for tables in both:
        today = assign(tables, params, as_of=AS_OF)
        before = assignments_before(tables, params, today, day=BEFORE)
        found.append((today.definition, rows(today.table), rows(before)))
    (one, table, before), (other, same, same_before) = found
    assert other == one
    pd.testing.assert_frame_equal(same, table)
    pd.testing.assert_frame_equal(same_before, before)
    assert table["segment"].nunique() >= 3


def test_no_way_is_left_out():
    assert {*WAYS, "market"} <= {*HOW, "own"}
