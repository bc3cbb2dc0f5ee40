"""Pages at the same time, and none that takes others down with it.

Takes jobs and an executor; yields what begins and what came of it. What an executor is, in this
process, in others or on other machines, is told by `saydo.runs.executors`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from typing import Generic, Protocol, TypeVar

J = TypeVar("J")
R = TypeVar("R")


class Executor(Protocol):
    """Who does jobs: as those of `concurrent.futures`, but that a worker's death is told.

    A future's exception is `Killed` where the worker died; the executor goes on without it, or with
    a new one. No future stays undone, and none is cancelled.
    """

    @property
    def at_once(self) -> int:
        """How many jobs it takes at a time, now: 1 or more."""

    def submit(self, work: Callable[[J], R], job: J, /) -> Future[R]:
        """Have `work` done on `job`."""


class Begun(Generic[J]):
    """A job has been handed to a worker."""

    def __init__(self, job: J) -> None:
        self.job = job


class Ended(Generic[J, R]):
    """A job has a result, or an error: `Killed` if its worker died."""

    def __init__(self, job: J, outcome: Future[R]) -> None:
        self.job = job
        self.error = outcome.exception()
        self.result = None if self.error else outcome.result()


class Killed(Exception):
    """A worker died while it made a page."""


def each(
    jobs: Iterable[J], work: Callable[[J], R], *, executor: Executor
) -> Generator[Begun[J] | Ended[J, R]]:
    """Do `work` on every job, as many at a time as the executor takes."""
    waiting = deque(jobs)
    running: dict[Future[R], J] = {}
    while waiting or running:
        while waiting and len(running) < executor.at_once:
            job = waiting.popleft()
            yield Begun(job)
            running[executor.submit(work, job)] = job
        for future in wait(running, return_when=FIRST_COMPLETED).done:
            yield Ended(running.pop(future), future)
