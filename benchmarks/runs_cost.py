"""What do processes take, with all that they start? Wall seconds, CPU seconds and peak memory.

Takes commands that run at the same time; returns a `Course`, which tells the cost of the whole or
of what came after an instant. Memory is the proportional set size (PSS) of the whole tree of
processes: pages that forked kernels share count once, in a sum that is largest at one instant.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Lock
from typing import IO

import psutil

EVERY = 0.25
"""Seconds between two looks at the processes; a look takes 10 ms for each GiB or so."""

READY = "ready"
"""Line that a preloaded worker prints when it has loaded all it needs; it then waits for a line."""


@dataclass(frozen=True)
class Cost:
    """What a piece of work took."""

    wall: float
    cpu: float
    gib: float

    def scaled(self, factor: float) -> Cost:
        """So many times as much work, at the same peak."""
        return Cost(self.wall * factor, self.cpu * factor, self.gib)


@dataclass(frozen=True)
class Sample:
    """The processes at one instant: seconds since the epoch, CPU seconds so far, bytes of PSS."""

    at: float
    cpu: float
    pss: int


@dataclass(frozen=True)
class Course:
    """What processes took over time."""

    ended: float
    status: int
    """0, or the first exit status that was not 0."""
    cpu: float
    samples: tuple[Sample, ...]
    ready: float
    """When preloaded workers were told to go; the beginning for others."""

    def cost(self, *, since: float | None = None) -> Cost:
        """Of all that happened after `since` (seconds since the epoch), or after `ready`."""
        began = max(self.ready, since or 0)
        before = [sample.cpu for sample in self.samples if sample.at <= began]
        after = [sample.pss for sample in self.samples if sample.at >= began]
        spent = self.cpu - (before[-1] if before else 0)
        return Cost(self.ended - began, spent, max(after, default=0) / 2**30)


def course(
    commands: Sequence[Sequence[str]],
    *,
    folder: Path,
    environment: Mapping[str, str] | None = None,
    preloaded: bool = False,
    told: str = "",
    accepted: Sequence[int] = (0,),
) -> Course:
    """Run commands at the same time to their ends, and watch them.

    Args:
        commands: Programs with their arguments.
        folder: Where they run.
        environment: Variables beside those of this process.
        preloaded: They print `READY` and wait for a line; what they do before does not count.
        told: Text for their standard input, where they are not preloaded.
        accepted: Exit statuses that are no failure.

    Raises:
        SystemExit: One of them failed; quotes the last of what it said.
    """
    with tempfile.TemporaryFile("w+") as said:
        processes = [
            subprocess.Popen(
                command,
                cwd=folder,
                env={**os.environ, **(environment or {})},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE if preloaded else said,
                stderr=said,
                text=True,
            )
            for command in commands
        ]
        with _Watch([process.pid for process in processes]) as watch:
            for process in processes if preloaded else ():
                if not _is_ready(process):
                    raise SystemExit(f"{_last_of(said)}\na preloaded worker did not get ready")
            ready = watch.look() if preloaded else watch.samples[0].at
            for process in processes:
                assert process.stdin
                process.stdin.write("go\n" if preloaded else told)
                process.stdin.close()
            ends = [os.wait4(process.pid, 0) for process in processes]
            ended = time.time()
        statuses = [os.waitstatus_to_exitcode(status) for _pid, status, _used in ends]
        for process, status in zip(processes, statuses, strict=True):
            process.returncode = status
        status = next(filter(None, statuses), 0)
        if status not in accepted:
            raise SystemExit(f"{_last_of(said)}\n{commands[0][0]} … failed with status {status}")
    waited_for = sum(used.ru_utime + used.ru_stime for _pid, _status, used in ends)
    # Either misses something: the system's count, processes that nobody waited for; ours, what a
    # process did after our last look at it.
    cpu = max(waited_for, watch.samples[-1].cpu)
    return Course(ended, status, cpu, tuple(watch.samples), ready)


def _is_ready(process: subprocess.Popen[str]) -> bool:
    """True once it has said so, False if it ends before."""
    assert process.stdout
    return any(line.strip() == READY for line in process.stdout)


def _last_of(said: IO[str]) -> str:
    said.seek(0)
    return said.read()[-4000:]


class _Watch:
    """Looks at processes and all that they started, until it is left."""

    def __init__(self, roots: Sequence[int]) -> None:
        self.roots = roots
        self.samples: list[Sample] = []
        self._cpu: dict[tuple[int, float], float] = {}
        self._one_look, self._over = Lock(), Event()
        self._thread = ThreadPoolExecutor(1)

    def __enter__(self) -> _Watch:
        self.look()
        self._looking = self._thread.submit(self._go_on)
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.shutdown()
        self._looking.result()  # If it stopped looking, the costs would be too low.

    def _go_on(self) -> None:
        while not self._over.wait(EVERY):
            self.look()

    def look(self) -> float:
        """Add a sample, and return its instant."""
        with self._one_look:
            at = time.time()
            pss = sum(map(self._looked_at, self._processes()))
            self.samples.append(Sample(at, sum(self._cpu.values()), pss))
            return at

    def _processes(self) -> list[psutil.Process]:
        found = []
        for root in self.roots:
            try:
                process = psutil.Process(root)
                found += [process, *process.children(recursive=True)]
            except psutil.NoSuchProcess:
                continue  # It has ended; what it took until the last look is known.
        return found

    def _looked_at(self, process: psutil.Process) -> int:
        """Its PSS in bytes, 0 if it has just ended; its CPU seconds are noted."""
        try:
            used = process.cpu_times()
            self._cpu[process.pid, process.create_time()] = used.user + used.system
            return int(process.memory_full_info().pss)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            # A process that ends while it is looked at denies its memory.
            return 0
