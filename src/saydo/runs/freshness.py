"""Which pages are still true? A page rests on its notebook, its parameters, and what it has read.

A page's key is a digest of all that. Where the key of a page that is there is the same today,
nothing would change if it were made again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from saydo.runs.content import code_digest
from saydo.runs.digests import Digests, digest_of_read, half_of
from saydo.runs.files import sha256
from saydo.runs.manifest import Manifest, PageRecord
from saydo.runs.plan import Page
from saydo.runs.results import DIGESTS, KEPT, PREPARED
from saydo.runs.site import Site


@dataclass(frozen=True)
class Ground:
    """What the pages of a run rest on, beside what each has read."""

    common: str
    """Digest of what is the same for all pages."""
    digests: Mapping[str, Digests]
    """Of the results."""
    notebooks: dict[Path, str] = field(default_factory=dict)
    """Digest of each that was asked for: one notebook is hundreds of pages."""

    @classmethod
    def of(cls, begun: Manifest, *, project: Path, results: Path) -> Ground:
        """That of a run.

        Args:
            begun: Its params, day and versions.
            project: Whose own modules notebooks may import.
            results: Folder of what was prepared.
        """
        file = results / KEPT / DIGESTS
        digests = json.loads(file.read_text("utf-8")) if file.is_file() else {}
        told = {name: rows.model_dump() for name, rows in begun.rows.items()}
        digests[PREPARED] = {"whole": _digest(told, begun.notes), "segments": {}}
        modules = {
            file.relative_to(project).as_posix(): sha256(file)
            for folder in (project, project / "notebooks")
            for file in sorted(folder.glob("*.py"))
        }
        # Of results without digests only this much is known: that they are the same.
        of_all = "" if file.is_file() else begun.key
        common = (begun.params, begun.as_of, begun.versions, code_digest(), modules, of_all)
        return cls(_digest(*common), digests)

    def key(self, page: Page, near: Site, reads: Iterable[str]) -> str:
        """The key of a page.

        Args:
            page: The page.
            near: The site as far as the page leads to it.
            reads: What it has read, as its kernel has noted it.
        """
        leads = [(other.path, other.notebook.title, other.segment) for other in near.pages]
        read = [digest_of_read(self.digests, *json.loads(line)) for line in reads]
        file = page.notebook.file
        notebook = self.notebooks.get(file) or self.notebooks.setdefault(file, sha256(file))
        known = self.common, notebook, page.path, page.parameters, leads, near.without
        halves = [[half_of(digest, number) for digest in read] for number in (0, 1)]
        return "/".join(_digest(*known, half) for half in halves)

    def is_fresh(self, page: Page, near: Site, made: PageRecord) -> bool:
        """Whether the page that was made would be the same today."""
        then, now = made.key.split("/"), self.key(page, near, made.reads).split("/")
        return any(half == other for half, other in zip(then, now, strict=False))


def _digest(*parts: object) -> str:
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:24]
