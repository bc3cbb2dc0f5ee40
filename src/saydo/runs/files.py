"""Files that are either the old one or the new one, never half of one.

Everything that a run writes goes through here: written to a temporary name in the same folder,
flushed to the disk, and renamed. A reader, or a run that comes after a crash, sees a whole file.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path


def write(file: Path, content: str | bytes) -> str:
    """Put `content` (text as UTF-8) into `file` and return its SHA-256, in hexadecimal."""
    data = content.encode() if isinstance(content, str) else content
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = _draft(file)
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


def sha256(file: Path) -> str:
    """The SHA-256 of what is in `file`, in hexadecimal."""
    with file.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def point(link: Path, folder: Path) -> None:
    """Let `link` lead to `folder`, which lies beside it.

    A relative symbolic link, so that the reports can be moved. Where the system allows none, `link`
    becomes a folder whose index leads on.
    """
    draft = _draft(link)
    try:
        draft.symlink_to(folder.name, target_is_directory=True)
        if link.is_dir() and not link.is_symlink():
            raise OSError(f"{link.name} is a folder")
        draft.replace(link)
    except OSError:
        draft.unlink(missing_ok=True)
        onward = f"../{folder.name}/index.html"
        write(
            link / "index.html",
            f'<!doctype html><meta charset="utf-8"><title>{folder.name}</title>'
            f'<meta http-equiv="refresh" content="0; url={onward}">'
            f'<a href="{onward}">{folder.name}</a>\n',
        )


def _draft(file: Path) -> Path:
    return file.with_name(f".{file.name[:100]}.{secrets.token_hex(4)}.tmp")
