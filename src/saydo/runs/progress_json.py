"""How far is the run? One JSON object per line and event, for programs.

docs/schedulers.md tells the fields.
"""

from __future__ import annotations

import json
import warnings
from typing import Any, Self

from rich.console import Console

from saydo.runs.manifest import PageRecord
from saydo.runs.progress import Pace, Silent


class JsonLines(Silent):
    """Writes what happens, warnings of libraries included, as JSON."""

    def __init__(self, console: Console) -> None:
        self.stream, self.pace = console.file, Pace()
        self._warnings = warnings.catch_warnings()

    def __enter__(self) -> Self:
        self._warnings.__enter__()
        warnings.showwarning = self._warned
        return self

    def __exit__(self, *raised: object) -> None:
        self._warnings.__exit__(None, None, None)
        # An error goes on to whoever asked for the run, and comes back by `fails`.
        if raised[0] is None:
            stopped = self.pace.done < self.pace.total
            status = "interrupted" if stopped else "failed" if self.pace.failed else "ok"
            self._tell("end", status=status)

    def fails(self, message: str) -> bool:
        self._tell("end", status="error", error=message)
        return True

    def say(self, text: str) -> None:
        self._tell("note", text=text)

    def begin(self, total: int) -> None:
        self.pace.begin(total)
        self._tell("begin")

    def page_begins(self, path: str) -> None:
        self._tell("page", path=path, status="running")

    def page_ends(self, record: PageRecord) -> None:
        self.pace.page_ends(record)
        self._tell(
            "page",
            **record.model_dump(include={"path", "segment", "notebook", "status", "seconds"}),
            error=record.error,
        )

    def _warned(self, message: Warning | str, category: type[Warning], *_: Any, **__: Any) -> None:
        """Instead of text between the objects; without the folder that Python would name."""
        self.say(f"{category.__name__}: {message}")

    def _tell(self, event: str, **fields: object) -> None:
        pace = self.pace
        line = {
            "event": event,
            **dict.fromkeys(("path", "segment", "notebook", "status", "seconds")),
            "done": pace.done,
            "total": pace.total,
            "failed": pace.failed,
            "error": None,
            "eta_seconds": pace.eta_seconds,
            "text": None,
            **fields,
        }
        whole = {
            name: _whole(each) if isinstance(each, str) else each for name, each in line.items()
        }
        # In ASCII, so that no terminal's encoding can spoil a line.
        self.stream.write(json.dumps(whole) + "\n")
        self.stream.flush()


def _whole(text: str) -> str:
    """Without halves of characters, as undecodable file names have: strict readers refuse them."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
