"""Words that must not leave this machine: its folders, and what its secrets hold.

Reports are mailed and published. Tracebacks, warnings and notebook metadata name the folders of the
machine that made them, and an error of a database may quote its address with the password. A
`Places` replaces both wherever a run writes text.
"""

from __future__ import annotations

import json
import os
import re
import site
import sys
import sysconfig
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from saydo.runs.secret_parts import in_html, secret_parts, written_forms


@dataclass(frozen=True)
class Places:
    """What to replace, by what; longest first, so that a folder goes before the one it is in."""

    words: tuple[tuple[str, str], ...]
    """Folders."""
    secrets: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, project: Path, *, out: Path, variables: tuple[str, ...] = ()) -> Places:
        """The places of a run on `project`, and the secrets that environment `variables` hold."""
        folders: Mapping[str, str] = {
            str(out.resolve()): "reports",
            str(out.absolute()): "reports",
            str(project.resolve()): ".",
            str(project.absolute()): ".",
            **dict.fromkeys([*site.getsitepackages(), site.getusersitepackages()], "python"),
            str(Path(__file__).resolve().parents[2]): "python",
            **dict.fromkeys([sys.prefix, sys.base_prefix], "python"),
            sysconfig.get_path("stdlib"): "python",
            tempfile.gettempdir(): "tmp",
            str(Path.home()): "~",
        }
        # "/" or "/x" alone would be found in any text with a slash in it.
        named = {folder: word for folder, word in folders.items() if len(folder) > 3}
        held = {
            part: f"${name}"
            for name in variables
            for part in secret_parts(os.environ.get(name, "").strip())
        }
        return cls(_longest_first(named), _longest_first(held))

    def without(self, text: str) -> str:
        """`text` with every place replaced, also where it stands as JSON or HTML."""
        for secret, word in self._secret_forms:
            text = text.replace(secret, word)
        for place, word in self.words:
            for written in sorted({place, json.dumps(place)[1:-1], *in_html(place)}):
                if written in text:
                    # Not inside a longer name: /data is no part of /database or of https://x/data.
                    whole = rf"(?<![\w.~:/-]){re.escape(written)}(?![\w-])"
                    text = re.sub(whole, word.replace("\\", r"\\"), text)
        return _CELL.sub("cell", text)

    @contextmanager
    def kept_in(self) -> Iterator[None]:
        """Errors that leave this block, and what they came from, say nothing of any place."""
        try:
            yield
        except Exception as error:
            told: BaseException | None = error
            while told is not None:
                self._clean(told)
                told = told.__cause__ or told.__context__
            raise

    def _clean(self, error: BaseException) -> None:
        error.args = tuple(
            self.without(each) if isinstance(each, str) else each for each in error.args
        )
        if isinstance(error, OSError) and isinstance(error.filename, str):
            error.filename = self.without(error.filename)

    @cached_property
    def _secret_forms(self) -> tuple[tuple[str, str], ...]:
        forms = {form: word for secret, word in self.secrets for form in written_forms(secret)}
        return _longest_first(forms)


def _longest_first(words: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(words.items(), key=lambda pair: -len(pair[0])))


# IPython names the code of a cell after its process: another one in each run.
_CELL = re.compile(r"(?<![\w.])[^\s\"'<>]*ipykernel_\d+[/\\]+\d+\.py")
