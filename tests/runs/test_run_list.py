"""The list of a study's runs, made of manifests alone."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest

from saydo.runs import files, run_list
from saydo.runs.manifest import Manifest, PageRecord
from saydo.runs.places import Places

MADE = datetime(2026, 1, 5, 8, 30, tzinfo=UTC)


def page(path: str = "index.html", *, status: str = "ok", kept: bool = False) -> PageRecord:
    return PageRecord(
        path=path, notebook="notebooks/a.ipynb", status=status, seconds=1, made=MADE, kept=kept
    )


def told(day: str, *pages: PageRecord, **of: object) -> Manifest:
    given = {"status": "ok", "complete": True, "params": {}, **of}
    begun = {"study": "R&D", "as_of": date.fromisoformat(day), "started": MADE}
    return Manifest(
        **begun, versions={"saydo": "1"}, key="k", data={}, rows={}, pages=pages, **given
    )


def ran(reports: Path, manifest: Manifest, *, folder: str = "") -> Path:
    """The folder of a run that ended, but for the list of runs."""
    place = reports / (folder or manifest.as_of.isoformat())
    manifest.write(place, Places(()))
    return place


class Cells(HTMLParser):
    """Rows of the table: of each cell its text, and where it leads."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.rows: list[list[tuple[str, str | None]]] = []
        self.feed(re.search("<tbody>.*</table>", html, re.DOTALL)[0])

    def handle_starttag(self, tag, attrs):
        if tag == "tr":
            self.rows.append([])
        elif tag in ("th", "td"):
            self.rows[-1].append(("", None))
        elif tag == "a":
            self.rows[-1][-1] = (self.rows[-1][-1][0], dict(attrs)["href"])

    def handle_data(self, data):
        text, href = self.rows[-1][-1]
        self.rows[-1][-1] = (text + data, href)


def html(reports: Path) -> str:
    return (reports / "index.html").read_text("utf-8")


def test_runs_are_told_newest_first_with_what_became_of_each(tmp_path):
    broken = page("all/a.html", status="failed")
    ran(tmp_path, told("2025-10-31", page(), broken, status="failed", complete=False))
    ran(tmp_path, told("2025-09-30", page(), status="interrupted", complete=False))
    ran(tmp_path, told("2025-08-31", page("all/a.html"), complete=False))
    ran(tmp_path, told("2025-07-31", status="running", complete=False))
    last = told("2025-11-30", page(), page("all/a.html"))
    folder = ran(tmp_path, last)
    files.point(tmp_path / "latest", folder)
    run_list.update(folder, last)
    made = " Made 5 Jan 2026 08:30 UTC"
    assert Cells(html(tmp_path)).rows == [
        [
            ("30 Nov 2025" + made, "2025-11-30/index.html"),
            ("✓ complete", None), ("2", None), ("0", None),
        ],
        [
            ("31 Oct 2025" + made, "2025-10-31/index.html"),
            ("✗ some pages failed", None), ("1", None), ("1", "2025-10-31/failed.html"),
        ],
        [
            ("30 Sep 2025" + made, "2025-09-30/index.html"),
            ("… stopped before its end", None), ("1", None), ("0", None),
        ],
        # Without an overview reading starts at the first page that is there.
        [
            ("31 Aug 2025" + made, "2025-08-31/all/a.html"),
            ("… some pages only", None), ("1", None), ("0", None),
        ],
        [("31 Jul 2025" + made, None), ("… not finished", None), ("–", None), ("0", None)],
    ]  # fmt: skip
    latest = "The latest complete report is as of <a href=2025-11-30/index.html>30 Nov 2025</a>."
    assert latest in html(tmp_path)
    assert "<title>All reports · R&amp;D</title>" in html(tmp_path)


def test_latest_is_known_where_the_system_has_no_symbolic_links(tmp_path):
    last = told("2025-11-30", page())
    folder = ran(tmp_path, last)
    (tmp_path / "latest").mkdir()
    files.point(tmp_path / "latest", folder)
    run_list.update(folder, last)
    assert "latest complete report is as of" in html(tmp_path)
    assert len(Cells(html(tmp_path)).rows) == 1


def test_what_is_no_run_is_not_listed_and_names_of_folders_are_text(tmp_path):
    (tmp_path / "notes").mkdir()
    (tmp_path / "2025-01-31").mkdir()
    (tmp_path / "2025-01-31" / "manifest.json").write_text('{"of": "another version"}')
    last = told("2025-11-30", page())
    ran(tmp_path, last, folder='2025 "copy" <b>')
    folder = ran(tmp_path, last)
    run_list.update(folder, last)
    assert [row[0][1] for row in Cells(html(tmp_path)).rows] == [
        "2025-11-30/index.html",
        "2025%20%22copy%22%20%3Cb%3E/index.html",
    ]
    assert "No report is complete yet." in html(tmp_path)


@pytest.mark.parametrize(("language", "direction"), [("nl", "ltr"), ("ar", "rtl")])
def test_the_list_is_in_the_language_of_the_study(tmp_path, language, direction):
    last = told("2025-11-30", page(), params={"language": language})
    run_list.update(ran(tmp_path, last), last)
    assert f'<html lang="{language}" dir="{direction}"' in html(tmp_path)


def test_a_run_that_made_nothing_leaves_the_list_and_loads_nothing_for_it(tmp_path, monkeypatch):
    last = told("2025-11-30", page())
    folder = ran(tmp_path, last)
    run_list.update(folder, last)
    before = (tmp_path / "index.html").stat()
    again = told("2025-11-30", page(kept=True), finished=datetime(2026, 2, 1, tzinfo=UTC))
    ran(tmp_path, again)
    with monkeypatch.context() as patch:
        patch.setattr(run_list, "_html", lambda *_: pytest.fail("made again"))
        run_list.update(folder, again)
    assert (tmp_path / "index.html").stat() == before
    # But not when the list says what is no longer so, whoever's fault that is.
    ran(tmp_path, told("2025-10-31", page()))
    run_list.update(folder, again)
    assert len(Cells(html(tmp_path)).rows) == 2


def test_a_run_that_ends_while_the_list_is_written_is_on_it(tmp_path, monkeypatch):
    one, other = told("2025-10-31", page()), told("2025-11-30", page())
    begun = told("2025-11-30", status="running", complete=False)
    folder, second = ran(tmp_path, one), ran(tmp_path, begun)
    write = run_list._write

    def meanwhile(file, text, **how):
        monkeypatch.setattr(run_list, "_write", write)
        # The other run ends and writes the list, before this one, which saw it running, does.
        ran(tmp_path, other)
        run_list.update(second, other)
        write(file, text, **how)

    monkeypatch.setattr(run_list, "_write", meanwhile)
    run_list.update(folder, one)
    assert [row[1][0] for row in Cells(html(tmp_path)).rows] == ["✓ complete", "✓ complete"]


def test_a_list_that_cannot_take_its_place_leaves_nothing_beside_it(tmp_path, monkeypatch):
    last = told("2025-11-30", page())
    folder = ran(tmp_path, last)
    (tmp_path / "index.html").mkdir()
    with pytest.raises(OSError):
        run_list.update(folder, last)
    assert sorted(each.name for each in tmp_path.rglob("*")) == [
        "2025-11-30",
        "index.html",
        "manifest.json",
    ]
