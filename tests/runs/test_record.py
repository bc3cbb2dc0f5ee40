"""Which pages of an earlier run still stand."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from saydo.runs import manifest
from saydo.runs.files import write
from saydo.runs.manifest import Manifest, PageRecord
from saydo.runs.places import Places
from saydo.runs.plan import Notebook, Page
from saydo.runs.record import Record

PLACES = Places(())
MODULE = "saydo.runs.record"
PAGES = [Page(Notebook(Path(f"{name}.ipynb"), name, name, ("params",))) for name in ("a", "b", "c")]


def begun(**changes: object) -> Manifest:
    given = {
        "study": "Acme",
        "as_of": date(2025, 12, 31),
        "started": datetime(2026, 1, 5, tzinfo=UTC),
        "params": {"study": "Acme"},
        "versions": {"pandas": "3"},
        "key": "k",
        "data": {"orders.csv": "1"},
        "rows": {},
    }
    return Manifest.model_validate({**given, **changes})


def made(folder: Path, name: str, status: str = "ok") -> PageRecord:
    digest = write(folder / f"{name}.html", f"page {name}")
    write(folder / f"notebooks/{name}.ipynb", "{}")
    return PageRecord(
        path=f"{name}.html",
        notebook=f"notebooks/{name}.ipynb",
        status=status,
        seconds=1,
        sha256=digest,
        record=f"notebooks/{name}.ipynb",
    )


def record(folder: Path, **changes: object) -> Record:
    order = [page.path for page in PAGES]
    return Record.continued(begun(**changes), folder, places=PLACES, order=order)


@pytest.fixture
def earlier(tmp_path):
    """A run that made a and c, and failed at b."""
    first = record(tmp_path)
    for name, status in (("c", "ok"), ("b", "failed"), ("a", "ok")):
        first.add(made(tmp_path, name, status))
    first.end(PAGES, of=PAGES, interrupted=False)
    return tmp_path


def test_pages_are_in_the_order_of_the_plan_however_they_were_made(earlier):
    kept = manifest.read(earlier)
    assert kept is not None
    assert [page.path for page in kept.pages] == ["a.html", "b.html", "c.html"]
    assert (kept.status, kept.complete, kept.exit_code) == ("failed", False, 1)


def test_pages_of_the_same_data_are_kept_and_a_failed_one_is_not_there(earlier):
    again = record(earlier)
    assert [again.has(page) for page in PAGES] == [True, False, True]
    again.add(made(earlier, "b"))
    ended = again.end([PAGES[1]], of=PAGES, interrupted=False)
    assert (ended.status, ended.complete, ended.exit_code) == ("ok", True, 0)


def test_a_page_that_was_changed_or_removed_is_made_again(earlier):
    (earlier / "a.html").write_text("edited")
    (earlier / "c.html").unlink()
    assert not any(map(record(earlier).has, PAGES))


@pytest.mark.parametrize(
    "change", [{"data": {"orders.csv": "2"}}, {"key": "l"}, {"versions": {"pandas": "4"}}]
)
def test_pages_that_rest_on_something_else_go(earlier, change):
    other = record(earlier, **change)
    assert not any(map(other.has, PAGES))
    assert [page.path for page in other.outdated] == ["a.html", "b.html", "c.html"]
    other.add(made(earlier, "a"))
    other.end(PAGES[:1], of=PAGES, interrupted=False)
    # They no longer agree with the tables beside them.
    assert sorted(file.name for file in earlier.glob("*.html")) == ["a.html"]
    assert sorted(file.name for file in earlier.glob("notebooks/*")) == ["a.ipynb"]


def test_a_run_of_some_pages_is_ok_but_not_complete(tmp_path):
    some = record(tmp_path)
    some.add(made(tmp_path, "a"))
    ended = some.end(PAGES[:1], of=PAGES, interrupted=False)
    assert (ended.status, ended.complete) == ("ok", False)


def test_an_interrupted_run_keeps_what_is_done(tmp_path):
    stopped = record(tmp_path)
    stopped.add(made(tmp_path, "a"))
    stopped.end(PAGES, of=PAGES, interrupted=True)
    read = manifest.read(tmp_path)
    assert read is not None
    assert (read.status, read.complete, read.exit_code) == ("interrupted", False, 130)
    assert record(tmp_path).has(PAGES[0])


def test_while_a_run_makes_pages_again_only_those_that_are_made_are_ok(earlier):
    again = record(earlier)
    again.begin(PAGES[:2])
    held = manifest.read(earlier)
    assert held is not None
    # b had failed, c is not made again.
    assert [page.status for page in held.pages] == ["pending", "failed", "ok"]
    assert (held.status, held.complete) == ("running", False)
    # Killed now, a is as it was, and kept by the next run; made again but not told, it is not.
    assert [record(earlier).has(page) for page in PAGES] == [True, False, True]
    write(earlier / "a.html", "made again")
    assert [record(earlier).has(page) for page in PAGES] == [False, False, True]


def test_pages_of_other_data_are_outdated_before_the_first_table_is_replaced(earlier):
    other = record(earlier, key="another")
    other.begin(PAGES[:1])
    held = manifest.read(earlier)
    assert held is not None
    assert (held.key, {page.status for page in held.pages}) == ("another", {"outdated"})
    # Even if the next run is of the first data again: the tables are not known to be.
    assert not any(map(record(earlier).has, PAGES))
    assert [page.path for page in record(earlier, key="another").before] == [
        "a.html",
        "b.html",
        "c.html",
    ]


def test_an_interrupted_run_keeps_pages_that_it_had_not_come_to(earlier):
    again = record(earlier)
    again.begin(PAGES)
    write(earlier / "a.html", "made again, but nobody knows")
    again.add(made(earlier, "b"))
    ended = again.end(PAGES, of=PAGES, interrupted=True)
    assert [(page.path, page.status) for page in ended.pages] == [
        ("b.html", "ok"),
        ("c.html", "ok"),
    ]
    assert not (earlier / "a.html").exists()


def test_names_are_on_the_disk_before_the_manifest_says_so(tmp_path, monkeypatch):
    order = []
    monkeypatch.setattr(f"{MODULE}.flush_names", lambda folder: order.append(folder.name))
    monkeypatch.setattr(Manifest, "write", lambda *_: order.append("manifest"))
    some = record(tmp_path)
    some.add(made(tmp_path, "a"))
    assert sorted(order[:-1]) == sorted([tmp_path.name, "notebooks"])
    assert order[-1] == "manifest"


def test_of_a_page_that_found_no_room_nothing_of_an_earlier_run_stands(earlier):
    again = record(earlier)
    again.begin(PAGES[:1])
    again.add(made(earlier, "a", "failed").model_copy(update={"sha256": None}))
    assert not (earlier / "a.html").exists()


def test_no_file_outside_of_the_report_goes_whatever_a_manifest_names(tmp_path):
    folder = tmp_path / "report"
    outside = tmp_path / "precious.txt"
    outside.write_text("x")
    page = made(folder, "a").model_copy(update={"path": "../precious.txt", "record": "."})
    begun().model_copy(update={"pages": (page,)}).write(folder, PLACES)
    record(folder, key="another").end([], of=PAGES, interrupted=False)
    assert outside.read_text() == "x"


def test_a_manifest_of_another_version_vouches_for_nothing(earlier):
    file = earlier / manifest.NAME
    file.write_text(file.read_text().replace('"manifest_version": 1', '"manifest_version": 99'))
    assert manifest.read(earlier) is None
    assert not any(map(record(earlier).has, PAGES))
