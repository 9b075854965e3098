"""A tool's question meets somebody who types, as bytes in a real terminal: only Ctrl-R opens it."""

import asyncio
import time
from pathlib import Path
from typing import Any

from websockets.asyncio.server import ServerConnection

from tests.e2e.terminal import Terminal, terminal
from tests.session.rig import agent_server, receive, send
from tests.session.tools.tooling import tool_call

SENTENCE = "can you say how many any day may have"
CTRL_R = "\x12"
CONFIG = '[tools.count]\ncommand = ["/bin/sh", "-c", "echo ran >>ran; cat"]\n'
SLOWLY_S = 0.35
"""Between keys: longer than the dialog is deaf for."""


async def test_a_sentence_approves_nothing_and_ctrl_r_y_does(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(CONFIG)
    asks, told = asyncio.Event(), list[dict[str, Any]]()

    async def agent(socket: ServerConnection) -> None:
        await asks.wait()
        await send(socket, tool_call("count", "c1", {}))
        told.append(await receive(socket, "client_tool_result", 100))
        await socket.wait_closed()

    loop = asyncio.get_running_loop()

    def use(screen: Terminal) -> None:
        screen.wait_for("LIVE")
        screen.type("i" if "⏎ Detail" in screen.text else "")
        screen.type(SENTENCE[:5])
        screen.wait_for(SENTENCE[:5])
        loop.call_soon_threadsafe(asks.set)
        screen.wait_for("The agent wants to run count")
        for letter in SENTENCE[5:20]:
            screen.type(letter)
            time.sleep(SLOWLY_S)  # a person's pace is what is tried here
        screen.type(SENTENCE[20:])
        screen.wait_for(SENTENCE)
        assert not told and not (tmp_path / "ran").exists()
        screen.type(CTRL_R)
        screen.wait_for("It runs here, on this machine.")
        end = time.monotonic() + 60
        while not told:
            assert time.monotonic() < end
            screen.type("y")  # what comes too soon after the key that opened it is not heard
            time.sleep(1)

    async with agent_server(agent, limit_s=150) as url:
        options = ("--provider", "elevenlabs", "--agent-id", "a", "--base-url", url)
        with terminal(*options, "--no-audio", "--config", str(config), home=tmp_path) as screen:
            await asyncio.to_thread(use, screen)
            assert screen.wait_for(SENTENCE)
    assert not told[0]["is_error"]
    assert (tmp_path / "ran").read_text() == "ran\n"
