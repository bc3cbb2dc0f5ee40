"""Ctrl-C and SIGTERM: a run stops in good order, once, and never amid what must be whole.

The first of them raises, `KeyboardInterrupt` or `Terminated`, in the main thread, as Ctrl-C does in
any program. Those that follow are not heeded while the run tidies up: whoever presses Ctrl-C twice
is in a hurry, but a manifest that is not written costs all pages. Where that takes too long, there
is SIGKILL, which a run survives.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Self


class Terminated(SystemExit):
    """Somebody asked the process to end, by SIGTERM: systemd, cron's shell, `kill`, a container."""

    def __init__(self) -> None:
        super().__init__(128 + signal.SIGTERM)


STOPS = (KeyboardInterrupt, Terminated)
"""What `Stopping` raises."""


class Stopping:
    """While it is entered, the first signal raises, unless it is held up; others do nothing.

    Only the main thread can have signals. In any other thread this does nothing.
    """

    def __init__(self) -> None:
        self.heard: int | None = None
        """The first signal that came."""
        self._held = False
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._before[number] = signal.signal(number, self._hear)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    @contextmanager
    def held_up(self) -> Iterator[None]:
        """A signal that comes within raises at the end: for what takes an instant and is whole."""
        already, self._held = self.heard, True
        try:
            yield
        finally:
            self._held = False
        if self.heard and not already:
            self._stop()

    def _hear(self, number: int, frame: FrameType | None) -> None:
        if self.heard is None:
            self.heard = number
            if not self._held:
                self._stop()

    def _stop(self) -> None:
        raise Terminated if self.heard == signal.SIGTERM else KeyboardInterrupt
