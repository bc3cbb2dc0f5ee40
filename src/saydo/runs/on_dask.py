"""Pages made by the workers of a Dask cluster that share the run's folder.

Each page is a task; on its worker it is made in a process of its own, as on this machine, so that
it has a main thread, can be stopped, and takes nothing down with it. A worker that dies has its
page made by another one; a page whose workers keep dying failed: killed.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Self, TypeVar

from saydo.runs import dask_worker, manifest
from saydo.runs.executors import CannotExecute
from saydo.runs.files import sha256, write
from saydo.runs.pool import Killed

J = TypeVar("J")
R = TypeVar("R")

CONNECT_SECONDS = 10
LOOK_SECONDS = 2
PATIENCE_SECONDS = 60
"""How long to wait for workers, or the scheduler, to come back when none is left."""

MISSING = "Dask is not installed here. `pip install 'saydo[dask]'` brings it."
START_WORKERS = "`dask worker HOST:PORT --nthreads 1`"


class Dask:
    """Does jobs on Dask's workers, as many at a time as they have threads."""

    def __init__(self, address: str, *, files: Iterable[Path], folder: Path | None) -> None:
        """Connect, and check that every worker can make the same pages as this machine.

        Raises:
            CannotExecute: No Dask here, no scheduler there, no workers, or one that is not fit.
        """
        try:
            from distributed import Client
        except ImportError:
            raise CannotExecute(MISSING) from None
        try:
            self._client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
        except OSError as error:
            told = (
                f"There is no Dask scheduler at {address} ({error}). Start one: `dask scheduler`,"
            )
            raise CannotExecute(f"{told} and workers: {START_WORKERS}.") from None
        self._run = secrets.token_hex(8)
        self._outstanding: set[Future[Any]] = set()
        self._gone = ""
        self._left = threading.Event()
        try:
            _check(self._client, address, files=files, folder=folder)
            self._threads = sum(self._client.nthreads().values())
            # Not pure: a page is made anew even if the cluster remembers one that looks the same.
            self._executor = self._client.get_executor(pure=False)
        except BaseException:
            self._client.close()
            raise
        threading.Thread(target=self._watch, daemon=True).start()

    @property
    def at_once(self) -> int:
        """As many as the workers have threads; that changes when workers come and go."""
        return max(1, self._threads)

    def submit(self, work: Callable[[J], R], job: J, /) -> Future[R]:
        future: Future[R] = Future()
        if self._gone:
            future.set_exception(Killed(self._gone))
            return future
        self._outstanding.add(future)
        inner = self._executor.submit(dask_worker.make, self._run, work, job)
        inner.add_done_callback(partial(self._pass_on, future))
        return future

    def _pass_on(self, future: Future[R], inner: Future[R]) -> None:
        from distributed.scheduler import KilledWorker

        try:
            result = inner.result()
        except KilledWorker:
            self._fail(
                future, Killed("the Dask workers that made the page died, one after another")
            )
        except CancelledError:
            self._fail(future, Killed("Dask gave the page up; is its scheduler gone?"))
        except BaseException as error:  # noqa: BLE001  the future carries it, as of any executor
            self._fail(future, error)
        else:
            self._outstanding.discard(future)
            with suppress(Exception):  # Given up since.
                future.set_result(result)

    def _fail(self, future: Future[Any], error: BaseException) -> None:
        self._outstanding.discard(future)
        with suppress(Exception):  # Given up since.
            future.set_exception(error)

    def _watch(self) -> None:
        """Know how many workers there are; give up when none has been there for too long."""
        alone = 0.0
        while not self._left.wait(LOOK_SECONDS):
            try:
                self._threads = sum(self._client.nthreads().values())
                is_there = bool(self._threads) and self._client.status == "running"
            except Exception:  # noqa: BLE001  whatever the client says: nobody is there to ask
                is_there = False
            alone = 0.0 if is_there else alone + LOOK_SECONDS
            if alone >= PATIENCE_SECONDS:
                self._gone = f"no Dask worker was left for {PATIENCE_SECONDS} s"
                for future in list(self._outstanding):
                    self._fail(future, Killed(self._gone))
                return

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Cancel what waits and stop what is being made."""
        self._left.set()
        with suppress(Exception):  # A cluster that is gone has nothing left to stop.
            if self._outstanding:
                self._executor.shutdown(wait=False)
            if not self._gone:
                self._client.run(dask_worker.end, self._run, on_error="ignore")
        self._client.close()


def _check(client: Any, address: str, *, files: Iterable[Path], folder: Path | None) -> None:
    """Compare every worker with this machine.

    Raises:
        CannotExecute: Lists each worker that can't make the same pages, and why.
    """
    if not client.nthreads():
        what = f"The Dask scheduler at {address} has no workers"
        raise CannotExecute(f"{what}. Start some: {START_WORKERS}.")
    digests = {str(file): sha256(file) for file in files}
    token = secrets.token_hex(8)
    sign = folder / f".shared-{token}" if folder is not None else None
    try:
        if sign is not None:
            write(sign, token)
        found = client.run(
            dask_worker.unfit, manifest.versions(), digests, sign and str(sign), on_error="return"
        )
    finally:
        if sign is not None:
            sign.unlink(missing_ok=True)
    lines = [f"  - {worker}: {what}" for worker, told in found.items() for what in _lines(told)]
    if lines:
        head = "Workers of Dask are not fit to make these pages:"
        tail = "They need the project and its reports on a shared drive, at the same path."
        raise CannotExecute("\n".join([head, *lines, tail]))


def _lines(told: object) -> list[str]:
    if isinstance(told, ModuleNotFoundError):
        return [f"saydo is not installed there ({told})"]
    return told if isinstance(told, list) else [f"{type(told).__name__}: {told}"]
