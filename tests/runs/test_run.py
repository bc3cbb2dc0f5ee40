"""A run, from a params file to its pages."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path

import pytest

from saydo.errors import DataError, ParamsError, Problem, SaydoError
from saydo.runs import manifest as manifests
from saydo.runs.lock import LockLost
from saydo.runs.run import run

PAGES = {
    "segments.html": "ok",
    "index.html": "ok",
    "all/scorecard.html": "ok",
    "raises/scorecard.html": "failed",
    "dies/scorecard.html": "failed",
}


@pytest.fixture(scope="module")
def runs(four_pages):
    """The same project with one page at a time, and with two."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("saydo.runs.run._kpi_names", lambda: ("nps",))
        patch.setattr("saydo.runs.warmth.PRELOADED", ())
        made = {}
        for jobs in (1, 2):
            project = four_pages(f"jobs{jobs}")
            made[jobs] = (project, run(project.params, jobs=jobs, prepare=project.prepare))
        yield made


def output(project) -> Path:
    return project.folder / "reports" / "acme" / "2025-12-31"


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_page_that_raises_or_dies_leaves_all_the_others_in_place(runs, jobs):
    project, manifest = runs[jobs]
    assert {page.path: page.status for page in manifest.pages} == PAGES
    for path, status in PAGES.items():
        page = (output(project) / path).read_text()
        assert ("This page could not be made" in page) == (status == "failed")
    assert (manifest.status, manifest.complete, manifest.exit_code) == ("failed", False, 1)


def test_the_list_of_runs_leads_to_the_pages_that_failed_and_these_to_their_error_pages(runs):
    project, _ = runs[2]
    listed = (output(project).parent / "index.html").read_text()
    assert "<a href=2025-12-31/failed.html>2</a>" in listed and "some pages failed" in listed
    failed = (output(project) / "failed.html").read_text()
    assert "Could not be made: 2." in failed
    for path in ("raises/scorecard.html", "dies/scorecard.html"):
        assert f"<a href={path}>" in failed and PAGES[path] == "failed"
    assert "no &lt;answers&gt; in .<" in failed
    led_to = re.findall(r'<a [^<>]*href="?([^\s">]+)', failed)
    assert len(led_to) > 4
    for href in led_to:
        assert href.startswith("#") or (output(project) / href).is_file(), href


def test_the_list_of_runs_is_there_while_pages_are_made_and_tells_of_runs_that_stop(
    project, monkeypatch
):
    project.add("1_a")
    from saydo.runs import pages

    listed = output(project).parent / "index.html"

    def stopped(job):
        assert "not finished" in listed.read_text()
        raise KeyboardInterrupt

    monkeypatch.setattr(pages, "make_page", stopped)
    run(project.params, prepare=project.prepare)
    assert "stopped before its end" in listed.read_text()


def test_a_list_of_runs_that_cannot_be_written_is_told_and_the_pages_are_there(project, capfd):
    from rich.console import Console

    from saydo.runs.progress import Lines

    project.add("1_a")
    (output(project).parent / "index.html").mkdir(parents=True)
    follower = Lines(Console(stderr=True))
    manifest = run(project.params, prepare=project.prepare, progress=follower)
    assert manifest.complete
    assert "the list of runs" in capfd.readouterr().err


def test_an_error_page_stands_in_its_own_place_and_says_why(runs):
    project, manifest = runs[1]
    page = (output(project) / "raises/scorecard.html").read_text()
    assert "ValueError" in page and "no &lt;answers&gt; in ." in page
    errors = [page.error for page in manifest.failed]
    assert errors == [
        "cell 4: ValueError: no <answers> in .",
        "cell 4: killed: the kernel died, most often because memory ran out",
    ]


def test_the_manifest_says_what_was_asked_and_what_it_rests_on(runs):
    project, manifest = runs[1]
    written = json.loads((output(project) / "manifest.json").read_text())
    assert written["params"] == {
        "study": "Acme",
        "as_of": "2025-12-31",
        "data": {"tables": {"orders": {"path": "data/orders.csv"}}},
    }
    assert written["rows"]["orders"] == {
        "read": 5,
        "used": 3,
        "rejected": 1,
        "excluded": {"blank": 1},
    }
    assert written["data"] == project.data
    assert written["versions"]["python"].startswith("3.")
    scorecard = next(page for page in manifest.pages if page.segment == "all")
    assert scorecard.warnings[0] == "cell:2: UserWarning: seen by the log alone"
    assert all(page.stands(output(project)) for page in manifest.pages if page.status == "ok")


@pytest.mark.parametrize("jobs", [1, 2])
def test_no_file_names_a_folder_of_this_machine(runs, jobs):
    project, _ = runs[jobs]
    places = [str(project.folder), str(project.folder.parent), str(Path(__file__).parents[2])]
    files = [file for file in output(project).rglob("*") if file.is_file()]
    # Beside each page its record; the manifest; the list of pages that failed.
    assert len(files) == 2 * len(PAGES) + 2
    for file in [*files, output(project).parent / "index.html"]:
        text = file.read_text()
        for form in (text, html.unescape(text), text.replace("\\\\", "\\")):
            found = [place for place in places if place in form]
            assert not found, f"{file.name} names {found}"


def test_two_at_a_time_make_the_same_pages_as_one(runs):
    def normalised(project, path):
        page = (output(project) / path).read_text()
        return re.sub(r"\d+ \w+ \d{4} \d\d:\d\d UTC", "", page)

    for path in PAGES:
        assert normalised(runs[1][0], path) == normalised(runs[2][0], path)
    one, two = ([page.path for page in runs[jobs][1].pages] for jobs in (1, 2))
    assert one == two


def test_latest_moves_only_to_a_complete_run(project):
    project.add("1_segments", "open('broken') if False else None")
    project.add("4_overview", "print('first')")
    assert run(project.params, prepare=project.prepare).complete
    latest = project.folder / "reports" / "acme" / "latest"
    assert (latest / "index.html").samefile(output(project) / "index.html")

    project.params.write_text(project.params.read_text().replace("2025-12-31", "2026-01-31"))
    good = project.add("1_segments", "1 / 0")
    failed = run(project.params, prepare=project.prepare)
    assert not failed.complete
    assert latest.resolve().name == "2025-12-31"

    good.write_text(project.add("1_segments", "print('mended')").read_text())
    index = (latest.parent / "2026-01-31" / "index.html").stat().st_mtime_ns
    mended = run(project.params, prepare=project.prepare, retry_failed=True)
    assert (mended.complete, [page.status for page in mended.pages]) == (True, ["ok", "ok"])
    listed = (latest.parent / "index.html").read_text()
    assert listed.count("✓ complete") == 2 and "as of <a href=2026-01-31/index" in listed
    assert not (latest.parent / "2026-01-31" / "failed.html").exists()
    # Only the page that had failed was made again.
    assert (latest.parent / "2026-01-31" / "index.html").stat().st_mtime_ns == index
    assert latest.resolve().name == "2026-01-31"


def test_shards_one_after_the_other_make_a_complete_run(project):
    for name in ("1_a", "2_b", "4_overview"):
        project.add(name)
    latest = project.folder / "reports" / "acme" / "latest"
    first = run(project.params, prepare=project.prepare, shard=(1, 2))
    assert [page.path for page in first.pages] == ["a.html", "index.html"]
    assert (first.exit_code, first.complete, latest.exists()) == (0, False, False)
    second = run(project.params, prepare=project.prepare, shard=(2, 2))
    assert [page.path for page in second.pages] == ["a.html", "b.html", "index.html"]
    assert second.complete and latest.exists()


def test_some_segments_alone_are_not_a_complete_run(project):
    project.segments = [("all", "all"), ("Big", "big"), ("Small", "small")]
    project.add("2_scorecard", parameters='params = ""\nsegment = "all"')
    manifest = run(project.params, prepare=project.prepare, segments=["Big"])
    assert [page.path for page in manifest.pages] == ["big/scorecard.html"]
    assert (manifest.exit_code, manifest.complete) == (0, False)
    assert "small/" not in (output(project) / "big/scorecard.html").read_text()


def test_ctrl_c_keeps_the_pages_made_so_far(project, monkeypatch):
    project.add("1_a")
    project.add("2_b")
    from saydo.runs import pages
    from saydo.runs.pages import make_page

    def stopped_at_b(job):
        if job.page.path == "b.html":
            raise KeyboardInterrupt
        return make_page(job)

    monkeypatch.setattr(pages, "make_page", stopped_at_b)
    manifest = run(project.params, prepare=project.prepare)
    assert (manifest.status, manifest.exit_code) == ("interrupted", 130)
    assert [page.path for page in manifest.pages] == ["a.html"]
    assert (output(project) / "a.html").is_file()


def test_what_stops_a_run_before_its_first_page_leaves_the_report_as_it_was(project):
    project.add("1_a", "print('first')")
    assert run(project.params, prepare=project.prepare).complete
    before = contents(output(project))
    project.data["data/orders.csv"] = "1" * 64
    with pytest.raises(SaydoError, match="no executor"):
        run(project.params, prepare=project.prepare, executor="nowhere")

    def wrong(*_: object, **__: object) -> None:
        raise DataError("data", [Problem("orders", "is missing")])

    with pytest.raises(DataError):
        run(project.params, prepare=wrong)
    assert contents(output(project)) == before


def test_results_are_prepared_apart_and_with_what_earlier_runs_learned(tmp_path, monkeypatch):
    from saydo.runs import run as module

    told = {}
    monkeypatch.setattr("saydo.runs.prepare.prepare", lambda *given, **more: told.update(more))
    module._prepare(tmp_path / "p.yml", tmp_path / "acme" / "2025-12-31" / ".new", params=None)
    # Beside the run's folder lie those of other days, each with its definition of segments.
    assert told["earlier"] == tmp_path / "acme"


def contents(folder: Path) -> dict[str, bytes]:
    return {str(file): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_a_bug_amid_the_pages_ends_the_manifest_too(project, monkeypatch):
    project.add("1_a")
    project.add("2_b")
    from saydo.runs import pages

    monkeypatch.setattr(pages, "failed_page", lambda *_: 1 / 0)
    add_page = pages.make_page

    def fails_at_b(job):
        assert job.page.path == "a.html", "no b"
        return add_page(job)

    monkeypatch.setattr(pages, "make_page", fails_at_b)
    with pytest.raises(ZeroDivisionError):
        run(project.params, prepare=project.prepare)
    held = manifests.read(output(project))
    assert held is not None
    assert (held.status, [page.path for page in held.pages]) == ("interrupted", ["a.html"])


def test_a_run_whose_folder_another_has_taken_stops_and_changes_nothing(project, monkeypatch):
    project.add("1_a")
    project.add("2_b")
    from saydo.runs import pages

    def taken(job, make_page=pages.make_page):
        made = make_page(job)
        lock = job.folder / ".lock"
        lock.write_text(re.sub('"token": *"[^"]*"', '"token": "another"', lock.read_text()))
        (job.folder / "manifest.json").write_text("of another")
        return made

    monkeypatch.setattr(pages, "make_page", taken)
    with pytest.raises(LockLost):
        run(project.params, prepare=project.prepare)
    assert (output(project) / "manifest.json").read_text() == "of another"
    assert "another" in (output(project) / ".lock").read_text()
    assert not (output(project) / "b.html").exists()


def test_a_page_that_cannot_be_rendered_fails_alone(project, monkeypatch):
    project.add("1_a", "# Alpha")
    project.add("2_b", "# Beta")
    from saydo.runs import render

    def fails_for_a(notebook, page, site, render_page=render.page_html):
        if page.path == "a.html" and notebook.metadata.get("papermill"):
            raise RecursionError("too deep")
        return render_page(notebook, page, site)

    monkeypatch.setattr(render, "page_html", fails_for_a)
    manifest = run(project.params, prepare=project.prepare)
    assert [(page.path, page.error) for page in manifest.pages] == [
        ("a.html", "RecursionError: too deep"),
        ("b.html", None),
    ]
    assert "too deep" in (output(project) / "a.html").read_text()


def test_nothing_is_run_with_wrong_params(project):
    project.add("1_a")
    project.params.write_text("study: Acme\nsegmnts: {}\n")

    def never(*_: object, **__: object) -> None:
        raise AssertionError("data were read")

    with pytest.raises(ParamsError):
        run(project.params, prepare=never)
    assert not (project.folder / "reports").exists()


def test_reports_can_lie_elsewhere_and_be_of_another_day(project, tmp_path):
    from datetime import date

    project.add("1_a")
    out = tmp_path / "site"
    manifest = run(project.params, prepare=project.prepare, out=out, as_of=date(2025, 6, 30))
    assert manifest.folder == out / "acme" / "2025-06-30"
    assert (out / "acme" / "latest" / "a.html").is_file()
    written = manifests.read(manifest.folder)
    assert written is not None and written.pages == manifest.pages
