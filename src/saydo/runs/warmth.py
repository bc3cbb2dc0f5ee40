"""How kernels of a run start, warm where the system can, and what each may take.

Light to import: a run in which nothing has changed starts none.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from saydo.runs.warm.forked import CAN_FORK, Server

PRELOADED = ("saydo.runs.preloaded",)
"""What kernels of a run have imported before they begin."""


@dataclass(frozen=True)
class Kernels:
    """How kernels start, and what each may take."""

    server: str = ""
    """Socket of a process on this machine that has imported what pages need, and forks them; empty:
    they start cold."""
    seconds: float | None = None
    """For all cells of a page together."""
    memory: int | None = None
    """Bytes that a kernel may allocate (Linux); then it raises `MemoryError`."""
    attempts: int = 3
    """How often a page is begun whose kernel dies; only the first may be at fault for it."""
    pause: float = 1.0
    """Seconds before the second attempt; four times as long before the next, and so on."""


class Warmth(AbstractContextManager["Warmth"]):
    """Warm kernels for a run: their server starts when it is asked to, and goes with the run."""

    def __init__(self, *, cold: bool = False) -> None:
        self._is_warm = CAN_FORK and not cold
        self._server: Server | None = None

    def begin(self) -> None:
        """Start the server, if it has not begun; while it imports there is other work to do."""
        if self._is_warm and self._server is None:
            self._server = Server(PRELOADED)

    def kernels(self, **limits: Any) -> Kernels:
        """How kernels start now, with these limits; waits until the server is ready."""
        self.begin()
        socket = self._server.wait().socket if self._server else ""
        return Kernels(server=socket, **limits)

    def close(self) -> None:
        """End the server, and every kernel that it has forked."""
        if self._server is not None:
            self._server.close()

    def __exit__(self, *_: object) -> None:
        self.close()
