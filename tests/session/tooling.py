"""Client tools for tests, real programs all of them, and a way to find what they leave behind."""

import asyncio
import os
import sys
import time
from pathlib import Path
from typing import Any

from websockets.asyncio.server import ServerConnection

from tests.session.rig import Rig, agent_server, plan_for, receive, running, send
from tui.commands import Connect
from tui.session.plan import Plan, Tool

MODULE = """
import os, subprocess, sys, time
def add(a, b): print("working"); return a + b
def fail(): raise ValueError("no such order")
def sleep(): subprocess.Popen(["sleep", "60"]); time.sleep(60)
def env(): return sorted(os.environ)
def flood(): return "x" * 200_000
def tell(): return open("secret.txt").read()
"""
NUMBERS = {
    "type": "object",
    "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
    "required": ["a", "b"],
    "additionalProperties": False,
}
CAT = [sys.executable, "-c", "import sys; print(sys.stdin.read()[::-1])"]


def auto(**fields: Any) -> Tool:
    return Tool(approve="auto", **fields)


TOOLS = {
    "add": auto(run="shop_tools:add", parameters=NUMBERS),
    "fail": auto(run="shop_tools:fail"),
    "missing": auto(run="no_such_module:x"),
    "sleep": auto(run="shop_tools:sleep", timeout_s=1.0, env=("TOOL_MARK",)),
    "nap": auto(run="shop_tools:sleep", timeout_s=60.0, env=("TOOL_MARK",)),
    "env": auto(run="shop_tools:env", env=("TOOL_MARK",)),
    "flood": auto(run="shop_tools:flood"),
    "tell": auto(run="shop_tools:tell"),
    "reverse": auto(command=tuple(CAT)),
    "no_program": auto(command=("/no/such/program",)),
    "exit_3": auto(command=(sys.executable, "-c", "raise SystemExit(3)")),
    "careful": Tool(run="shop_tools:add", parameters=NUMBERS),
}


def plan_with_tools(tmp_path: Path, url: str) -> Plan:
    folder = tmp_path / "tools"
    folder.mkdir()
    (folder / "shop_tools.py").write_text(MODULE)
    (folder / "secret.txt").write_text("the key is sk_canary_of_ours")
    journals = tmp_path / "journals"
    journals.mkdir()
    return plan_for(journals, base_url=url, tools=TOOLS, tools_folder=str(folder))


def tool_call(name: str, call_id: str, parameters: object) -> dict[str, object]:
    call = {"tool_name": name, "tool_call_id": call_id, "parameters": parameters, "event_id": 1}
    return {"type": "client_tool_call", "client_tool_call": call}


async def answers(
    tmp_path: Path, calls: list[tuple[str, dict[str, object]]]
) -> tuple[dict[str, dict[str, Any]], Rig]:
    """What the agent is told of `calls`, by their place in the list."""
    told: dict[str, dict[str, Any]] = {}
    done = asyncio.Event()

    async def agent(socket: ServerConnection) -> None:
        for number, (name, parameters) in enumerate(calls):
            await send(socket, tool_call(name, str(number), parameters))
        while len(told) < len(calls):
            answer = await receive(socket, "client_tool_result")
            told[answer["tool_call_id"]] = answer
        done.set()
        await socket.wait_closed()

    async with agent_server(agent) as url:
        async with running(plan_with_tools(tmp_path, url)) as rig:
            rig.session._redact.add("sk_canary_of_ours")
            rig.session.handle(Connect())
            await rig.until(done.is_set, "all answers", timeout=20)
    return told, rig


def marked(mark: str) -> list[int]:
    """Processes that carry `mark` in their environment, this one excepted."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            environ = (folder / "environ").read_bytes()
        except OSError:
            continue
        if mark.encode() in environ and int(folder.name) != os.getpid():
            found.append(int(folder.name))
    return found


async def nothing_left(mark: str) -> None:
    end = time.monotonic() + 3
    while marked(mark):
        assert time.monotonic() < end, f"left behind: {marked(mark)}"
        await asyncio.sleep(0.02)
