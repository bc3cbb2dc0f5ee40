import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from saydo.errors import ParamsError
from saydo.params import find, load, parse, project_folder, render_schema

ROOT = Path(__file__).parents[1]

SIX_MISTAKES = """
study: Acme
langauge: en
currency: euro
timezone: Europe/Pari
data:
  tables:
    order: {path: orders.csv}
    customers: {path: customers.csv}
retention: {kind: purchase}
privacy: {min_cell: 0}
"""


def minimal(**more: object) -> dict:
    return {"study": "Acme", "data": {"tables": {"customers": {"path": "c.csv"}}}, **more}


def problems(**more: object) -> dict[str, str]:
    with pytest.raises(ParamsError) as error:
        parse(minimal(**more), kpis=["nps", "csat_top2"])
    return {problem.where: problem.what for problem in error.value.problems}


def test_six_mistakes_are_reported_at_once_and_nothing_else(tmp_path):
    file = tmp_path / "six.yml"
    file.write_text(SIX_MISTAKES)
    with pytest.raises(ParamsError) as error:
        load(file)
    assert [problem.where for problem in error.value.problems] == [
        "currency",
        "data.tables.order",
        "langauge",
        "privacy.min_cell",
        "retention",
        "timezone",
    ]
    message = str(error.value)
    assert "six.yml: 6 problems" in message
    assert "Did you mean language?" in message
    assert "Did you mean orders?" in message
    assert "Did you mean Europe/Paris" in message


def test_a_wrong_value_lists_the_allowed_ones():
    assert problems(period="week")["period"].endswith("Allowed: 'month', 'quarter' or 'year'.")
    assert "or a date such as" in problems(as_of="yesterday")["as_of"]
    assert (
        "Allowed: column, rules, rfm" in problems(segments={"method": "kmeans"})["segments.method"]
    )
    assert "Allowed: column, rules, rfm" in problems(segments={})["segments.method"]


def test_an_unknown_key_below_a_union_has_its_path_in_the_file():
    found = problems(segments={"method": "rfm", "scores": 2, "foo": 1})
    assert set(found) == {"segments.scores", "segments.foo"}
    assert "Allowed: refit, method, scores, quantiles, cuts, columns." in found["segments.foo"]


def test_a_wrong_entry_of_a_list_is_one_problem():
    measures = [{"kpi": "npss", "target": 40}]
    found = problems(objectives=[{"voice": "They care", "measures": measures}])
    assert list(found) == ["objectives.0.measures.0.kpi"]
    assert "Did you mean nps?" in found["objectives.0.measures.0.kpi"]


def test_a_list_with_a_wrong_value_is_not_also_called_too_short():
    measures = [{"kpi": "nps", "target": "high"}]
    found = problems(objectives=[{"voice": "They care", "measures": measures}])
    assert list(found) == ["objectives.0.measures.0.target"]


def test_a_key_given_twice_is_a_problem_with_its_line(tmp_path):
    file = tmp_path / "twice.yml"
    file.write_text("study: A\nstudy: B\n")
    with pytest.raises(
        ParamsError, match=r"line 2, column 1: is not YAML: key 'study' is given twice"
    ):
        load(file)


def test_a_file_that_is_not_there_says_where_it_was_looked_for():
    with pytest.raises(ParamsError, match=r"not found in .* or any folder above"):
        load("params/nowhere.yml")


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        ("today", date(2026, 3, 1)),
        ("last_month_end", date(2026, 2, 28)),
        ("last_quarter_end", date(2025, 12, 31)),
        ("last_year_end", date(2025, 12, 31)),
        (date(2025, 6, 30), date(2025, 6, 30)),
    ],
)
def test_as_of_tokens_are_resolved_in_the_study_s_time_zone(token, expected):
    # 23:30 on 28 February in UTC is already 1 March in Paris.
    params = parse(minimal(as_of=token, timezone="Europe/Paris"))
    assert params.as_of_day(datetime(2026, 2, 28, 23, 30, tzinfo=UTC)) == expected


def test_two_different_waits_for_an_order_are_refused():
    found = problems(
        retention={"kind": "purchase", "within_days": 90}, satisfaction={"horizon_days": 60}
    )
    assert "Give one" in found["file"]


def test_the_horizon_of_a_purchase_study_is_its_window():
    assert parse(minimal(retention={"kind": "purchase", "within_days": 45})).horizon_days == 45
    assert parse(minimal(retention={"kind": "contract"})).horizon_days == 90


def test_a_params_file_is_found_from_the_folder_of_the_notebooks(tmp_path, monkeypatch):
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "params").mkdir()
    file = tmp_path / "params" / "demo.yml"
    file.write_text("study: A\n")
    monkeypatch.chdir(tmp_path / "notebooks")
    assert find("params/demo.yml") == file.resolve()
    assert project_folder(file) == tmp_path.resolve()


def test_the_committed_schema_is_the_generated_one():
    # Made by: python -c "from saydo.params import render_schema; print(render_schema(), end='')"
    assert (ROOT / "params" / "schema.json").read_text("utf-8") == render_schema()


def test_the_schema_names_every_table_and_forbids_unknown_keys():
    schema = json.loads(render_schema())
    assert schema["additionalProperties"] is False
    names = schema["$defs"]["Data"]["properties"]["tables"]["propertyNames"]["enum"]
    assert "kano" in names


@pytest.mark.parametrize(("period", "periods"), [("month", 13), ("quarter", 8), ("year", 5)])
def test_as_many_periods_as_it_takes_to_compare_with_a_year_before(period, periods):
    assert parse(minimal(period=period)).periods == periods
    assert parse(minimal(period=period, periods=3)).periods == 3
