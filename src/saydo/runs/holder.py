"""Which process holds a lock, and is it still there?

Read from the lock's file, which may lie on a drive that several machines share.
"""

from __future__ import annotations

import os
import secrets
import socket
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

import psutil  # type: ignore[import-untyped]
from pydantic import BaseModel, Field, ValidationError


class Holder(BaseModel):
    """Which process holds a lock."""

    host: str
    space: str = ""
    """Within which numbers of processes mean the same: one start of a machine, one container."""
    pid: int = 0
    born: float = 0
    """When the process started, in seconds since 1970: a number is given again some day."""
    since: datetime
    command: str = ""
    token: str
    """Different for every lock that was ever taken."""
    touched: float = Field(0, exclude=True)
    """When the lock was, by the clock of the drive; never written."""

    @classmethod
    def this_process(cls, command: str) -> Self:
        return cls(
            host=socket.gethostname(),
            space=_space(),
            pid=os.getpid(),
            born=psutil.Process().create_time(),
            since=datetime.now(UTC).replace(microsecond=0),
            command=command,
            token=secrets.token_hex(4),
        )

    @property
    def is_here(self) -> bool:
        """Whether its process could be seen from this one."""
        return (self.host, self.space) == (socket.gethostname(), _space())

    @property
    def is_running(self) -> bool:
        """Whether its process is there; only for one that `is_here`."""
        try:
            process = psutil.Process(self.pid)
            # A process that is dead but not yet reaped by its parent has a number still.
            dead = process.status() == psutil.STATUS_ZOMBIE
            return not dead and abs(process.create_time() - self.born) < 2
        except psutil.NoSuchProcess:
            return False
        except psutil.AccessDenied:
            return True

    def __str__(self) -> str:
        command = f": {self.command}" if self.command else ""
        return f"process {self.pid} on {self.host}, since {self.since:%Y-%m-%d %H:%M} UTC{command}"


def holder_of(file: Path) -> Holder | None:
    """Whom a lock names; somebody unknown if it can't be read, None if there is none."""
    try:
        content, touched = file.read_bytes(), file.stat().st_mtime
    except FileNotFoundError:
        return None
    try:
        found = Holder.model_validate_json(content)
    except ValidationError:
        since = datetime.fromtimestamp(touched, UTC)
        found = Holder(host="a machine that is not named", since=since, token="unreadable")
    return found.model_copy(update={"touched": touched})


def _space() -> str:
    """The start of this machine and the container that this process is in, where Linux tells."""
    boot, container = Path("/proc/sys/kernel/random/boot_id"), Path("/proc/self/ns/pid")
    if not (boot.exists() and container.exists()):
        return ""
    return f"{boot.read_text().strip()} {container.readlink()}"
