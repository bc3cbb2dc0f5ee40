"""A full disk: what can't be written is told, and nothing is half-written."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from saydo.runs import files, manifest
from saydo.runs.publish import NoRoom
from saydo.runs.run import run

PAGE = 'from IPython.display import HTML; HTML("<p>" + "x" * 400_000 + "</p>")'
"""A page of 400 kB, and a record of as much."""


@pytest.fixture
def small(tmp_path):
    """A disk of its own, of 8 MB."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)]
    if not sys.platform.startswith("linux") or os.geteuid() != 0 or not shutil.which("mount"):
        pytest.skip("only root on Linux may mount a small disk")
    if (tried := subprocess.run(mount, capture_output=True, check=False)).returncode:
        pytest.skip(f"no small disk can be mounted here: {tried.stderr.decode().strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def fill(disk: Path, *, but: int) -> Path:
    """Leave only so many bytes free."""
    ballast = disk / "ballast"
    ballast.write_bytes(bytes(shutil.disk_usage(disk).free - but))
    return ballast


def test_pages_that_find_no_room_are_told_and_made_when_there_is_some(project, small):
    for name in ("1_a", "2_b", "3_c", "4_overview"):
        project.add(name, PAGE)
    ballast = small / "ballast"

    def prepare(file, out, **_):
        # The manifest's reserve comes after this, and room for one page and a half.
        fill(small, but=2_000_000)
        return project.prepare(file, out, params=None, as_of=None, segments=None)

    made = run(project.params, prepare=prepare, out=small / "reports")
    ok = [page.path for page in made.pages if page.status == "ok"]
    assert ok and ok[0] == "a.html" and len(made.failed) == 4 - len(ok) > 0
    assert (made.status, made.exit_code, made.complete) == ("failed", 1, False)
    assert all("No space left on device" in str(page.error) for page in made.failed)
    assert made.folder is not None
    held = manifest.read(made.folder)
    assert held is not None and held.pages == made.pages
    assert all(page.stands(made.folder) for page in held.pages if page.status == "ok")
    assert not (made.folder.parent / "latest").exists()
    whole = {file.name for file in made.folder.rglob("*.html")}
    assert {Path(path).name for path in ok} <= whole
    for page in made.failed:
        file = made.folder / page.path
        assert not file.exists() or files.sha256(file) == page.sha256

    ballast.unlink()
    rest = run(project.params, prepare=project.prepare, out=small / "reports", retry_failed=True)
    assert (rest.status, rest.complete) == ("ok", True)
    assert (small / "reports" / "acme" / "latest" / "index.html").is_file()
    hidden = [file.name for file in made.folder.rglob(".*")]
    assert hidden == []


@pytest.mark.skipif(os.name == "nt", reason="no limits as POSIX systems have them")
def test_a_page_larger_than_files_may_be_fails_alone(project):
    import resource

    project.add("1_a", PAGE)
    project.add("2_b")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, before[1]))
    try:
        made = run(project.params, prepare=project.prepare)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert [(page.path, page.status) for page in made.pages] == [
        ("a.html", "failed"),
        ("b.html", "ok"),
    ]
    assert "File too large" in str(made.failed[0].error)
    assert made.folder is not None and "could not be made" in (made.folder / "a.html").read_text()
    assert run(project.params, prepare=project.prepare, retry_failed=True).complete


def test_results_that_find_no_room_leave_the_report_as_it_was(project, small):
    project.add("1_a", "print('first')")
    out = small / "reports"
    first = run(project.params, prepare=project.prepare, out=out)
    assert first.folder is not None

    def contents() -> dict[str, bytes]:
        there = [file for file in out.rglob("*") if file.is_file()]
        return {str(file): file.read_bytes() for file in there}

    before = contents()

    def too_much(file, new, **_):
        files.write(new / "tables" / "kpis.csv", "new")
        files.write(new / "tables" / "assignments.csv", bytes(9_000_000))

    with pytest.raises(NoRoom, match=r"No space left on device.*as it was\. Free some") as told:
        run(project.params, prepare=too_much, out=out)
    assert told.value.exit_code == 2
    assert contents() == before


def test_a_manifest_finds_room_on_a_disk_that_others_filled(project, monkeypatch):
    project.add("1_a")
    write, full = files.write, []

    def fills(file, content):
        """No room for anything, from the first page on, but what is set free."""
        if file.name == "a.ipynb":
            full.append(file)
        if full and (full[0].parents[1] / ".reserve").exists():
            raise OSError(errno.ENOSPC, "No space left on device", str(file))
        return write(file, content)

    for module in ("pages", "manifest", "record"):
        monkeypatch.setattr(f"saydo.runs.{module}.write", fills)
    made = run(project.params, prepare=project.prepare)
    assert made.folder is not None
    held = manifest.read(made.folder)
    assert held is not None
    assert (held.status, [page.status for page in held.pages]) == ("failed", ["failed"])
    assert "No space left" in str(held.pages[0].error)
    assert str(project.folder) not in str(held.pages[0].error)
    assert not (made.folder / ".reserve").exists()
