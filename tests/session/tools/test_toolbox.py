"""Client tools, as real processes: what runs, what does not, and that nothing is left behind."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection

from tests.session.rig import Rig, agent_server, receive, running, send
from tests.session.tools.tooling import answers, nothing_left, plan_with_tools, tool_call
from tui.commands import Connect, DecideTool
from tui.events import (
    LinkClosed,
    Noted,
    ToolAnswered,
    ToolAsked,
    ToolDecided,
    ToolFinished,
    ToolStarted,
)
from tui.session.tools import toolbox


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
        ("add", {"a": 2}, True, '"b" is a required property'),
        ("add", {"a": 2, "b": "x"}, True, '$.b: "x" is not of type "integer"'),
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
    unknown = next(finished for finished in rig.all(ToolFinished) if finished.name == "rm -rf /")
    assert unknown.outcome == "unknown" and "[tools]" in told["8"]["result"]


async def test_what_a_python_tool_may_return_and_how_it_may_end(tmp_path: Path) -> None:
    cases: list[tuple[str, bool, str]] = [
        ("later", False, "3 of tea"),
        ("pieces", False, '["a", "b"]'),
        ("raw", False, "3 pieces"),
        ("picture", False, "/9g="),
        ("day", False, '{"on": "2026-05-04", "took": "P1D", "who": "Zoë", "left": [1]}'),
        ("many", False, "[1, 2]"),
        ("long", False, "1180591620717411303424"),
        ("nothing", False, "null"),
        ("open_file", True, "cannot hold object: return text"),
        ("circle", True, "RecursionError"),
        ("leave", True, "no stock today"),
        ("leave_3", True, "code 3"),
        ("leave_0", True, "gave no result"),
        ("vanish", True, "before it gave a result"),
        ("odd_error", True, "Odd"),
        ("interrupted", True, "KeyboardInterrupt"),
    ]
    told, _ = await answers(tmp_path, [(name, {}) for name, _, _ in cases])
    for number, (name, is_error, said) in enumerate(cases):
        answer = told[str(number)]
        assert answer["is_error"] is is_error, (name, answer)
        assert said in answer["result"], (name, answer["result"])


async def test_a_tool_is_waited_for_to_its_own_end_only(tmp_path: Path, mark: str) -> None:
    """What it leaves running holds its pipes; its time limit here is a minute."""
    told, rig = await answers(tmp_path, [("leaves_a_child", {}), ("shell_with_a_child", {})])
    assert told["0"]["result"] == "done" and told["1"]["result"] == "done\n"
    assert [finished.outcome for finished in rig.all(ToolFinished)] == ["ok", "ok"]
    await nothing_left(mark)


async def test_each_call_is_answered_once_whatever_stands_in_it(tmp_path: Path) -> None:
    deep: Any = 1
    for _ in range(100):
        deep = [deep]
    calls: list[tuple[Any, Any, str]] = [  # id, arguments, what is said of them
        ("none", None, "}{"),
        ("text", '{"a": 1}', '}1 :"a"{'),
        ("empty", " ", "}{"),
        ("words", "tea", "not JSON"),
        ("list", [1], "a list"),
        ("number", 7, "a int"),
        ("deep", {"a": deep}, "[[["),
        (7, {}, "}{"),
        (8.5, {}, "}{"),
        (None, {}, "}{"),
    ]
    told: list[dict[str, Any]] = []

    async def agent(socket: ServerConnection) -> None:
        for call_id, given, _ in calls:
            await send(socket, tool_call("reverse", "", given, tool_call_id=call_id))
            told.append(await receive(socket, "client_tool_result"))
        bare = {"type": "client_tool_call", "client_tool_call": {"tool_name": "reverse"}}
        for odd in ("[" * 600 + "]" * 600, "1" * 5_000, "1e999", "-1e400", '"\\ud83d"'):
            call = json.dumps(tool_call("reverse", f"odd {odd[:8]}", ["odd"]))
            await socket.send(call.replace('["odd"]', f'{{"n": {odd}}}'))
            told.append(await receive(socket, "client_tool_result"))
        for _ in range(2):  # two calls, for all that anybody knows
            await send(socket, bare)
            told.append(await receive(socket, "client_tool_result"))
        await send(socket, {"type": "client_tool_call", "client_tool_call": {"tool_call_id": "x"}})
        told.append(await receive(socket, "client_tool_result"))
        await socket.wait_closed()

    async with agent_server(agent) as url:
        async with running(plan_with_tools(tmp_path, url)) as rig:
            rig.session.handle(Connect())
            await rig.until(lambda: len(told) == len(calls) + 8, "all answers", timeout=100)
    for (call_id, _, said), answer in zip(calls, told, strict=False):
        assert answer["tool_call_id"] == call_id
        assert said in answer["result"], answer
    assert "no tool named" in told[-1]["result"]
    assert len(rig.all(ToolAnswered)) == len(told)


@pytest.mark.parametrize("failure", [ValueError("null byte"), RuntimeError(), MemoryError()])
async def test_a_tool_that_cannot_be_run_is_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    async def run(*_: Any) -> Any:
        raise failure

    monkeypatch.setattr(toolbox, "run_tool", run)
    told, rig = await answers(tmp_path, [("add", {"a": 1, "b": 2})])
    assert told["0"]["is_error"] and type(failure).__name__ in told["0"]["result"]
    assert [finished.outcome for finished in rig.all(ToolFinished)] == ["failed"]


async def test_more_calls_than_ids_are_remembered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(toolbox, "MAX_IDS", 5)
    told, rig = await answers(tmp_path, [("no such", {})] * 20)
    assert len(told) == 20 and not any("again" in note.text for note in rig.all(Noted))


async def test_a_tool_that_takes_too_long_is_killed_with_what_it_started(
    tmp_path: Path, mark: str
) -> None:
    began = time.monotonic()
    told, rig = await answers(tmp_path, [("sleep", {})])
    assert time.monotonic() - began < 40
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

            await rig.until(step, "three answers", timeout=100)
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
    waited = [finished.waited_ms for finished in rig.all(ToolFinished)]
    assert waited[0] > 0 and waited[1] == 0  # the second was not asked about


async def test_always_is_of_its_conversation(tmp_path: Path) -> None:
    """The second conversation asks again, whether the user hung up or the network did."""

    async def agent(socket: ServerConnection) -> None:
        await send(socket, tool_call("careful", "c", {"a": 1, "b": 1}))
        await receive(socket, "client_tool_result")

    async with agent_server(agent) as url:
        async with running(plan_with_tools(tmp_path, url)) as rig:
            for conversation in (1, 2):
                rig.session.handle(Connect())
                await rig.until(
                    lambda: rig.session._tools.pending, f"question {conversation}", timeout=20
                )
                rig.session.handle(DecideTool(call_id="c", approved=True, always=True))
                await rig.until(
                    lambda n=conversation: len(rig.all(LinkClosed)) == n,  # type: ignore[misc]
                    "the end",
                )
    assert [decided.by for decided in rig.all(ToolDecided)] == ["user", "user"]


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
