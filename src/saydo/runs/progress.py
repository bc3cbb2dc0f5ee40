"""How far is the run? A bar on a terminal, plain lines anywhere else.

A run tells a `Progress` what begins and what came of it. Both kinds write to stderr, so that stdout
stays free for the result.
"""

from __future__ import annotations

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


class Silent:
    """Follows nothing, for a run that a program starts."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...
    def say(self, text: str) -> None: ...
    def begin(self, total: int) -> None: ...
    def page_begins(self, path: str) -> None: ...
    def page_ends(self, record: PageRecord) -> None: ...


class Lines(Silent):
    """One line per page made, for logs."""

    def __init__(self, console: Console) -> None:
        self.console, self.total, self.done = console, 0, 0

    def say(self, text: str) -> None:
        self.console.print(Text(text), soft_wrap=True)

    def begin(self, total: int) -> None:
        self.total = total

    def page_ends(self, record: PageRecord) -> None:
        self.done += 1
        width = len(str(self.total))
        self.say(
            f"[{self.done:>{width}}/{self.total}] {record.status:<6} {record.seconds:6.1f} s  "
            f"{_told(record)}"
        )


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


def following(console: Console) -> RunProgress:
    """The progress that suits where `console` writes."""
    return Bar(console) if console.is_terminal else Lines(console)


def _told(record: PageRecord) -> str:
    first = record.error.splitlines()[0] if record.error else ""
    return f"{record.path}  {first}".rstrip()
