"""When a kernel is ready: neither too early nor too late."""

from __future__ import annotations

import asyncio
from queue import Empty
from typing import Any

import pytest

from saydo.runs.kernel_client import Client


class Channel:
    """Messages as they come; `Empty` where none is left."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []

    async def get_msg(self, timeout: float) -> dict[str, Any]:
        assert timeout >= 0
        if not self.messages:
            raise Empty
        return self.messages.pop(0)


class Kernel(Client):
    """A client of a kernel whose notices are heard from the `heard`-th question on."""

    def __init__(self, heard: int, *, alive: bool = True) -> None:
        self.shell, self.iopub = Channel(), Channel()
        self.heard, self.alive, self.asked = heard, alive, 0
        self.info: dict[str, Any] = {}

    shell_channel = property(lambda self: self.shell)
    iopub_channel = property(lambda self: self.iopub)

    def kernel_info(self) -> str:
        self.asked += 1
        parent = {"parent_header": {"msg_id": str(self.asked)}}
        earlier = {"parent_header": {"msg_id": "another"}, "content": {}}
        self.shell.messages += [earlier, {**parent, "content": {"protocol_version": "5.3"}}]
        if self.asked >= self.heard:
            states = ("busy", "idle")
            notices = [{**parent, "content": {"execution_state": state}} for state in states]
            self.iopub.messages += [earlier, *notices]
        return str(self.asked)

    async def is_alive(self) -> bool:
        return self.alive

    def _handle_kernel_info_reply(self, message: dict[str, Any]) -> None:
        self.info = message["content"]


@pytest.mark.parametrize("heard", [1, 3])
def test_it_asks_until_both_channels_answer_to_the_same_question(heard):
    kernel = Kernel(heard)
    asyncio.run(kernel.wait_for_ready(timeout=10))
    assert kernel.asked == heard
    assert kernel.info == {"protocol_version": "5.3"}
    assert kernel.iopub.messages == []


def test_a_kernel_that_died_or_is_silent_is_told():
    with pytest.raises(RuntimeError, match="died before"):
        asyncio.run(Kernel(10**9, alive=False).wait_for_ready(timeout=10))
    with pytest.raises(RuntimeError, match=r"didn't respond in 0\.01 seconds"):
        asyncio.run(Kernel(10**9).wait_for_ready(timeout=0.01))
