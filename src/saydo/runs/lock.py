"""Who may write into a folder? One run at a time, and one that is gone is in nobody's way.

A `Lock` is a file that names its holder. It is made in one step, touched while its holder lives,
and removed when the holder is done. One whose process is no more is recovered: at once on the same
machine, after `SILENT_SECONDS` without a touch on another, for there nobody can see the process.
Nothing but files that can be made exclusively and renamed is needed, so that it holds on network
drives too.
"""

from __future__ import annotations

import os
from pathlib import Path
from threading import Event, Thread
from typing import Self

from saydo.errors import SaydoError
from saydo.runs.files import make_folder, near
from saydo.runs.holder import Holder, holder_of

NAME = ".lock"

TOUCH_SECONDS = 10
"""How often a holder shows that it lives."""

SILENT_SECONDS = 600
"""After so long without a touch, a holder on another machine is taken to be gone."""


class Locked(SaydoError):
    """Another run is writing into the folder; names it and the remedy. Nothing was changed."""


class LockLost(SaydoError):
    """The lock is no longer this run's, so that it must not go on writing."""


class Lock:
    """The right to write into `folder`, from `with` on until its end.

    Args:
        folder: What is locked; made if need be, and removed if nothing came into it.
        name: Of the file. Locks of different names do not exclude each other.
        command: What the holder does, for whoever finds the lock.

    Raises:
        Locked: On entering, if somebody else holds it.
    """

    def __init__(self, folder: Path, *, name: str = NAME, command: str = "") -> None:
        self.file = folder / name
        self.holder = Holder.this_process(command)
        self.recovered: Holder | None = None
        """Who left the lock behind, if anybody did."""
        self._made: list[Path] = []
        self._end = Event()

    def __enter__(self) -> Self:
        self._made = make_folder(self.file.parent)
        draft = self.file.with_name(f"{self.file.name}.{self.holder.token}.draft")
        try:
            with draft.open("x") as target:
                target.write(self.holder.model_dump_json(indent=1) + "\n")
                target.flush()
                os.fsync(target.fileno())
            self._take(self.file, draft)
        except BaseException:
            draft.unlink(missing_ok=True)
            self.__exit__()
            raise
        draft.unlink()
        self._remove_litter()
        Thread(target=self._touch, name="saydo lock", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        if self.is_mine():
            self.file.unlink(missing_ok=True)
        self._leave_no_folder()

    def check(self) -> None:
        """Make sure that the folder is still this run's.

        Raises:
            LockLost: Somebody removed the lock, or took it for one that was left behind.
        """
        if not self.is_mine():
            now = holder_of(self.file)
            raise LockLost(
                f"{near(self.file)} is no longer this run's: "
                f"{f'{now} has it' if now else 'somebody removed it'}. The run stopped, so that "
                "no two write the same pages. Run again with --retry-failed when no other does."
            )

    def _take(self, file: Path, draft: Path) -> None:
        """Let `file` be `draft`, unless somebody who lives holds it.

        Of several who find the same holder gone, the one succeeds it who makes the file named by
        its token. So the lock is never removed, and then made, by two.
        """
        while not _make(file, draft):
            found = holder_of(file)
            if found is None:
                continue  # Released meanwhile.
            now = draft.stat().st_mtime
            if not _is_gone(found, now=now):
                raise Locked(_in_use(file, found, silent=now - found.touched))
            succession = file.with_name(f"{file.name}.{found.token}")
            self._take(succession, draft)
            still = holder_of(file)
            if still is not None and still.token == found.token:
                succession.replace(file)
                self.recovered = found
                return
            # Another one succeeded between the look and the claim, which is void therefore.
            succession.unlink()

    def is_mine(self) -> bool:
        """Whether the folder is still this run's."""
        now = holder_of(self.file)
        return now is not None and now.token == self.holder.token

    def _touch(self) -> None:
        while not self._end.wait(TOUCH_SECONDS):
            try:
                if self.is_mine():
                    os.utime(self.file)
            except OSError:
                # A drive that can't be reached for a while; SILENT_SECONDS are many touches.
                continue

    def _remove_litter(self) -> None:
        """Remove what those left who were killed while they took this lock."""
        now = self.file.stat().st_mtime
        for file in self.file.parent.glob(f"{self.file.name}.*"):
            left_by = holder_of(file)
            if left_by is not None and _is_gone(left_by, now=now):
                file.unlink(missing_ok=True)

    def _leave_no_folder(self) -> None:
        for folder in reversed(self._made):
            if not folder.is_dir() or any(folder.iterdir()):
                break
            folder.rmdir()


def _make(file: Path, draft: Path) -> bool:
    """Let `file` be `draft`, whole from its first instant; False if there is one already."""
    try:
        os.link(draft, file)
    except FileExistsError:
        return False
    except OSError:
        # A drive without hard links. Who reads the file before it is whole sees one that was just
        # touched, by nobody known, and lets it be.
        try:
            with file.open("xb") as target:
                target.write(draft.read_bytes())
        except FileExistsError:
            return False
    return True


def _is_gone(holder: Holder, *, now: float) -> bool:
    """Whether nobody can be writing under this lock; `now` by the clock of the drive it lies on."""
    if holder.is_here:
        return not holder.is_running
    return now - holder.touched > SILENT_SECONDS


def _in_use(file: Path, holder: Holder, *, silent: float) -> str:
    what = f"Another run is writing into {near(file.parent)}: {holder}. Nothing was changed. "
    if holder.is_here:
        return f"{what}Wait until it has ended, or end it, and run again."
    return (
        f"{what}It last showed that it lives {max(silent, 0):.0f} s ago. Wait until it has ended. "
        f"If it is known to be gone, remove {near(file)}, or wait until it has been silent for "
        f"{SILENT_SECONDS // 60} minutes."
    )
