"""What Jupyter knows about: kernels of a kernelspec with this provisioner start warm.

    "metadata": {"kernel_provisioner": {
        "provisioner_name": "saydo-warm",
        "config": {"preload": ["pandas", "seaborn"]}}}

`python -m saydo.runs.warm install` writes such a kernelspec.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import pathlib
import signal
import time
from collections.abc import Callable
from typing import Any

import platformdirs
from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from traitlets import Float, List, Unicode

from saydo.runs.warm.forked import CAN_FORK, Forked, fork, shared_server

LAUNCHER = "ipykernel_launcher"

_START_SECONDS, _END_SECONDS = 10.0, 2.0
_LOOK_SECONDS = 0.003


class WarmProvisioner(LocalProvisioner):
    """As Jupyter's own, but that the process is forked by a server that has imported much.

    Kernels start cold, as Jupyter's own do, where the system can't fork.
    """

    preload = List(Unicode(), help="Modules that the server imports, beside those of ipykernel.")
    socket = Unicode("", help="Of a server that runs; one that this user shares if left out.")
    idle_seconds = Float(600.0, help="How long a shared server waits for work before it ends.")

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Fork a process for the kernel.

        Raises:
            ValueError: The command starts something other than Python's ipykernel.
            NotReady: The server does not come up.
        """
        if not CAN_FORK:
            return await super().launch_kernel(cmd, **kwargs)
        if LAUNCHER not in cmd:
            raise ValueError(f"only {LAUNCHER} can start warm, not {' '.join(cmd)}")
        self.cwd = kwargs.get("cwd") or pathlib.Path.cwd()
        forked = fork(
            self.socket or self._shared(),
            cmd[cmd.index(LAUNCHER) + 1 :],
            env=kwargs.get("env") or os.environ,
            cwd=self.cwd,
            stdout=kwargs.get("stdout"),
            stderr=kwargs.get("stderr"),
        )
        self.process = forked  # type: ignore[assignment]
        # It leads a group of its own.
        self.pid = self.pgid = forked.pid
        # Who connects before the kernel listens is put off for a tenth of a second.
        await _until(forked.is_ready, seconds=_START_SECONDS)
        return self.connection_info

    def _shared(self) -> str:
        folder = platformdirs.user_runtime_path("saydo-warm")
        return shared_server(self.preload, folder=folder, idle_seconds=self.idle_seconds)

    async def shutdown_requested(self, restart: bool = False) -> None:
        """Look often whether it has ended: the manager looks ten times a second only."""
        await self._until_ended()

    async def kill(self, restart: bool = False) -> None:
        """By SIGKILL, with all that it has started."""
        if isinstance(self.process, Forked):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            await self._until_ended()
        else:
            await super().kill(restart=restart)

    async def _until_ended(self) -> None:
        process = self.process
        if isinstance(process, Forked):
            await _until(lambda: process.poll() is not None, seconds=_END_SECONDS)


async def _until(holds: Callable[[], bool], *, seconds: float) -> None:
    """Look often; no longer than this."""
    end = time.monotonic() + seconds
    while not holds() and time.monotonic() < end:
        await asyncio.sleep(_LOOK_SECONDS)
