"""docs/results.md describes the tables that runs write: every table, every column, every word."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from math import inf
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pytest
import yaml
from pandas.api import types

from saydo import Study
from saydo.drivers import CHECKS, LEFT_OUT, VERDICTS
from saydo.kpis import THEMES
from saydo.params import load
from saydo.segments import WAYS, assign
from saydo.tables.load import load_tables

PAGE = Path(__file__).parents[2] / "docs" / "results.md"
AS_OF = date(2025, 12, 31)
WITHIN = {
    "0 to 1": (0, 1),
    "−1 to 1": (-1, 1),
    "−1 to 0": (-1, 0),
    "from 1": (1, inf),
    "customers": (0, inf),
    "respondents": (0, inf),
}
"""Bounds of what has these units."""
IN_PARQUET = {
    "text": {"str"},
    "integer": {"Int64"},
    "number": {"float64", "Float64"},
    "boolean": {"boolean"},
    "day": {"datetime64[us]"},
}
"""Pandas' types of what the page calls so: each can be null."""
INFERRED = {
    "kpis",
    "objectives",
    "definitions",
    "segmentation",
    "segment_profiles",
    "segment_positions",
    "cluster_choice",
    "need_choice",
    "need_centres",
    "need_placing",
    "market_positions",
}
"""Tables that declare no types yet, so that pandas infers them from the rows."""


class Column(NamedTuple):
    """As the page has it."""

    type: str
    unit: str
    what: str


@dataclass(frozen=True)
class Described:
    """A table as the page has it."""

    text: str
    columns: Mapping[str, Column]
    """By name, in order."""

    def words(self, column: str) -> list[str]:
        """What the column may hold, where the page lists it."""
        _before, *after = re.split(r"\bone of ", self.columns[column].what)
        return re.findall("`(.+?)`", "".join(after))


def read_page() -> dict[str, Described]:
    found = {}
    for section in re.split(r"^### ", PAGE.read_text("utf-8"), flags=re.MULTILINE)[1:]:
        section = re.split(r"^## ", section, flags=re.MULTILINE)[0]
        title, _newline, body = section.partition("\n")
        rows = [line.split("|")[1:-1] for line in body.splitlines() if line.startswith("|")]
        columns = {
            column: Column(*(field.strip() for field in fields))
            for names, *fields in rows[2:]
            for column in names.strip().split(", ")
        }
        found[title] = Described(body[: body.index("|")].strip(), columns)
    return found


TABLES = read_page()


def written(study: Study) -> dict[str, pd.DataFrame]:
    folder = study.results.folder / "tables"
    return {file.stem: pd.read_parquet(file) for file in folder.glob("*.parquet")}


@pytest.fixture(scope="module")
def demo(opened: Callable[..., Study]) -> dict[str, pd.DataFrame]:
    return written(opened())


@pytest.fixture(scope="module")
def survey(opened: Callable[..., Study], project: Path) -> dict[str, pd.DataFrame]:
    """Of a study that can measure little."""
    answers = {"path": "data/acme/answers.parquet"}
    raw = {"study": "Little", "as_of": AS_OF, "data": {"tables": {"answers": answers}}}
    (project / "params" / "little.yml").write_text(yaml.safe_dump(raw))
    return written(opened(params="little"))


@pytest.fixture(scope="module")
def explained(project: Path) -> dict[str, dict[str, pd.DataFrame]]:
    """By method, the tables that this way of segmenting adds."""
    raw = yaml.safe_load((project / "params" / "demo.yml").read_text()) | {"objectives": []}
    names = ("customers", "orders", "tickets", "answers")
    raw["data"]["tables"] = {name: raw["data"]["tables"][name] for name in names}
    file, found = project / "params" / "ways.yml", {}
    for method, more in {"rfm": {}, "clusters": {}, "needs": {"silent": "by_behaviour"}}.items():
        file.write_text(yaml.safe_dump(raw | {"segments": {"method": method, **more}}))
        params = load(file)
        tables = load_tables(params, project, as_of=AS_OF)
        found[method] = dict(assign(tables, params, as_of=AS_OF).explained)
    return found


def test_every_table_of_the_sample_is_described_with_its_columns_in_order(demo):
    assert {name: list(table) for name, table in demo.items()} == {
        name: list(TABLES[name].columns) for name in TABLES if name in demo
    }


def test_a_table_that_the_sample_lacks_says_with_which_segments_it_is_there(demo, explained):
    others = {name for tables in explained.values() for name in tables}
    assert set(TABLES) - set(demo) == others
    for method, tables in explained.items():
        for name, table in tables.items():
            text = " ".join(TABLES[name].text.split())
            assert f"Only with `segments.method: {method}`" in text, name
            assert list(table) == list(TABLES[name].columns), name


def test_where_little_can_be_measured_tables_have_all_their_columns(survey):
    for name, table in survey.items():
        assert list(table) == list(TABLES[name].columns), name
    unwritten = {name for name, table in TABLES.items() if "`segments" in table.text}
    assert set(TABLES) - set(survey) <= unwritten


def test_types_are_those_of_the_page_whatever_the_data(demo, survey, explained):
    for name, table in [*every(demo, explained), *survey.items()]:
        if name in INFERRED:
            continue
        for column, described in TABLES[name].columns.items():
            assert str(table[column].dtype) in IN_PARQUET[described.type], f"{name}.{column}"


def test_types_of_two_studies_are_the_same(demo, survey):
    for name in set(survey) - INFERRED:
        pd.testing.assert_series_equal(survey[name].dtypes, demo[name].dtypes, obj=name)


def test_columns_are_of_the_type_described(demo, explained):
    for name, table in every(demo, explained):
        for column, described in TABLES[name].columns.items():
            known = table[column].dropna()
            if len(known):
                assert is_of(known, described.type), f"{name}.{column} is no {described.type}"


def every(demo, explained):
    yield from demo.items()
    for tables in explained.values():
        yield from tables.items()


def is_of(known: pd.Series, kind: str) -> bool:
    is_number = types.is_numeric_dtype(known) and not types.is_bool_dtype(known)
    return {
        "text": not is_number and known.map(type).eq(str).all(),
        "integer": is_number and bool((known % 1 == 0).all()),
        "number": is_number,
        "boolean": known.map(lambda value: value in (True, False)).all() and not is_number,
        "day": types.is_datetime64_dtype(known) and bool((known == known.dt.normalize()).all()),
    }[kind]


def test_numbers_lie_within_the_bounds_of_their_unit(demo, explained):
    for name, table in every(demo, explained):
        for column, described in TABLES[name].columns.items():
            if described.unit in WITHIN:
                low, high = WITHIN[described.unit]
                known = table[column].dropna().astype(float)
                assert known.between(low - 1e-9, high + 1e-9).all(), f"{name}.{column}"


def test_what_is_the_same_in_all_rows_of_a_segment_is(demo):
    n_same = 0
    for name, table in demo.items():
        for column, described in TABLES[name].columns.items():
            if "the same in all rows of a segment" in described.what:
                n_same += 1
                assert (table.groupby("segment")[column].nunique() <= 1).all(), f"{name}.{column}"
    assert n_same > 10


def test_columns_hold_no_word_but_those_listed(demo, explained):
    n_listed = 0
    for name, table in every(demo, explained):
        for column in TABLES[name].columns:
            words = TABLES[name].words(column)
            n_listed += bool(words)
            unlisted = set(table[column].dropna()) - {*words, ""} if words else set()
            assert not unlisted, f"{name}.{column}"
    assert n_listed > 30


def test_words_listed_are_those_of_the_code():
    assert TABLES["evidence"].words("check") == list(CHECKS)
    assert TABLES["exposures"].words("reason") == ["watched", *LEFT_OUT]
    assert set(TABLES["segmentation"].words("method")) == {*WAYS, "market"}
    assert TABLES["kpis"].words("theme") == list(THEMES)
    for name in ("verdicts", "retention_models", "predictions", "wave_models", "hazard_models"):
        assert set(TABLES[name].words("verdict")) == set(VERDICTS)
