"""The process that has imported everything, and forks kernels.

Started by `forked.Server`: `python -P -m saydo.runs.warm.server SOCKET IDLE MODULE…`. Imports the
modules, listens at the socket, and says "ready". Each connection is a request: a JSON object
(`argv` of ipykernel, `env`, `cwd`) with the descriptors of stdout and stderr. The answer is the
new process's id, a word when its kernel listens, and, when it has ended, its exit code; a
connection that closes before ends the process. So no kernel outlives whoever asked for it, and none
outlives this process.

One thread only, always: a fork copies no others, and a lock that one of them held stays locked.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import json
import os
import selectors
import signal
import socket
import struct
import sys
import time
from pathlib import Path
from typing import Any, NoReturn

HEAD = struct.Struct("!I")
"""Length of a request, in bytes."""
ANSWER = struct.Struct("!i")
"""A process id, then `READY`, and then an exit code (−n: killed by n), as `subprocess` has it."""
READY = 1 << 16
"""Said by a kernel that listens; no exit code."""

_CONTROL_SECONDS = 2.0
"""How long a kernel's end waits for the thread by which it was told to end."""

_LISTENER, _OWNER, _SIGNALS = "listener", "owner", "signals"


def main(socket_path: str, idle_seconds: float, modules: list[str]) -> None:
    """Serve until stdin closes, or nobody asked for so long (0: for ever) and no kernel runs."""
    for module in modules:
        importlib.import_module(module)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(socket_path)
        listener.listen(128)
        # Pages that children don't write to stay shared; the collector would write to all.
        gc.collect()
        gc.freeze()
        print("ready", flush=True)
        try:
            _Server(listener, idle_seconds).serve()
        finally:
            with contextlib.suppress(FileNotFoundError):
                Path(socket_path).unlink()


class _Server:
    def __init__(self, listener: socket.socket, idle_seconds: float) -> None:
        self.listener, self.idle_seconds = listener, idle_seconds
        self.selector = selectors.DefaultSelector()
        self.asked_by: dict[int, socket.socket] = {}
        """Who asked for each process that runs."""
        self.last_asked = time.monotonic()

    def serve(self) -> None:
        woken, wakes = socket.socketpair()
        for end in (woken, wakes):
            end.setblocking(False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        # Ctrl-C reaches every process of a terminal; whoever asked for a kernel decides about it.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        signal.set_wakeup_fd(wakes.fileno(), warn_on_full_buffer=False)
        self.selector.register(self.listener, selectors.EVENT_READ, _LISTENER)
        self.selector.register(woken, selectors.EVENT_READ, _SIGNALS)
        if not self.idle_seconds:
            self.selector.register(sys.stdin, selectors.EVENT_READ, _OWNER)
        try:
            while not self._is_idle():
                for key, _events in self.selector.select(self.idle_seconds or None):
                    if key.data == _OWNER:
                        return
                    if key.data == _SIGNALS:
                        with contextlib.suppress(BlockingIOError):
                            woken.recv(4096)
                        self._bury()
                    elif key.data == _LISTENER:
                        self._accept()
                    else:
                        self._hang_up(key.data)
        finally:
            for pid in self.asked_by:
                _kill(pid)

    def _is_idle(self) -> bool:
        waited = time.monotonic() - self.last_asked
        return bool(self.idle_seconds) and not self.asked_by and waited >= self.idle_seconds

    def _accept(self) -> None:
        connection, _address = self.listener.accept()
        self.last_asked = time.monotonic()
        try:
            request, descriptors = _received(connection)
        except (OSError, ValueError):
            # Whoever asked is gone already: nothing was begun.
            connection.close()
            return
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if not pid:
            self._leave_to_child()
            _become_kernel(request, descriptors, connection)
        for descriptor in descriptors:
            os.close(descriptor)
        with contextlib.suppress(OSError):  # Hung up since: seen below, and the process ended.
            connection.sendall(ANSWER.pack(pid))
        self.asked_by[pid] = connection
        self.selector.register(connection, selectors.EVENT_READ, pid)

    def _leave_to_child(self) -> None:
        """In the child: nothing of the server's stays open, or ends of others would go unseen."""
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGCHLD, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for key in list(self.selector.get_map().values()):
            if key.data != _OWNER:
                key.fileobj.close()  # type: ignore[union-attr]
        self.selector.close()

    def _bury(self) -> None:
        """Tell of processes that have ended to those who asked for them."""
        for pid in list(self.asked_by):
            done, status = os.waitpid(pid, os.WNOHANG)
            if done:
                connection = self.asked_by.pop(pid)
                with contextlib.suppress(OSError):
                    connection.sendall(ANSWER.pack(os.waitstatus_to_exitcode(status)))
                self.selector.unregister(connection)
                connection.close()
                # What it started goes with it, as with a terminal that closes.
                _kill(pid, only_group=True)

    def _hang_up(self, pid: int) -> None:
        """Whoever asked is gone: their kernel goes too, and is buried when it has."""
        if pid in self.asked_by:
            self.selector.unregister(self.asked_by[pid])
            self.asked_by[pid].close()
            _kill(pid)
            os.waitpid(pid, 0)
            del self.asked_by[pid]


def _kill(pid: int, *, only_group: bool = False) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
        return
    if not only_group:  # It has not come to lead its group yet.
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _received(connection: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """A request, and the descriptors of stdout and stderr that came with it.

    Raises:
        ValueError: It is not whole.
    """
    connection.settimeout(10)
    head, descriptors, _flags, _address = socket.recv_fds(connection, HEAD.size, 2)
    try:
        if len(head) < HEAD.size or len(descriptors) != 2:
            raise ValueError("not a request")
        (left,) = HEAD.unpack(head)
        parts: list[bytes] = []
        while left:
            part = connection.recv(left)
            if not part:
                raise ValueError("not a whole request")
            parts.append(part)
            left -= len(part)
        request = json.loads(b"".join(parts))
    except BaseException:
        for descriptor in descriptors:
            os.close(descriptor)
        raise
    connection.settimeout(None)
    return request, descriptors


def _become_kernel(
    request: dict[str, Any], descriptors: list[int], connection: socket.socket
) -> NoReturn:
    """In the child: be as a process that was started for this kernel alone, from here on."""
    code = 1
    try:
        os.setsid()
        _take_over(request, descriptors)
        from ipykernel.kernelapp import IPKernelApp

        app = IPKernelApp.instance()
        # It ends itself when this process is no longer its parent; from the environment it reads
        # that when imported only, which was before.
        app.initialize([*request["argv"], f"--IPKernelApp.parent_handle={os.getppid()}"])
        _show_figures_inline()
        with connection, contextlib.suppress(OSError):
            connection.sendall(ANSWER.pack(READY))
        app.start()
        # ipykernel would close what this thread still writes to, and each wait for the other.
        app.control_thread.join(_CONTROL_SECONDS)
        code = 0
    except SystemExit as left:
        code = left.code if isinstance(left.code, int) else int(left.code is not None)
    except BaseException:  # noqa: BLE001  the end of a process: told on stderr, as any would be
        sys.excepthook(*sys.exc_info())
    finally:
        # Not the interpreter's own end: it frees object by object what the system frees at once.
        atexit._run_exitfuncs()
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(Exception):
                stream.flush()
        os._exit(code)


def _take_over(request: dict[str, Any], descriptors: list[int]) -> None:
    """Streams, environment, folder, arguments and chance of the process asked for."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    for descriptor, number in zip((nothing, *descriptors), (0, 1, 2), strict=True):
        os.dup2(descriptor, number)
        os.close(descriptor)
    os.environ.clear()
    os.environ.update(request["env"])
    if hasattr(time, "tzset"):
        time.tzset()
    os.chdir(request["cwd"])
    sys.argv = ["ipykernel_launcher", *request["argv"]]
    if "numpy.random" in sys.modules:
        # Python's own generator is seeded anew after a fork, numpy's is not: all would draw alike.
        sys.modules["numpy.random"].seed()


def _show_figures_inline() -> None:
    """matplotlib, if imported before the fork, has settled on a backend, and would show nothing."""
    backend, matplotlib = os.environ.get("MPLBACKEND"), sys.modules.get("matplotlib")
    if backend and matplotlib is not None:
        matplotlib.rcParams["backend"] = backend
        if "matplotlib.pyplot" in sys.modules:
            sys.modules["matplotlib.pyplot"].switch_backend(backend)


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), sys.argv[3:])
