"""What stands in the place of a page whose worker could not make it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from saydo.runs import pages
from saydo.runs.files import write
from saydo.runs.places import Places
from saydo.runs.plan import Notebook, Page
from saydo.runs.pool import Killed
from saydo.runs.site import Site


@pytest.fixture
def job(tmp_path):
    page = Page(Notebook(Path("2_x.ipynb"), "x", "X", ("params", "segment")), "Big", "big")
    at = datetime(2026, 1, 5, tzinfo=UTC)
    site = Site("Acme", "en", date(2025, 12, 31), at, (page,), ())
    places = Places(((str(tmp_path), "."),))
    return pages.Job(page, site, "p.yml", tmp_path, tmp_path / "out", places)


def test_a_dead_worker_leaves_an_error_page_and_nothing_of_an_earlier_run(job):
    write(job.folder / "big/x.html", "of last month")
    write(job.folder / "notebooks/big__x.ipynb", "of last month")
    record = pages.failed_page(job, Killed("the worker process died"))
    assert (record.status, record.error) == ("failed", "killed: the worker process died")
    html = (job.folder / "big/x.html").read_text()
    assert "of last month" not in html and "--jobs" in html
    assert not (job.folder / "notebooks/big__x.ipynb").exists()


def test_on_a_full_disk_the_manifest_at_least_says_so(job, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", str(job.folder))

    monkeypatch.setattr(pages, "write", full)
    record = pages.failed_page(job, OSError(28, "No space left on device"))
    assert (record.status, record.sha256) == ("failed", None)
    assert record.error == "OSError: [Errno 28] No space left on device: './out'"
