"""Kernels that start warm, by themselves: nothing of saydo is in them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import papermill
import pytest
from jupyter_client.manager import start_new_kernel
from nbformat.v4 import new_code_cell, new_notebook

from saydo.runs.warm import __main__ as warm
from saydo.runs.warm.forked import CAN_FORK, NotReady, Server, fork, shared_server

pytestmark = pytest.mark.skipif(not CAN_FORK, reason="this system can't fork kernels")


@pytest.fixture(scope="module")
def server():
    with Server(["numpy", "matplotlib.pyplot"]).wait() as started:
        yield started


@pytest.fixture
def named(tmp_path, monkeypatch):
    """Writes a kernelspec whose kernels are of a server."""

    def write(socket: str = "", *preload: str, **config: object) -> None:
        spec = warm.spec("forked", list(preload))
        spec["metadata"]["kernel_provisioner"]["config"] |= {"socket": socket, **config}
        folder = tmp_path / "jupyter" / "kernels" / "forked"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "kernel.json").write_text(json.dumps(spec))
        monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))

    return write


@pytest.fixture
def kernel(server, named):
    """A kernel, and what it says when it executes something."""
    named(server.socket)
    manager, client = start_new_kernel(kernel_name="forked")

    def said(code: str) -> list[dict[str, object]]:
        messages: list[dict[str, object]] = []
        client.execute_interactive(code, output_hook=messages.append, timeout=30)
        return [
            each["content"]
            for each in messages
            if "text" in each["content"] or "data" in each["content"]
        ]

    yield manager, said
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def ended(pid: int, seconds: float = 10) -> bool:
    """Whether a process is gone, or is before long."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        status = Path(f"/proc/{pid}/status")
        if not status.exists() or "\nState:\tZ" in status.read_text():
            return True
        time.sleep(0.02)
    return False


def test_a_server_has_one_thread_of_python(server):
    # A fork copies no others, and what they have locked stays locked. (jemalloc minds its own.)
    tasks = Path(f"/proc/{server._process.pid}/task").glob("*/comm")
    assert [task.read_text().strip() for task in tasks if "jemalloc" not in task.read_text()] == [
        "python"
    ]


def test_figures_show_though_pyplot_was_imported_before_the_fork(kernel):
    _, said = kernel
    (shown,) = said("import matplotlib.pyplot as plt; _ = plt.plot([1, 2])")
    assert "image/png" in shown["data"]


def test_each_kernel_draws_its_own_numbers(server, named):
    named(server.socket)
    drawn = []
    for _ in range(2):
        manager, client = start_new_kernel(kernel_name="forked")
        code = "import random, numpy as np; print(random.random(), np.random.random())"
        client.execute_interactive(
            code, output_hook=lambda m: drawn.append(m["content"].get("text"))
        )
        client.stop_channels()
        manager.shutdown_kernel()
    first, second = (text.split() for text in drawn if text)
    assert first[0] != second[0] and first[1] != second[1]


def test_one_kernel_sees_nothing_of_another(server, named):
    named(server.socket)
    (manager, client), (other, others) = (start_new_kernel(kernel_name="forked") for _ in "ab")
    client.execute_interactive("import numpy, os; numpy.planted = os.environ['PLANTED'] = 'x'")
    seen: list[str] = []
    others.execute_interactive(
        "import numpy, os; print(hasattr(numpy, 'planted'), 'PLANTED' in os.environ)",
        output_hook=lambda message: seen.append(message["content"].get("text")),
    )
    assert "False False\n" in seen
    for each, its in ((manager, client), (other, others)):
        its.stop_channels()
        each.shutdown_kernel()


def test_an_interrupt_reaches_the_cell_and_not_the_server(kernel, server):
    manager, said = kernel
    assert said("print(1)")
    manager.interrupt_kernel()
    assert server._process.poll() is None
    assert said("print(2)") == [{"name": "stdout", "text": "2\n"}]


def start(server, tmp_path):
    connection = tmp_path / "kernel.json"
    log = (tmp_path / "log").open("wb")
    return fork(
        server.socket, ["-f", str(connection)], env=os.environ, cwd=tmp_path, stdout=log, stderr=log
    )


def test_a_process_is_as_one_of_subprocess(server, tmp_path):
    process = start(server, tmp_path)
    assert process.poll() is None
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.05)
    process.kill()
    assert process.wait(10) == process.poll() == -signal.SIGKILL
    assert ended(process.pid)


def test_no_kernel_outlives_whoever_asked_for_it(server, tmp_path):
    process = start(server, tmp_path)
    assert not ended(process.pid, 0.3)
    process._connection.close()
    assert ended(process.pid)


@pytest.mark.parametrize("how", ["closed", "killed"])
def test_no_kernel_outlives_its_server(how, tmp_path):
    server = Server().wait()
    process = start(server, tmp_path)
    time.sleep(0.5)
    if how == "closed":
        server.close()
    else:
        server._process.kill()
    assert ended(process.pid)
    assert process.poll() == -signal.SIGKILL
    if how == "killed":
        server.close()


def test_a_module_that_is_not_there_is_named():
    with Server(["no_such_module"]) as server, pytest.raises(NotReady, match="no_such_module"):
        server.wait()


def test_processes_of_a_user_share_a_server_that_ends_when_idle(tmp_path):
    first = shared_server(["json"], folder=tmp_path, idle_seconds=1)
    assert shared_server(["json"], folder=tmp_path, idle_seconds=1) == first
    assert shared_server(["csv"], folder=tmp_path, idle_seconds=1) != first
    end = time.monotonic() + 10
    while Path(first).exists() and time.monotonic() < end:
        time.sleep(0.05)
    assert not Path(first).exists()
    # One that died without a word is replaced.
    Path(first).touch()
    assert shared_server(["json"], folder=tmp_path, idle_seconds=1) == first


def test_papermill_starts_warm_by_the_name_of_a_kernel(named, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    named("", "decimal", idle_seconds=5)
    cell = "import sys; print('decimal' in sys.modules, sys.argv[0])"
    metadata = {"kernelspec": {"name": "forked", "display_name": "x", "language": "python"}}
    nbformat.write(
        new_notebook(cells=[new_code_cell(cell)], metadata=metadata), tmp_path / "in.ipynb"
    )
    made = papermill.execute_notebook(
        tmp_path / "in.ipynb", tmp_path / "out.ipynb", progress_bar=False
    )
    assert made.cells[-1].outputs[0].text == "True ipykernel_launcher\n"


def test_the_kernelspec_is_installed_where_it_is_asked_for(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    monkeypatch.setattr(sys, "argv", ["warm", "install", "--name", "mine", "--preload", "json,csv"])
    warm.main()
    written = json.loads((tmp_path / "share/jupyter/kernels/mine/kernel.json").read_text())
    assert written["metadata"]["kernel_provisioner"]["config"] == {"preload": ["json", "csv"]}
    assert "papermill -k mine" in capsys.readouterr().out
