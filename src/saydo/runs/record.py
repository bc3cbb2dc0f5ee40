"""The manifest while it grows: pages that stand from an earlier run, and those made since.

Starts from the manifest that an earlier run left in the folder. Its pages are kept if the same
params, data and versions made them; others no longer agree with the folder's tables, and go.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, Self

from saydo.runs import manifest
from saydo.runs.manifest import Manifest, PageRecord
from saydo.runs.places import Places
from saydo.runs.plan import Page

SAVE_SECONDS = 5
"""How often the manifest is written while pages are being made."""


class Record:
    """What became of each page so far."""

    def __init__(
        self, begun: Manifest, folder: Path, *, places: Places, order: Sequence[str]
    ) -> None:
        self.begun, self.folder, self.places = begun, folder, places
        self.order = {path: number for number, path in enumerate(order)}
        self.pages: dict[str, PageRecord] = {}
        self.before: tuple[PageRecord, ...] = ()
        self.outdated: tuple[PageRecord, ...] = ()
        """Pages of an earlier run that no longer agree with the tables beside them."""
        self.saved = 0.0

    @classmethod
    def continued(
        cls, begun: Manifest, folder: Path, *, places: Places, order: Sequence[str]
    ) -> Self:
        """With the pages of an earlier run that still stand."""
        record = cls(begun, folder, places=places, order=order)
        earlier = manifest.read(folder)
        if earlier is not None:
            record.before = earlier.pages
            if begun.ground == earlier.ground:
                record.pages = {
                    page.path: page
                    for page in earlier.pages
                    if page.status == "failed" or page.stands(folder)
                }
            else:
                record.outdated = earlier.pages
        return record

    def has(self, page: Page) -> bool:
        """Whether the page is there, rendered."""
        return page.path in self.pages and self.pages[page.path].status == "ok"

    def add(self, page: PageRecord) -> None:
        """Note what became of a page, so that not even a power cut loses more than the last few."""
        self.pages[page.path] = page
        if time.monotonic() - self.saved > SAVE_SECONDS:
            self._manifest("running").write(self.folder, self.places)
            self.saved = time.monotonic()

    def end(
        self, asked: Sequence[Page], *, of: Sequence[Page] | None, interrupted: bool
    ) -> Manifest:
        """Write the manifest for good.

        Args:
            asked: The pages that this run was to make.
            of: All pages of the study; None where only some of its segments are known.
            interrupted: The user stopped the run.
        """
        made = all(map(self.has, asked))
        ended = self._manifest(
            "interrupted" if interrupted else "ok" if made else "failed"
        ).model_copy(
            update={
                "finished": datetime.now(UTC).replace(microsecond=0),
                "complete": of is not None and not interrupted and all(map(self.has, of)),
            }
        )
        self._forget_the_rest()
        ended.write(self.folder, self.places)
        return ended

    def _manifest(self, status: Literal["running", "ok", "failed", "interrupted"]) -> Manifest:
        last = len(self.order)
        pages = sorted(self.pages.values(), key=lambda page: self.order.get(page.path, last))
        return self.begun.model_copy(update={"status": status, "pages": tuple(pages)})

    def _forget_the_rest(self) -> None:
        """Remove pages of the earlier run that are in this one's manifest no more."""
        folder = self.folder.resolve()
        for page in self.before:
            if page.path in self.pages:
                continue
            for name in (page.path, page.record):
                # A manifest can be edited, and what it names is deleted here.
                file = (folder / name).resolve() if name else folder
                if file != folder and file.is_relative_to(folder):
                    file.unlink(missing_ok=True)
