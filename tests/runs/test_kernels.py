"""One notebook in a kernel of its own."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import nbformat
import pytest

from saydo.errors import UnknownName
from saydo.runs import kernels, plan


def test_an_unknown_parameter_raises_and_lists_those_there_are(project, tmp_path):
    # papermill writes a warning to its log and makes the page with the default: of someone else.
    project.add("2_scorecard", parameters='params: str = ""\nsegment: str = "all"')
    notebook = plan.notebooks(project.folder)[0]
    with pytest.raises(UnknownName, match=r"'sgement'.*Allowed: params, segment"):
        kernels.execute(
            notebook, {"params": "p.yml", "sgement": "b"}, folder=tmp_path, results=tmp_path
        )


def test_a_kernel_is_this_python_in_the_project_with_the_results_of_the_run(project, tmp_path):
    project.add(
        "1_x", "import os, sys", "print([sys.executable, os.getcwd(), os.environ['SAYDO_RESULTS']])"
    )
    before = Path.cwd(), dict(os.environ)
    executed = kernels.execute(
        plan.notebooks(project.folder)[0],
        {"params": "params/p.yml"},
        folder=project.folder,
        results=tmp_path / "out",
    )
    assert executed.failure is None
    said = executed.notebook.cells[-1].outputs[0].text
    assert said == f"{[sys.executable, str(project.folder), str(tmp_path / 'out')]}\n"
    # papermill's own `cwd` changes the folder of the whole process.
    assert (Path.cwd(), dict(os.environ)) == before
    executed.notebook.cells[-1].outputs = []
    assert str(tmp_path) not in nbformat.writes(executed.notebook)


def test_a_failure_names_the_cell_its_heading_and_the_exception(project, tmp_path):
    project.add("1_x", "# Title", "## Do they stay?", "import json", "json.loads('{')", "1 + 1")
    executed = kernels.execute(
        plan.notebooks(project.folder)[0], {"params": "p"}, folder=tmp_path, results=tmp_path
    )
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


def test_a_killed_kernel_is_never_marked_completed(project, tmp_path):
    project.add("1_x", "import os", "os.write(2, b'last words'); os._exit(3)", "1 + 1")
    executed = kernels.execute(
        plan.notebooks(project.folder)[0], {"params": "p"}, folder=tmp_path, results=tmp_path
    )
    failure = executed.failure
    assert failure is not None
    assert failure.name == "killed"
    assert "last words" in failure.traceback
    statuses = [cell.metadata.papermill["status"] for cell in executed.notebook.cells]
    assert statuses == ["completed", "completed", "completed", "failed", "pending"]
    assert executed.notebook.cells[failure.cell - 1].source.startswith("os.write")


def test_what_someones_ipython_does_at_its_start_is_no_part_of_a_page(
    project, tmp_path, monkeypatch
):
    startup = tmp_path / "ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "mine.py").write_text("print = lambda *_: None")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    project.add("1_x", "print('here')")
    executed = kernels.execute(
        plan.notebooks(project.folder)[0], {"params": "p"}, folder=tmp_path, results=tmp_path
    )
    assert executed.notebook.cells[-1].outputs[0].text == "here\n"
