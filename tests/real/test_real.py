"""Real files, with their own column names, against the reference numbers in the data's README.

The data may not be redistributed: they are looked for in `../shared/data`, or in the folder named
by SAYDO_REAL_DATA, and the tests are skipped where they are not there.
"""

import os
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from saydo.kpis import KPIS
from saydo.params import load
from saydo.runs.prepare import prepare
from saydo.runs.results import Prepared, Results

HERE = Path(__file__).parent
DATA = Path(os.environ.get("SAYDO_REAL_DATA") or HERE.parents[2] / "shared" / "data")

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not DATA.is_dir(), reason="needs ../shared/data or SAYDO_REAL_DATA"),
]

Prepare = Callable[..., tuple[Prepared, Results]]


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Prepare:
    """Prepare the results of a params file of this folder, once per change made to it."""
    done: dict[tuple[str, ...], tuple[Prepared, Results]] = {}

    def prepared(name: str, *changes: tuple[str, str]) -> tuple[Prepared, Results]:
        key = (name, *(old + new for old, new in changes))
        if key not in done:
            text = (HERE / f"{name}.yml").read_text()
            for old, new in (("../shared/data", str(DATA)), *changes):
                assert old in text
                text = text.replace(old, new)
            folder = tmp_path_factory.mktemp(name)
            file = folder / f"{name}.yml"
            file.write_text(text)
            params = load(file, kpis=tuple(KPIS))
            out = folder / "out"
            told = prepare(file, out, params=params, as_of=params.as_of_day())
            done[key] = told, Results(out)
        return done[key]

    return prepared


def kpi(results: Results, name: str, segment: str = "all") -> pd.Series:
    rows = results.read("kpis")
    rows = rows[(rows["kpi"] == name) & (rows["segment"] == segment)]
    return rows.sort_values("period_start").iloc[-1]


def adds_up(prepared: Prepared) -> bool:
    return all(
        count["read"] == count["used"] + count["rejected"] + sum(count["excluded"].values())
        for count in prepared.rows.values()
    )


@pytest.mark.parametrize(
    ("year", "unweighted", "weighted", "n", "top_two_box"),
    [("2017", 39.84, 40.40, 2746, 82.07), ("2018", 30.98, 35.11, 2650, 78.44)],
)
def test_the_airport_survey(study, year, unweighted, weighted, n, top_two_box):
    prepared, results = study(f"sfo_{year}")
    assert adds_up(prepared)
    nps = kpi(results, "nps")
    assert round(nps["value"], 2) == weighted
    assert nps["n"] == n
    _prepared, plain = study(f"sfo_{year}", ("        weight: WEIGHT\n", ""))
    assert round(kpi(plain, "nps")["value"], 2) == unweighted
    assert round(kpi(plain, "csat_top2")["value"], 2) == top_two_box
    if year == "2017":
        assert kpi(plain, "csat_top2")["n"] == 2688


def test_blank_codes_are_excluded_because_params_say_so(study):
    prepared, _results = study("sfo_2017", ("        weight: WEIGHT\n", ""))
    assert prepared.rows["answers"]["rejected"] == 0
    (blank,) = prepared.rows["answers"]["excluded"].values()
    # Without the declaration, 84 answers of 11 are off the scale of 0 to 10.
    careless, _ = study("sfo_2017", (", blank: [11]", ""))
    assert careless.rows["answers"]["rejected"] == 84
    (fewer,) = careless.rows["answers"]["excluded"].values()
    assert blank - fewer == 84


def test_telco_churn_and_the_refusal_of_its_leaking_score(study):
    prepared, results = study("telco")
    assert adds_up(prepared)
    assert prepared.rows["customers"]["used"] == 7043
    churn = kpi(results, "churn_period")
    assert round(churn["value"], 2) == 26.54
    assert churn["n"] == 7043
    verdict = results.read("verdicts").set_index("segment").loc["all"]
    assert verdict["verdict"] == "refused"
    assert "Everyone who left answered 3 or less" in verdict["reason"]
    assert "written with knowledge of the outcome" in verdict["reason"]
    models = results.read("retention_models")
    assert models.loc[models["segment"] == "all", "estimate"].isna().all()
    levels = results.read("dose_response").query("segment == 'all'").set_index("satisfaction")
    assert levels["n"].to_dict() == {1: 922, 2: 518, 3: 2665, 4: 1789, 5: 1149}
    assert levels.loc[3, "n_left"] == 429


def test_olist_repurchase_by_score(study):
    prepared, results = study("olist")
    assert adds_up(prepared)
    levels = results.read("dose_response").query("segment == 'all'").set_index("satisfaction")
    assert levels["n"].to_list() == [2172, 645, 1742, 4000, 11880]
    assert levels["retention"].astype(float).round(2).to_list() == [1.70, 2.17, 1.84, 2.35, 2.78]


def test_olist_score_mean(study):
    # Without their dates all answers count in one period.
    dated = """ 5 as scale_max,
          cast(order_purchase_timestamp as timestamp) as answered_at"""
    _prepared, results = study("olist", (dated, " 5 as scale_max"))
    mean = kpi(results, "csat_mean")
    assert round(mean["value"], 3) == 4.083
    assert mean["n"] == 20698


def test_olist_leads_won(study):
    # Deals were won until November 2018; each lead counts in the year in which it came in.
    _prepared, results = study("olist", ("as_of: 2018-09-04", "as_of: 2018-12-31"))
    rows = results.read("kpis").query("kpi == 'lead_conversion' and segment == 'all'")
    assert rows["n"].sum() == 8000
    assert round((rows["value"] * rows["n"]).sum() / 8000, 3) == 10.525


def test_olist_logit(study):
    _prepared, results = study("olist")
    models = results.read("retention_models").query(
        "segment == 'all' and model == 'adjusted linear'"
    )
    terms = models.set_index("term")
    # 0.1436 per star (se 0.0390), 0.7138 for log-days, 20,439 orders of which 507 were followed.
    assert round(terms.loc["satisfaction", "estimate"], 4) == 0.1436
    assert round(terms.loc["satisfaction", "std_error"], 4) == 0.0390
    assert round(terms.loc["log_days", "estimate"], 4) == 0.7138
    assert terms["n"].iloc[0] == 20439
    assert terms["n"].iloc[0] - terms["n_left"].iloc[0] == 507
    verdicts = results.read("verdicts").set_index("segment")
    assert verdicts.loc["all", "verdict"] == "association only"
