"""What a run has written of each table, for the page that lists their files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict

REJECTS = "rejects/"
"""How the names of rejected rows begin, before that of their table."""


class Written(TypedDict):
    """What was written of a table."""

    rows: int | None
    columns: int | None
    """None of a workbook, which holds several tables."""
    files: Mapping[str, int]
    """Bytes, by path from the run's folder on."""


def rounded(n_bytes: int) -> int:
    """A file's size as it is told: in whole kilobytes, and above ten of them by two digits."""
    grid = max(1000, 10 ** (len(str(n_bytes)) - 2))
    return max(round(n_bytes / grid), 1) * grid
