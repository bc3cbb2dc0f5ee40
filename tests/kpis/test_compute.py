"""Rules that hold for every KPI, on a company small enough to compute in a second."""

import math
from datetime import date
from pathlib import Path

import ibis
import numpy as np
import pandas as pd
import pytest
import yaml

from saydo.kpis import KPIS, THEMES, pooled
from saydo.kpis.compute import COLUMNS, lacking
from saydo.kpis.kpi import Unit
from saydo.kpis.pooled import PooledShare, Rate, Ratio
from saydo.kpis.rivals import RIVALS
from saydo.kpis.status import Status
from saydo.languages import speak
from saydo.periods import last_periods
from saydo.tables.checked import Tables
from saydo.tables.contract import CONTRACT as TABLES
from saydo.tables.marts import MARTS
from saydo.tables.sample import write_sample
from saydo.tables.scope import Scope

AS_OF = date(2025, 12, 31)
FULL_COUNTS = {name for name, kpi in KPIS.items() if kpi.measure.interval.startswith("none")}
"""KPIs that chance has no part in."""

DEMO = yaml.safe_load((Path(__file__).parents[2] / "params" / "demo.yml").read_text("utf-8"))
STUDY = {name: DEMO[name] for name in ("definitions", "objectives", "satisfaction", "retention")}


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    """Every table that a KPI needs: a small sample company."""
    folder = tmp_path_factory.mktemp("company")
    write_sample(folder, customers=1000, months=30, seed=3)
    return {file.stem: pd.read_parquet(file) for file in folder.glob("*.parquet")}


@pytest.fixture(scope="module")
def segments(company):
    people = company["customers"]
    return dict(zip(people["customer_id"], people["profile"], strict=True))


@pytest.fixture(scope="module")
def table(kpi_table, company, segments):
    return kpi_table(company, segments=segments, periods=3, **STUDY)


@pytest.mark.parametrize("kpi", KPIS.values(), ids=KPIS)
def test_declaration_says_all_there_is_to_say(kpi):
    assert KPIS[kpi.name] is kpi
    texts = (kpi.label, kpi.definition, kpi.source, kpi.pitfall, kpi.nothing)
    assert all(len(text) > 2 for text in texts)
    assert kpi.theme in THEMES
    assert kpi.mart in MARTS or kpi.name == "target_attainment"
    assert kpi.range[0] < kpi.range[1]
    for name, columns in kpi.needs.items():
        assert columns
        assert set(columns) <= set(TABLES[name].names)
    assert kpi.needs or kpi.uses or kpi.settings
    assert kpi.unit in Unit.__args__
    assert kpi.formula
    assert kpi.measure.interval


def test_kpis_are_listed_theme_by_theme():
    themes = list(dict.fromkeys(kpi.theme for kpi in KPIS.values()))
    assert themes == list(THEMES)
    assert [kpi.theme for kpi in KPIS.values()] == sorted(
        (kpi.theme for kpi in KPIS.values()), key=themes.index
    )


def test_there_is_every_kpi_of_the_catalogue_but_those_left_out():
    # The field's catalogue as the plan has it: 127 of the scorecard, of models and of objectives.
    assert len(KPIS) >= 127


def test_sums_without_a_condition_are_those_with_it(company, segments, params_of, monkeypatch):
    params, tables = params_of(periods=3, **STUDY), Tables.of(company)
    assigned = ibis.memtable(pd.DataFrame(segments.items(), columns=["customer_id", "segment"]))
    periods = last_periods(AS_OF, length=params.period, number=params.periods)
    scope = Scope(tables, assigned, tuple(periods), params, AS_OF)
    of_pairs = [
        kpi
        for kpi in (*KPIS.values(), *RIVALS.values())
        if isinstance(kpi.measure, Ratio | Rate | PooledShare)
    ]
    names = dict.fromkeys(kpi.mart for kpi in of_pairs)
    marts = {name: tables.keep(f"mart_{name}", MARTS[name].build(scope)) for name in names}

    def found():
        sums = []
        for mart, rows in marts.items():
            aggregates = {
                f"{kpi.name} {name}": aggregate.of
                for kpi in of_pairs
                if kpi.mart == mart
                for name, aggregate in kpi.measure.aggregates(rows).items()
            }
            sums.append(rows.aggregate(**aggregates).execute().iloc[0])
        return pd.concat(sums).astype("float64").fillna(0)

    without = found()
    sums_of_pairs = pooled.sums_of_pairs

    def with_conditions(*how, **_zero_elsewhere):
        return sums_of_pairs(*how)

    monkeypatch.setattr(pooled, "sums_of_pairs", with_conditions)
    assert len(without) > 200
    np.testing.assert_allclose(without, found(), rtol=1e-12)


def test_table_has_every_kpi_in_every_segment_and_period(table):
    assert tuple(table.columns) == COLUMNS
    assert list(table["kpi"].drop_duplicates()) == list(KPIS)
    assert len(table) == len(KPIS) * 5 * 3
    for _, rows in table.groupby("kpi"):
        # `all` first, then by size.
        assert next(iter(rows["segment"])) == "all"
        assert list(rows["period_end"].dt.strftime("%Y-%m-%d"))[:3] == [
            "2025-06-30",
            "2025-09-30",
            "2025-12-31",
        ]
    assert set(table["status"]) <= set(Status.__args__)
    assert (table["value"].isna() == (table["status"] == "not measured")).all()
    assert (table.loc[table["value"].isna(), "reason"] != "").all()


@pytest.mark.parametrize("name", KPIS)
def test_kpi_is_measured_and_stays_in_its_range(table, name):
    kpi = KPIS[name]
    rows = table[table["kpi"] == name]
    assert rows.loc[rows["segment"] == "all", "value"].notna().any()
    if not kpi.by_segment:
        assert rows.loc[rows["segment"] != "all", "value"].isna().all()
    rows = rows[rows["value"].notna()]
    assert rows["value"].between(*kpi.range).all()
    if name in FULL_COUNTS:
        assert rows[["ci_low", "ci_high"]].isna().all(axis=None)
        return
    assert (rows["n"] > 0).all()
    known = rows[rows["ci_low"].notna() & rows["ci_high"].notna()]
    assert (known["ci_low"] <= known["value"]).all()
    assert (known["value"] <= known["ci_high"]).all()
    # The attainment of a first period is zero by definition.
    assert (known["ci_low"] < known["ci_high"]).all() or name == "target_attainment"
    assert known["ci_low"].min() >= kpi.range[0] and known["ci_high"].max() <= kpi.range[1]


def test_where_there_are_enough_there_is_an_interval(table):
    rows = table[(table["segment"] == "all") & ~table["kpi"].isin(FULL_COUNTS) & (table["n"] >= 30)]
    rows = rows[rows["value"].notna()]
    assert len(rows) > 200
    assert rows["ci_low"].notna().all() and rows["ci_high"].notna().all()


def test_weighted_values_of_segments_give_that_of_all(table):
    known = table[table["weight"].notna() & table["kpi"].map(lambda name: KPIS[name].by_segment)]
    n_checked = 0
    for _cell, rows in known.groupby(["kpi", "period_start"]):
        rows = rows[rows["value"].notna()]
        parts, whole = rows[rows["segment"] != "all"], rows[rows["segment"] == "all"]
        if len(whole) and parts["weight"].sum() == pytest.approx(whole["weight"].iloc[0]):
            mean = np.average(parts["value"], weights=parts["weight"])
            assert mean == pytest.approx(whole["value"].iloc[0], rel=1e-9)
            n_checked += 1
    assert n_checked > 150


def test_all_does_not_depend_on_how_customers_are_segmented(kpi_table, company, table):
    unsegmented = kpi_table(company, segments={}, periods=3, **STUDY)
    everyone = table[table["segment"] == "all"].reset_index(drop=True)
    assert set(unsegmented["segment"]) == {"all"}
    # Models are fitted to the last digits that their optimiser resolves.
    pd.testing.assert_frame_equal(unsegmented, everyone, check_dtype=False, rtol=1e-9)


def test_one_segment_of_everyone_is_all(kpi_table, company, segments):
    table = kpi_table(company, segments=dict.fromkeys(segments, "one"), periods=1, **STUDY)
    # Answers and comments of nobody's are in `all` only, and so are objectives of `all`.
    nameless = {"review_rating", "earned_mentions", "target_attainment"}
    of_segments = [name for name, kpi in KPIS.items() if kpi.by_segment and name not in nameless]
    table = table[table["kpi"].isin(of_segments)]
    numbers = ["value", "ci_low", "ci_high", "n"]
    pd.testing.assert_frame_equal(
        table.loc[table["segment"] == "one", numbers].reset_index(drop=True),
        table.loc[table["segment"] == "all", numbers].reset_index(drop=True),
        rtol=1e-9,
    )


LACKING = {
    "tickets": "needs tickets",
    # Orders are missed by most, answers by most of what is said.
    "orders": "needs orders",
    "answers": "needs answers",
    "events": "needs events",
}


@pytest.mark.parametrize("missing", LACKING)
def test_without_a_table_exactly_its_kpis_are_not_measured(
    kpi_table, company, segments, table, missing
):
    kept = {name: frame for name, frame in company.items() if name != missing}
    found = kpi_table(kept, segments=segments, periods=3, **STUDY)
    lacking = {kpi.name for kpi in KPIS.values() if missing in kpi.needs}
    assert lacking
    gone = found[found["kpi"].isin(lacking)]
    assert gone["value"].isna().all()
    assert gone["reason"].str.startswith(LACKING[missing]).all()
    # What is made of the measures of objectives has lost some of them.
    left = found[~found["kpi"].isin(lacking | {"target_attainment"})]
    before = table[~table["kpi"].isin(lacking | {"target_attainment"})]
    pd.testing.assert_frame_equal(left, before, rtol=1e-9)


@pytest.mark.parametrize("missing", sorted(set(TABLES) - {"customers"}))
def test_what_a_kpi_lacks_is_named(company, params_of, missing):
    tables = Tables.of({name: frame for name, frame in company.items() if name != missing})
    params = params_of(**STUDY)
    for kpi in KPIS.values():
        reason = lacking(kpi, tables, params)
        assert (reason is not None) == (missing in kpi.needs)
        if reason:
            assert reason.startswith(f"needs {missing}")


def test_periods_before_the_data_began_are_not_measured(kpi_table, company, segments):
    names = [name for name, kpi in KPIS.items() if kpi.mart in ("answers", "tickets", "deliveries")]
    table = kpi_table(company, *names, segments=segments, periods=14, **STUDY)
    first = table[table["period_start"] == table["period_start"].min()]
    assert first["value"].isna().all()
    assert (first["n"].dropna() == 0).all()


def test_kpis_by_purchase(kpi_table, company, segments):
    study = STUDY | {
        "retention": {"kind": "purchase", "within_days": 92},
        "satisfaction": {"item": "satisfaction"},
    }
    table = kpi_table(company, segments=segments, periods=3, **study)
    rows = table.set_index(["kpi", "segment", "period_start"])
    # 92 days from 1 October are over on 31 December.
    last = rows.xs(pd.Timestamp("2025-10-01"), level="period_start")
    assert last.loc[("churn_period", "all"), "value"] == pytest.approx(
        100 - last.loc[("crr", "all"), "value"]
    )
    # Without contracts nobody knows on which day someone left.
    unknown = {name for name, kpi in KPIS.items() if kpi.uses == "contract"}
    assert unknown
    for name in KPIS:
        here = last.loc[(name, "all")]
        assert (name in unknown) <= (here["reason"].startswith("without contracts"))
    measured = last.xs("all", level="segment")["value"].notna().sum()
    assert measured >= len(KPIS) - len(unknown) - 3


def test_a_subset_of_kpis_is_the_same_as_among_all(kpi_table, company, segments, table):
    some = kpi_table(company, "frt_median", "nps", segments=segments, periods=3, **STUDY)
    for name, rows in some.groupby("kpi"):
        same = table[table["kpi"] == name]
        pd.testing.assert_frame_equal(
            rows.reset_index(drop=True), same.reset_index(drop=True), rtol=1e-9
        )


def test_reasons_are_words_and_codes_are_not_translated(kpi_table, company, segments):
    with speak("fr"):
        table = kpi_table(company, "nps", segments=segments)
    assert set(table["status"]) == {"no target"}
    assert math.isfinite(table["value"].iloc[0])


def test_every_kpi_is_worked_out_by_hand_in_some_test():
    # A call `measured(frames, "nps")`, or the same through a helper of that file.
    texts = "".join(file.read_text("utf-8") for file in Path(__file__).parent.glob("test_*.py"))
    texts += "".join(
        file.read_text("utf-8") for file in (Path(__file__).parents[1] / "objectives").glob("*.py")
    )
    unnamed = [name for name in KPIS if f'"{name}"' not in texts]
    assert not unnamed


def test_a_missing_table_and_a_missing_setting_are_both_named(params_of):
    tables = Tables.of({"customers": pd.DataFrame({"customer_id": ["a"]})})
    reason = lacking(KPIS["segment_share"], tables, params_of())
    assert reason == "needs market, needs definitions.target_markets in params"
    assert lacking(KPIS["crr"], tables, params_of(retention=None)) == "needs retention in params"


def test_a_wide_mart_made_in_shares_of_the_periods_gives_the_same(
    kpi_table, company, segments, table, monkeypatch
):
    monkeypatch.setattr("saydo.tables.scope._ROWS_AT_ONCE", 1)
    names = [name for name, kpi in KPIS.items() if kpi.mart == "customers"]
    found = kpi_table(company, *names, segments=segments, periods=3, **STUDY)
    same = table[table["kpi"].isin(names)]
    assert len(names) > 25
    pd.testing.assert_frame_equal(
        found.reset_index(drop=True), same.reset_index(drop=True), rtol=1e-9
    )
