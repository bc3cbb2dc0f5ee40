"""Files that are either the old one or the new one, never half of one.

Everything that a run writes goes through here: written to a temporary name in the same folder,
flushed to the disk, and renamed. A reader, or a run that comes after a crash, sees a whole file.
"""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
from pathlib import Path

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""Numbers of an `OSError` by which a disk, or what one may use of it, is full."""

_NO_FLUSHING = frozenset({errno.EINVAL, errno.ENOTSUP})
"""What some network drives answer where a folder is to be flushed; they do it in their own time."""


def write(file: Path, content: str | bytes) -> str:
    """Put `content` (text as UTF-8) into `file` and return its SHA-256, in hexadecimal.

    After a power cut the old file may be there: who says that the new one is, calls `flush_names`
    first, once for many files.
    """
    data = content.encode() if isinstance(content, str) else content
    make_folder(file.parent)
    draft = _draft(file, beside=file.parent)
    try:
        # Not tempfile: its files can be read by their owner only, and a web server reads these.
        with draft.open("xb") as target:
            target.write(data)
            target.flush()
            os.fsync(target.fileno())
        draft.replace(file)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    return hashlib.sha256(data).hexdigest()


def make_folder(folder: Path) -> list[Path]:
    """Make `folder` and those that it is in; returns those that are new, outermost first."""
    if folder.is_dir():
        return []
    made = make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    flush_names(folder.parent)
    return [*made, folder]


def flush_names(folder: Path) -> None:
    """Have the names in `folder` outlive a power cut: a file's content alone is not found again."""
    if os.name == "nt":  # No folder can be opened there.
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in _NO_FLUSHING:
            raise
    finally:
        os.close(handle)


def remove_drafts(folder: Path) -> int:
    """Remove what a killed run had begun to write below `folder`; returns how many files.

    Only for who knows that no other run writes there.
    """
    drafts = [file for file in folder.rglob(".*.tmp") if file.is_symlink() or file.is_file()]
    for draft in drafts:
        draft.unlink()
    return len(drafts)


def sha256(file: Path) -> str:
    """The SHA-256 of what is in `file`, in hexadecimal."""
    with file.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def near(path: Path) -> Path:
    """The path as one would type it from here."""
    path, here = path.absolute(), Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def point(link: Path, folder: Path) -> None:
    """Let `link` lead to `folder`, which lies beside it.

    A relative symbolic link, so that the reports can be moved. Where the system allows none, `link`
    becomes a folder whose index leads on.
    """
    # In the folder, which is this run's own: beside the link, runs of other days could meet it.
    draft = _draft(link, beside=folder)
    try:
        draft.symlink_to(folder.name, target_is_directory=True)
        if link.is_dir() and not link.is_symlink():
            raise OSError(f"{link.name} is a folder")
        draft.replace(link)
        flush_names(link.parent)
    except OSError:
        draft.unlink(missing_ok=True)
        onward = f"../{folder.name}/index.html"
        write(
            link / "index.html",
            f'<!doctype html><meta charset="utf-8"><title>{folder.name}</title>'
            f'<meta http-equiv="refresh" content="0; url={onward}">'
            f'<a href="{onward}">{folder.name}</a>\n',
        )


def _draft(file: Path, *, beside: Path) -> Path:
    return beside / f".{file.name[:100]}.{secrets.token_hex(4)}.tmp"
