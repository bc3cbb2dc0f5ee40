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
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import papermill
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine, NotebookExecutionManager, papermill_engines
from papermill.exceptions import PapermillExecutionError
from traitlets import Unicode, default
from traitlets.config import Config

from saydo.errors import UnknownName
from saydo.runs import failures
from saydo.runs.failures import Failure, last_begun, own_cells
from saydo.runs.kernel_client import Client
from saydo.runs.plan import Notebook
from saydo.runs.results import FOLDER, READS
from saydo.runs.warm.forked import ONE_THREAD
from saydo.runs.warmth import Kernels

START_SECONDS = 120
"""How long a kernel may take to start; 2 s on an idle machine, far more on a loaded one."""

_ENGINE = "saydo"


@dataclass(frozen=True)
class Executed:
    """A notebook after its execution, as far as it came."""

    notebook: nbformat.NotebookNode
    failure: Failure | None
    reads: tuple[str, ...] = ()
    """Which results it has read; see `Study`."""
    attempts: int = 1

    @property
    def warnings(self) -> tuple[str, ...]:
        """Lines that its cells wrote to stderr."""
        outputs = [out for cell in self.notebook.cells for out in cell.get("outputs", ())]
        lines = "".join(out.text for out in outputs if out.get("name") == "stderr").splitlines()
        return tuple(line for line in lines if line.strip())


def execute(
    notebook: Notebook,
    parameters: Mapping[str, Any],
    *,
    folder: Path,
    results: Path,
    kernels: Kernels | None = None,
) -> Executed:
    """Execute `notebook` with `parameters`, in `folder`, on the results of a run.

    A cell that raises or a kernel that dies is no exception here but the `failure` of what is
    returned. Where a kernel dies, another begins anew.

    Raises:
        UnknownName: A parameter that the notebook does not assign (papermill would only warn).
    """
    for name in parameters:
        if name not in notebook.parameters:
            raise UnknownName(f"parameter in {notebook.place}", name, notebook.parameters)
    kernels = kernels or Kernels()
    for attempt in range(1, kernels.attempts + 1):
        executed = _executed(notebook, parameters, folder, results, kernels, attempt)
        failure = executed.failure
        if failure is None or failure.name not in (failures.KILLED, failures.NOT_STARTED):
            break
        if attempt < kernels.attempts:
            time.sleep(kernels.pause * 4 ** (attempt - 1))
    return executed


def _executed(
    notebook: Notebook,
    parameters: Mapping[str, Any],
    folder: Path,
    results: Path,
    kernels: Kernels,
    attempt: int,
) -> Executed:
    content = nbformat.read(notebook.file, as_version=4)
    # Some editors leave these out, and papermill can't do without.
    content.metadata.setdefault("kernelspec", {"name": "python3", "display_name": "Python 3"})
    content.metadata["kernelspec"]["language"] = "python"
    here: list[nbformat.NotebookNode] = []
    failure = None
    with tempfile.TemporaryDirectory(prefix="saydo-") as scratch:
        log, reads = Path(scratch, "kernel.log"), Path(scratch, "reads")
        try:
            papermill.execute_notebook(
                # The notebook, not its path: papermill would fill in {braces} in a folder's name.
                content,
                None,
                parameters=dict(parameters),
                engine_name=_ENGINE,
                kernel_name="python3",
                progress_bar=False,
                log_output=False,
                request_save_on_cell_execute=False,
                folder=folder,
                environment=_environment(Path(scratch), results, reads),
                kernels=kernels,
                config=_connection(Path(scratch), kernels),
                log=log,
                here=here,
            )
        except PapermillExecutionError as error:
            failure = failures.raised(error, here[0])
        except CellTimeoutError:
            failure = failures.timed_out(here[0], kernels.seconds or 0)
        except DeadKernelError:
            failure = failures.killed(here[0], _tail(log))
        except (RuntimeError, ConnectionError) as error:
            # jupyter_client says so when a kernel dies, or gives no answer, before the first cell;
            # and so does the server of warm ones when it is gone.
            if not re.search("[Kk]ernel", str(error)):
                raise
            failure = Failure(failures.NOT_STARTED, str(error), traceback=_tail(log))
        read = tuple(dict.fromkeys(reads.read_text("utf-8").splitlines())) if reads.exists() else ()
    return Executed(_tidied(here[0]), failure, read, attempt)


def _environment(scratch: Path, results: Path, reads: Path) -> dict[str, str]:
    # An empty profile: what someone's IPython does when it starts is no part of a report.
    own = {
        "IPYTHONDIR": str(scratch / "ipython"),
        # The one way to pass a folder that leaves no trace in the notebook.
        FOLDER: str(results.resolve()),
        READS: str(reads),
    }
    # A page reads small results. With several pages at a time, threads of BLAS would only fight for
    # the cores, and sums could come out in another order on another machine.
    return {**ONE_THREAD, **os.environ, **own}


def _connection(scratch: Path, kernels: Kernels) -> Config:
    """How to talk to the kernel: by sockets in a folder of its own, closed to other users.

    TCP ports can be heard by other users of the machine, and two kernels that start at the same
    time can be given the same one.
    """
    connection = {"connection_file": str(scratch / "kernel.json"), "server": kernels.server}
    # The path of a socket may have about 100 bytes.
    if hasattr(socket, "AF_UNIX") and sys.platform != "win32" and len(bytes(scratch)) < 90:
        connection |= {"transport": "ipc", "ip": str(scratch / "ipc")}
    return Config({ThisPython.__name__: connection})


class ThisPython(AsyncKernelManager):
    """Its kernel runs the interpreter that runs saydo, whatever else is called python3 here.

    The name is public: traitlets reads no settings of classes that begin with an underscore.
    """

    server = Unicode("", help="Socket of a server of warm kernels.").tag(config=True)

    @default("client_factory")
    def _client_factory_default(self) -> type[Client]:
        return Client

    @default("kernel_spec_manager")
    def _kernel_spec_manager_default(self) -> KernelSpecManager:
        # Without folders to search, what is left is ipykernel's own: sys.executable.
        return KernelSpecManager(kernel_dirs=[], parent=self)

    @property
    def kernel_spec(self) -> KernelSpec | None:
        spec = super().kernel_spec
        if spec is not None and self.server:
            config = {"socket": self.server}
            provisioner = {"provisioner_name": "saydo-warm", "config": config}
            spec.metadata = {**spec.metadata, "kernel_provisioner": provisioner}
        return spec


class _Engine(NBClientEngine):
    """papermill's engine, with a folder, an environment and limits for the kernel.

    papermill's own `cwd` changes the folder of the whole process, and the others can't be given.
    """

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: NotebookExecutionManager,
        kernel_name: str,
        *,
        folder: Path,
        environment: Mapping[str, str],
        kernels: Kernels,
        config: Config,
        log: Path,
        here: list[nbformat.NotebookNode],
        **_: Any,
    ) -> None:
        # However this ends, the caller can see how far the notebook came.
        here.append(nb_man.nb)
        client = PapermillNotebookClient(
            nb_man,
            kernel_name=kernel_name,
            kernel_manager_class=ThisPython,
            startup_timeout=START_SECONDS,
            timeout_func=_time_left(kernels.seconds),
            config=config,
            resources={"metadata": {"path": str(folder)}},
            extra_arguments=_limits(kernels),
        )
        try:
            # What the process itself says (a crash in C, a library's banner) is no part of a page.
            with log.open("wb") as said:
                client.execute(env=environment, stdout=said, stderr=said)
        except (DeadKernelError, CellTimeoutError):
            # papermill would mark the cell that stopped, and all after it, completed.
            cell = last_begun(nb_man.nb)
            cell.metadata.papermill.update(status=nb_man.FAILED, exception=True)
            nb_man.nb.metadata.papermill["exception"] = True
            raise


papermill_engines.register(_ENGINE, _Engine)


def _time_left(seconds: float | None) -> Any:
    """A function of a cell: how long it may take, if the page began now and may take so long."""
    if seconds is None:
        return None
    end = time.monotonic() + seconds
    # nbclient takes 0 for no limit.
    return lambda cell: max(end - time.monotonic(), 0.1)


def _limits(kernels: Kernels) -> list[str]:
    """Arguments by which ipykernel limits itself before the first cell."""
    if kernels.memory is None or not sys.platform.startswith("linux"):
        return []
    limits = f"({kernels.memory}, {kernels.memory})"
    line = f"(lambda r: r.setrlimit(r.RLIMIT_DATA, {limits}))(__import__('resource'))"
    return [f"--IPKernelApp.exec_lines={line}"]


def _tail(log: Path) -> str:
    """The last lines that the kernel's process wrote."""
    return log.read_text(errors="replace")[-4000:] if log.exists() else ""


def _tidied(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """The record: without error marks, random ids and the input that papermill notes."""
    notebook.cells = own_cells(notebook)
    notebook.metadata.papermill.pop("input_path", None)
    notebook.metadata.papermill.pop("output_path", None)
    for cell in notebook.cells:
        if "injected-parameters" in cell.metadata.get("tags", []):
            cell["id"] = "injected-parameters"
    return notebook
