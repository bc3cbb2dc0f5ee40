"""The manifest while it grows: pages that stand from an earlier run, and those made since.

Starts from the manifest that an earlier run left in the folder. Its pages are kept if the same
params, data and versions made them; others no longer agree with the folder's tables, and go.
At whatever instant a run is killed, each page that the manifest calls ok is there as it says.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, Self

from saydo.runs import manifest
from saydo.runs.files import flush_names, write
from saydo.runs.manifest import Manifest, PageRecord
from saydo.runs.places import Places
from saydo.runs.plan import Page

SAVE_SECONDS = 5
"""How often the manifest is written while pages are being made."""

RESERVE = ".reserve"
"""File that holds room for the manifest, so that a full disk can be told of."""

_ROOM, _ROOM_PER_PAGE = 65_536, 2_048
"""Bytes of it: for what was asked, and for what became of each page."""


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
        self.pending: set[str] = set()
        """Pages that will be made, so that at any instant they may be other than they were."""
        self.has_begun = False
        """Whether anything in the folder may be other than it was."""
        self.written: list[str] = []
        """Files of which the manifest on the disk says nothing yet."""
        self.saved = 0.0

    @classmethod
    def continued(
        cls,
        begun: Manifest,
        folder: Path,
        *,
        places: Places,
        order: Sequence[str],
        is_fresh: Callable[[PageRecord], bool] | None = None,
    ) -> Self:
        """With the pages of an earlier run that still stand, and would be the same if made again.

        Args:
            begun: This run's.
            folder: Of both runs.
            places: What must not be written.
            order: Paths of all pages.
            is_fresh: Whether a page rests on the same as it would today; if left out, all do if the
                earlier run had the same params, data and versions, and none otherwise.
        """
        record = cls(begun, folder, places=places, order=order)
        earlier = manifest.read(folder)
        if earlier is not None:
            record.before = earlier.pages
            same = begun.ground == earlier.ground
            fresh = [page for page in earlier.pages if (is_fresh(page) if is_fresh else same)]
            record.pages = {
                page.path: page if page.status == "failed" else _kept(page)
                for page in fresh
                if page.status == "failed" or page.stands(folder)
            }
            paths = {page.path for page in fresh}
            record.outdated = tuple(page for page in earlier.pages if page.path not in paths)
        return record

    def has(self, page: Page) -> bool:
        """Whether the page is there, rendered."""
        return page.path in self.pages and self.pages[page.path].status == "ok"

    def begin(self, making: Sequence[Page]) -> None:
        """Write, before anything else changes, which pages can no longer be relied on.

        Args:
            making: The pages that this run makes.
        """
        self.pending = {page.path for page in making}
        write(self.folder / RESERVE, bytes(_ROOM + _ROOM_PER_PAGE * len(self.order)))
        self._save(self._manifest("running"))
        self.has_begun = True

    def add(self, page: PageRecord) -> None:
        """Note what became of a page, so that not even a power cut loses more than the last few."""
        self.pages[page.path] = page
        self.pending.discard(page.path)
        self.written += [page.path, *([page.record] if page.record else [])]
        if page.sha256 is None:
            # Not even its error page could be written; what an earlier run left is not of this one.
            self._remove(page.path)
        if time.monotonic() - self.saved > SAVE_SECONDS:
            # A disk that is full now may have room later: `end` will tell.
            with suppress(OSError):
                self._save(self._manifest("running"))

    def end(self, asked: Sequence[Page], *, of: Sequence[Page], interrupted: bool) -> Manifest:
        """Write the manifest for good.

        Args:
            asked: The pages that this run was to make.
            of: All pages of the study.
            interrupted: The user stopped the run.
        """
        for path in self.pending & self.pages.keys():
            page = self.pages[path]
            if page.status == "ok" and not page.stands(self.folder):
                # Made again, or nearly, when the run was stopped: nobody knows of which it is.
                del self.pages[path]
        self.pending = set()
        made = all(map(self.has, asked))
        ended = self._manifest(
            "interrupted" if interrupted else "ok" if made else "failed"
        ).model_copy(
            update={
                "finished": datetime.now(UTC).replace(microsecond=0),
                "complete": not interrupted and all(map(self.has, of)),
            }
        )
        self._forget_the_rest()
        self._save_for_good(ended)
        return ended

    def _manifest(self, status: Literal["running", "ok", "failed", "interrupted"]) -> Manifest:
        pages = dict(self.pages)
        if status == "running":
            pages = {page.path: _as(page, "outdated") for page in self.before} | {
                path: _as(page, "pending") if path in self.pending and page.status == "ok" else page
                for path, page in self.pages.items()
            }
        last = len(self.order)
        inorder = sorted(pages.values(), key=lambda page: self.order.get(page.path, last))
        return self.begun.model_copy(update={"status": status, "pages": tuple(inorder)})

    def _save(self, content: Manifest) -> None:
        for folder in {(self.folder / name).parent for name in self.written}:
            flush_names(folder)
        self.written.clear()
        content.write(self.folder, self.places)
        self.saved = time.monotonic()

    def _save_for_good(self, ended: Manifest) -> None:
        reserve = self.folder / RESERVE
        try:
            self._save(ended)
        except OSError:
            # The disk is full, most likely: for this the room was kept.
            reserve.unlink(missing_ok=True)
            self._save(ended)
        reserve.unlink(missing_ok=True)

    def _forget_the_rest(self) -> None:
        """Remove pages of the earlier run that are in this one's manifest no more."""
        for page in self.before:
            if page.path not in self.pages:
                for name in (page.path, page.record):
                    self._remove(name or ".")

    def _remove(self, name: str) -> None:
        # A manifest can be edited, and what it names is deleted here.
        folder = self.folder.resolve()
        file = (folder / name).resolve()
        if file != folder and file.is_relative_to(folder):
            file.unlink(missing_ok=True)


def _kept(page: PageRecord) -> PageRecord:
    return page.model_copy(update={"status": "ok", "kept": True})


def _as(page: PageRecord, status: Literal["ok", "pending", "outdated"]) -> PageRecord:
    return page.model_copy(update={"status": status})
