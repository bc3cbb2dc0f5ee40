"""Every KPI, and everything else that a run computes, to the same number on Spark as on DuckDB."""

from datetime import date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
import yaml

from saydo.kpis import KPIS
from saydo.kpis.compute import compute
from saydo.params import load, parse
from saydo.runs.prepare import prepare
from saydo.segments import assign, assignments_before
from saydo.tables.engine import moved
from saydo.tables.load import load_tables
from saydo.tables.sample import write_sample

pytestmark = pytest.mark.spark

ROOT = Path(__file__).parents[2]
AS_OF = date(2025, 12, 31)
CLOSE = 1e-9
KEY = ["kpi", "segment", "period_start", "status", "reason"]
ESTIMATES = ["value", "ci_low", "ci_high", "n"]


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """The sample company, small, and its study."""
    folder = tmp_path_factory.mktemp("spark")
    (folder / "notebooks").mkdir()
    write_sample(folder / "data" / "acme", customers=400, months=24, seed=7)
    return folder


def study(**keys):
    """The demo's params, about so few customers that all must be shown to be compared."""
    raw = yaml.safe_load((ROOT / "params" / "demo.yml").read_text("utf-8"))
    return {**raw, "periods": 3, "privacy": {"min_cell": 1}, **keys}


@pytest.fixture(scope="module")
def runs(project, spark):
    """Folders of results: of DuckDB, and of Spark, which reads the files by itself."""
    # The session runs already; an engine's URL finds it.
    raw = study()
    written = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ENGINE_OF_TEST", "pyspark://")
        for engine in ("duckdb", "ENGINE_OF_TEST"):
            file = project / f"{engine}.yml"
            file.write_text(yaml.safe_dump({**raw, "data": {**raw["data"], "engine": engine}}))
            written[engine] = project / "out" / engine
            prepare(file, written[engine], params=load(file), as_of=AS_OF)
    return tuple(written.values())


def test_every_kpi_is_the_same_number_on_both_engines(runs, largest_difference, capsys):
    one, other = (pd.read_parquet(folder / "tables" / "kpis.parquet") for folder in runs)
    pd.testing.assert_frame_equal(other[KEY], one[KEY])
    largest = largest_difference(one, other, ESTIMATES)
    measured = one[one["value"].notna()]
    with capsys.disabled():
        print(
            f"\n{measured['kpi'].nunique()} of {len(KPIS)} KPIs measured, {len(measured)} values: "
            f"largest relative difference between DuckDB and Spark {largest:.1e}"
        )
    assert largest <= CLOSE
    # Else there would be little to compare.
    assert measured["kpi"].nunique() >= 0.9 * len(KPIS)


def test_every_other_table_of_a_run_is_the_same_on_both_engines(runs):
    for kept in ("tables", ".prepared"):
        names = [sorted(file.name for file in (run / kept).glob("*.parquet")) for run in runs]
        assert names[0] == names[1]
        assert names[0]
        for name in names[0]:
            one, other = (pd.read_parquet(run / kept / name) for run in runs)
            if name == "assignments.parquet":
                one, other = (
                    frame.sort_values("customer_id", ignore_index=True) for frame in (one, other)
                )
            pd.testing.assert_frame_equal(other, one, rtol=CLOSE, atol=1e-12, obj=name)


PURCHASE = study(
    retention={"kind": "purchase", "within_days": 90},
    satisfaction={"item": "satisfaction"},
    segments={"method": "rfm", "scores": 3},
    period="month",
    objectives=[],
)


@pytest.fixture(scope="module")
def both(project, spark):
    """Checked tables on DuckDB, and moved to Spark."""
    on_duckdb = load_tables(parse(PURCHASE), project, as_of=AS_OF, now=datetime(2026, 6, 1))
    return on_duckdb, moved(on_duckdb, spark)


def members(tables, params):
    """Who is in which segment, on the last day and before a watch began."""
    today = assign(tables, params, as_of=AS_OF)
    before = assignments_before(tables, params, today, day=AS_OF - timedelta(days=90))
    return [
        table.to_pandas().sort_values("customer_id", ignore_index=True).astype(str)
        for table in (today.table, before)
    ]


def test_staying_by_purchase_in_months_is_the_same_on_both_engines(both, largest_difference):
    params = parse(PURCHASE)
    chosen = [kpi for kpi in KPIS.values() if kpi.uses]
    found = []
    for tables in both:
        segments = assign(tables, params, as_of=AS_OF).table
        found.append(compute(tables, segments, params=params, as_of=AS_OF, kpis=chosen))
    pd.testing.assert_frame_equal(found[1][KEY], found[0][KEY])
    assert largest_difference(*found, ESTIMATES) <= CLOSE


RULES = [
    {"name": "Regulars", "when": "spend > 500 and frequency >= 3"},
    {"name": "Lapsed", "when": "recency_days > 365 or tenure_days > 700"},
]


@pytest.mark.parametrize(
    "how",
    [{"method": "rfm"}, {"method": "rules", "rules": RULES}],
    ids=["quantiles", "rules"],
)
def test_segments_have_the_same_members_on_both_engines(both, how):
    params = parse({**PURCHASE, "segments": how})
    on_duckdb, on_spark = (members(tables, params) for tables in both)
    for one, other in zip(on_duckdb, on_spark, strict=True):
        pd.testing.assert_frame_equal(other, one)
        assert one["segment"].nunique() > 2
    today, before = on_duckdb
    assert not today.equals(before)
