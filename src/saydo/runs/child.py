"""A process of its own, which does one thing after the other and goes with its parent.

Not multiprocessing: a daemonic process, as Dask's workers are, may start none of its children, and
they wait for ever when their parent is killed. Here requests and answers are pickles on stdin and
stdout; when stdin ends, whatever the reason, the process leaves, and stops its kernel first.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from queue import SimpleQueue
from types import FrameType
from typing import IO, TypeVar

from saydo.runs.pool import Killed

J = TypeVar("J")
R = TypeVar("R")

LEAVE_SECONDS = 10
"""How long a process has to stop its kernel and leave, before it is killed."""

# With the parent's import path, so that whatever it found is found here. Ctrl-C reaches every
# process of a terminal: the parent alone decides.
_BOOT = """\
import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)
import sys; sys.path[:] = sys.argv[1:]
from saydo.runs.startup import begin_light; begin_light()
from saydo.runs.child import serve; serve()
"""

_LEAVE = getattr(signal, "SIGHUP", signal.SIGTERM)
"""Not SIGTERM, where there is another: while a notebook is executed, nbclient takes it for itself,
and the process leaves only when it is killed."""


class Child:
    """A process for calls, started with the first one, and anew with the first after its death."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._is_over = False
        self._starting = threading.Lock()

    def call(self, work: Callable[[J], R], job: J) -> R:
        """What `work` returns, or raises, for `job` in the other process.

        Raises:
            Killed: The process died before it answered, or was told to leave.
        """
        request = pickle.dumps((work, job))
        process = self._running()
        assert process.stdin is not None and process.stdout is not None
        try:
            pickle.dump(request, process.stdin)
            process.stdin.flush()
            answer = pickle.load(process.stdout)
        except (EOFError, OSError, ValueError, pickle.UnpicklingError):
            self._process = None
            _end(process)
            what = "the worker process died, most often because memory ran out"
            raise Killed(what) from None
        is_result, value = pickle.loads(answer)
        if not is_result:
            raise value
        result: R = value
        return result

    def leave(self) -> None:
        """Tell the process to leave, and do not wait; there will be no other."""
        with self._starting:
            self._is_over = True
        if (process := self._process) is not None:
            _hang_up(process)

    def end(self) -> None:
        """The same, and wait until it has left."""
        self.leave()
        if (process := self._process) is not None:
            _end(process)

    def _running(self) -> subprocess.Popen[bytes]:
        with self._starting:
            if self._is_over:
                raise Killed("the run was stopped")
            if self._process is None:
                self._process = subprocess.Popen(
                    [sys.executable, "-c", _BOOT, *map(str, sys.path)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                )
            return self._process


def _hang_up(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None
    with contextlib.suppress(OSError):
        process.stdin.close()


def _end(process: subprocess.Popen[bytes]) -> None:
    _hang_up(process)
    try:
        process.wait(LEAVE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    assert process.stdout is not None
    process.stdout.close()


def serve() -> None:
    """Be the child: answer requests until the parent hangs up."""
    for number in {signal.SIGTERM, _LEAVE}:
        signal.signal(number, _leave)
    # What a library prints must not come between answers, nor may it read requests.
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    asked: SimpleQueue[bytes] = SimpleQueue()
    threading.Thread(target=_listen, args=(requests, asked), daemon=True).start()
    while True:
        answer = _answer(asked.get())
        pickle.dump(answer, answers)
        answers.flush()


def _listen(requests: IO[bytes], asked: SimpleQueue[bytes]) -> None:
    """Take requests in; at their end, have the main thread leave whatever it does."""
    while True:
        try:
            asked.put(pickle.load(requests))
        except (EOFError, OSError, pickle.UnpicklingError):
            break
    if hasattr(signal, "pthread_kill"):
        signal.pthread_kill(threading.main_thread().ident or 0, _LEAVE)
        threading.Event().wait(LEAVE_SECONDS)
    os._exit(1)


def _answer(request: bytes) -> bytes:
    """A pickle of whether it is a result, and of that or the error."""
    try:
        work, job = pickle.loads(request)
        return pickle.dumps((True, work(job)))
    except Exception as error:  # noqa: BLE001  the parent raises it, as if it had called
        try:
            told = pickle.dumps((False, error))
            pickle.loads(told)
        except Exception:  # noqa: BLE001  what can't cross a process is told in words
            told = pickle.dumps((False, RuntimeError(f"{type(error).__name__}: {error}")))
        return told


def _leave(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)
