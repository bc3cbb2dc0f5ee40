"""Shards of a run, each in a folder of its own, brought together."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from saydo.runs import manifest as manifests
from saydo.runs import merge as module
from saydo.runs.files import sha256, write
from saydo.runs.lock import Lock, Locked
from saydo.runs.manifest import PageRecord
from saydo.runs.merge import merge
from saydo.runs.results import KEPT
from saydo.runs.run import run
from saydo.runs.shards import CannotMerge

SEGMENTS = [("all", "all"), ("Big", "big"), ("Small", "small")]
N = 3


@pytest.fixture
def project(project, monkeypatch):
    """Seven pages, made of nothing, and results of which pages tell."""
    project.segments = SEGMENTS
    project.add("1_segments")
    project.add("2_scorecard", parameters='params = ""\nsegment = "all"')
    project.add("3_drivers", parameters='params = ""\nsegment = "all"')
    prepare = project.prepare

    def prepared(file, out, **options):
        told = prepare(
            file, out, **{name: options[name] for name in ("params", "as_of", "segments")}
        )
        write(out / "tables" / "kpis.csv", "segment,value\nall,1\n")
        kept = {
            "as_of": options["as_of"].isoformat(),
            "params": "",
            **{name: getattr(told, name) for name in ("key", "segments", "rows", "data", "notes")},
        }
        write(out / KEPT / "prepared.json", json.dumps(kept))
        return told

    monkeypatch.setattr("saydo.runs.run._prepare", prepared)
    monkeypatch.setattr("saydo.runs.pages.make_page", page_without_kernel)
    return project


def page_without_kernel(job) -> PageRecord:
    """As `make_page`, for tests that are not about kernels."""
    page = job.page
    write(job.folder / page.record, f"{page.path}, executed\n")
    return PageRecord(
        path=page.path,
        notebook=page.notebook.place,
        segment=page.segment,
        status="ok",
        seconds=1,
        sha256=write(job.folder / page.path, f"{page.path} at {job.site.started:%S}"),
        record=page.record,
    )


@pytest.fixture
def shards(project, tmp_path) -> list[Path]:
    """The folders of three shards."""
    outs = [tmp_path / f"shard{i}" for i in range(1, N + 1)]
    for i, out in enumerate(outs, start=1):
        assert run(project.params, out=out, shard=(i, N)).exit_code == 0
    return outs


def of(out: Path) -> Path:
    return out / "acme" / "2025-12-31"


def contents(folder: Path) -> dict[str, str]:
    return {
        file.relative_to(folder).as_posix(): re.sub(r" at \d\d", "", file.read_text())
        for file in folder.rglob("*")
        if file.is_file() and file.name != manifests.NAME
    }


def test_all_shards_make_what_one_machine_makes(project, shards, tmp_path):
    whole = run(project.params, out=tmp_path / "whole")
    merged = merge(project.folder / "reports", shards)
    assert (merged.missing, merged.notes) == ((), ())
    assert contents(of(project.folder / "reports")) == contents(of(tmp_path / "whole"))
    times = {"started": True, "finished": True, "folder": True, "pages": True}
    # What was written, not what was returned: without places of this machine.
    one, other = (
        manifests.read(each.folder).model_dump(exclude=times) for each in (merged.manifest, whole)
    )
    assert one == other
    assert (merged.manifest.complete, merged.manifest.exit_code) == (True, 0)
    paths = [page.path for page in whole.pages]
    assert len(paths) == 7
    assert [page.path for page in merged.manifest.pages] == paths
    assert all(page.stands(of(project.folder / "reports")) for page in merged.manifest.pages)
    assert (project.folder / "reports/acme/latest/segments.html").is_file()
    assert "complete" in (project.folder / "reports/acme/index.html").read_text()
    # And it is what a run takes it for: nothing is left to make.
    again = run(project.params, retry_failed=True)
    files = [[(page.path, page.sha256) for page in made.pages] for made in (again, merged.manifest)]
    assert files[0] == files[1]


def test_a_shard_that_is_missing_leaves_its_pages_missing_and_latest_where_it_was(project, shards):
    merged = merge(project.folder / "reports", shards[:2])
    # Every third of: segments, then scorecard and drivers of all, Big and Small.
    assert merged.missing == ("all/drivers.html", "small/scorecard.html")
    assert (merged.manifest.complete, merged.manifest.exit_code) == (False, 1)
    assert not (project.folder / "reports/acme/latest").exists()
    # It may come later; what is there is kept.
    merged = merge(project.folder / "reports", shards[2:])
    assert merged.manifest.complete and not merged.missing


def test_a_shard_may_have_been_run_into_the_folder_itself(project, shards):
    run(project.params, shard=(1, N))
    merged = merge(project.folder / "reports", [project.folder / "reports", *shards[1:]])
    assert merged.manifest.complete


def changed(out: Path, **changes: object) -> None:
    found = manifests.read(of(out))
    file = of(out) / manifests.NAME
    file.write_text(found.model_copy(update=changes).model_dump_json())


def test_every_difference_is_named_and_nothing_is_changed(project, shards):
    changed(
        shards[1],
        data={"data/orders.csv": "1" * 64},
        versions={**manifests.versions(), "pandas": "2.0"},
        key="another",
    )
    changed(shards[2], params={"study": "Acme", "periods": 4}, study="Acme 2")
    with pytest.raises(CannotMerge) as told:
        merge(project.folder / "reports", shards)
    text = str(told.value)
    for what in ("data.data/orders.csv: 000", "versions.pandas: ", "key (of params"):
        assert f"  - {what}" in text
    for what in ("study: Acme in ", "params.periods: nothing in ", "params.as_of: 2025-12-31 in "):
        assert f"  - {what}" in text
    assert str(of(shards[1])) in text and str(of(shards[2])) in text
    assert not (project.folder / "reports").exists()


@pytest.mark.parametrize("failed_first", [True, False])
def test_of_a_page_made_twice_the_rendered_one_wins(project, shards, failed_first):
    # Shard 2 has also tried a page of shard 1, and failed.
    record = manifests.read(of(shards[0])).pages[0]
    digest = write(of(shards[1]) / record.path, "This page could not be made")
    failed = record.model_copy(
        update={"status": "failed", "sha256": digest, "error": "ValueError: x"}
    )
    changed(shards[1], pages=(failed, *manifests.read(of(shards[1])).pages))
    order = [1, 0, 2] if failed_first else [0, 1, 2]
    merged = merge(project.folder / "reports", [shards[i] for i in order])
    assert merged.manifest.complete and merged.notes == ()
    assert "could not" not in (of(project.folder / "reports") / record.path).read_text()


def test_of_a_page_rendered_twice_and_not_alike_the_first_is_kept_and_that_is_told(project, shards):
    record = manifests.read(of(shards[0])).pages[0]
    digest = write(of(shards[1]) / record.path, "another")
    other = record.model_copy(update={"sha256": digest})
    changed(shards[1], pages=(other, *manifests.read(of(shards[1])).pages))
    merged = merge(project.folder / "reports", shards)
    (note,) = merged.notes
    assert note == (
        f"{record.path} was made twice, and not alike: that of {of(shards[0])} is kept, "
        f"that of {of(shards[1])} is not"
    )
    assert sha256(of(project.folder / "reports") / record.path) == record.sha256


def test_a_failed_page_comes_with_its_error_page(project, shards):
    pages = manifests.read(of(shards[0])).pages
    digest = write(of(shards[0]) / pages[0].path, "This page could not be made")
    changes = {"status": "failed", "sha256": digest, "error": "ValueError: x"}
    changed(shards[0], pages=(pages[0].model_copy(update=changes), *pages[1:]))
    merged = merge(project.folder / "reports", shards)
    assert (merged.manifest.exit_code, merged.missing) == (1, ())
    assert [page.error for page in merged.manifest.failed] == ["ValueError: x"]
    assert "could not" in (of(project.folder / "reports") / pages[0].path).read_text()


def test_a_page_that_was_changed_since_is_left_out_and_told(project, shards):
    path = manifests.read(of(shards[0])).pages[0].path
    (of(shards[0]) / path).write_text("edited")
    merged = merge(project.folder / "reports", shards)
    assert (merged.missing, merged.manifest.complete) == ((path,), False)
    assert merged.notes == (f"{path} of {of(shards[0])} is not as it was written; left out",)


def test_a_page_of_no_notebook_here_is_left_out_and_told_wherever_it_would_go(project, shards):
    page = manifests.read(of(shards[0])).pages[0]
    for path in ("gone.html", "../../../precious.html"):
        digest = write(of(shards[0]) / path, "x")
        other = page.model_copy(update={"path": path, "sha256": digest, "record": None})
        changed(shards[0], pages=(*manifests.read(of(shards[0])).pages, other))
    merged = merge(project.folder / "reports", shards)
    assert merged.notes == tuple(
        f"{path} of {of(shards[0])} is of no notebook here; left out"
        for path in ("gone.html", "../../../precious.html")
    )
    assert not (project.folder / "precious.html").exists()


def test_tables_that_shards_computed_unlike_are_told(project, shards):
    write(of(shards[1]) / "tables" / "kpis.csv", "segment,value\nall,2\n")
    (note,) = merge(project.folder / "reports", shards).notes
    assert note.startswith(f"tables/kpis.csv is not the same in {of(shards[0])} and")
    assert (of(project.folder / "reports") / "tables/kpis.csv").read_text().endswith("all,1\n")


def test_tables_that_differ_in_order_and_in_last_digits_alone_are_alike(project, shards):
    write(of(shards[0]) / "tables" / "nps.csv", "segment,value,n\nall,0.3,12\nBig,,\nSmall,1,3\n")
    write(
        of(shards[1]) / "tables" / "nps.csv",
        "segment,value,n\nall,0.30000000000000004,12\nBig,,\nSmall,1,3\n",
    )
    write(of(shards[2]) / "tables" / "nps.csv", "segment,value,n\nSmall,1,3\nall,0.3,12\nBig,,\n")
    assert merge(project.folder / "reports", shards).notes == ()


@pytest.mark.parametrize("row", ["all,0.31,12", "all,,12", "All,0.3,12", "all,0.3,13"])
def test_tables_that_differ_in_what_a_reader_sees_are_told(project, shards, row):
    for out in shards:
        write(of(out) / "tables" / "nps.csv", "segment,value,n\nall,0.3,12\n")
    write(of(shards[1]) / "tables" / "nps.csv", f"segment,value,n\n{row}\n")
    (note,) = merge(project.folder / "reports", shards).notes
    assert note.startswith("tables/nps.csv is not the same in")


def test_a_report_of_other_data_is_replaced_whole(project, shards):
    project.data = {"data/orders.csv": "9" * 64}
    project.add("4_old")
    run(project.params)
    target = of(project.folder / "reports")
    write(target / "tables" / "old.csv", "old")
    (project.folder / "notebooks" / "4_old.ipynb").unlink()
    merged = merge(project.folder / "reports", shards)
    assert merged.manifest.complete
    assert not list(target.rglob("*old*"))
    assert merged.manifest.data == {"data/orders.csv": "0" * 64}


def test_what_is_no_run_or_not_done_is_refused(project, shards, tmp_path):
    with pytest.raises(CannotMerge, match="must hold one run; found: none"):
        merge(project.folder / "reports", [tmp_path / "nothing"])
    changed(shards[0], status="running")
    with pytest.raises(CannotMerge, match=r"has not ended, or was killed.*--retry-failed"):
        merge(project.folder / "reports", shards)
    run(project.params, out=shards[1], as_of=manifests.read(of(shards[1])).as_of.replace(day=1))
    with pytest.raises(CannotMerge, match=r"found: .*2025-12-01, .*2025-12-31"):
        merge(project.folder / "reports", shards[1:])


def test_a_folder_that_a_run_is_writing_into_is_left_alone(project, shards):
    with Lock(of(project.folder / "reports")), pytest.raises(Locked):
        merge(project.folder / "reports", shards)


def test_without_notebooks_nobody_knows_what_is_complete(project, shards, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CannotMerge, match="which pages a whole report has is told by its notebook"):
        merge(tmp_path / "site", shards)
    monkeypatch.chdir(project.folder)
    assert merge(tmp_path / "site", shards).manifest.complete


def test_segments_drawn_without_looking_at_earlier_runs_are_told(project, shards):
    earlier = project.folder / "reports/acme/2025-11-30"
    write(earlier / module.PIN, "cut points: 1")
    for out in shards:
        write(of(out) / module.PIN, "cut points: 2")
    merged = merge(project.folder / "reports", shards)
    assert merged.notes[0].startswith("segments were not drawn as in the run of 2025-11-30.")
    assert (of(project.folder / "reports") / module.PIN).read_text() == "cut points: 2"
