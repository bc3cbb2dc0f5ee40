"""Pages are made again when what they rest on has changed, and only then."""

from __future__ import annotations

import json
from types import SimpleNamespace

import nbformat
import pandas as pd
import pytest

from saydo.runs.digests import digests_of
from saydo.runs.manifest import versions
from saydo.runs.results import DIGESTS, KEPT
from saydo.runs.run import run

READ = """\
import os; from pathlib import Path; from saydo.runs.results import Results
results = Results(Path(os.environ["SAYDO_RESULTS"]))
print(list(results.read("told", segments={segments})["value"]))"""

PAGES = {"index.html", "all/scorecard.html", "a/scorecard.html", "b/scorecard.html"}


@pytest.fixture
def told(project):
    """A project whose pages show `told`: the overview all of it, others their segment's rows."""
    project.segments = [("all", "all"), ("a", "a"), ("b", "b")]
    project.add("4_overview", "# Overview", READ.format(segments=None))
    project.add(
        "2_scorecard",
        "# Scorecard",
        READ.format(segments="[segment]"),
        parameters='params: str = ""\nsegment: str = "all"',
    )
    project.table = pd.DataFrame({"segment": ["all", "a", "b"], "value": [1, 2, 3]})

    def prepare(file, out, *, params, as_of, segments):
        for folder in ("tables", KEPT):
            (out / folder).mkdir(parents=True, exist_ok=True)
        project.table.to_parquet(out / "tables" / "told.parquet", index=False)
        (out / KEPT / DIGESTS).write_text(json.dumps({"told": digests_of(project.table)}))
        rows = {"orders": {"read": 5, "used": 5}}
        made_up = {"rows": rows, "data": project.data, "notes": []}
        return SimpleNamespace(key=str(project.table), segments=project.segments, **made_up)

    def made(*, is_complete=True, **options):
        """Paths of the pages that a run makes."""
        manifest = run(project.params, prepare=prepare, **options)
        assert manifest.complete == is_complete
        project.manifest = manifest
        return {page.path for page in manifest.pages if not page.kept}

    project.made = made
    return project


def test_nothing_is_made_again_while_nothing_changes(told):
    assert told.made() == PAGES
    before = {page.path: page.sha256 for page in told.manifest.pages}
    assert told.made() == set()
    assert {page.path: page.sha256 for page in told.manifest.pages} == before
    assert told.made(again=True) == PAGES


def test_rows_of_one_segment_make_its_pages_and_those_of_all_segments_again(told):
    told.made()
    told.table.loc[1, "value"] = 20
    assert told.made() == {"a/scorecard.html", "index.html"}
    page = (told.manifest.folder / "a/scorecard.html").read_text()
    assert "[20]" in page
    assert told.made() == set()


def test_a_segment_more_makes_its_pages_and_those_that_now_lead_to_it(told):
    told.made()
    told.segments.append(("c", "c"))
    told.table.loc[3] = ["c", 4]
    assert told.made() == {"c/scorecard.html", "b/scorecard.html", "index.html"}
    told.segments.pop()
    told.table = told.table[told.table["segment"] != "c"]
    assert told.made() == {"b/scorecard.html", "index.html"}
    assert not (told.manifest.folder / "c/scorecard.html").exists()


def test_a_run_of_one_segment_leaves_the_pages_of_the_others_as_they_are(told):
    told.made()
    assert told.made(segments=["a"]) == set()
    assert {page.path for page in told.manifest.pages} == PAGES
    assert told.made() == set()


def test_a_page_leads_only_to_segments_that_have_pages(told):
    told.made(segments=["a"], is_complete=False)
    page = told.manifest.folder / "a/scorecard.html"
    assert 'rel="prev"' not in page.read_text() and 'rel="next"' not in page.read_text()
    assert told.made() == PAGES
    assert '<a rel="prev" href="../all/scorecard.html"' in page.read_text()
    assert '<a rel="next" href="../b/scorecard.html"' in page.read_text()


LEADING = """\
from IPython.display import HTML
HTML('<a href="a/scorecard.html"><b>A</b></a> <a href="b/scorecard.html"><b>B</b></a> '
     '<a href="../b/">up</a>')"""


def test_a_page_of_the_report_names_segments_without_pages_in_plain_words(told):
    told.add("4_overview", "# Overview", LEADING)
    told.made(segments=["a"], is_complete=False)
    page = told.manifest.folder / "index.html"
    a, b = "<a href=a/scorecard.html><b>A</b></a>", "<a href=b/scorecard.html><b>B</b></a>"
    assert f"{a} <b>B</b> <a href=../b/>up</a>" in page.read_text()
    # Until they have some, of whichever run.
    assert told.made(segments=["b"], is_complete=False) >= {"index.html", "b/scorecard.html"}
    assert f"{a} {b} <a href=../b/>up</a>" in page.read_text()
    told.made()
    assert f"{a} {b} <a href=../b/>up</a>" in page.read_text()


def test_a_notebook_makes_its_own_pages_again(told):
    told.made()
    file = told.folder / "notebooks" / "2_scorecard.ipynb"
    notebook = nbformat.read(file, as_version=4)
    notebook.cells.append(nbformat.v4.new_markdown_cell("More."))
    nbformat.write(notebook, file)
    assert told.made() == PAGES - {"index.html"}


@pytest.mark.parametrize("what", ["params", "module", "code", "versions"])
def test_what_all_pages_rest_on_makes_all_again(told, what, monkeypatch):
    told.made()
    if what == "params":
        told.params.write_text(told.params.read_text() + "currency: USD\n")
    elif what == "module":
        (told.folder / "own.py").write_text("x = 1\n")
    elif what == "code":
        monkeypatch.setattr("saydo.runs.freshness.code_digest", lambda: "other")
    else:
        newer = {**versions(), "pandas": "9"}
        monkeypatch.setattr("saydo.runs.manifest.versions", lambda: newer)
    assert told.made() == PAGES


def test_a_page_that_was_changed_by_hand_is_made_again(told):
    told.made()
    (told.manifest.folder / "b/scorecard.html").write_text("mine")
    assert told.made() == {"b/scorecard.html"}
