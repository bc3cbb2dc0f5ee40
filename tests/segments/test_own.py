"""Segments by a function of one's own: in a file of the project, or in a notebook."""

import re
from datetime import date
from pathlib import Path

import ibis
import pandas as pd
import pytest
import yaml

from saydo import Study
from saydo.errors import DataError, ParamsError
from saydo.params import ByClusters, ByColumn, ByMarket, ByNeeds, ByOwn, ByRfm, ByRules, load, parse
from saydo.runs import content
from saydo.runs.content import content_key, data_digests
from saydo.runs.prepare import check, prepare
from saydo.runs.results import Results
from saydo.segments import assign
from saydo.segments.by_own import own_file, with_function
from saydo.tables.checked import Tables

AS_OF = date(2025, 12, 31)
DOCS = Path(__file__).parents[2] / "docs" / "segments.md"


def study(function: str = "segments.py:by_size", **segments: object):
    segments = {"method": "own", "function": function, **segments}
    tables = {"customers": {"path": "customers.csv"}}
    return parse({"study": "Test", "data": {"tables": tables}, "segments": segments})


def six() -> Tables:
    ids = [f"c{number}" for number in range(6)]
    columns = {"size": [1.0, 2.0, 3.0, 40.0, 50.0, None], "market": list("NNNSSS")}
    return Tables.of({"customers": pd.DataFrame({"customer_id": ids, **columns})})


def segments_of(params) -> dict[str, str]:
    table = assign(six(), params, as_of=AS_OF).table.execute()
    return dict(zip(table["customer_id"], table["segment"], strict=True))


def by(function) -> dict[str, str]:
    return segments_of(study().model_copy(update={"segments": ByOwn.of(function)}))


@pytest.fixture
def folder(tmp_path):
    """A project, and a way to write its segments.py."""

    def written(text: str) -> Path:
        (tmp_path / "segments.py").write_text(text, "utf-8")
        return tmp_path

    return written


BY_SIZE = """
def by_size(customers):
    return (customers.size > 10).ifelse("Big", "Small")
"""
FOUND = {"c0": "Small", "c1": "Small", "c2": "Small", "c3": "Big", "c4": "Big", "c5": "Small"}


def test_a_text_per_customer_is_their_segment(folder):
    assert segments_of(with_function(study(), folder(BY_SIZE))) == FOUND


def test_who_gets_no_text_or_an_empty_one_is_unknown():
    def by_market(customers):
        return (customers.size < 50).ifelse(customers.market.nullif("N"), "")

    assert by(by_market) == {**dict.fromkeys(FOUND, "unknown"), "c3": "S"}


def test_a_table_names_the_segments_of_those_in_it():
    def by_list(customers):
        rows = [("c1", "First"), ("c4", "Second"), ("nobody", "Third")]
        return ibis.memtable(pd.DataFrame(rows, columns=["customer_id", "segment"]))

    others = dict.fromkeys(["c0", "c2", "c3", "c5"], "unknown")
    assert by(by_list) == {"c1": "First", "c4": "Second", **others}


def test_a_function_knows_of_behaviour_up_to_the_day():
    days = pd.to_datetime(["2025-12-31", "2026-01-01"])
    orders = {"order_id": ["1", "2"], "customer_id": ["a", "b"], "ordered_at": days}
    tables = Tables.of({"orders": pd.DataFrame({**orders, "revenue": [5.0, 5.0]})})

    def by_spend(customers):
        return (customers.spend > 0).ifelse("Bought", "Not yet")

    params = study().model_copy(update={"segments": ByOwn.of(by_spend)})
    table = assign(tables, params, as_of=AS_OF).table.execute()
    assert dict(table.itertuples(index=False)) == {"a": "Bought", "b": "Not yet"}


def test_within_markets_a_function_may_draw_segments_too(folder):
    raw = {"method": "own", "function": "segments.py:by_size"}
    params = parse(
        {
            "study": "Test",
            "data": {"tables": {"customers": {"path": "customers.csv"}}},
            "segments": {"method": "market", "within": raw},
        }
    )
    assert own_file(params.segments, folder(BY_SIZE)).name == "segments.py"
    assert with_function(params, folder(BY_SIZE)).segments.within.calls is not None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = (", r"segments\.py can't be run: SyntaxError: .* \(line 1\)"),
        ("import os\nraise OSError('no network')", r"can't be run: OSError: no network \(line 2\)"),
        ("def by_sise(customers): ...", r"no function 'by_size'\. Did you mean by_sise\?"),
        ("by_size = 'Big'", "no function 'by_size'"),
        (
            "def by_size(customers):\n    return customers.sise",
            r"raised AttributeError.*\(line 2\)",
        ),
        ("def by_size(customers): ...", "returned a NoneType; return an Ibis expression"),
        ("def by_size(customers): return customers.size > 1", r"returned boolean where.*ifelse"),
        ("def by_size(customers): return customers.drop('size')", "without segment .*; select"),
        (
            "def by_size(customers):\n    twice = customers.union(customers)\n"
            "    return twice.select('customer_id', segment=twice.market)",
            "returned 12 rows for 6 customers; a customer is in one segment",
        ),
        (
            "import ibis\n"
            "def by_size(customers):\n"
            "    return ibis.memtable({'a': ['b']}).a.upper()",
            "an expression of another table than it was given",
        ),
        (
            "def by_size(customers):\n    return customers.market.cast('int64').cast('string')",
            "returned what can't be computed: .*N",
        ),
    ],
)
def test_what_is_wrong_with_a_function_is_told_with_its_remedy(folder, text, said):
    with pytest.raises(DataError, match=f"(?s)segments.function: .*{said}"):
        segments_of(with_function(study(), folder(text)))


def test_a_file_that_is_missing_or_not_of_the_project_is_named(folder):
    project = folder(BY_SIZE)
    with pytest.raises(DataError, match=r"there is no file sgments\.py in the project"):
        own_file(study("sgments.py:by_size").segments, project)
    (project / "inner").mkdir()
    with pytest.raises(DataError, match=r"\.\./segments\.py lies outside the project"):
        own_file(study("../segments.py:by_size").segments, project / "inner")
    with pytest.raises(ParamsError, match=r"segments\.function"):
        study("segments.by_size")


def test_a_file_is_run_as_it_is_now_and_leaves_nothing_behind(folder):
    # Two texts of one length within a second: Python's own importer takes them for one.
    for word in ("Big", "Fat"):
        project = folder(BY_SIZE.replace("Big", word))
        assert segments_of(with_function(study(), project))["c3"] == word
    assert [file.name for file in project.iterdir()] == ["segments.py"]


def test_a_file_may_hold_a_dataclass_and_hides_no_module(folder):
    text = (
        "from __future__ import annotations\nfrom dataclasses import dataclass\n"
        "@dataclass\nclass Cut:\n    at: float\n"
        "def by_size(customers): return (customers.size > Cut(10).at).ifelse('Big', 'Small')\n"
    )
    assert segments_of(with_function(study(), folder(text))) == FOUND
    from saydo import segments

    assert not hasattr(segments, "by_size")


# A small study of two files, prepared by hand and by a run.

CUSTOMERS = "customer_id,size\n" + "".join(f"c{n:02d},{n}\n" for n in range(40))
PARAMS = """\
study: Small
as_of: 2025-12-31
data: {tables: {customers: {path: customers.csv}}}
segments: {method: own, function: "segments.py:by_size"}
objectives:
  - {voice: I stay, segment: Big, measures: [{kpi: crr, target: 90}]}
"""


@pytest.fixture
def project(folder, monkeypatch, tmp_path_factory):
    monkeypatch.setenv("SAYDO_CACHE", str(tmp_path_factory.mktemp("cache")))
    monkeypatch.delenv("SAYDO_RESULTS", raising=False)
    here = folder(BY_SIZE)
    (here / "customers.csv").write_text(CUSTOMERS)
    (here / "params.yml").write_text(PARAMS)
    return here


def sizes(results: pd.DataFrame) -> dict[str, int]:
    return dict(zip(results["segment"], results["n_customers"], strict=True))


def test_a_study_names_the_file_and_its_text_belongs_to_what_results_are_known_by(project):
    file = project / "params.yml"
    params = load(file)
    told = prepare(file, project / "out", params=params, as_of=AS_OF)
    assert sizes(Results(project / "out").read("segments")) == {"all": 40, "Big": 29, "Small": 11}
    before = data_digests(file, params)
    assert told.data == before
    assert set(check(file, params=params, as_of=AS_OF).rows) == {"customers"}
    assert told.key == content_key(params, AS_OF, before, None)
    (project / "segments.py").write_text(BY_SIZE + "# a remark\n")
    after = data_digests(file, params)
    assert before.keys() == after.keys() == {"tables.customers", "segments.function"}
    assert content_key(params, AS_OF, after, None) != told.key


def test_a_notebooks_function_is_computed_once_per_result(project, monkeypatch):
    from saydo.runs import prepare as module

    made = []
    real = module.prepare
    monkeypatch.setattr(content, "code_digest", lambda: "as it is")
    monkeypatch.setattr(module, "prepare", lambda *a, **how: made.append(1) or real(*a, **how))

    def opened(limit: float) -> Study:
        def by_limit(customers):
            return (customers.size > limit).ifelse("Large", "Little")

        return Study.open(project / "params.yml", segments=by_limit)

    drawn = opened(19)
    assert sizes(drawn.table("segments")) == {"all": 40, "Large": 20, "Little": 20}
    # Another function that draws the same.
    assert sizes(opened(19.5).table("segments")) == sizes(drawn.table("segments"))
    assert len(made) == 1
    assert sizes(opened(24).table("segments")) == {"all": 40, "Large": 15, "Little": 25}
    of_file = Study.open(project / "params.yml")
    assert sizes(of_file.table("segments")) == {"all": 40, "Big": 29, "Small": 11}
    assert len(made) == 3
    assert [len(each.params.objectives) for each in (drawn, of_file)] == [0, 1]
    assert "by_limit" in drawn.segmentation().sentence


def test_functions_that_agree_today_and_differ_before_are_not_mixed_up(project):
    from saydo.runs.drawn import drawn_digest

    rows = [f"o{n},c{n:02d},2025-09-01,1" for n in range(40)]
    (project / "orders.csv").write_text(
        "\n".join(["order_id,customer_id,ordered_at,revenue", *rows])
    )
    tables = "{customers: {path: customers.csv}, orders: {path: orders.csv}}"
    text = PARAMS.replace("{customers: {path: customers.csv}}", tables)
    (project / "params.yml").write_text(text)
    params = load(project / "params.yml")

    def digest(limit: int) -> str:
        def by_age(customers):
            return (customers.recency_days > limit).ifelse("Old", "New")

        drawn = params.model_copy(update={"segments": ByOwn.of(by_age), "objectives": ()})
        return drawn_digest(project / "params.yml", drawn, as_of=AS_OF)

    # 121 days on the last day, 31 when the watch of 90 days begins, 29 before the quarter.
    assert digest(28) != digest(29)
    assert digest(29) == digest(30)
    assert digest(30) != digest(31)


def test_in_a_page_a_function_is_computed_on_the_runs_day(project, monkeypatch):
    file = project / "params.yml"
    prepare(file, project / "out", params=load(file), as_of=date(2025, 6, 30))
    monkeypatch.setenv("SAYDO_RESULTS", str(project / "out"))
    drawn = Study.open(file, segments=lambda customers: customers.customer_id.left(2))
    assert drawn.as_of == date(2025, 6, 30)
    assert drawn.segment_names == ["all", "c0", "c1", "c2", "c3"]
    assert Study.open(file).segment_names == ["all", "Big", "Small"]


# What docs/segments.md shows.


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", DOCS.read_text("utf-8"), flags=re.DOTALL)


@pytest.mark.parametrize("block", blocks("yaml"))
def test_params_in_the_documentation_are_params(block):
    tables = {"customers": {"path": "customers.csv"}}
    parse({"study": "Test", "data": {"tables": tables}, **yaml.safe_load(block)})


def test_every_way_and_every_key_of_its_params_is_documented():
    text = DOCS.read_text("utf-8")
    for model in (ByColumn, ByRules, ByRfm, ByClusters, ByNeeds, ByOwn, ByMarket):
        for key in model.model_fields:
            assert re.search(rf"\b{key}\b", text), (model.__name__, key)


def test_the_examples_in_the_documentation_run(project, monkeypatch):
    of_file, in_notebook = blocks("python")
    (project / "segments.py").write_text(of_file)
    rows = [f"o{n},c{n:02d},2025-12-01,{100 * n}" for n in range(40)]
    (project / "orders.csv").write_text(
        "\n".join(["order_id,customer_id,ordered_at,revenue", *rows])
    )
    (project / "notebooks").mkdir()
    (project / "params").mkdir()
    text = PARAMS.replace(
        "{path: customers.csv}", "{path: customers.csv}, orders: {path: orders.csv}"
    )
    (project / "params" / "demo.yml").write_text(text)
    monkeypatch.chdir(project)
    found = {}
    exec(in_notebook, found)
    expected = {"all": 40, "Big": 29, "Small": 11}
    assert sizes(found["study"].table("segments")) == expected
    assert sizes(Study.open("params/demo.yml").table("segments")) == expected
