"""New results take the place of those of an earlier run, only when all of them are there.

Results are prepared in a folder of their own within the run's. Until they are published, whatever
happens (wrong data, a full disk, a power cut), the report that was there is as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import rmtree

from saydo.errors import SaydoError
from saydo.runs.files import FULL, flush_names, make_folder, remove_drafts
from saydo.runs.lock import Lock
from saydo.runs.results import KEPT, RESULTS

NEW = ".new"
"""Folder within the run's, in which results are prepared."""

FOLDERS = ("tables", "rejects", KEPT)
"""Folders in which nothing but results lies, so that what is not new there is of an earlier run."""


class NoRoom(SaydoError):
    """The disk is full before any page was made; what was there is as it was."""


@contextmanager
def apart(folder: Path, lock: Lock, *, say: Callable[[str], None]) -> Iterator[Path]:
    """The folder in which results are prepared, gone at the end; and whatever a killed run left."""
    new = folder / NEW
    rmtree(new, ignore_errors=True)
    n_drafts = remove_drafts(folder)
    if lock.recovered:
        say(f"an earlier run ({lock.recovered}) did not end; this one takes over from it")
    if n_drafts:
        say(f"files that an earlier run had only begun to write are removed: {n_drafts}")
    try:
        yield new
    finally:
        if lock.is_mine():
            rmtree(new, ignore_errors=True)


@contextmanager
def room_in(folder: Path) -> Iterator[None]:
    """Says what to do where a disk is full.

    Raises:
        NoRoom: It is.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise NoRoom(
            f"{error.strerror}, so that results can't be written into {folder}. What was there is "
            "as it was. Free some space and run again."
        ) from None


def publish(new: Path, folder: Path) -> None:
    """Move what lies in `new` to the same place in `folder`, and remove older results."""
    if not new.is_dir():
        return
    files = [file.relative_to(new) for file in new.rglob("*") if file.is_file()]
    (folder / RESULTS).unlink(missing_ok=True)
    for file in sorted(files, key=lambda file: (file == Path(RESULTS), file)):
        make_folder((folder / file).parent)
        (new / file).replace(folder / file)
    for name in FOLDERS:
        for old in (folder / name).glob("*"):
            if old.is_file() and old.relative_to(folder) not in files:
                old.unlink()
    for changed in {(folder / file).parent for file in files}:
        flush_names(changed)
