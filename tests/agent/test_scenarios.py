"""Scenarios: what a file may say, what each step does, and every packaged one to its end."""

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest
import websockets
from websockets.asyncio.client import ClientConnection, connect

from tests.agent.helpers import (
    INITIATION,
    PATIENCE_S,
    TEXT_ONLY,
    AgentProcess,
    conversation,
    running,
)
from tests.agent.test_admission import refused
from tui.agent.main import main
from tui.agent.scenarios.scenario import (
    Close,
    Fault,
    Scenario,
    ScenarioError,
    WaitFor,
    packaged,
    packaged_names,
    read_scenario,
)

FRAMES: dict[str, dict[str, Any]] = {
    "pong": {"type": "pong", "event_id": 1},
    "user_message": {"type": "user_message", "text": "hello"},
    "user_activity": {"type": "user_activity"},
    "user_audio_chunk": {"user_audio_chunk": "AAAA"},
    "contextual_update": {"type": "contextual_update", "text": "page two"},
    "client_tool_result": {"type": "client_tool_result", "result": "ok", "is_error": False},
    "multimodal_message": {
        "type": "multimodal_message",
        "text": {"type": "user_message", "text": "hello"},
    },
    "feedback": {"type": "feedback", "event_id": 7, "score": "like"},
    "mcp_tool_approval_result": {"type": "mcp_tool_approval_result", "is_approved": True},
}


def wanted(step: WaitFor) -> dict[str, Any]:
    """A frame that the step waits for."""
    frame = FRAMES[step.wait_for]
    if step.wait_for == "pong" and step.contains:
        return frame | {"event_id": int(step.contains.split(":")[1])}
    named = {"client_tool_result", "mcp_tool_approval_result"}
    return frame | {"tool_call_id": step.contains} if step.wait_for in named else frame


async def everything(socket: ClientConnection) -> list[str]:
    """What comes until the end of the connection, however it ends."""
    texts: list[str] = []
    try:
        async for text in socket:
            texts.append(str(text))
    except websockets.ConnectionClosed:
        pass
    return texts


def named(name: str) -> Scenario:
    found = packaged(name)
    assert found is not None
    return found


@pytest.mark.parametrize("name", packaged_names())
async def test_every_packaged_scenario_runs_to_its_end(agent: AgentProcess, name: str) -> None:
    scenario = named(name)
    url = agent.socket_url(scenario=name)
    async with connect(url, max_size=2**24, proxy=None, open_timeout=PATIENCE_S) as socket:
        await socket.send(json.dumps(INITIATION))
        for step in scenario.steps:
            if isinstance(step, WaitFor):
                await socket.send(json.dumps(wanted(step)))
        texts = await everything(socket)
    assert ("conversation_initiation_metadata" in texts[0]) == scenario.head.metadata
    last = scenario.steps[-1]
    match last:
        case Close(close=code, reason=reason):
            assert (socket.close_code, socket.close_reason) == (code, reason)
        case Fault(fault="drop" | "half_frame"):
            assert socket.close_code == 1006
        case Fault(fault="garbage"):
            assert socket.close_code in (1002, 1006)  # the client's own judgement
        case _:
            assert (socket.close_code, socket.close_reason) == (1000, "The scenario has ended.")


def test_the_packaged_ones_cover_what_they_should() -> None:
    names = packaged_names()
    assert len([n for n in names if n.startswith("row-")]) >= 16
    numbers = {int(n.split("-")[1]) for n in names if n.startswith("report-")}
    assert {1, 4, 6, 7, 8, 9, 12, 13, 14, 17, 18, 20, 25} <= numbers
    assert all(named(name).head.about for name in names)


ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "local-agent.md").read_text(encoding="utf-8")
REPORTS = [line for line in PAGE.splitlines() if re.match(r"\| \d+ \| \[", line)]


def test_the_page_names_what_there_is() -> None:
    assert [int(line.split("|")[1]) for line in REPORTS] == list(range(1, 29))
    named_there = set(re.findall(r"`((?:row|fault|report)-[a-z0-9-]+)`", PAGE))
    assert named_there <= set(packaged_names())
    assert {n for n in packaged_names() if n.startswith("report-")} <= named_there


@pytest.mark.parametrize("line", REPORTS, ids=lambda line: line.split("|")[1].strip())
def test_each_report_has_a_test_that_is_there_or_a_reason(line: str) -> None:
    shown_by = line.rstrip(" |").rpartition(" | ")[2]
    tests = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", shown_by)
    assert tests or shown_by.startswith("does not apply"), shown_by
    assert len(tests) == shown_by.count("::")
    for path, name in tests:
        source = ast.parse((ROOT / path).read_text(encoding="utf-8"))
        functions = (ast.FunctionDef, ast.AsyncFunctionDef)
        assert name in {node.name for node in source.body if isinstance(node, functions)}, path


async def test_a_reply_with_the_id_of_the_interruption_before_it(agent: AgentProcess) -> None:
    async with conversation(agent.socket_url(scenario="report-01-same-id")) as client:
        await client.send(FRAMES["multimodal_message"])
        marker = await client.expect("interruption")
        audio = await client.expect("audio")
        assert audio["event_id"] == marker["event_id"] == 5


async def test_in_text_only_it_streams(agent: AgentProcess) -> None:
    async with conversation(agent.socket_url(scenario="row-feedback"), TEXT_ONLY) as client:
        await client.expect("agent_response")
        assert [p["type"] for p in client.of("agent_chat_response_part")] == [
            "start",
            "delta",
            "stop",
        ]
        await client.send(FRAMES["feedback"])
        assert (await client.ended())[0] == 1000
        assert not client.of("audio")


async def test_a_file_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(
        'about = "A wait that is in vain."\noutput_format = "ulaw_8000"\n'
        '[[step]]\nwait_for = "user_message"\ncontains = "sesame"\nwithin_ms = 300\n'
    )
    with running("--scenario", str(path)) as agent:
        async with conversation(agent.socket_url()) as client:
            metadata = client.of("conversation_initiation_metadata")[0]
            assert metadata["agent_output_audio_format"] == "ulaw_8000"
            await client.type("open")
            reason = "Step 1: no user_message came within 300 ms."
            assert await client.ended() == (1002, reason)
        async with conversation(agent.socket_url()) as client:
            await client.type("Open SESAME")
            assert await client.ended() == (1000, "The scenario has ended.")


async def test_waits_that_follow_one_another_are_met_in_any_order(tmp_path: Path) -> None:
    one, other = (
        f'[[step]]\nwait_for = "user_message"\ncontains = "{word}"\nwithin_ms = {ms}\n'
        for word, ms in (("one", 30_000), ("other", 300))
    )
    ends = {
        one + other: (1000, "The scenario has ended."),
        f"{one}[[step]]\ndelay_ms = 1\n{other}": (
            1002,
            "Step 3: no user_message came within 300 ms.",
        ),
    }
    for steps, end in ends.items():
        path = tmp_path / "mine.toml"
        path.write_text(f'about = "x"\n{steps}')
        with running("--scenario", str(path)) as agent:
            async with conversation(agent.socket_url()) as client:
                await client.type("other")
                await client.type("one")
                assert await client.ended() == end


async def test_a_name_that_none_has(agent: AgentProcess) -> None:
    for name in ("nothing", "../agents", ""):
        found = await refused(agent.socket_url(scenario=name))
        assert found == (404, "scenario_not_found")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("about = 'x'", "here: one or more [[step]] tables are needed"),
        ("[[step]]\nsay = 'x'", "here: about is missing"),
        ("about = 'x'\ntitle = 1\n[[step]]\nsay = 'x'", "here: Object contains unknown field"),
        ("about = 'x'\n[[step]]\nshout = 'x'", "here: step 1: one of wait_for, say, send"),
        ("about = 'x'\n[[step]]\nsay = 'x'\ndelay_ms = 1", "found say and delay_ms"),
        ("about = 'x'\n[[step]]\nsay = 'x'\n[[step]]\ndelay_ms = -1", "here: step 2: delay_ms: "),
        (
            "about = 'x'\n[[step]]\nwait_for = 'rain'",
            "here: step 1: wait_for: 'rain' is not pong, ",
        ),
        ("about = 'x'\nprotocol = 'x'\n[[step]]\nsay = 'x'", "here: protocol: 'x' is not "),
        ("about = 'x'\n[[step]]\nclose = 7", "here: step 1: close: Expected `int` >= 1000"),
        ("about = 'x'\n[[step]]\nsay = 'x'\nid = 7", "here: step 1: Object contains unknown"),
    ],
)
def test_mistakes_are_told(text: str, complaint: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        read_scenario(text, "here")
    assert complaint in str(caught.value)


def test_a_file_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--scenario", str(tmp_path / "none.toml")]) == 2
    assert "none.toml" in capsys.readouterr().err
