"""Client tools end with their call, their session and whoever held it; nothing is left behind."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from websockets.asyncio.server import ServerConnection

from tests.session.rig import agent_server, running, send
from tests.session.tools.tooling import answers, marked, nothing_left, plan_with_tools, tool_call
from tui.commands import Connect, HangUp
from tui.events import (
    LinkClosed,
    ToolAsked,
    ToolDecided,
    ToolFinished,
    ToolStarted,
)
from tui.session.tools import process as tool_process
from tui.session.tools import toolbox

proc = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs Linux's /proc")


@proc
async def test_hanging_up_ends_tools_and_questions(tmp_path: Path, mark: str) -> None:
    async def agent(socket: ServerConnection) -> None:
        await send(socket, tool_call("sleep", "t1", {}))
        await send(socket, tool_call("careful", "t2", {"a": 1, "b": 1}))
        await socket.wait_closed()

    async with agent_server(agent) as url:
        async with running(plan_with_tools(tmp_path, url)) as rig:
            rig.session.handle(Connect())
            await rig.event(ToolAsked)
            await rig.until(lambda: len(marked(mark)) >= 2, "the tool's own child")
            rig.session.handle(HangUp())
            await rig.event(LinkClosed)
            await nothing_left(mark)
    assert rig.all(ToolFinished)[0].outcome == "cancelled"
    assert rig.all(ToolDecided)[-1].by == "hang-up"
    assert not rig.notices.notice.pending_tools


@proc
@pytest.mark.parametrize(
    ("number", "name", "processes"),  # the supervisor, the tool, the tool's own child
    [
        (signal.SIGTERM, "nap", 3),
        (signal.SIGHUP, "nap", 3),
        (signal.SIGKILL, "nap", 3),
        (signal.SIGKILL, "holds", 2),
        (signal.SIGKILL, "holds_with_a_child", 3),
    ],
)
async def test_a_session_that_dies_takes_its_tools_with_it(
    tmp_path: Path, mark: str, number: int, name: str, processes: int
) -> None:
    async def agent(socket: ServerConnection) -> None:
        await send(socket, tool_call(name, "t1", {}))
        await socket.wait_closed()

    async with agent_server(agent) as url:
        plan = plan_with_tools(tmp_path, url)
        environment = {name: value for name, value in os.environ.items() if name != "TOOL_MARK"}
        process = subprocess.Popen(  # noqa: ASYNC220  a start takes no time
            [sys.executable, "-m", "tui.session"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            env={**environment, "TOOL_MARK": mark},
        )
        assert process.stdin is not None
        lines = (msgspec.json.encode(plan), msgspec.json.encode(Connect()))
        process.stdin.write(b"\n".join(lines) + b"\n")
        process.stdin.flush()
        end = time.monotonic() + 60
        while len(marked(mark)) <= processes:  # and the session
            assert time.monotonic() < end, "the tool did not start"
            await asyncio.sleep(0.02)
        process.send_signal(number)
        await asyncio.to_thread(process.wait, 5)
        await nothing_left(mark)
        process.stdin.close()


@proc
@pytest.mark.skipif(sys.platform != "linux", reason="of Linux's kernel")
@pytest.mark.parametrize("name", ["holds", "stops_all"])
async def test_a_tool_without_its_supervisor_or_that_stops_it_ends(
    tmp_path: Path, mark: str, name: str
) -> None:
    """The supervisor by itself, and its input's end for a session's death."""
    folder = plan_with_tools(tmp_path, "").tools_folder
    supervisor = subprocess.Popen(  # noqa: ASYNC220
        [sys.executable, "-P", tool_process.CHILD],
        stdin=subprocess.PIPE,
        cwd=folder,
        start_new_session=True,
    )
    assert supervisor.stdin is not None
    request = {"run": f"shop_tools:{name}", "command": [], "arguments": {}}
    supervisor.stdin.write(msgspec.json.encode(request) + b"\n")
    supervisor.stdin.flush()
    await until(lambda: len(marked(mark)) == 2, "the tool")
    if name == "holds":
        supervisor.kill()  # and the kernel its tool
    else:
        await until(lambda: all(map(stopped, marked(mark))), "both stopped")
        os.kill(supervisor.pid, signal.SIGCONT)  # what the kernel does when the session dies
        supervisor.stdin.close()
    await asyncio.to_thread(supervisor.wait, 20)
    await nothing_left(mark)


def stopped(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"


async def until(reached: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + 60
    while not reached():
        assert time.monotonic() < end, what
        await asyncio.sleep(0.02)


def owned(folder: Path) -> bool:
    return any(folder.rglob("owned")) or Path("/tmp/owned").exists()


@proc
async def test_two_hundred_hostile_calls(
    tmp_path: Path, mark: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing but the allowed runs, nothing without consent, all answered, nothing left."""
    monkeypatch.setattr(toolbox, "ASK_S", 0.5)
    hostile: list[tuple[str, dict[str, object]]] = [
        ("; rm -rf ~", {}),
        ("$(touch /tmp/owned)", {}),
        ("../../bin/sh", {"c": "touch owned"}),
        ("add", {"a": "$(touch owned)", "b": 1}),
        ("add", {"a": 1, "b": 1, "--help": True}),
        ("careful", {"a": 1, "b": 1}),
        ("reverse", {"--option": "`touch owned`", "nul": "\0"}),
        ("sleep", {}),
        ("add", {"a": 1, "b": 1, "c": "x" * 100_000}),
        ("__import__", {"name": "os"}),
    ]
    calls = hostile * 20
    told, rig = await answers(tmp_path, calls)
    assert set(told) == {str(number) for number in range(200)}
    assert {started.name for started in rig.all(ToolStarted)} <= {"reverse", "sleep"}
    assert all(told[str(n)]["is_error"] for n, (name, _) in enumerate(calls) if name != "reverse")
    assert not owned(tmp_path)
    await nothing_left(mark)
