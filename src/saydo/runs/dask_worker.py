"""What a worker of Dask does: tell what keeps it from making pages, make them, and stop.

The functions here run on the worker, sent by `saydo.runs.on_dask`.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from saydo.runs import manifest
from saydo.runs.executors import Processes
from saydo.runs.files import sha256, write
from saydo.runs.job import Job
from saydo.runs.places import Places
from saydo.runs.pool import Killed
from saydo.runs.warmth import Kernels, Warmth

J = TypeVar("J")
R = TypeVar("R")

IDLE_SECONDS = 300
"""When processes end of a run that is heard of no more: it was killed, say."""


def unfit(versions: Mapping[str, str], digests: Mapping[str, str], sign: str | None) -> list[str]:
    """What keeps this worker from making the same pages."""
    mine = manifest.versions()
    told = [
        f"has {name} {mine.get(name, 'unknown')}, this machine {wanted}"
        for name, wanted in versions.items()
        if mine.get(name) != wanted
    ]
    for name, digest in digests.items():
        file = Path(name)
        if not file.is_file():
            told.append(f"can't see {name}")
        elif sha256(file) != digest:
            told.append(f"sees another content in {name}")
    if sign is not None:
        told += _not_shared(Path(sign))
    return told


def _not_shared(sign: Path) -> list[str]:
    if not sign.is_file():
        return [f"can't see the run's folder {sign.parent}, or has another one of that name"]
    try:
        own = sign.with_name(f"{sign.name}-{os.getpid()}-{secrets.token_hex(4)}")
        write(own, sign.read_bytes())
        own.unlink()
    except OSError as error:
        return [f"can't write to the run's folder {sign.parent} ({error.strerror})"]
    return []


class _Place:
    """The processes of one run, ended when the run ends or is heard of no more."""

    def __init__(self, run: str, threads: int) -> None:
        self.processes = Processes(threads)
        self._warmth, self._warming = Warmth(), threading.Lock()
        self._run, self._busy = run, 0
        self._idle: threading.Timer | None = None

    def __enter__(self) -> Processes:
        with _LOCK:
            self._busy += 1
            if self._idle:
                self._idle.cancel()
        return self.processes

    def __exit__(self, *_: object) -> None:
        with _LOCK:
            self._busy -= 1
            if not self._busy:
                self._idle = threading.Timer(IDLE_SECONDS, self._end_if_idle)
                self._idle.daemon = True
                self._idle.start()

    def warm(self, kernels: Kernels) -> Kernels:
        """The same limits, and kernels that start warm here: their server is of one machine."""
        if not kernels.server:
            return kernels
        with self._warming:
            here = self._warmth.kernels()
        return replace(kernels, server=here.server)

    def stop(self) -> None:
        self.processes.stop()
        self._warmth.close()

    def _end_if_idle(self) -> None:
        with _LOCK:
            if self._busy:
                return
            _PLACES.pop(self._run, None)
        self.stop()


_PLACES: dict[str, _Place] = {}
_ENDED: set[str] = set()
"""Runs of which nothing may be made any more."""
_LOCK = threading.Lock()


def make(run: str, work: Callable[[J], R], job: J) -> R:
    """Make a page, in a process that is kept for the next one of the same run."""
    from distributed import get_worker

    threads = get_worker().state.nthreads
    with _LOCK:
        if run in _ENDED:
            raise Killed("the run was stopped")
        place = _PLACES.setdefault(run, _Place(run, threads))
    with place as processes:
        return processes.call(work, _of_here(job, place))


async def end(run: str) -> None:
    """Stop what is being made, and end its processes."""
    with _LOCK:
        _ENDED.add(run)
        place = _PLACES.pop(run, None)
    if place is not None:
        await asyncio.to_thread(place.stop)


def _of_here(job: J, place: _Place) -> J:
    """The job, so that folders of this machine are named no more than those of its."""
    if not isinstance(job, Job):
        return job
    own = Places.of(job.project, out=job.folder.parents[1]).words
    words = {**dict(own), **dict(job.places.words)}
    longest_first = sorted(words.items(), key=lambda pair: -len(pair[0]))
    here = replace(job.places, words=tuple(longest_first))
    return replace(job, places=here, kernels=place.warm(job.kernels))
