"""Start a server of warm kernels, and ask it for processes.

`Server` is the server as its owner has it: it ends with its owner. `fork` asks the one at a socket
for a process, which looks like one of `subprocess`.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Self

from saydo.runs.warm import server

CAN_FORK = hasattr(os, "fork") and hasattr(socket, "AF_UNIX") and hasattr(socket, "send_fds")
"""Whether this system has what it takes. Where it has not, kernels start cold."""

ENGINE = (
    "ipykernel.kernelapp", "ipykernel.ipkernel", "ipykernel.debugger", "IPython.core.completerlib",
    "IPython.core.debugger", "IPython.core.oinspect", "IPython.extensions.storemagic", "sqlite3",
    "tornado.platform.asyncio",
)  # fmt: skip
"""What every kernel imports, before its notebook does."""

ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
"""For a server, unless its environment says otherwise: BLAS starts its threads when imported."""

MOST_BYTES_OF_A_PATH = 100
"""Of a socket; some systems allow 104, others 108."""


class NotReady(RuntimeError):
    """A server of kernels did not come up; says what it wrote."""


class Server(contextlib.AbstractContextManager["Server"]):
    """A server of warm kernels, for as long as this object is open.

    Examples:
        with Server(preload=["pandas", "seaborn"]) as server:
            fork(server.socket, ["-f", "kernel.json"], env=os.environ, cwd=".", …)
    """

    def __init__(
        self, preload: Sequence[str] = (), *, env: Mapping[str, str] | None = None
    ) -> None:
        """Start it, without waiting for its imports.

        Args:
            preload: Modules to import, beside those of ipykernel.
            env: What it starts with; what kernels are asked for with, they have. Libraries that
                read their settings when imported (threads of BLAS, say) have those of here.
        """
        self._folder = tempfile.TemporaryDirectory(prefix="warm-")
        self.socket = str(Path(self._folder.name, "fork"))
        self._log = Path(self._folder.name, "log").open("w+b")  # noqa: SIM115  until `close`
        self._process = subprocess.Popen(
            _command(self.socket, 0, preload),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            env={**ONE_THREAD, **(os.environ if env is None else env)},
            start_new_session=True,
        )
        self._is_ready = False

    def wait(self) -> Self:
        """Until it has imported everything.

        Raises:
            NotReady: It ended before; a module could not be imported, most likely.
        """
        if not self._is_ready:
            stdout = self._process.stdout
            assert stdout is not None
            # Modules may print when imported: what counts is the line by itself.
            self._is_ready = any(line == b"ready\n" for line in stdout)
        if not self._is_ready:
            raise _not_ready(self._log)
        return self

    def close(self) -> None:
        """End it, and every kernel that it has forked."""
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._log.close()
        self._folder.cleanup()

    def __exit__(self, *_: object) -> None:
        self.close()


class Forked:
    """A process that a server has forked, as `subprocess.Popen` would have it."""

    stdin = stdout = stderr = None

    def __init__(self, connection: socket.socket, pid: int) -> None:
        self._connection, self.pid = connection, pid
        self._listens = False
        self.returncode: int | None = None

    def is_ready(self) -> bool:
        """Whether there is anything to wait for no more: its kernel listens, or it has ended."""
        has_ended = self.poll() is not None
        return has_ended or self._listens

    def poll(self) -> int | None:
        """The exit code, or None while it runs."""
        return self._ended(wait=0.0)

    def wait(self, timeout: float | None = None) -> int:
        """The exit code, once it has ended.

        Raises:
            subprocess.TimeoutExpired: It runs still.
        """
        code = self._ended(wait=timeout)
        if code is None:
            raise subprocess.TimeoutExpired("kernel", timeout or 0)
        return code

    def send_signal(self, number: int) -> None:
        """To the process alone."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """By SIGTERM."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """By SIGKILL."""
        self.send_signal(signal.SIGKILL)

    def _ended(self, *, wait: float | None) -> int | None:
        while self.returncode is None:
            self._connection.settimeout(wait)
            try:
                told = self._connection.recv(server.ANSWER.size)
            except (BlockingIOError, TimeoutError):
                return None
            if told == server.ANSWER.pack(server.READY):
                self._listens = True
                continue
            # Without a word the server itself is gone, and its kernels with it.
            self.returncode = (
                server.ANSWER.unpack(told)[0]
                if len(told) == server.ANSWER.size
                else -signal.SIGKILL
            )
            self._connection.close()
        return self.returncode


def fork(
    path: str,
    argv: Sequence[str],
    *,
    env: Mapping[str, str],
    cwd: str | Path,
    stdout: int | IO[Any] | None = None,
    stderr: int | IO[Any] | None = None,
) -> Forked:
    """A new process of the server at `path`, which becomes an ipykernel with these arguments.

    Raises:
        ConnectionError: There is no such server, or it is gone.
    """
    connection = socket.socket(socket.AF_UNIX)
    try:
        try:
            connection.connect(path)
        except OSError as error:
            raise ConnectionResetError(f"the server of kernels at {path} is gone") from error
        request = {"argv": list(argv), "env": dict(env), "cwd": str(Path(cwd).absolute())}
        text = json.dumps(request).encode()
        streams = [_descriptor(stdout, 1), _descriptor(stderr, 2)]
        socket.send_fds(connection, [server.HEAD.pack(len(text))], streams)
        connection.sendall(text)
        told = connection.recv(server.ANSWER.size)
        if len(told) < server.ANSWER.size:
            raise ConnectionResetError(f"the server of kernels at {path} is gone")
    except BaseException:
        connection.close()
        raise
    return Forked(connection, server.ANSWER.unpack(told)[0])


def shared_server(preload: Sequence[str], *, folder: Path, idle_seconds: float) -> str:
    """The socket of a server that all processes of this user share, started if need be.

    It ends when nobody has asked it for a kernel for so long.

    Raises:
        NotReady: It did not come up.
    """
    import fcntl
    import hashlib

    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    key = json.dumps([sys.executable, sys.version, list(preload)])
    path = folder / hashlib.sha256(key.encode()).hexdigest()[:16]
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if _answers(path):
            return str(path)
        path.unlink(missing_ok=True)
        with path.with_suffix(".log").open("w+b") as log:
            process = subprocess.Popen(
                _command(str(path), idle_seconds, preload),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                env={**ONE_THREAD, **os.environ},
                start_new_session=True,
            )
            while not _answers(path):
                if process.poll() is not None:
                    raise _not_ready(log)
                time.sleep(0.02)
    return str(path)


def _command(path: str, idle_seconds: float, preload: Sequence[str]) -> list[str]:
    if len(os.fsencode(path)) > MOST_BYTES_OF_A_PATH:
        raise NotReady(f"the path of a socket has at most {MOST_BYTES_OF_A_PATH} bytes: {path}")
    # -P: the folder it happens to start in is none of the kernels' import path. The debugger that
    # ipykernel brings asks for modules that are not frozen, and says so on stderr if they are.
    python = [sys.executable, "-P", "-X", "frozen_modules=off"]
    modules = [*ENGINE, *preload]
    return [*python, "-m", server.__name__, path, str(idle_seconds), *modules]


def _not_ready(log: IO[bytes]) -> NotReady:
    log.seek(0)
    said = log.read().decode(errors="replace").strip().splitlines()
    return NotReady(f"no server of kernels: {said[-1] if said else 'it ended'}")


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as connection:
        try:
            connection.connect(str(path))
        except OSError:
            return False
    return True


def _descriptor(stream: int | IO[Any] | None, own: int) -> int:
    if stream is None:
        return own
    return stream if isinstance(stream, int) else stream.fileno()
