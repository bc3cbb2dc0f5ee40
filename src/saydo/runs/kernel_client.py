"""A client of a kernel that loses no time while the kernel starts."""

from __future__ import annotations

import time
from queue import Empty
from typing import Any

from jupyter_client.asynchronous import AsyncKernelClient

LOOK_SECONDS = 1.0
"""How long an answer is waited for before another question is asked, and the process looked at."""


class Client(AsyncKernelClient):
    """As Jupyter's own, but that it is ready when the kernel says so.

    Jupyter's waits until nothing has been heard for 0.2 s, for the answer and the notice that the
    kernel is idle come by different channels, and the second one's may not be connected yet. This
    one waits for both; where the notice does not come it asks again.
    """

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Until the kernel answers.

        Raises:
            RuntimeError: It died before, or gave no answer within `timeout` seconds.
        """
        end = time.monotonic() + (float("inf") if timeout is None else timeout)
        while not await self._answers():
            if not await self.is_alive():
                raise RuntimeError("Kernel died before replying to kernel_info")
            if time.monotonic() > end:
                raise RuntimeError(f"Kernel didn't respond in {timeout:g} seconds")

    async def _answers(self) -> bool:
        """Whether the kernel tells of itself, and then that it is idle."""
        asked = self.kernel_info()
        try:
            reply = await _answer(self.shell_channel, asked)
            while (await _answer(self.iopub_channel, asked))["content"] != {
                "execution_state": "idle"
            }:
                pass
        except Empty:
            return False
        self._handle_kernel_info_reply(reply)
        return True


async def _answer(channel: Any, asked: str) -> dict[str, Any]:
    """The next message on the channel that answers to the one of this id.

    Raises:
        queue.Empty: None came in time.
    """
    end = time.monotonic() + LOOK_SECONDS
    while True:
        message: dict[str, Any] = await channel.get_msg(timeout=max(end - time.monotonic(), 0))
        if message["parent_header"].get("msg_id") == asked:
            return message
