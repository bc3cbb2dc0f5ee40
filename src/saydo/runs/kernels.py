"""One notebook, executed in a kernel of its own.

Takes a notebook, its parameters and the folder of the run's results; returns the executed notebook
and, if it stopped, a `Failure` that says where and why. papermill injects the parameters and
executes; this module alone knows about kernels, so that another way to start them is a change here.
"""

from __future__ import annotations

import os
import re
import socket
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import papermill
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient.exceptions import DeadKernelError
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine, NotebookExecutionManager, papermill_engines
from papermill.exceptions import PapermillExecutionError
from papermill.execute import ERROR_MARKER_TAG
from traitlets import default
from traitlets.config import Config

from saydo.errors import UnknownName
from saydo.runs.plan import Notebook

RESULTS = "SAYDO_RESULTS"
"""Environment variable that tells a kernel where the run's results are: the one way to pass a
folder that leaves no trace in the notebook."""

START_SECONDS = 120
"""How long a kernel may take to start; 2 s on an idle machine, far more on a loaded one."""

_ENGINE = "saydo"


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


@dataclass(frozen=True)
class Executed:
    """A notebook after its execution, as far as it came."""

    notebook: nbformat.NotebookNode
    failure: Failure | None

    @property
    def warnings(self) -> tuple[str, ...]:
        """Lines that its cells wrote to stderr."""
        outputs = [out for cell in self.notebook.cells for out in cell.get("outputs", ())]
        lines = "".join(out.text for out in outputs if out.get("name") == "stderr").splitlines()
        return tuple(line for line in lines if line.strip())


def execute(
    notebook: Notebook, parameters: Mapping[str, Any], *, folder: Path, results: Path
) -> Executed:
    """Execute `notebook` with `parameters`, in `folder`, on the results of a run.

    A cell that raises or a kernel that dies is no exception here but the `failure` of what is
    returned.

    Raises:
        UnknownName: A parameter that the notebook does not assign (papermill would only warn).
    """
    for name in parameters:
        if name not in notebook.parameters:
            raise UnknownName(f"parameter in {notebook.place}", name, notebook.parameters)
    executed = nbformat.read(notebook.file, as_version=4)
    # Some editors leave these out, and papermill can't do without.
    executed.metadata.setdefault("kernelspec", {"name": "python3", "display_name": "Python 3"})
    executed.metadata["kernelspec"]["language"] = "python"
    here: list[nbformat.NotebookNode] = []
    failure = None
    with tempfile.TemporaryDirectory(prefix="saydo-") as scratch:
        log = Path(scratch, "kernel.log")
        try:
            papermill.execute_notebook(
                # The notebook, not its path: papermill would fill in {braces} in a folder's name.
                executed,
                None,
                parameters=dict(parameters),
                engine_name=_ENGINE,
                kernel_name="python3",
                progress_bar=False,
                log_output=False,
                request_save_on_cell_execute=False,
                start_timeout=START_SECONDS,
                folder=folder,
                environment=_environment(Path(scratch), results),
                config=_connection(Path(scratch)),
                log=log,
                here=here,
            )
        except PapermillExecutionError as error:
            failure = _raised(error, here[0])
        except DeadKernelError:
            failure = _killed(here[0], log)
        except RuntimeError as error:
            # jupyter_client says so when a kernel dies, or gives no answer, before the first cell.
            if not re.search("[Kk]ernel", str(error)):
                raise
            failure = Failure("KernelNotStarted", str(error), traceback=_tail(log))
    return Executed(_tidied(here[0]), failure)


def _environment(scratch: Path, results: Path) -> dict[str, str]:
    # A page reads small results. With several pages at a time, threads of BLAS would only fight for
    # the cores, and sums could come out in another order on another machine.
    few = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    # An empty profile: what someone's IPython does when it starts is no part of a report.
    own = {"IPYTHONDIR": str(scratch / "ipython"), RESULTS: str(results.resolve())}
    return {**few, **os.environ, **own}


def _connection(scratch: Path) -> Config:
    """How to talk to the kernel: by sockets in a folder of its own, closed to other users.

    TCP ports can be heard by other users of the machine, and two kernels that start at the same
    time can be given the same one.
    """
    connection = {"connection_file": str(scratch / "kernel.json")}
    # The path of a socket may have about 100 bytes.
    if hasattr(socket, "AF_UNIX") and sys.platform != "win32" and len(bytes(scratch)) < 90:
        connection |= {"transport": "ipc", "ip": str(scratch / "ipc")}
    return Config({_ThisPython.__name__: connection})


class _ThisPython(AsyncKernelManager):
    """Its kernel runs the interpreter that runs saydo, whatever else is called python3 here."""

    @default("kernel_spec_manager")
    def _kernel_spec_manager_default(self) -> KernelSpecManager:
        # Without folders to search, what is left is ipykernel's own: sys.executable.
        return KernelSpecManager(kernel_dirs=[], parent=self)


class _Engine(NBClientEngine):
    """papermill's engine, with a folder and an environment for the kernel.

    papermill's own `cwd` changes the folder of the whole process, and its environment can't be
    given.
    """

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: NotebookExecutionManager,
        kernel_name: str,
        *,
        folder: Path,
        environment: Mapping[str, str],
        config: Config,
        log: Path,
        here: list[nbformat.NotebookNode],
        start_timeout: int,
        **_: Any,
    ) -> None:
        # However this ends, the caller can see how far the notebook came.
        here.append(nb_man.nb)
        client = PapermillNotebookClient(
            nb_man,
            kernel_name=kernel_name,
            kernel_manager_class=_ThisPython,
            startup_timeout=start_timeout,
            timeout=None,
            config=config,
            resources={"metadata": {"path": str(folder)}},
        )
        try:
            # What the process itself says (a crash in C, a library's banner) is no part of a page.
            with log.open("wb") as said:
                client.execute(env=environment, stdout=said, stderr=said)
        except DeadKernelError:
            # papermill would mark the cell in which the kernel died, and all after it, completed.
            cell = _last_begun(nb_man.nb)
            cell.metadata.papermill.update(status=nb_man.FAILED, exception=True)
            nb_man.nb.metadata.papermill["exception"] = True
            raise


papermill_engines.register(_ENGINE, _Engine)


def _last_begun(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    begun = [cell for cell in notebook.cells if cell.metadata.papermill["start_time"]]
    return begun[-1] if begun else notebook.cells[0]


def _raised(error: PapermillExecutionError, notebook: nbformat.NotebookNode) -> Failure:
    cells = _own_cells(notebook)
    return Failure(
        name=error.ename,
        message=error.evalue,
        cell=error.cell_index + 1,
        heading=_heading(cells[: error.cell_index]),
        source=error.source,
        traceback=re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(error.traceback)),
    )


def _killed(notebook: nbformat.NotebookNode, log: Path) -> Failure:
    cells = _own_cells(notebook)
    cell = _last_begun(notebook)
    return Failure(
        name="killed",
        message="the kernel died, most often because memory ran out",
        cell=cells.index(cell) + 1,
        heading=_heading(cells[: cells.index(cell)]),
        source=cell.source,
        traceback=_tail(log),
    )


def _tail(log: Path) -> str:
    """The last lines that the kernel's process wrote."""
    return log.read_text(errors="replace")[-4000:] if log.exists() else ""


def _own_cells(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    """The cells without those in which papermill marks an error."""
    return [
        cell for cell in notebook.cells if ERROR_MARKER_TAG not in cell.metadata.get("tags", [])
    ]


def _heading(cells: list[nbformat.NotebookNode]) -> str:
    prose = [cell.source for cell in cells if cell.cell_type == "markdown"]
    headings = re.findall(r"^#{1,6} +(.+?) *#*$", "\n".join(prose), flags=re.MULTILINE)
    return headings[-1] if headings else ""


def _tidied(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """The record: without error marks, random ids and the input that papermill notes."""
    notebook.cells = _own_cells(notebook)
    notebook.metadata.papermill.pop("input_path", None)
    notebook.metadata.papermill.pop("output_path", None)
    for cell in notebook.cells:
        if "injected-parameters" in cell.metadata.get("tags", []):
            cell["id"] = "injected-parameters"
    return notebook
