"""Pages at the same time, and none that takes others down with it.

Each place where a page can be made is a process pool of one, so that a worker that dies is known
by its page: that page failed, and its place gets a new worker. Takes jobs; yields what begins and
what came of it.
"""

from __future__ import annotations

import multiprocessing
import signal
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from types import FrameType
from typing import Generic, TypeVar

J = TypeVar("J")
R = TypeVar("R")


class Begun(Generic[J]):
    """A job has been handed to a worker."""

    def __init__(self, job: J) -> None:
        self.job = job


class Ended(Generic[J, R]):
    """A job has a result, or an error: `Killed` if its worker died."""

    def __init__(self, job: J, outcome: Future[R]) -> None:
        self.job = job
        error = outcome.exception()
        if isinstance(error, BrokenProcessPool):
            error = Killed("the worker process died, most often because memory ran out")
        self.error = error
        self.result = None if error else outcome.result()


class Killed(Exception):
    """A worker died while it made a page."""


def each(
    jobs: Iterable[J], work: Callable[[J], R], *, workers: int
) -> Generator[Begun[J] | Ended[J, R]]:
    """Do `work` on every job, at most `workers` at a time; one job in this process if that is 1.

    Closing the iterator (as Ctrl-C does) stops what is being made.
    """
    waiting = deque(jobs)
    free: list[Executor] = [_place(workers) for _ in range(max(1, min(workers, len(waiting))))]
    running: dict[Future[R], tuple[J, Executor]] = {}
    try:
        while waiting or running:
            while waiting and free:
                job, place = waiting.popleft(), free.pop()
                yield Begun(job)
                running[place.submit(work, job)] = (job, place)
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                job, place = running.pop(future)
                if isinstance(future.exception(), BrokenProcessPool):
                    place.shutdown()
                    place = _place(workers)
                free.append(place)
                yield Ended(job, future)
    finally:
        if running:
            for process in multiprocessing.active_children():
                process.terminate()
        for place in [*free, *(place for _, place in running.values())]:
            place.shutdown(cancel_futures=True)


def _place(workers: int) -> Executor:
    if workers == 1:
        return _Here()
    # Not fork: the parent has threads (of DuckDB, of zmq) that a forked child would lack.
    spawn = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(1, mp_context=spawn, initializer=_obey_the_parent)


def _obey_the_parent() -> None:
    # Ctrl-C reaches every process of a terminal. The parent decides, and ends a worker by SIGTERM,
    # which it leaves as from any exception: by stopping its kernel first.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _leave)


def _leave(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


class _Here(Executor):
    """Does a job at once, in this process."""

    def submit(self, fn, /, *args, **kwargs):  # type: ignore[no-untyped-def]
        future: Future[object] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001  the future carries it, as of any executor
            future.set_exception(error)
        return future
