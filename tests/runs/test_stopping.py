"""Ctrl-C, SIGTERM and SIGKILL, given to the command while a kernel works."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from saydo.runs.manifest import Manifest, read

if os.name == "nt":
    pytest.skip("signals as POSIX systems have them", allow_module_level=True)

SAYDO = """\
import sys
from types import SimpleNamespace
from saydo import cli
from saydo.runs import run, warmth
made = SimpleNamespace(key="k", segments=[("all", "all")], rows={}, data={}, notes=[])
run._kpi_names = lambda: ("nps",)
warmth.PRELOADED = ()
run._prepare = lambda *_, **__: made
sys.argv[0] = "saydo"
cli.main()
"""
"""The command, but for its results, which are made up."""

WAITS = """\
import os, pathlib, time
here = pathlib.Path("working")
here.with_suffix(".new").write_text(str(os.getpid()))
here.with_suffix(".new").rename(here)
while not pathlib.Path("go").exists(): time.sleep(0.05)
"""

LONG = 120
"""Seconds: more than anything here takes, however loaded the machine is."""


@pytest.fixture
def waiting(project):
    """A project of three pages, of which the second waits for the file `go`."""
    project.add("1_a")
    project.add("2_b", WAITS)
    project.add("3_c")
    return project


def command(project, *options: str, **given) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", SAYDO, "run", "params/p.yml", *options],
        cwd=project.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        **given,
    )


def soon(happens: Callable[[], bool], process: subprocess.Popen[str] | None = None) -> None:
    until = time.monotonic() + LONG
    while not happens():
        assert time.monotonic() < until, "did not happen"
        assert process is None or process.poll() is None, process.communicate()
        time.sleep(0.05)


@contextmanager
def at_work(project, *options: str) -> Iterator[tuple[subprocess.Popen[str], list[psutil.Process]]]:
    """The command while its second page is being made, and all processes that it started; they
    must be gone at the end."""
    working = project.folder / "working"
    process = command(project, *options)
    started: list[psutil.Process] = []
    try:
        soon(working.exists, process)
        started = psutil.Process(process.pid).children(recursive=True)
        # Wherever it is: a kernel has a session of its own.
        started.append(psutil.Process(int(working.read_text())))
        yield process, started
        soon(lambda: not any(map(is_alive, started)))
    finally:
        for each in [*started, process]:
            if not isinstance(each, psutil.Process) or is_alive(each):
                each.kill()
        process.communicate()
        working.unlink(missing_ok=True)


def is_alive(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def report(project) -> Path:
    return project.folder / "reports" / "acme" / "2025-12-31"


def manifest(project) -> Manifest:
    held = read(report(project))
    assert held is not None
    return held


def completes(project) -> None:
    """The rest is made, and only that."""
    before = (report(project) / "a.html").stat().st_mtime_ns
    (project.folder / "go").touch()
    rest = command(project, "--retry-failed")
    _, said = rest.communicate(timeout=LONG)
    assert rest.returncode == 0, said
    assert "/2] ok" in said
    assert manifest(project).complete
    assert (report(project) / "a.html").stat().st_mtime_ns == before
    left = [file.name for file in report(project).iterdir() if file.name.startswith(".")]
    assert left == []
    assert (report(project).parent / "latest").resolve() == report(project).resolve()


@pytest.mark.parametrize(
    ("jobs", "stops", "code"),
    [
        ("1", [(os.killpg, signal.SIGINT)], 130),
        ("1", [(os.kill, signal.SIGTERM)], 143),
        ("2", [(os.killpg, signal.SIGINT)] * 3, 130),
        ("2", [(os.kill, signal.SIGTERM), (os.killpg, signal.SIGINT)], 143),
    ],
    ids=["Ctrl-C", "SIGTERM", "Ctrl-C thrice with two pages at a time", "SIGTERM, then Ctrl-C"],
)
def test_what_is_done_is_kept_and_no_process_is_left(waiting, jobs, stops, code):
    with at_work(waiting, "--jobs", jobs) as (process, _):
        soon(lambda: (report(waiting) / "a.html").exists())
        if jobs == "2":
            soon(lambda: (report(waiting) / "c.html").exists())
            (report(waiting) / "c.html").unlink()  # So that the same two are left to make.
        for kill, number in stops:
            kill(process.pid, number)
            time.sleep(0.1)
        _, said = process.communicate(timeout=LONG)
    assert process.returncode == code, said
    assert "stopped; the pages made so far are kept" in said
    assert "Traceback" not in said
    held = manifest(waiting)
    assert held.status == "interrupted"
    assert [page.path for page in held.pages if page.stands(report(waiting))] == ["a.html"]
    completes(waiting)


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_no_process_outlives_a_run_that_was_killed_and_the_next_takes_over(waiting, jobs):
    with at_work(waiting, "--jobs", jobs) as (process, started):
        soon(lambda: (report(waiting) / "a.html").exists())
        process.kill()
        process.wait(LONG)
        soon(lambda: not any(map(is_alive, started)))
    assert manifest(waiting).status == "running"
    assert json.loads((report(waiting) / ".lock").read_text())["pid"] == process.pid
    (waiting.folder / "go").touch()
    after = command(waiting)
    _, said = after.communicate(timeout=LONG)
    assert after.returncode == 0, said
    assert re.search(rf"an earlier run \(process {process.pid} on .*\) did not end", said)
    assert manifest(waiting).complete


def test_a_second_run_is_refused_and_the_first_is_unharmed(waiting):
    with at_work(waiting) as (process, _):
        before = {file: file.stat().st_mtime_ns for file in report(waiting).rglob("*")}
        second = command(waiting)
        _, said = second.communicate(timeout=LONG)
        assert second.returncode == 2
        assert said.startswith("saydo: Another run is writing into reports/acme/2025-12-31")
        assert f"process {process.pid} on" in said and "saydo run params/p.yml" in said
        now = {file: file.stat().st_mtime_ns for file in report(waiting).rglob("*")}
        # But for the sign of life of the first.
        lock = report(waiting) / ".lock"
        assert before | {lock: 0} == now | {lock: 0}
        (waiting.folder / "go").touch()
        assert process.wait(LONG) == 0
    assert manifest(waiting).complete
