"""Files are whole or not there."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from saydo.runs import files


def test_a_write_that_fails_leaves_the_old_file_whole_and_nothing_beside_it(tmp_path, monkeypatch):
    file = tmp_path / "page.html"
    files.write(file, "old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        files.write(file, "new and longer")
    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]


def test_a_file_takes_its_name_only_when_all_of_it_is_on_the_disk(tmp_path, monkeypatch):
    file = tmp_path / "page.html"
    seen = []
    monkeypatch.setattr(os, "fsync", lambda _: seen.append(file.exists()))
    files.write(file, "all of it")
    assert seen == [False]
    assert file.read_text() == "all of it"


def test_the_digest_is_that_of_the_bytes_on_the_disk(tmp_path):
    file = tmp_path / "sub" / "page.html"
    digest = files.write(file, "é")
    assert digest == hashlib.sha256(b"\xc3\xa9").hexdigest() == files.sha256(file)


@pytest.mark.skipif(os.name == "nt", reason="no permission bits")
def test_a_report_can_be_read_by_a_web_server(tmp_path):
    before = os.umask(0o022)
    try:
        files.write(tmp_path / "page.html", "x")
    finally:
        os.umask(before)
    assert (tmp_path / "page.html").stat().st_mode & 0o777 == 0o644


def test_a_link_leads_on_after_the_reports_have_been_moved(tmp_path):
    for day in ("2025-11-30", "2025-12-31"):
        files.write(tmp_path / "acme" / day / "index.html", day)
        files.point(tmp_path / "acme" / "latest", tmp_path / "acme" / day)
    (tmp_path / "acme").rename(tmp_path / "moved")
    assert (tmp_path / "moved" / "latest" / "index.html").read_text() == "2025-12-31"
    assert len(list((tmp_path / "moved").iterdir())) == 3


def test_where_links_are_not_allowed_a_page_leads_on(tmp_path, monkeypatch):
    def refused(*_: object, **__: object) -> None:
        raise OSError("symbolic link privilege not held")

    monkeypatch.setattr(Path, "symlink_to", refused)
    for day in ("2025-11-30", "2025-12-31"):
        files.point(tmp_path / "latest", tmp_path / day)
    assert "url=../2025-12-31/index.html" in (tmp_path / "latest" / "index.html").read_text()
    monkeypatch.undo()
    files.point(tmp_path / "latest", tmp_path / "2026-01-31")
    assert "url=../2026-01-31/index.html" in (tmp_path / "latest" / "index.html").read_text()
