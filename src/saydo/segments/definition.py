"""How were segments drawn? A definition can be kept in a file that people read, and used again.

A pin is the file `segmentation.yml` in a run's folder. The next run of the study takes the newest
pin of an earlier day, so that a segment means the same in both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from saydo.errors import DataError, Problem
from saydo.segments.way import Learned

_HEAD = """\
# How customers were segmented. Later runs of this study use it again, so that a segment means the
# same from month to month; `refit: true` under `segments` in the params learns it anew.
"""


@dataclass(frozen=True)
class Definition:
    """What it takes to place a customer in a segment."""

    method: str
    settings: Mapping[str, Any]
    """The params' `segments`, without `refit`."""
    learned_on: date
    """Last day of what was learned from."""
    learned: Learned

    def to_yaml(self) -> str:
        """The text of a pin."""
        content = {
            "method": self.method,
            "settings": dict(self.settings),
            "learned_on": self.learned_on,
            "learned": self.learned,
        }
        return _HEAD + yaml.safe_dump(content, sort_keys=False, allow_unicode=True)


def read_pin(file: Path) -> Definition:
    """The definition in a pin.

    Raises:
        DataError: It is none, or was changed into something else.
    """
    try:
        content = yaml.safe_load(file.read_text("utf-8"))
        return Definition(
            method=content["method"],
            settings=content["settings"],
            learned_on=content["learned_on"],
            learned=content["learned"],
        )
    except (yaml.YAMLError, KeyError, TypeError) as error:
        what = f"it is no pinned definition ({error}); delete it, or set refit: true"
        raise DataError("segments", [Problem(f"{file.parent.name}/{file.name}", what)]) from error
