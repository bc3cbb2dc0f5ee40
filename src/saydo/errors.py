"""What can go wrong, in words that name the place and the remedy.

Every error that a user can cause derives from `SaydoError`; the command line prints it without a
traceback and exits with its `exit_code`. Anything else that escapes is a bug in saydo.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class SaydoError(Exception):
    """Base of all errors that a user can mend."""

    exit_code = 2


@dataclass(frozen=True)
class Problem:
    """One thing wrong in one place of a file."""

    where: str
    """Path in the file (`data.tables.orders.columns`) or file, column and row."""
    what: str
    """What was found, what that prevents, and what to change."""

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


class _ManyProblems(SaydoError):
    """An error that reports everything wrong at once."""

    def __init__(self, source: str, problems: Sequence[Problem]) -> None:
        self.source = source
        self.problems = tuple(problems)
        count = len(self.problems)
        head = f"{source}: {count} problem{'s' if count != 1 else ''}"
        super().__init__("\n".join([head, *(f"  - {problem}" for problem in self.problems)]))

    def __reduce__(self) -> tuple[type, tuple[str, tuple[Problem, ...]]]:
        # Exceptions are rebuilt from `args` when they cross a process; ours take other arguments.
        return type(self), (self.source, self.problems)


class ParamsError(_ManyProblems):
    """The params file can't be used; lists every problem with its path and the allowed values."""


class DataError(_ManyProblems):
    """The data can't be used as params describe them; lists every problem."""


class NotEstimable(SaydoError):
    """The data can't support this estimate. Says why, and what would change it."""


class UnknownName(SaydoError):
    """A segment, KPI, item or table of this name does not exist. Lists the allowed ones."""

    def __init__(self, kind: str, name: str, allowed: Sequence[str]) -> None:
        self.kind, self.name, self.allowed = kind, name, tuple(allowed)
        listed = ", ".join(map(str, self.allowed)) or "(none)"
        super().__init__(f"There is no {kind} {name!r}. Allowed: {listed}.")

    def __reduce__(self) -> tuple[type, tuple[str, str, tuple[str, ...]]]:
        return type(self), (self.kind, self.name, self.allowed)
