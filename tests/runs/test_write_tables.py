"""Which tables there are, as files, and when the page that lists them must be made again."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd

from saydo.runs import spreadsheet
from saydo.runs.results import KEPT, WRITTEN, Results
from saydo.runs.write_tables import digest_of_written, write_tables

TABLES = {"kpis": pd.DataFrame({"segment": ["all", "Big"], "value": [0.5, 2.0]})}
REJECTS = {"orders": pd.DataFrame({"line": [3], "reason": ["no date"]})}


def written(out: Path, tables=TABLES):
    return write_tables(out, tables, scorecard=b"book", rejects=REJECTS, as_of=date(2025, 12, 31))


def test_what_is_told_of_files_is_so(tmp_path):
    told = written(tmp_path)
    assert {name: sorted(each["files"]) for name, each in told.items()} == {
        "scorecard": ["tables/scorecard.xlsx"],
        "kpis": ["tables/kpis.csv", "tables/kpis.parquet", "tables/kpis.xlsx"],
        "rejects/orders": ["rejects/orders.csv"],
    }
    there = {
        file.relative_to(tmp_path).as_posix(): file.stat().st_size
        for file in tmp_path.rglob("*")
        if file.is_file()
    }
    assert {path: size for each in told.values() for path, size in each["files"].items()} == there
    assert (told["kpis"]["rows"], told["kpis"]["columns"]) == (2, 2)
    assert (told["rejects/orders"]["rows"], told["scorecard"]["rows"]) == (1, None)


def test_the_digest_changes_with_what_the_page_tells_and_with_nothing_else(tmp_path, monkeypatch):
    before = digest_of_written(written(tmp_path))
    other = {"kpis": TABLES["kpis"].assign(value=[0.25, 2.0])}
    assert digest_of_written(written(tmp_path, other)) == before
    longer = {"kpis": pd.concat([TABLES["kpis"]] * 2)}
    assert digest_of_written(written(tmp_path, longer)) != before
    assert digest_of_written(written(tmp_path, {**TABLES, "mix": other["kpis"]})) != before
    monkeypatch.setattr(spreadsheet, "MOST_CELLS", 5)
    assert digest_of_written(written(tmp_path)) != before


def test_the_page_of_tables_is_known_by_what_was_written(tmp_path, monkeypatch):
    (tmp_path / KEPT).mkdir()
    (tmp_path / KEPT / "prepared.json").write_text(
        '{"as_of": "", "params": "", "key": "", "segments": [], "rows": {}, "data": {},'
        ' "notes": [], "written": {"kpis": {"rows": 2, "columns": 2, "files": {}}}}'
    )
    notes = tmp_path / "notes"
    monkeypatch.setenv("SAYDO_READS", str(notes))
    assert Results(tmp_path).what_was_written()["kpis"]["rows"] == 2
    assert notes.read_text() == f'["{WRITTEN}", null]\n'
