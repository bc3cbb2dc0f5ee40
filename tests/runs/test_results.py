"""Results as pages read them."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from saydo.errors import UnknownName
from saydo.runs.results import READS, Results


@pytest.fixture
def results(tmp_path):
    (tmp_path / "tables").mkdir()
    table = pd.DataFrame({"segment": ["all", "a", "b", None], "n": pd.array([1, 2, 3, 4], "Int64")})
    table.to_parquet(tmp_path / "tables" / "told.parquet", index=False)
    return Results(tmp_path)


def test_a_page_reads_the_rows_of_its_segment_and_those_of_none(results):
    assert list(results.read("told")["n"]) == [1, 2, 3, 4]
    own = results.read("told", segments=["b"])
    assert list(own["n"]) == [3, 4]
    assert own["n"].dtype == "Int64"
    assert list(results.read("told", segments=["a", "all"])["n"]) == [1, 2, 4]


@pytest.mark.parametrize("name", ["all", "a", "b", "c", "é", "absent"])
def test_rows_are_found_in_whichever_group_they_lie(results, name):
    names = ["all"] * 3 + ["b"] * 4 + ["a", "é", None, "c", "c", None]
    table = pd.DataFrame({"segment": names, "n": range(len(names))})
    file = results.folder / "tables" / "many.parquet"
    for size in (1, 2, 5, 100):
        table.to_parquet(file, index=False, row_group_size=size)
        expected = table[(table["segment"] == name) | table["segment"].isna()]
        read = results.read("many", segments=[name])
        pd.testing.assert_frame_equal(read, expected.reset_index(drop=True))


def test_a_table_of_no_segment_at_all_speaks_of_each(results):
    nobodys = pd.DataFrame({"segment": [None], "about": ["all"]})
    nobodys.to_parquet(results.folder / "tables" / "watch.parquet", index=False)
    assert list(results.read("watch", segments=["a"])["about"]) == ["all"]


def test_who_writes_into_what_was_read_changes_no_other(results):
    mine = results.read("told")
    mine.loc[0, "n"] = 99
    mine["more"] = 1
    again = results.read("told")
    assert list(again.columns) == ["segment", "n"]
    assert list(again["n"]) == [1, 2, 3, 4]


def test_what_is_read_is_noted_where_the_run_asks_for_it(results, tmp_path, monkeypatch):
    results.read("told")
    monkeypatch.setenv(READS, str(tmp_path / "reads"))
    results.read("told", segments=["b"])
    assert results.find("other") is None
    notes = (tmp_path / "reads").read_text().splitlines()
    assert [json.loads(line) for line in notes] == [["told", ["b"]], ["other", None]]


def test_a_table_that_is_not_there_raises_and_lists_those_there_are(results):
    with pytest.raises(UnknownName, match="told"):
        results.read("tolt")
