"""Client tools, as real processes: what runs, what does not, and that nothing is left behind."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest
from websockets.asyncio.server import ServerConnection

from tests.session.rig import Rig, agent_server, plan_for, receive, running, send
from tui.commands import Connect, DecideTool, HangUp
from tui.events import (
    LinkClosed,
    Noted,
    ToolAnswered,
    ToolAsked,
    ToolDecided,
    ToolFinished,
    ToolStarted,
)
from tui.session import tools as toolbox
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


@pytest.fixture
def mark(monkeypatch: pytest.MonkeyPatch) -> str:
    """A variable by which processes of this test are found."""
    text = f"mark-{os.getpid()}-{time.monotonic_ns()}"
    monkeypatch.setenv("TOOL_MARK", text)
    return text


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


async def test_what_each_kind_of_tool_answers(tmp_path: Path, mark: str) -> None:
    cases: list[tuple[str, dict[str, object], bool, str]] = [
        ("add", {"a": 2, "b": 3}, False, "5"),
        ("fail", {}, True, "ValueError: no such order"),
        ("missing", {}, True, "ModuleNotFoundError"),
        ("reverse", {"x": "; rm -rf $(HOME)"}, False, '}")EMOH($ fr- mr ;" :"x"{'),
        ("no_program", {}, True, "code 1"),
        ("exit_3", {}, True, "code 3"),
        ("flood", {}, False, "[cut at 65536 bytes]"),
        ("tell", {}, False, "the key is ***"),
        ("rm -rf /", {}, True, "There is no tool named rm -rf /"),
        ("add", {"a": 2}, True, "'b' is a required property"),
        ("add", {"a": 2, "b": "x"}, True, "$.b: 'x' is not of type 'integer'"),
        ("add", {"a": 1, "b": 2, "c": "x" * 70_000}, True, "larger than"),
        ("env", {}, False, "TOOL_MARK"),
    ]
    told, rig = await answers(tmp_path, [(name, given) for name, given, _, _ in cases])
    for number, (name, _, is_error, said) in enumerate(cases):
        answer = told[str(number)]
        assert answer["is_error"] is is_error, (name, answer)
        assert said in answer["result"], (name, answer["result"][-200:])
    names = set(json.loads(told[str(len(cases) - 1)]["result"]))
    assert names <= {"PATH", "HOME", "LANG", "LC_CTYPE", "TOOL_MARK"}
    assert len(rig.all(ToolFinished)) == len(cases)
    assert any("working" in note.text for note in rig.all(Noted))


async def test_a_tool_that_takes_too_long_is_killed_with_what_it_started(
    tmp_path: Path, mark: str
) -> None:
    began = time.monotonic()
    told, rig = await answers(tmp_path, [("sleep", {})])
    assert time.monotonic() - began < 4
    assert told["0"]["is_error"] and "within 1 s" in told["0"]["result"]
    assert rig.all(ToolFinished)[0].outcome == "timeout"
    await nothing_left(mark)


# ── The user's word ─────────────────────────────────────────────────────────────────────────────


async def asking(tmp_path: Path, decide: Any) -> tuple[list[dict[str, Any]], Rig]:
    """Three calls of a tool that asks, one after another; `decide` sees each that waits."""
    told: list[dict[str, Any]] = []

    async def agent(socket: ServerConnection) -> None:
        for number in range(3):
            await send(socket, tool_call("careful", f"c{number}", {"a": number, "b": 1}))
            told.append(await receive(socket, "client_tool_result"))
        await socket.wait_closed()

    async with agent_server(agent) as url:
        async with running(plan_with_tools(tmp_path, url)) as rig:
            rig.session.handle(Connect())
            seen: set[str] = set()

            def step() -> bool:
                for pending in rig.session._tools.pending:
                    if pending.call_id not in seen:
                        seen.add(pending.call_id)
                        decide(rig, pending)
                return len(told) == 3

            await rig.until(step, "three answers", timeout=15)
    return told, rig


async def test_yes_no_and_always(tmp_path: Path) -> None:
    def decide(rig: Rig, pending: Any) -> None:
        assert pending.name == "careful" and json.loads(pending.arguments)["b"] == 1
        first = pending.call_id == "c0"
        word = DecideTool(call_id=pending.call_id, approved=not first, always=not first)
        rig.session.handle(word)

    told, rig = await asking(tmp_path, decide)
    assert [answer["is_error"] for answer in told] == [True, False, False]
    assert "did not allow" in told[0]["result"] and told[2]["result"] == "3"
    assert [asked.call_id for asked in rig.all(ToolAsked)] == ["c0", "c1"]
    assert [(d.approved, d.by) for d in rig.all(ToolDecided)] == [
        (False, "user"),
        (True, "user"),
        (True, "user"),
    ]
    assert len(rig.all(ToolStarted)) == 2


async def test_silence_is_a_no(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toolbox, "ASK_S", 0.2)
    told, rig = await asking(tmp_path, lambda rig, pending: None)
    assert all(answer["is_error"] for answer in told)
    assert {decided.by for decided in rig.all(ToolDecided)} == {"timeout"}
    assert not rig.all(ToolStarted)


async def test_a_second_call_with_the_same_id_is_a_note(tmp_path: Path) -> None:
    async def agent(socket: ServerConnection) -> None:
        for _ in range(3):
            await send(socket, tool_call("add", "same", {"a": 1, "b": 2}))
        await socket.wait_closed()

    async with agent_server(agent) as url:
        async with running(plan_with_tools(tmp_path, url)) as rig:
            rig.session.handle(Connect())
            await rig.event(ToolAnswered)
            await rig.until(lambda: len(rig.all(Noted)) >= 2, "two notes")
    assert len(rig.all(ToolAnswered)) == 1


# ── Nothing is left behind ──────────────────────────────────────────────────────────────────────


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
            await rig.event(LinkClosed, timeout=2)
            await nothing_left(mark)
    assert rig.all(ToolFinished)[0].outcome == "cancelled"
    assert rig.all(ToolDecided)[-1].by == "hang-up"
    assert not rig.notices.notice.pending_tools


@proc
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
async def test_a_session_that_dies_takes_its_tools_with_it(
    tmp_path: Path, mark: str, number: int
) -> None:
    async def agent(socket: ServerConnection) -> None:
        await send(socket, tool_call("nap", "t1", {}))
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
        end = time.monotonic() + 10
        while len(marked(mark)) < 3:  # the session, the tool, the tool's own child
            assert time.monotonic() < end, "the tool did not start"
            await asyncio.sleep(0.02)
        process.send_signal(number)
        await asyncio.to_thread(process.wait, 5)
        await nothing_left(mark)
        process.stdin.close()


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
    began = time.monotonic()
    told, rig = await answers(tmp_path, calls)
    assert time.monotonic() - began < 15
    assert set(told) == {str(number) for number in range(200)}
    assert {started.name for started in rig.all(ToolStarted)} <= {"reverse", "sleep"}
    assert all(told[str(n)]["is_error"] for n, (name, _) in enumerate(calls) if name != "reverse")
    assert not owned(tmp_path)
    await nothing_left(mark)
