"""Why a page could not be made: what is told of a notebook that stopped.

Takes the notebook as papermill left it; returns a `Failure` that says in which cell, under which
heading, and with what message.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import nbformat
from papermill.exceptions import PapermillExecutionError
from papermill.execute import ERROR_MARKER_TAG

KILLED, TIMED_OUT, NOT_STARTED = "killed", "timed out", "KernelNotStarted"


@dataclass(frozen=True)
class Failure:
    """Why a page could not be made."""

    name: str
    """The exception's name, or `killed`."""
    message: str
    cell: int | None = None
    """Number of the cell that stopped, counted from 1 in the executed notebook."""
    heading: str = ""
    """The heading above that cell."""
    source: str = ""
    traceback: str = ""

    def __str__(self) -> str:
        where = f"cell {self.cell}: " if self.cell else ""
        return f"{where}{self.name}: {self.message}" if self.message else f"{where}{self.name}"


def last_begun(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """The cell that was being executed, or would have been next."""
    begun = [cell for cell in notebook.cells if cell.metadata.papermill["start_time"]]
    return begun[-1] if begun else notebook.cells[0]


def raised(error: PapermillExecutionError, notebook: nbformat.NotebookNode) -> Failure:
    """A cell raised."""
    cells = own_cells(notebook)
    return Failure(
        name=error.ename,
        message=error.evalue,
        cell=error.cell_index + 1,
        heading=_heading(cells[: error.cell_index]),
        source=error.source,
        traceback=re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(error.traceback)),
    )


def killed(notebook: nbformat.NotebookNode, said: str) -> Failure:
    """The kernel died; `said` is what its process wrote."""
    what = "the kernel died, most often because memory ran out"
    return _stopped(KILLED, what, notebook, traceback=said)


def timed_out(notebook: nbformat.NotebookNode, seconds: float) -> Failure:
    """The page took longer than it may."""
    return _stopped(TIMED_OUT, f"the page took longer than {seconds:g} s", notebook)


def _stopped(
    name: str, message: str, notebook: nbformat.NotebookNode, *, traceback: str = ""
) -> Failure:
    """In the cell that was begun last."""
    cells = own_cells(notebook)
    cell = last_begun(notebook)
    return Failure(
        name=name,
        message=message,
        cell=cells.index(cell) + 1,
        heading=_heading(cells[: cells.index(cell)]),
        source=cell.source,
        traceback=traceback,
    )


def own_cells(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    """The cells without those in which papermill marks an error."""
    return [
        cell for cell in notebook.cells if ERROR_MARKER_TAG not in cell.metadata.get("tags", [])
    ]


def _heading(cells: list[nbformat.NotebookNode]) -> str:
    prose = [cell.source for cell in cells if cell.cell_type == "markdown"]
    headings = re.findall(r"^#{1,6} +(.+?) *#*$", "\n".join(prose), flags=re.MULTILINE)
    return headings[-1] if headings else ""
