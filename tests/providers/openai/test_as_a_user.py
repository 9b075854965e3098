"""As a user meets it: the set-up in a small terminal, and a recorded call that is acted again."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.terminal import Terminal, terminal
from tests.providers.openai.test_reaching import KEY, Server, run, server
from tui.export.call_files import CallFiles
from tui.journal.reader import JournalReader
from tui.providers import open_codec

TAB, ENTER, F5 = "\t", "\r", "\x1b[15~"


async def test_the_set_up_fits_80_by_24_and_becomes_the_session(tmp_path: Path) -> None:
    async with server() as told:
        where = ("--provider", "openai", "--base-url", told.url, "--no-audio")
        with terminal(*where, home=tmp_path, columns=80, rows=24, OPENAI_API_KEY=KEY) as screen:
            await asyncio.to_thread(set_up, screen, told)
    update = [frame for frame in told.frames if frame["type"] == "session.update"][-1]
    heard = update["session"]["audio"]["input"]
    assert heard["turn_detection"] == {"type": "semantic_vad", "eagerness": "low"}
    assert heard["transcription"]["model"] == "gpt-live-transcribe"
    assert told.requests[-1].query["model"] == "gpt-realtime-mini"
    assert told.requests[-1].headers["Authorization"] == f"Bearer {KEY}"
    assert_nobody_wrote_the_key(tmp_path)


def assert_nobody_wrote_the_key(home: Path) -> None:
    written = [path for path in home.rglob("*") if path.is_file()]
    assert len(written) > 1 and not any(KEY.encode() in path.read_bytes() for path in written)


def set_up(screen: Terminal, told: Server) -> None:
    screen.wait_for("LIVE")
    screen.type("\x0f")  # Ctrl-O
    text = screen.wait_for("Set-up of the next call")
    for words in ("stability", "similarity", "agent id", "variables", "permitted"):
        assert words not in text
    screen.wait_for("gpt-live-transcribe, $0.017/min")
    screen.type(ENTER)
    screen.wait_for(lambda text: "$0.019 in $0.077 out/min" in text and "ends 2027-01-20" in text)
    screen.type("realtime-mini")
    screen.wait_for("2 found")
    screen.type(ENTER)
    screen.wait_for(lambda text: "model: gpt-realtime-mini end" in text and "another" in text)
    screen.type(TAB * 6 + ENTER)
    screen.wait_for("semantic_vad")
    screen.type("sem")
    screen.wait_for("1 found")
    screen.type(ENTER)
    screen.wait_for(lambda text: "Turn detection" not in text and "semantic_vad" in text)
    screen.type(TAB + ENTER)
    screen.wait_for("Eagerness")
    screen.type("low")
    screen.wait_for("1 found")
    screen.type(ENTER)
    screen.wait_for(lambda text: "Eagerness" not in text and "low" in text)
    screen.type(F5)
    screen.wait_for("Hang up and connect with this set-up?")
    screen.type("y")
    screen.wait_for(lambda _: len(told.requests) == 2 and told.frames[-1]["type"])


def test_a_recorded_call_is_acted_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    said = "what is twelve times seven"
    first = run(tmp_path, "--provider", "openai", "--local", "--say", said)
    assert (first.returncode, first.stderr) == (0, "")
    *lines, summary = map(json.loads, first.stdout.splitlines())
    journal = Path(summary["journal"])
    reader = JournalReader.open(journal)
    count = len(reader)
    reader.close()
    files = CallFiles(journal, lambda: open_codec("openai"), "openai")
    scenario = files.scenario(range(count), "openai")
    command = [sys.executable, "-m", "tui", "agent", "--scenario", str(scenario)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.PIPE) as agent:
        try:
            assert agent.stdout is not None
            url = json.loads(agent.stdout.readline())["url"]
            where = ("--provider", "openai", "--base-url", url)
            again = run(tmp_path, *where, "--say", "anything", OPENAI_API_KEY="any")
        finally:
            agent.terminate()
    answers = [line["text"] for line in lines if line["role"] == "agent"]
    acted = [json.loads(line) for line in again.stdout.splitlines()]
    assert [line["text"] for line in acted if line.get("role") == "agent"] == answers
    assert "eighty-four" in " ".join(answers).lower()
    assert "audio.delta" not in scenario.read_text()
