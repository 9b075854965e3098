"""`voicescope run` as a process, against agents on loopback that do not behave."""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve

from tests.session.rig import agent_server, send

Ended = tuple[int | None, list[dict[str, Any]], str]


async def run(home: Path, *arguments: str, under: tuple[str, ...] = ()) -> Ended:
    """Exit code, the lines of standard output, standard error; `under` starts it."""
    variables = {
        **os.environ,
        "HOME": str(home),
        "XDG_STATE_HOME": str(home / "state"),
        "XDG_CONFIG_HOME": str(home / "config"),
    }
    process = await asyncio.create_subprocess_exec(
        *(*under, sys.executable, "-m", "tui", "run", "--no-audio", *arguments),
        env=variables,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        out, err = await asyncio.wait_for(process.communicate(), 120)
    finally:
        if process.returncode is None:
            process.kill()
    return process.returncode, [json.loads(line) for line in out.splitlines()], err.decode()


def journal_of(lines: list[dict[str, Any]]) -> str:
    return Path(lines[-1]["journal"]).read_text("utf-8")


async def test_a_time_is_kept_by_an_agent_that_never_says_a_word(tmp_path: Path) -> None:
    async def mute(socket: ServerConnection) -> None:
        await socket.wait_closed()

    async with serve(mute, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        code, lines, err = await run(tmp_path, "--base-url", url, "--agent-id", "a", "--for", "1")
    assert (code, err) == (0, "")
    assert lines[-1]["summary"]["closed_by"] == "user"


async def test_what_is_to_be_said_is_said_while_nothing_else_happens(tmp_path: Path) -> None:
    heard: list[str] = []

    async def silent(socket: ServerConnection) -> None:
        async for text in socket:
            heard.append(json.loads(text)["text"])

    async with agent_server(silent, limit_s=100) as url:
        where = ("--base-url", url, "--agent-id", "a")
        code, _, err = await run(tmp_path, *where, "--say", "Is anybody there?", "--for", "4")
    assert heard == ["Is anybody there?"]
    assert (code, err) == (0, "")


async def test_arguments_nested_beyond_reason_end_nothing(tmp_path: Path) -> None:
    def call(depth: int) -> str:
        nested = '{"a":' * depth + "1" + "}" * depth
        return (
            '{"type":"client_tool_call","client_tool_call":{"tool_name":"t","tool_call_id":"c'
            f'{depth}","parameters":{nested},"event_id":1,"expects_response":true}}}}'
        )

    async def agent(socket: ServerConnection) -> None:
        for depth in (100, 600, 100_000):
            await socket.send(call(depth))
        event = {"agent_response": "After all that.", "event_id": 2}
        await send(socket, {"type": "agent_response", "agent_response_event": event})
        await socket.wait_closed()

    async with agent_server(agent, limit_s=100) as url:
        where = ("--base-url", url, "--agent-id", "a")
        code, lines, err = await run(tmp_path, *where, "--for", "1")
    assert (code, err) == (0, "")
    assert "After all that." in [line.get("text") for line in lines]
    assert lines[-1]["summary"]["protocol_errors"] == 2


async def test_the_embedded_agent_that_was_asked_for_is_called_or_said_to_be_unknown(
    tmp_path: Path,
) -> None:
    config = tmp_path / "config.toml"
    config.write_text('provider = "local"\n[elevenlabs]\nagent_id = "agent_of_the_cloud"\n')
    where = ("--config", str(config), "--for", "1")
    code, lines, err = await run(tmp_path, *where, "--agent-id", "strict")
    assert (code, err) == (0, "")
    assert '"target":"local agent/strict"' in journal_of(lines)
    assert lines[0]["role"] == "agent" and lines[0]["event_id"] == 1
    code, lines, err = await run(tmp_path, *where)
    assert (code, err) == (0, "")
    assert '"target":"local agent"' in journal_of(lines)
    code, _, err = await run(tmp_path, "--provider", "local", "--agent-id", "ghost", "--for", "1")
    assert code == 1 and err.count("\n") == 1
    assert "no agent 'ghost'; it has local, strict, " in err


@pytest.mark.parametrize(
    ("text", "flags"),
    [("local = true", ()), ("", ("--local",)), ('provider = "elevenlabs"', ("--local",))],
)
async def test_a_flag_that_names_an_agent_makes_no_local_call_one_of_the_cloud(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, flags: tuple[str, ...]
) -> None:
    monkeypatch.setenv("ELEVENLABS_API_KEY", "sk_0123456789")
    config = tmp_path / "config.toml"
    config.write_text(f'{text}\n[elevenlabs]\nagent_id = "agent_of_the_cloud"\n')
    where = ("--config", str(config), *flags, "--agent-id", "strict", "--for", "1")
    code, lines, err = await run(tmp_path, *where)
    assert (code, err) == (0, "")
    assert '"target":"local agent/strict"' in journal_of(lines)


async def test_an_address_that_is_none_is_said_before_anything_is_started(tmp_path: Path) -> None:
    code, lines, err = await run(tmp_path, "--base-url", "http://127.0.0.1:99999")
    assert (code, lines) == (2, [])
    assert err == (
        "voicescope: base_url: http://127.0.0.1:99999 is no address: "
        "a port is a number from 0 to 65535\n"
    )


async def test_a_time_is_kept_on_a_full_disk_and_the_disk_is_said(tmp_path: Path) -> None:
    no_room = ("sh", "-c", 'ulimit -f 1; exec "$@"', "sh")
    code, _, err = await run(tmp_path, "--provider", "local", "--for", "1", under=no_room)
    assert code == 1 and err.count("\n") == 1
    assert "the journal is not written" in err


TOOL = """
[tools.pay]
run = "no_such_module:pay"
approve = "ask"
"""
CALL = {"tool_name": "pay", "tool_call_id": "t1", "parameters": {}, "event_id": 1}


@pytest.mark.parametrize(
    ("options", "told", "code"),
    [
        ((), "refused", 0),
        (("--fail-on", "tool-error,protocol-error"), "refused", 1),
        (("--approve", "auto"), "failed", 0),
    ],
)
async def test_where_nobody_looks_on_a_tool_is_refused_at_once_or_runs(
    tmp_path: Path, options: tuple[str, ...], told: str, code: int
) -> None:
    config = tmp_path / "config.toml"
    config.write_text(TOOL)
    answers: list[dict[str, Any]] = []

    async def agent(socket: ServerConnection) -> None:
        await send(socket, {"type": "client_tool_call", "client_tool_call": CALL})
        async for text in socket:
            if (frame := json.loads(text)).get("type") == "client_tool_result":
                answers.append(frame)

    async with agent_server(agent, limit_s=100) as url:
        where = ("--base-url", url, "--agent-id", "a", "--config", str(config), "--for", "5")
        found, lines, err = await run(tmp_path, *where, *options)
    assert [one["is_error"] for one in answers] == [True]
    (tool,) = [line for line in lines if line.get("role") == "tool"]
    assert told in json.dumps(tool), tool
    assert found == code, err
    assert ("--fail-on tool-error: it came" in err) == bool(code)


async def test_what_cannot_be_failed_on_is_refused(tmp_path: Path) -> None:
    code, _, err = await run(tmp_path, "--fail-on", "rain")
    assert code == 2
    assert "there is no 'rain'; known: tool-error, protocol-error, provider-error" in err
