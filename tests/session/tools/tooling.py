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
from tui.plan import ClientTool, Plan

MODULE = """
import os, subprocess, sys, time
def add(a, b): print("working"); return a + b
def fail(): raise ValueError("no such order")
def sleep(): subprocess.Popen(["sleep", "60"]); time.sleep(60)
def env(): return sorted(os.environ)
def flood(): return "x" * 200_000
def tell(): return open("secret.txt").read()
async def later(): return "3 of tea"
async def pieces():
    for piece in "ab": yield piece
def raw(): return b"3 pieces"
def picture(): return b"\\xff\\xd8"
def day():
    import datetime as d
    from dataclasses import dataclass
    @dataclass
    class Order: on: d.date; took: d.timedelta; who: bytes; left: set
    return Order(d.date(2026, 5, 4), d.timedelta(1), "Zo\\xeb".encode(), {1})
def many(): return {1, 2}
def long(): return 2**70
def nothing(): pass
def open_file(): return object()
def circle(): ring = []; ring.append(ring); return ring
def leave(): sys.exit("no stock today")
def leave_3(): sys.exit(3)
def leave_0(): sys.exit()
def vanish(): os._exit(0)
class Odd(Exception):
    def __str__(self): raise ValueError
def odd_error(): raise Odd
def interrupted(): raise KeyboardInterrupt
def leaves_a_child(): subprocess.Popen(["sleep", "60"]); return "done"
def holds(): import re; re.match("(a+)+$", "a" * 40 + "b")
def holds_with_a_child(): subprocess.Popen(["sleep", "60"]); holds()
def stops_all(): import signal; os.kill(0, signal.SIGSTOP)
"""
NUMBERS = {
    "type": "object",
    "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
    "required": ["a", "b"],
    "additionalProperties": False,
}
CAT = [sys.executable, "-c", "import sys; print(sys.stdin.read()[::-1])"]


def auto(**fields: Any) -> ClientTool:
    return ClientTool(approve="auto", **fields)


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
    **{
        name: auto(run=f"shop_tools:{name}")
        for name in (
            "later pieces raw picture day many long nothing open_file circle leave leave_3 leave_0 "
            "vanish odd_error interrupted"
        ).split()
    },
    **{
        name: auto(run=f"shop_tools:{name}", timeout_s=60.0, env=("TOOL_MARK",))
        for name in ("leaves_a_child", "holds", "holds_with_a_child", "stops_all")
    },
    "shell_with_a_child": auto(
        command=("/bin/sh", "-c", "sleep 60 & echo done"), timeout_s=60.0, env=("TOOL_MARK",)
    ),
    "careful": ClientTool(run="shop_tools:add", parameters=NUMBERS),
}


def plan_with_tools(tmp_path: Path, url: str) -> Plan:
    folder = tmp_path / "tools"
    folder.mkdir()
    (folder / "shop_tools.py").write_text(MODULE)
    (folder / "secret.txt").write_text("the key is sk_canary_of_ours")
    journals = tmp_path / "journals"
    journals.mkdir()
    return plan_for(journals, base_url=url, tools=TOOLS, tools_folder=str(folder))


def tool_call(name: str, call_id: str, parameters: object, **more: object) -> dict[str, object]:
    call = {"tool_name": name, "tool_call_id": call_id, "parameters": parameters, "event_id": 1}
    call |= more
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
            await rig.until(done.is_set, "all answers", timeout=100)
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
    end = time.monotonic() + 30
    while marked(mark):
        assert time.monotonic() < end, f"left behind: {marked(mark)}"
        await asyncio.sleep(0.02)
