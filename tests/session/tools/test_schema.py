"""Checks of a tool's arguments: by the standard's words, beside the loop, and never for long."""

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection

from tests.session.rig import agent_server, plan_for, receive, running, send
from tests.session.tools.tooling import tool_call
from tui.commands import Connect
from tui.config import ConfigError, load
from tui.events import PongSent, ToolAnswered
from tui.plan import ClientTool
from tui.session.tools.schema import Checker
from tui.session.tools.schema_process import problem_of_arguments, problem_of_schema

BRANCHES = 40
EXPLODES: dict[str, Any] = {
    "$ref": "#/$defs/0",
    "$defs": {
        **{str(n): {"anyOf": [{"$ref": f"#/$defs/{n + 1}"}] * 2} for n in range(BRANCHES)},
        str(BRANCHES): {"type": "string"},
    },
}
"""Valid, and takes 2 to the 40th looks at a value that does not fit."""


def of(**schema: Any) -> dict[str, Any]:
    return {"properties": {"p": {name.replace("ref", "$ref"): v for name, v in schema.items()}}}


@pytest.mark.parametrize(
    ("schema", "value", "said"),
    [
        (of(multipleOf=0.01), 19.99, ""),
        (of(multipleOf=0.01), 19.995, "$.p: 19.995 is not a multiple of 0.01"),
        (of(multipleOf=0.01), int("1" + "0" * 400), ""),
        (of(multipleOf=7), 10**400, "not a multiple"),
        (of(maximum=5), 123456789012345678901, "greater than"),
        (of(pattern=r"^(\w+\s?)*$"), "a" * 48 + "!", "does not match"),
        (of(pattern=r"^(?=a)((a+)+)+$"), "a" * 60_000 + "!", "does not match"),
        (of(pattern=r"^\p{L}+$"), "Zoë", ""),
        (of(pattern=r"^(?<first>\p{Lu})"), "zoë", "does not match"),
        (of(uniqueItems=True), [{"a": n} for n in range(5_000)], ""),
        (of(uniqueItems=True), [[n] for n in range(5_000)] + [[1]], "non-unique"),
        (of(ref="#"), {}, ""),
        (of(maximum=5), 10**400, "greater than the maximum of 5"),
        (of(pattern="x"), "\ud800", "surrogate pair"),
        ({"items": True}, {}, ""),
        (of(items={"properties": {"q": {"type": "null"}}}), [{"q": 1}], "$.p[0].q: 1 is not"),
    ],
)
def test_what_a_schema_says(schema: dict[str, Any], value: Any, said: str) -> None:
    assert problem_of_schema(schema) == ""
    problem = problem_of_arguments(schema, {"p": value})
    assert said in problem if said else problem == ""
    assert len(problem) <= 300


@pytest.mark.parametrize(
    "toml",
    [
        'title = "abc"\nproperties.p = { "$ref" = "#/title" }',
        'allOf = [{}]\nproperties.p = { "$ref" = "#/allOf/first" }',
        'required = ["p"]\nproperties.p = { "$ref" = "#/required" }',
        'properties.p = { "$ref" = "#/nowhere" }',
        'properties.p = { "$ref" = "http://127.0.0.1:9/x" }',
        "properties.p = { pattern = '^[A-Z' }",
        "properties.p = { pattern = '((((a{99}){99}){99}){99})' }",
        'type = "objekt"',
        "properties.p = 3",
    ],
)
def test_a_schema_that_cannot_be_used_is_refused_when_it_is_read(tmp_path: Path, toml: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(f'[tools.pay]\ncommand = ["cat"]\n[tools.pay.parameters]\n{toml}\n', "utf-8")
    with pytest.raises(ConfigError, match=r"tools\.pay\.parameters: .+"):
        load(path, {})


async def test_a_check_that_explodes_costs_its_process_and_the_next_has_another() -> None:
    checker = Checker()
    try:
        assert "in time" in await checker.problem(EXPLODES, {"p": 1})
        assert await checker.problem(of(type="integer"), {"p": 1}) == ""
        assert "not of type" in await checker.problem(of(type="integer"), {"p": "x"})
    finally:
        await checker.close()


async def test_nobody_waits_longer_for_a_check_than_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tui.session.tools.schema.CHECK_S", 0.2)
    checker = Checker()
    problems = await asyncio.gather(*(checker.problem(EXPLODES, {"p": n}) for n in range(5)))
    assert all("in time" in problem for problem in problems)
    assert checker._process is None  # nor does one run on


async def test_a_call_goes_on_while_a_check_explodes(tmp_path: Path) -> None:
    tools = {"note": ClientTool(approve="auto", command=("cat",), parameters=EXPLODES)}

    async def agent(socket: ServerConnection) -> None:
        await send(socket, tool_call("note", "t1", {"p": 1}))
        await send(socket, {"type": "ping", "ping_event": {"event_id": 77}})
        assert (await receive(socket, "pong"))["event_id"] == 77
        answer = await receive(socket, "client_tool_result")
        assert answer["is_error"] and "in time" in answer["result"]
        await socket.wait_closed()

    async with agent_server(agent) as url:
        async with running(plan_for(tmp_path, base_url=url, tools=tools)) as rig:
            rig.session.handle(Connect())
            await rig.event(ToolAnswered, timeout=30)
            kinds = [type(event) for entry in rig.entries for event in entry.events]
            assert kinds.index(PongSent) < kinds.index(ToolAnswered)


async def test_a_check_ends_by_itself_when_nobody_is_left_to_end_it() -> None:
    checker = Checker()
    process = await checker._started()
    assert process.stdin is not None
    process.stdin.write(b"[%s, {}]\n" % json.dumps(EXPLODES).encode())
    process.stdin.close()
    async with asyncio.timeout(60):  # a second of a processor's time, however busy that is
        assert await process.wait() != 0
    with pytest.raises(ProcessLookupError):
        os.kill(process.pid, 0)
