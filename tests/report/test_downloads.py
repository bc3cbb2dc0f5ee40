"""The page that lists the files of every table."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pandas as pd
import pytest

from saydo.report.downloads import downloads
from saydo.report.table_titles import GROUPS
from saydo.report.written import rounded
from saydo.runs.results import DIGESTS, FOLDER, KEPT, WRITTEN
from saydo.runs.write_tables import digest_of_written

DOC = Path(__file__).parents[2] / "docs" / "results.md"
SIZES = {"tables/kpis.parquet": 144_298, "tables/kpis.csv": 1_732_397}
KPIS = {"rows": 5080, "columns": 16, "files": {**SIZES, "tables/kpis.xlsx": 376_847}}


def test_every_table_of_the_documentation_has_a_title_in_its_order():
    described = re.findall(r"^### (\w+)$", DOC.read_text("utf-8"), flags=re.MULTILINE)
    titled = [name for titles in GROUPS.values() for name in titles]
    assert titled == ["scorecard", *described]
    titles = [title for part in GROUPS.values() for title in part.values()]
    assert len(set(titles)) == len(titles)


def test_each_table_leads_to_its_files_with_their_sizes():
    html = downloads({"kpis": KPIS}, with_links=True)._repr_html_()
    assert re.findall('<a href="(.*?)" download>(.*?)</a>', html) == [
        ("tables/kpis.csv", "1.7\N{NO-BREAK SPACE}MB"),
        ("tables/kpis.parquet", "140\N{NO-BREAK SPACE}kB"),
        ("tables/kpis.xlsx", "380\N{NO-BREAK SPACE}kB"),
    ]
    assert "KPIs by segment and period" in html and "5,080 × 16" in html
    assert "too large" not in html


def test_what_is_too_large_for_a_spreadsheet_is_said_to_be():
    html = downloads({"kpis": {**KPIS, "files": SIZES}}, with_links=True)._repr_html_()
    assert "too large for a spreadsheet: use CSV or Parquet" in html
    assert html.count("<a href") == 2


def test_files_of_single_customers_are_marked_as_such_and_no_others():
    one = {"rows": 3, "columns": 2, "files": {"tables/assignments.csv": 10}}
    row = {"rows": 1, "columns": 5, "files": {"rejects/orders.csv": 10}}
    html = downloads(
        {"kpis": KPIS, "assignments": one, "rejects/orders": row}, with_links=True
    )._repr_html_()
    told = [part for part in html.split("<tr>") if "single customers: not for passing on" in part]
    assert [re.search('href="(.*?)"', part)[1] for part in told] == [
        "tables/assignments.csv",
        "rejects/orders.csv",
    ]
    assert "<code>rejects" not in html and ">orders <" in html
    assert "Rows that could not be read rightly" in html


def test_a_table_that_nobody_described_is_listed_by_its_name_as_text():
    own = {"rows": 1, "columns": 1, "files": {"tables/a <b>.csv": 10}}
    html = downloads({"a <b>": own}, with_links=True)._repr_html_()
    assert "Other tables" in html and "<code>a &lt;b&gt;</code>" in html
    assert 'href="tables/a%20%3Cb%3E.csv"' in html


@pytest.mark.parametrize(
    ("n_bytes", "told"),
    [(0, 1000), (1499, 1000), (9_960, 10_000), (14_900, 15_000), (144_298, 140_000)],
)
def test_sizes_are_told_by_two_digits_at_most(n_bytes, told):
    assert rounded(n_bytes) == told


def test_a_study_opened_by_hand_lists_what_was_computed_without_links(opened, monkeypatch):
    monkeypatch.delenv(FOLDER, raising=False)
    study = opened()
    finding = study.tables()
    assert "<a " not in finding._repr_html_()
    table = finding.table.set_index("table")
    kpis = study.table("kpis")
    assert tuple(table.loc["kpis", ["rows", "columns"]]) == kpis.shape
    folder = study.results.folder
    for name, row in table.iterrows():
        for kind in ("csv", "parquet", "xlsx"):
            place = folder / (f"{name}.csv" if "/" in name else f"tables/{name}.{kind}")
            if pd.notna(row[kind]):
                assert place.stat().st_size == row[kind], place
    written = {file.stem for file in (folder / "tables").iterdir()}
    assert written == {name for name in table.index if "/" not in name}
    # By which a run knows whether the page would be the same.
    digests = json.loads((folder / KEPT / DIGESTS).read_text("utf-8"))
    assert digests[WRITTEN] == digest_of_written(study.results.prepared.written)
