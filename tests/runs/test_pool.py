"""One worker that dies takes no other page with it."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import time
from concurrent.futures import Future
from functools import partial

import pytest

from saydo.runs import executors, kernels, plan, pool
from saydo.runs.executors import CannotExecute, opened

# Workers import what they do by name, and a test's own functions have none there: hence `eval`.
DIE = "__import__('os')._exit(9)"
PID = "__import__('os').getpid()"


def outcomes(jobs: list[str], name: str | None, *, at_once: int = 1) -> dict[str, object]:
    with opened(name, jobs=at_once) as executor:
        ended = [
            event
            for event in pool.each(jobs, eval, executor=executor)
            if isinstance(event, pool.Ended)
        ]
    return {event.job: type(event.error) if event.error else event.result for event in ended}


@pytest.mark.parametrize("at_once", [1, 2])
def test_a_worker_that_dies_fails_its_own_job_and_no_other(at_once):
    assert outcomes(["1 + 1", DIE, "2 + 2", "1 / 0", "3 + 3"], "processes", at_once=at_once) == {
        "1 + 1": 2,
        DIE: pool.Killed,
        "2 + 2": 4,
        "1 / 0": ZeroDivisionError,
        "3 + 3": 6,
    }


def test_workers_that_die_again_and_again_cost_a_page_each_and_the_run_ends():
    jobs = [f"{DIE} or {number}" for number in range(5)]
    assert outcomes([*jobs, "1 + 1"], "processes", at_once=2) == {
        **dict.fromkeys(jobs, pool.Killed),
        "1 + 1": 2,
    }


def test_a_worker_that_cannot_even_start_is_told_of_each_page(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/bin/false" if os.name == "posix" else "where")
    assert outcomes(["1", "2"], "processes") == {"1": pool.Killed, "2": pool.Killed}


def test_one_job_at_a_time_is_done_here_and_goes_on_after_an_error():
    for name in (None, "serial"):
        assert outcomes(["1 / 0", PID], name) == {"1 / 0": ZeroDivisionError, PID: os.getpid()}
    assert outcomes([PID], "processes")[PID] != os.getpid()


def test_a_process_does_many_jobs():
    jobs = [f"{PID} + 0 * {number}" for number in range(6)]
    assert len(set(outcomes(jobs, None, at_once=2).values())) <= 2


def test_what_a_page_prints_or_reads_never_comes_between_answers():
    talk = "print('x' * 100) or __import__('os').write(1, b'y') and __import__('sys').stdin.read()"
    assert outcomes([talk, "1 + 1"], "processes") == {talk: "", "1 + 1": 2}


def test_an_error_that_cannot_cross_a_process_is_told_in_words():
    job = """exec("class Odd(Exception): pass\\nraise Odd('oh')")"""
    with opened("processes") as executor:
        (_, ended) = pool.each([job], eval, executor=executor)
    assert isinstance(ended, pool.Ended)
    assert repr(ended.error) == "RuntimeError('Odd: oh')"


def test_a_result_that_cannot_cross_a_process_is_an_error_of_its_job():
    assert outcomes(["lambda: 0", "1 + 1"], "processes") == {
        "lambda: 0": pickle.PicklingError,
        "1 + 1": 2,
    }


def test_ctrl_c_is_not_an_error_of_a_job():
    def stopped(_: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), opened("serial") as executor:
        list(pool.each(["a", "b"], stopped, executor=executor))


def test_leaving_ends_what_is_being_made_by_an_exit_that_cleans_up(tmp_path):
    # As a page has it: a kernel to stop, a folder to remove.
    begun, left = tmp_path / "begun", tmp_path / "left"
    job = f"""exec('''
import pathlib, time
try:
    pathlib.Path({str(begun)!r}).touch()
    time.sleep(600)
finally:
    pathlib.Path({str(left)!r}).touch()
''')"""
    with opened("processes", jobs=2) as executor:
        future: Future[None] = executor.submit(eval, job)
        while not begun.exists():
            time.sleep(0.01)
    assert left.exists()
    assert isinstance(future.exception(), pool.Killed)


@pytest.mark.skipif(os.name == "nt", reason="no SIGHUP")
def test_a_page_that_is_stopped_goes_with_its_kernel_and_its_scratch(
    project, tmp_path, monkeypatch
):
    scratch, begun = tmp_path / "scratch", tmp_path / "begun"
    scratch.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    cell = f"import os, time; open({str(begun)!r}, 'a').write(f'{{os.getpid()}} ')"
    project.add("1_x", f"{cell}; time.sleep(600)")
    (notebook,) = plan.notebooks(project.folder)
    make = partial(
        kernels.execute,
        parameters={"params": "p"},
        folder=tmp_path,
        results=tmp_path,
        kernels=kernels.Kernels(attempts=1),
    )
    with opened("processes") as executor:
        future = executor.submit(make, notebook)
        while not (begun.exists() and begun.read_text().endswith(" ")):
            time.sleep(0.01)
    assert isinstance(future.exception(), pool.Killed)
    (kernel,) = map(int, begun.read_text().split())
    with pytest.raises(ProcessLookupError):
        os.kill(kernel, 0)
    assert list(scratch.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL")
def test_workers_go_with_a_parent_that_is_killed(tmp_path):
    pid, left = tmp_path / "pid", tmp_path / "left"
    job = f"""exec('''
import os, pathlib, time
try:
    pathlib.Path({str(pid)!r}).write_text(str(os.getpid()) + " ")
    time.sleep(600)
finally:
    pathlib.Path({str(left)!r}).touch()
''')"""
    code = f"from saydo.runs.executors import Processes; Processes(1).call(eval, {job!r})"
    parent = subprocess.Popen([sys.executable, "-c", code])
    while not (pid.exists() and pid.read_text().endswith(" ")):
        time.sleep(0.01)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    while not left.exists():
        time.sleep(0.01)


def test_nothing_to_do_is_done():
    assert outcomes([], "processes", at_once=2) == {}


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("threads", r"no executor 'threads'\. Allowed: serial, processes, dask://HOST:PORT"),
        ("dask://host", "'dask://host' is no address of a Dask scheduler"),
        ("dask://:8786", "no address"),
    ],
)
def test_an_executor_that_does_not_exist_is_refused(name, words):
    with pytest.raises(CannotExecute, match=words):
        executors.opened(name)


SCHEDULED = """\
from types import SimpleNamespace
import saydo.runs.run as module
from saydo.runs import warmth
module._kpi_names = lambda: ("nps",)
warmth.PRELOADED = ()
made = SimpleNamespace(key="k", segments=[("all", "all")], rows={}, data={}, notes=[])
manifest = module.run(PARAMS, executor="processes", jobs=2, prepare=lambda *_, **__: made)
assert manifest.exit_code == 1, manifest
print([page.path for page in manifest.pages if page.status == "ok"])
"""


def test_a_notebook_may_make_a_whole_run_as_jobs_of_jupyterlab_do(project, tmp_path):
    # docs/schedulers.md. Within a kernel a loop runs already, and the run is not its first process.
    project.add("1_a")
    project.add("2_b", "1 / 0")
    job = type(project)(tmp_path / "job")
    job.add("1_job", SCHEDULED.replace("PARAMS", repr(str(project.params))))
    (notebook,) = plan.notebooks(job.folder)
    executed = kernels.execute(
        notebook, {"params": "p"}, folder=tmp_path, results=tmp_path / "none"
    )
    assert executed.failure is None
    assert executed.notebook.cells[-1].outputs[-1].text == "['a.html']\n"
