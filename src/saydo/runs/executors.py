"""Where are pages made: in this process, in processes of this machine, or by Dask's workers?

`opened` turns what was asked for into an executor. `serial` makes one page after the other;
`processes` gives each place a process of its own, so that one that dies is known by its page;
`dask://host:port` is told by `saydo.runs.on_dask`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path
from queue import SimpleQueue
from typing import Protocol, Self, TypeVar

from saydo.errors import SaydoError
from saydo.runs.child import Child
from saydo.runs.pool import Executor

J = TypeVar("J")
R = TypeVar("R")

SERIAL, PROCESSES, DASK = "serial", "processes", "dask://"


class CannotExecute(SaydoError):
    """Pages can't be made where they were asked for; says why and the remedy."""


class OpenExecutor(Executor, AbstractContextManager["OpenExecutor"], Protocol):
    """An executor that stops what it is doing when it is left."""


def opened(
    name: str | None, *, jobs: int = 1, files: Iterable[Path] = (), folder: Path | None = None
) -> OpenExecutor:
    """The executor of this name, ready for work.

    Args:
        name: `serial`, `processes` or `dask://host:port`; None: `serial` for one page at a time,
            else `processes`.
        jobs: How many pages at a time; Dask's workers know by themselves.
        files: What pages are made of. Workers elsewhere must see the same.
        folder: What pages are written to. Workers elsewhere must see the same.

    Raises:
        CannotExecute: There is no such executor, or Dask or one of its workers isn't fit for it.
    """
    if name is not None and name.startswith(DASK):
        from saydo.runs.on_dask import Dask

        return Dask(_address(name), files=files, folder=folder)
    if name not in (None, SERIAL, PROCESSES):
        raise CannotExecute(
            f"There is no executor {name!r}. Allowed: {SERIAL}, {PROCESSES}, {DASK}HOST:PORT."
        )
    return Serial() if name == SERIAL or (name is None and jobs == 1) else Processes(jobs)


def _address(name: str) -> str:
    host, colon, port = name.removeprefix(DASK).rstrip("/").rpartition(":")
    if not (host and colon and port.isdecimal()):
        what = f"{name!r} is no address of a Dask scheduler; it looks like {DASK}host:8786"
        raise CannotExecute(what)
    return f"tcp://{host}:{port}"


class Serial:
    """Does each job at once, in this process."""

    at_once = 1

    def submit(self, work: Callable[[J], R], job: J, /) -> Future[R]:
        future: Future[R] = Future()
        try:
            future.set_result(work(job))
        except Exception as error:  # noqa: BLE001  the future carries it, as of any executor
            future.set_exception(error)
        return future

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...


class Processes:
    """Does jobs in so many processes of this machine, each job in one that does no other."""

    def __init__(self, at_once: int) -> None:
        self.at_once = at_once
        self._threads = ThreadPoolExecutor(at_once)
        self._children = [Child() for _ in range(at_once)]
        self._idle: SimpleQueue[Child] = SimpleQueue()
        for child in self._children:
            self._idle.put(child)

    def submit(self, work: Callable[[J], R], job: J, /) -> Future[R]:
        return self._threads.submit(self.call, work, job)

    def call(self, work: Callable[[J], R], job: J) -> R:
        """The result itself, in this thread."""
        child = self._idle.get()
        try:
            return child.call(work, job)
        finally:
            self._idle.put(child)

    def stop(self) -> None:
        """End every process, also one that is making a page."""
        for child in self._children:
            child.leave()
        for child in self._children:
            child.end()
        self._threads.shutdown()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
