"""The page that lists pages which failed."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from saydo.runs import failed_pages
from saydo.runs.failures import Failure
from saydo.runs.manifest import Manifest, PageRecord
from saydo.runs.places import Places
from saydo.runs.plan import Notebook, Page

SCORECARD = Notebook(Path("2_scorecard.ipynb"), "scorecard", "Scorecard", ("params", "segment"))
PAGE = Page(SCORECARD, "R&D \u202e<1>", "r-d-1")


def told(error: str | None, *, record: str | None = PAGE.record) -> Manifest:
    page = PageRecord(
        path=PAGE.path,
        notebook=SCORECARD.place,
        segment=PAGE.segment,
        status="failed" if error else "ok",
        seconds=1,
        error=error,
        record=record,
    )
    return Manifest(
        study="Acme",
        as_of=date(2025, 12, 31),
        started=datetime(2026, 1, 5, tzinfo=UTC),
        params={},
        versions={},
        key="k",
        data={},
        rows={},
        pages=(page,),
    )


def listed(folder: Path, manifest: Manifest) -> str:
    failed_pages.update(folder, manifest, [PAGE], places=Places((("/home/me", "."),)))
    return (folder / "failed.html").read_text("utf-8")


def test_each_page_is_named_with_where_and_why_it_failed_and_what_to_do(tmp_path):
    html = listed(tmp_path, told("cell 4: ValueError: no <answers>: none in /home/me"))
    for said in (
        "<a href=r-d-1/scorecard.html>Scorecard</a>",
        "R&amp;D &lt;1&gt;",
        "<a href=notebooks/r-d-1__scorecard.ipynb>Executed notebook, cell 4</a>",
        "<strong>ValueError</strong> no &lt;answers&gt;: none in .<",
        "Open notebooks/2_scorecard.ipynb in JupyterLab",
        "Could not be made: 1.",
        "--retry-failed",
        '<a href="../index.html"',
    ):
        assert said in html, said
    assert "\u202e" not in html  # It would turn round what stands after it.


def test_a_page_whose_worker_died_has_no_record_to_lead_to(tmp_path):
    html = listed(tmp_path, told("killed: the worker process died", record=None))
    assert "ipynb>" not in html
    assert "--jobs" in html


def test_the_list_goes_with_the_last_page_that_failed(tmp_path):
    listed(tmp_path, told("ValueError"))
    failed_pages.update(tmp_path, told(None), [PAGE], places=Places(()))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "failure",
    [
        Failure("ValueError", "a: b\nc: d", 4),
        Failure("killed", "the kernel died", 12),
        Failure("KeyError", ""),
        Failure("OSError", "cell 3: no"),
    ],
)
def test_an_error_is_read_as_it_was_written(failure):
    cell = None if failure.cell is None else str(failure.cell)
    assert failed_pages.parts_of(str(failure)) == (cell, failure.name, failure.message)


def test_options_of_the_command_line_are_typed_from_left_to_right_in_every_language(tmp_path):
    arabic = told("ValueError: x").model_copy(update={"params": {"language": "ar"}})
    html = listed(tmp_path, arabic)
    assert html.count("<code dir=ltr>--retry-failed</code>") == html.count("--retry-failed") > 0
    assert "\u2068(segment=&#x27;R&amp;D \\u202e&lt;1&gt;&#x27;)\u2069" in html
