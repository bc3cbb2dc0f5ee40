"""One notebook in a kernel of its own."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import nbformat
import pytest

from saydo.errors import UnknownName
from saydo.runs import kernels, plan
from saydo.runs.warm.forked import CAN_FORK, Server
from saydo.runs.warmth import Kernels


@pytest.fixture(scope="module", params=["cold", "warm"])
def started(request):
    """How kernels start: whatever holds of cold ones holds of warm ones."""
    if request.param == "cold":
        yield Kernels(pause=0.01)
        return
    if not CAN_FORK:
        pytest.skip("this system can't fork kernels")
    with Server(["numpy"]).wait() as server:
        yield Kernels(server=server.socket, pause=0.01)


def executed_in(started, project, tmp_path, *cells, **limits):
    """A notebook of these cells, executed."""
    project.add("1_x", *cells)
    (notebook,) = plan.notebooks(project.folder)
    how = Kernels(**{**vars(started), **limits})
    return kernels.execute(
        notebook, {"params": "p"}, folder=tmp_path, results=tmp_path, kernels=how
    )


def test_an_unknown_parameter_raises_and_lists_those_there_are(project, tmp_path):
    # papermill writes a warning to its log and makes the page with the default: of someone else.
    project.add("2_scorecard", parameters='params: str = ""\nsegment: str = "all"')
    notebook = plan.notebooks(project.folder)[0]
    with pytest.raises(UnknownName, match=r"'sgement'.*Allowed: params, segment"):
        kernels.execute(
            notebook, {"params": "p.yml", "sgement": "b"}, folder=tmp_path, results=tmp_path
        )


def test_a_kernel_is_this_python_in_the_project_with_the_results_of_the_run(
    project, tmp_path, started
):
    project.add(
        "1_x", "import os, sys", "print([sys.executable, os.getcwd(), os.environ['SAYDO_RESULTS']])"
    )
    before = Path.cwd(), dict(os.environ)
    executed = kernels.execute(
        plan.notebooks(project.folder)[0],
        {"params": "params/p.yml"},
        folder=project.folder,
        results=tmp_path / "out",
        kernels=started,
    )
    assert executed.failure is None
    said = executed.notebook.cells[-1].outputs[0].text
    assert said == f"{[sys.executable, str(project.folder), str(tmp_path / 'out')]}\n"
    # papermill's own `cwd` changes the folder of the whole process.
    assert (Path.cwd(), dict(os.environ)) == before
    executed.notebook.cells[-1].outputs = []
    assert str(tmp_path) not in nbformat.writes(executed.notebook)


def test_a_failure_names_the_cell_its_heading_and_the_exception(project, tmp_path, started):
    cells = ("# Title", "## Do they stay?", "import json", "json.loads('{')", "1 + 1")
    executed = executed_in(started, project, tmp_path, *cells)
    failure = executed.failure
    assert failure is not None
    assert (failure.name, failure.heading, failure.source) == (
        "JSONDecodeError",
        "Do they stay?",
        "json.loads('{')",
    )
    cells = executed.notebook.cells
    assert failure.cell is not None
    assert cells[failure.cell - 1].source == failure.source
    assert "\x1b" not in failure.traceback
    # The record is the notebook, without the marks that papermill puts into it.
    assert len(cells) == 7


def test_a_killed_kernel_is_never_marked_completed(project, tmp_path, started):
    cells = ("import os", "os.write(2, b'last words'); os._exit(3)", "1 + 1")
    executed = executed_in(started, project, tmp_path, *cells, attempts=2)
    assert executed.attempts == 2
    failure = executed.failure
    assert failure is not None
    assert failure.name == "killed"
    assert "last words" in failure.traceback
    statuses = [cell.metadata.papermill["status"] for cell in executed.notebook.cells]
    assert statuses == ["completed", "completed", "completed", "failed", "pending"]
    assert executed.notebook.cells[failure.cell - 1].source.startswith("os.write")


def test_a_page_whose_kernel_died_is_begun_anew(project, tmp_path, started):
    once = "import os, pathlib\nbegun = pathlib.Path('begun')\nif not begun.exists():\n"
    cell = f"{once}    begun.touch(); os.kill(os.getpid(), 9)\nprint('at last')"
    executed = executed_in(started, project, tmp_path, cell)
    assert (executed.failure, executed.attempts) == (None, 2)
    assert executed.notebook.cells[-1].outputs[0].text == "at last\n"


def test_a_page_that_raises_is_not_begun_anew(project, tmp_path, started):
    cell = "open('begun', 'a').write('x'); 1 / 0"
    executed = executed_in(started, project, tmp_path, cell)
    assert executed.failure.name == "ZeroDivisionError"
    assert (tmp_path / "begun").read_text() == "x"


def test_a_page_may_take_so_long_and_no_longer(project, tmp_path, started):
    executed = executed_in(
        started, project, tmp_path, "print('begun')", "import time; time.sleep(60)", seconds=1.5
    )
    failure = executed.failure
    assert str(failure) == "cell 4: timed out: the page took longer than 1.5 s"
    statuses = [cell.metadata.papermill["status"] for cell in executed.notebook.cells]
    assert statuses == ["completed", "completed", "completed", "failed"]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits memory on Linux only")
def test_a_page_may_take_so_much_memory_and_no_more(project, tmp_path, started):
    limit = 1 << 30
    few = executed_in(started, project, tmp_path, "len(bytearray(1 << 20))", memory=limit)
    assert few.failure is None
    many = executed_in(started, project, tmp_path, "len(bytearray(1 << 31))", memory=limit)
    assert many.failure.name == "MemoryError"


def test_no_other_user_can_listen(project, tmp_path, started):
    told = "from ipykernel.connect import get_connection_info\nprint(get_connection_info())"
    executed = executed_in(started, project, tmp_path, told)
    connection = json.loads(executed.notebook.cells[-1].outputs[0].text)
    assert connection["transport"] == "ipc"


def test_what_someones_ipython_does_at_its_start_is_no_part_of_a_page(
    project, tmp_path, monkeypatch, started
):
    startup = tmp_path / "ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "mine.py").write_text("print = lambda *_: None")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    executed = executed_in(started, project, tmp_path, "print('here')")
    assert executed.notebook.cells[-1].outputs[0].text == "here\n"
