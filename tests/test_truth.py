"""The analysis against the truth of the sample company, over twenty seeds fixed beforehand."""

from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import pytest
import yaml

from saydo.drivers import analyse
from saydo.drivers.analysis import Landmark, improving
from saydo.drivers.evidence import verdict
from saydo.drivers.expectations import expectations
from saydo.drivers.retention_models import retention_models
from saydo.drivers.worth import curve_of
from saydo.kpis import KPIS
from saydo.kpis.compute import compute
from saydo.params import Params, parse
from saydo.report.movement import latest
from saydo.report.overview import needs_attention
from saydo.segments import assign
from saydo.tables.checked import Tables
from saydo.tables.load import load_tables
from saydo.tables.sample import write_sample

ROOT = Path(__file__).parents[1]
pytestmark = pytest.mark.slow

AS_OF = date(2025, 12, 31)
SEEDS = range(1, 21)
TABLES = ("customers", "orders", "answers", "tickets")


class Seen(NamedTuple):
    """What one seed's truth and analysis say."""

    truth: dict[str, Any]
    effect: pd.Series
    first: str | None
    retention: pd.DataFrame
    gaps: pd.DataFrame
    improvements: pd.DataFrame


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> list[Seen]:
    return [see(seed, tmp_path_factory.mktemp(f"seed{seed}")) for seed in SEEDS]


def studied(seed: int, folder: Path) -> tuple[dict[str, Any], Params, Tables, Any]:
    """The truth of a sample company, and its study as far as tables and segments."""
    truth = write_sample(folder / "data", customers=20_000, months=36, seed=seed)
    raw = yaml.safe_load((ROOT / "params" / "demo.yml").read_text())
    raw["data"]["tables"] = {name: {"path": f"data/{name}.parquet"} for name in TABLES}
    raw["objectives"] = []
    params = parse(raw, kpis=tuple(KPIS))
    tables = load_tables(params, folder, as_of=AS_OF)
    return truth, params, tables, assign(tables, params, as_of=AS_OF).table


def see(seed: int, folder: Path) -> Seen:
    # What `prepare` does, without the KPIs and designs that nothing here is asked of.
    truth, params, tables, segments = studied(seed, folder)
    landmark = Landmark.of(tables, segments, params=params, as_of=AS_OF)
    assessed = {name: landmark.assessed(name) for name in ("all", *truth["profiles"])}
    models = retention_models(assessed["all"], min_cell=landmark.min_cell).query("is_headline")
    gaps = expectations(tables, segments, params=params, as_of=AS_OF)
    improved = improving(
        tables,
        segments,
        gaps,
        verdicts=pd.concat([verdict(one) for one in assessed.values()]),
        left_out=landmark.exposed.left_out,
        curves={name: curve_of(one, landmark.exposed.watch) for name, one in assessed.items()},
        params=params,
        as_of=AS_OF,
    )
    kpis = compute(tables, segments, params=params, as_of=AS_OF, kpis=[KPIS["crr"]])
    staying = latest(kpis)
    return Seen(
        truth,
        models.set_index("term").loc["average_marginal_effect"],
        needs_attention(staying),
        staying.set_index("segment"),
        gaps,
        improved["improvements"],
    )


def test_all_of_the_analysis_says_the_same(seen, tmp_path):
    _truth, params, tables, segments = studied(SEEDS[0], tmp_path)
    found = analyse(tables, segments, params=params, as_of=AS_OF)
    models = found["retention_models"].query("segment == 'all' and is_headline").set_index("term")
    ends = ["estimate", "ci_low", "ci_high"]
    assert list(models.loc["average_marginal_effect", ends]) == list(seen[0].effect[ends])
    keys = ["segment", "attribute"]
    for name, steps in (("improvements", seen[0].improvements), ("importance", seen[0].gaps)):
        whole, steps = (table.set_index(keys).sort_index() for table in (found[name], steps))
        # What is best is told beside importance by the analysis alone, from the improvements.
        own = steps.columns.drop("p_best") if name == "importance" else steps.columns
        pd.testing.assert_frame_equal(whole[own], steps[own])


def test_the_interval_of_the_marginal_effect_holds_the_truth(seen):
    # 17 of 20 is what a 95 % interval reaches with probability 0.984.
    held = [
        each.effect["ci_low"] <= true_effect(each.truth) <= each.effect["ci_high"] for each in seen
    ]
    assert sum(held) >= 17


def test_the_effect_is_estimated_and_clear_of_zero(seen):
    assert all(each.effect["verdict"] == "estimated" for each in seen)
    assert all(each.effect["ci_low"] > 0 for each in seen)


def test_the_segment_that_wants_speed_is_shown_to_leave(seen):
    for each in seen:
        leaving = each.truth["leaving_segment"]
        assert each.truth["profiles"][leaving]["wants"] == "speed"
        assert each.first == leaving
        moved = each.retention.loc[leaving]
        assert moved["change"] < 0
        assert moved["is_clear"]


def test_reply_time_is_the_worst_gap_of_the_segment_that_wants_speed(seen):
    for each in seen:
        gaps = each.gaps[each.gaps["segment"] == each.truth["leaving_segment"]]
        worst = gaps.set_index("rank").loc[1]
        assert worst["attribute"] == "speed"
        assert worst["expectation_gap_high"] < 0


def test_the_improvement_ranked_first_is_the_true_one_in_every_segment(seen):
    right = 0
    for each in seen:
        best = each.improvements[each.improvements["rank"] == 1].set_index("segment")["attribute"]
        right += all(
            best[name] == profile["improve_first"]
            for name, profile in each.truth["profiles"].items()
        )
    assert right >= 18


def test_cutting_the_price_brings_nothing_where_speed_is_wanted(seen):
    shown = 0
    for each in seen:
        rows = each.improvements.set_index(["segment", "attribute"])
        price = rows.loc[(each.truth["leaving_segment"], "price")]
        assert price["p_best"] < 0.01
        # The truth is next to nothing: 0.02 of what a point in all attributes would bring.
        assert abs(price["satisfaction"]) < 0.1
        shown += price["satisfaction_low"] <= 0 <= price["satisfaction_high"]
    # An interval of 95 % around next to nothing.
    assert shown >= 17


def true_effect(truth: dict[str, Any]) -> float:
    """In percentage points per point of satisfaction."""
    return 100 * truth["ame_one_point"]["all"]
