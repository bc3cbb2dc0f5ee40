"""How far is the run? A bar on a terminal, plain lines in a log, JSON for a program.

A run tells a `RunProgress` what begins and what came of it. All kinds write to stderr, so that
stdout stays free for the result.
"""

from __future__ import annotations

import time
from datetime import timedelta
from types import TracebackType
from typing import Protocol, Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from saydo.runs.manifest import PageRecord
from saydo.runs.progress_kind import Kind

LINE_SECONDS = 60
"""How often a log is told how far the whole run is."""


class RunProgress(Protocol):
    """Who follows a run."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...
    def say(self, text: str) -> None:
        """Something about the run as a whole."""

    def begin(self, total: int) -> None:
        """So many pages will be made."""

    def page_begins(self, path: str) -> None:
        """A page is being made."""

    def page_ends(self, record: PageRecord) -> None:
        """What came of it."""

    def fails(self, message: str) -> bool:
        """An error ended the run; True if that is told hereby."""


class Silent:
    """Follows nothing, for a run that a program starts."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...
    def say(self, text: str) -> None: ...
    def begin(self, total: int) -> None: ...
    def page_begins(self, path: str) -> None: ...
    def page_ends(self, record: PageRecord) -> None: ...
    def fails(self, message: str) -> bool:
        return False


class Pace:
    """How many pages are done and failed, and how long the rest will take at the pace so far."""

    def __init__(self) -> None:
        self.total = self.done = self.failed = 0
        self.begun = time.monotonic()

    def begin(self, total: int) -> None:
        self.total, self.begun = total, time.monotonic()

    def page_ends(self, record: PageRecord) -> None:
        self.done += 1
        self.failed += record.status == "failed"

    @property
    def eta_seconds(self) -> float | None:
        """Seconds until the last page; None before the first one."""
        if not self.done:
            return None
        each = (time.monotonic() - self.begun) / self.done
        return round(each * (self.total - self.done), 1)


class Lines(Silent):
    """One line per page made, and now and then one on the whole run, for logs."""

    def __init__(self, console: Console) -> None:
        self.console, self.pace = console, Pace()
        self.told = 0.0

    def say(self, text: str) -> None:
        self.console.print(Text(text), soft_wrap=True)

    def begin(self, total: int) -> None:
        self.pace.begin(total)
        self.told = time.monotonic()

    def page_ends(self, record: PageRecord) -> None:
        self.pace.page_ends(record)
        width = len(str(self.pace.total))
        self.say(
            f"[{self.pace.done:>{width}}/{self.pace.total}] {record.status:<6} "
            f"{record.seconds:6.1f} s  {_told(record)}"
        )
        now = time.monotonic()
        if now - self.told >= LINE_SECONDS and self.pace.done < self.pace.total:
            left = timedelta(seconds=round(self.pace.eta_seconds or 0))
            done = f"{self.pace.done} of {self.pace.total} pages"
            self.say(f"{done}, {self.pace.failed} failed, about {left} left")
            self.told = now


class Bar(Silent):
    """Pages done, failed and being made, and the time that is left; failures stay on the screen."""

    def __init__(self, console: Console) -> None:
        self.console, self.failed = console, 0
        self.current: dict[str, None] = {}
        self.bar = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[now]}", markup=False),
            console=console,
            transient=True,
        )
        self.task = self.bar.add_task("reading data", total=None, now="")

    def __enter__(self) -> Self:
        self.bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.bar.stop()

    def say(self, text: str) -> None:
        self.bar.console.print(Text(text), soft_wrap=True)

    def begin(self, total: int) -> None:
        self.bar.reset(self.task, total=total, description="pages")

    def page_begins(self, path: str) -> None:
        self.current[path] = None
        self._show()

    def page_ends(self, record: PageRecord) -> None:
        self.current.pop(record.path, None)
        if record.status == "failed":
            self.failed += 1
            self.say(f"failed  {_told(record)}")
        self.bar.advance(self.task)
        self._show()

    def _show(self) -> None:
        failed = f", {self.failed} failed" if self.failed else ""
        now = "  ".join(self.current)
        self.bar.update(self.task, description=f"pages{failed}", now=now)


def following(console: Console, kind: Kind = Kind.auto) -> RunProgress:
    """The progress of this kind; for `auto` the one that suits where `console` writes."""
    if kind == Kind.auto:
        kind = Kind.bar if console.is_terminal else Kind.plain
    if kind == Kind.none:
        return Silent()
    if kind == Kind.json:
        # Only now: it rests on what is above.
        from saydo.runs.progress_json import JsonLines

        return JsonLines(console)
    return Bar(console) if kind == Kind.bar else Lines(console)


def _told(record: PageRecord) -> str:
    first = record.error.splitlines()[0] if record.error else ""
    return f"{record.path}  {first}".rstrip()
