"""Pages made by the workers of a Dask cluster: a real scheduler, and workers in their processes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import time

import pytest

from saydo.runs import dask_worker, manifest, on_dask, pool
from saydo.runs.executors import CannotExecute, opened
from saydo.runs.run import run

distributed = pytest.importorskip("distributed", reason="needs the extra: make constraints")
pytestmark = pytest.mark.slow

WORKER = "__import__('os').getppid()"
"""Of the process that makes a page: the worker that started it."""


@pytest.fixture
def address(cluster):
    with distributed.Client(cluster, set_as_default=False) as client:
        client.wait_for_workers(2, timeout=60)
    return cluster.scheduler_address.replace("tcp://", "dask://")


def outcomes(jobs: list[str], address: str) -> dict[str, object]:
    with opened(address) as executor:
        events = pool.each(jobs, eval, executor=executor)
        ended = [event for event in events if isinstance(event, pool.Ended)]
    return {event.job: type(event.error) if event.error else event.result for event in ended}


def normalised(page: str) -> str:
    return re.sub(r"\d+ \w+ \d{4} \d\d:\d\d UTC", "", page)


def test_pages_of_a_cluster_are_those_of_this_process(four_pages, address):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("saydo.runs.run._kpi_names", lambda: ("nps",))
        made = {}
        for name in ("serial", address):
            project = four_pages("dask" if name == address else "serial")
            made[name] = run(project.params, executor=name, prepare=project.prepare)
    here, there = made["serial"], made[address]
    keep = {"path", "notebook", "segment", "status", "record", "error", "warnings"}
    assert [page.model_dump(include=keep) for page in there.pages] == [
        page.model_dump(include=keep) for page in here.pages
    ]
    assert here.folder is not None and there.folder is not None
    for page in there.pages:
        texts = [(made.folder / page.path).read_text() for made in (here, there)]
        assert normalised(texts[0]) == normalised(texts[1])
        assert page.status == "failed" or page.stands(there.folder)
    # Nothing of the check, or of the workers, is left beside the pages.
    files = [
        {file.relative_to(made.folder) for file in made.folder.rglob("*")} for made in (here, there)
    ]
    assert files[0] == files[1]


def test_each_page_is_made_in_a_process_of_its_own_that_may_die(address):
    die = "__import__('os')._exit(9)"
    told = outcomes(["1 + 1", die, "2 + 2", "1 / 0", WORKER, f"{WORKER} + 0"], address)
    workers = {told.pop(WORKER), told.pop(f"{WORKER} + 0")}
    assert told == {"1 + 1": 2, die: pool.Killed, "2 + 2": 4, "1 / 0": ZeroDivisionError}
    assert os.getpid() not in workers


def test_the_page_of_a_worker_that_is_killed_is_made_by_another(address, tmp_path):
    tried = tmp_path / "tried"
    # The first to come kills the Dask worker itself; the second finds that it was tried.
    kill = "__import__('os').kill(__import__('os').getppid(), 9) or __import__('time').sleep(60)"
    job = f"(p := __import__('pathlib').Path({str(tried)!r})).exists() or (p.touch(), {kill})"
    assert outcomes([job, "1 + 1"], address) == {job: True, "1 + 1": 2}


def test_a_page_whose_workers_all_die_failed_and_the_others_are_made(address):
    kill = "__import__('os').kill(__import__('os').getppid(), 9) or __import__('time').sleep(60)"
    assert outcomes([kill, "1 + 1", "2 + 2"], address) == {
        kill: pool.Killed,
        "1 + 1": 2,
        "2 + 2": 4,
    }


def test_a_page_is_made_anew_though_the_cluster_has_made_the_same(address, tmp_path):
    job = f"open({str(tmp_path / 'made')!r}, 'a').write('x')"
    for _ in range(2):
        with opened(address) as executor:
            executor.submit(eval, job).result()
    assert (tmp_path / "made").read_text() == "xx"


def test_leaving_stops_what_is_being_made_and_what_waits(address, tmp_path):
    job = f"""exec('''
import pathlib, time
try:
    pathlib.Path({str(tmp_path)!r}, str(NUMBER)).touch()
    time.sleep(600)
finally:
    pathlib.Path({str(tmp_path)!r}, str(NUMBER) + '.left').touch()
''')"""
    with pytest.raises(KeyboardInterrupt), opened(address) as executor:
        assert executor.at_once == 2
        for number in range(4):
            executor.submit(eval, job.replace("NUMBER", str(number)))
        while len(list(tmp_path.iterdir())) < 2:
            time.sleep(0.01)
        raise KeyboardInterrupt
    # At once, and by an exit that cleans up; the two that waited were never begun.
    assert sorted(file.name for file in tmp_path.iterdir()) == ["0", "0.left", "1", "1.left"]
    assert outcomes(["1 + 1"], address) == {"1 + 1": 2}


def test_workers_of_other_versions_or_without_the_files_are_told_before_anything(
    address, tmp_path, monkeypatch
):
    file = tmp_path / "p.yml"
    file.write_text("x")
    digest = on_dask.sha256(file)
    other = {**manifest.versions(), "saydo": "99.0", "pandas": "2.0"}
    monkeypatch.setattr(manifest, "versions", lambda: other)
    monkeypatch.setattr(on_dask, "sha256", lambda _: digest[::-1])
    with pytest.raises(CannotExecute) as told:
        opened(address, files=[file, tmp_path / "q.yml"])
    lines = str(told.value).splitlines()
    assert lines[0] == "Workers of Dask are not fit to make these pages:"
    assert sum("this machine 99.0" in line for line in lines) == 2
    assert sum("has pandas" in line and "this machine 2.0" in line for line in lines) == 2
    assert sum(f"sees another content in {file}" in line for line in lines) == 2
    assert sum(f"can't see {tmp_path / 'q.yml'}" in line for line in lines) == 2


def test_a_folder_that_is_another_one_on_the_worker_is_told(tmp_path):
    # As if mounted elsewhere: the sign that this machine has put there is not to be seen.
    told = dask_worker.unfit(manifest.versions(), {}, str(tmp_path / ".shared-1"))
    assert told == [f"can't see the run's folder {tmp_path}, or has another one of that name"]


def test_a_run_on_unfit_workers_makes_no_page(project, address, monkeypatch):
    project.add("1_a")
    other = {**manifest.versions(), "saydo": "99.0"}
    monkeypatch.setattr("saydo.runs.on_dask.manifest.versions", lambda: other)
    with pytest.raises(CannotExecute, match="not fit"):
        run(project.params, executor=address, prepare=project.prepare)
    assert not list(project.folder.glob("reports/acme/*/*.html"))


def test_a_scheduler_that_is_not_there_or_has_no_workers_is_told(monkeypatch):
    monkeypatch.setattr(on_dask, "CONNECT_SECONDS", 1)
    with pytest.raises(CannotExecute, match=r"no Dask scheduler at tcp://127\.0\.0\.1:9 .*Start"):
        opened("dask://127.0.0.1:9")
    with distributed.LocalCluster(host="127.0.0.1", n_workers=0, dashboard_address=None) as empty:
        name = empty.scheduler_address.replace("tcp://", "dask://")
        with pytest.raises(CannotExecute, match="has no workers"):
            opened(name)


def test_without_the_extra_its_name_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(CannotExecute, match=r"pip install 'saydo\[dask\]'"):
        opened("dask://127.0.0.1:8786")


def dask(*arguments: str) -> subprocess.Popen[bytes]:
    """`dask scheduler` or `dask worker`, as docs/schedulers.md starts them."""
    return subprocess.Popen(
        [sys.executable, "-m", "dask", *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


@pytest.mark.parametrize("what", ["worker", "scheduler"])
def test_when_the_cluster_goes_every_page_is_told_and_the_run_ends(what, tmp_path, monkeypatch):
    monkeypatch.setattr(on_dask, "PATIENCE_SECONDS", 2)
    monkeypatch.setattr(on_dask, "LOOK_SECONDS", 0.5)
    file, begun = tmp_path / "scheduler.json", tmp_path / "begun"
    processes = {
        "scheduler": dask(
            "scheduler",
            *("--host", "127.0.0.1", "--port", "0"),
            *("--dashboard-address", "127.0.0.1:0", "--scheduler-file", str(file)),
        ),
        "worker": dask("worker", "--nthreads", "1", "--no-nanny", "--scheduler-file", str(file)),
    }
    sleep = f"open({str(begun)!r}, 'w') and __import__('time').sleep(600)"

    def go() -> None:
        while not begun.exists():
            time.sleep(0.01)
        processes[what].kill()

    threading.Thread(target=go).start()
    try:
        with distributed.Client(scheduler_file=str(file), set_as_default=False) as client:
            client.wait_for_workers(1, timeout=60)
            address = client.scheduler.address.replace("tcp://", "dask://")
        told = outcomes([sleep, "1 + 1"], address)
    finally:
        for process in processes.values():
            process.kill()
            process.wait()
    assert told == {sleep: pool.Killed, "1 + 1": pool.Killed}
