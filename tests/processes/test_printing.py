"""What is printed acts on no terminal, fits its encoding and never ends in a trace."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve

from tui.processes.printing import Output, json_text

EVIL = "A\x1b]52;c;cm0=\x07B\x9bC\u202eD\x7f"
METADATA = (
    '{"type":"conversation_initiation_metadata","conversation_initiation_metadata_event":'
    '{"conversation_id":"conv_1","agent_output_audio_format":"pcm_16000",'
    '"user_input_audio_format":"pcm_16000"}}'
)
COMMAND = (sys.executable, "-m", "tui")
Act = Callable[[ServerConnection], Awaitable[object]]


def acts(data: bytes) -> list[str]:
    """Characters in `data` that are not text."""
    text = data.decode(errors="surrogateescape")
    return [char for char in text if not char.isprintable() and char != "\n"]


def environ(home: Path, **env: str) -> dict[str, str]:
    given = {**os.environ, "HOME": str(home), "PULSE_SERVER": "unix:/nonexistent", **env}
    for name in ("XDG_STATE_HOME", "XDG_CONFIG_HOME", "ELEVENLABS_API_KEY"):
        given.pop(name, None)
    return given


def voicescope(home: Path, *arguments: str, **streams: Any) -> "subprocess.CompletedProcess[bytes]":
    env = environ(home, **streams.pop("env", {}))
    piped = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams}
    return subprocess.run([*COMMAND, *arguments], env=env, timeout=100, check=False, **piped)


async def called(home: Path, act: Act, *arguments: str, **env: str) -> tuple[int, bytes, bytes]:
    """`voicescope run` against a server that does `act`."""

    async def handle(connection: ServerConnection) -> None:
        await connection.recv()
        await connection.send(METADATA)
        await act(connection)

    async with serve(handle, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        process = await asyncio.create_subprocess_exec(
            *(*COMMAND, "run", "--base-url", f"http://127.0.0.1:{port}", "--agent-id", "a"),
            *("--no-audio", *arguments),
            env=environ(home, **env),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        out, err = await process.communicate()
        return await process.wait(), out, err


def reply(text: str) -> str:
    event = {"agent_response": text, "event_id": 1}
    return json.dumps({"type": "agent_response", "agent_response_event": event})


async def test_what_a_server_says_is_shown_and_does_nothing(tmp_path: Path) -> None:
    async def act(connection: ServerConnection) -> None:
        await connection.send(reply(EVIL))
        await connection.close(1008, EVIL)

    code, out, err = await called(tmp_path, act)
    assert code == 1
    assert acts(out) == acts(err) == []
    assert b"A\xe2\x90\x9b]52;c;cm0=" in err
    lines = [json.loads(line) for line in out.splitlines()]
    assert [line["text"] for line in lines if line.get("role") == "agent"] == [EVIL]


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
async def test_every_line_is_written_in_every_encoding(tmp_path: Path, encoding: str) -> None:
    said = "Ça va, 日本語 ✓ 😀 \u0646\u0645\u06cc\u200c"

    async def act(connection: ServerConnection) -> None:
        await connection.send(reply(said))
        await connection.close(1000)

    _, out, err = await called(tmp_path, act, PYTHONIOENCODING=encoding)
    assert b"Traceback" not in err
    lines = [json.loads(line.decode(encoding)) for line in out.splitlines()]
    assert said in [line.get("text") for line in lines]
    assert "summary" in lines[-1]


@pytest.mark.parametrize(
    "arguments",
    [
        ("--no-such", EVIL),
        ("run", "--provider", EVIL),
        ("run", "--var", EVIL.replace("=", "")),
        ("run", EVIL),
        ("export", EVIL, "out.jsonl"),
        ("replay", EVIL),
        ("devices", EVIL),
        ("agent", "--host", EVIL),
        ("agent", EVIL),
        ("bridge", "--socket", f"/nonexistent/{EVIL}/s"),
        (EVIL,),
    ],
)
def test_an_argument_is_repeated_harmlessly(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done = voicescope(tmp_path, *arguments, stdin=subprocess.DEVNULL)
    assert done.returncode in (1, 2)
    assert acts(done.stdout) == acts(done.stderr) == []
    assert b"Traceback" not in done.stderr
    assert done.stderr


def test_a_name_that_is_not_utf8_is_told_of(tmp_path: Path) -> None:
    done = voicescope(tmp_path, "export", "\udcff.jsonl", "out.jsonl")
    assert done.returncode == 2
    assert "\ufffd.jsonl" in done.stderr.decode()
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_an_error_is_told_in_an_encoding_that_has_not_its_words(
    tmp_path: Path, encoding: str
) -> None:
    done = voicescope(
        tmp_path, "export", "日本.jsonl", "out.jsonl", env={"PYTHONIOENCODING": encoding}
    )
    assert done.returncode == 2
    assert rb"\u65e5\u672c.jsonl" in done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("arguments", [("--help",), ("run", "--help"), ("--version",)])
@pytest.mark.parametrize("how", ["closed", "gone"])
def test_a_reader_that_went_away_is_not_told_about(
    tmp_path: Path, arguments: tuple[str, ...], how: str
) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    closes: dict[str, Any] = {"preexec_fn": lambda: os.close(1)} if how == "closed" else {}
    done = voicescope(tmp_path, *arguments, stdout=writer, **closes)
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("fd", [0, 1, 2])
def test_a_call_is_held_with_a_standard_stream_closed(tmp_path: Path, fd: int) -> None:
    """Whatever is opened next does not become that stream."""
    journal = tmp_path / "call.jsonl"
    done = voicescope(
        tmp_path,
        *("run", "--provider", "local", "--no-audio", "--say", "what is two plus two"),
        *("--journal", str(journal)),
        preexec_fn=lambda: os.close(fd),
    )
    assert b"Traceback" not in done.stderr
    assert done.returncode == 0
    assert "That is four." in journal.read_text()
    assert all(
        line.startswith('{"n":') or line.startswith('{"')
        for line in journal.read_text().splitlines()
    )


def test_a_full_disk_is_told_and_is_no_success(tmp_path: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        done = voicescope(tmp_path, "--help", stdout=full)
    assert done.returncode == 1
    assert (
        done.stderr == b"voicescope: standard output cannot be written: No space left on device\n"
    )


def test_a_descriptor_that_somebody_made_non_blocking_loses_nothing() -> None:
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    text = "x" * (1 << 20)
    read = subprocess.Popen(["wc", "-c"], stdin=reader, stdout=subprocess.PIPE)
    os.close(reader)
    Output(writer, "utf-8").write(text)
    os.close(writer)
    assert int(read.communicate()[0]) == 1 << 20


@pytest.mark.parametrize(
    "text",
    [EVIL, "\ud83d", "a" + "\u0301" * 50, "\u3164", "tab\tline\nnul\0", "\u2028", "\U000e0041"],
)
def test_json_stays_json_with_each_character_as_it_was(text: str) -> None:
    line = json_text({"text": text, "名": 1})
    assert line.isprintable()
    assert json.loads(line) == {"text": text, "名": 1}
