"""A third protocol works everywhere, and nothing outside this folder knows it."""

import asyncio
import json
import os
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.terminal import Terminal, terminal
from tests.providers.toy import wire
from tests.providers.toy.server import TOKEN, ToyAgent, toy_agent
from tests.session.rig import plan_for, running
from tui.analysis.entry import EntryStream
from tui.analysis.transcript.fold import TranscriptFold
from tui.commands import Connect, Interrupt, SendText
from tui.config import ConfigError, load
from tui.events import AgentResponded, Noted, PlaybackFlushed, PlaybackStarted
from tui.export.call_files import CallFiles
from tui.journal.reader import JournalReader
from tui.plan import Plan
from tui.providers import open_codec

ROOT = Path(__file__).parents[3]
CONFIG = """
provider = "toy"
[toy]
room = "kitchen"
[setup]
first_message = "Good day."
[setup.options]
mood = "brisk"
[tools.shout]
run = "shouting:shout"
approve = "auto"
description = "Shouts."
"""
TOOL = "def shout(): return 'HO'\n"
pytestmark = pytest.mark.usefixtures("installed")


def prepare(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (home / "shouting.py").write_text(TOOL)
    config = home / "config.toml"
    config.write_text(CONFIG)
    monkeypatch.setenv("TOY_TOKEN", TOKEN)
    return config


async def run(home: Path, *arguments: str) -> tuple[int | None, list[dict[str, Any]], str]:
    env = {
        **os.environ,
        "HOME": str(home),
        "XDG_STATE_HOME": str(home / "state"),
        "XDG_CONFIG_HOME": str(home / "none"),
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tui", "run", "--no-audio", *arguments),
        env=env,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(), 200)
    return process.returncode, [json.loads(line) for line in out.splitlines()], err.decode()


async def held(home: Path, monkeypatch: pytest.MonkeyPatch, *said: str) -> tuple[ToyAgent, Path]:
    """A whole call by `voicescope run`: what the agent heard, and the journal."""
    config = prepare(home, monkeypatch)
    words = [word for text in said for word in ("--say", text)]
    async with toy_agent() as agent:
        where = ("--config", str(config), "--base-url", agent.url)
        code, lines, err = await run(home, *where, *words)
    assert (code, err) == (0, "")
    return agent, Path(lines[-1]["journal"])


def transcript(journal: Path) -> list[str]:
    fold = TranscriptFold()
    reader = JournalReader.open(journal)
    for entry in EntryStream(reader, lambda: open_codec("toy")).advance():
        fold.add(entry)
    reader.close()
    return [line.text for line in fold.lines if line.text]


async def test_a_call_is_held_and_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent, journal = await held(tmp_path, monkeypatch, "one", "use the tool")
    (hello,) = agent.frames(wire.Hello)
    assert isinstance(hello, wire.Hello)
    assert (hello.mood, hello.opening, set(hello.tools)) == ("brisk", "Good day.", {"shout"})
    assert agent.rooms == ["kitchen"] and set(agent.tokens) == {TOKEN}
    said = transcript(journal)
    assert "Good day." in said and "one" in said and "The tool says HO." in said
    assert TOKEN.encode() not in journal.read_bytes()
    assert "You said one. My token is ***." in said


async def test_what_it_says_is_filtered_record_by_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, journal = await held(tmp_path, monkeypatch, "fail", "one")
    env = {"TOY_TOKEN": TOKEN}
    with terminal("replay", str(journal), home=tmp_path, columns=160, rows=45, **env) as screen:
        await asyncio.to_thread(filter_for, screen, "is:error", "state=failed", "reply=zulu")
        await asyncio.to_thread(filter_for, screen, "id:mike", "reply=mike", "reply=zulu")


def filter_for(screen: Terminal, expression: str, shown: str, hidden: str) -> None:
    screen.wait_for("Good day.")
    screen.type("2")
    screen.wait_for("f Follow")
    screen.type("/")
    screen.wait_for("filter: word")
    screen.type(f"{expression}\r")
    screen.wait_for(lambda text: shown in events(text) and hidden not in events(text))
    screen.type("\x1b")
    screen.wait_for(lambda text: hidden in events(text))


def events(text: str) -> str:
    """Of the screen, the event log."""
    return text.partition("2 Events")[2]


async def test_the_dashboard_and_its_set_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = prepare(tmp_path, monkeypatch)
    async with toy_agent() as agent:
        arguments = ("--config", str(config), "--base-url", agent.url, "--no-audio")
        env = {"TOY_TOKEN": TOKEN}
        with terminal(*arguments, home=tmp_path, columns=160, rows=45, **env) as screen:
            await asyncio.to_thread(set_up, screen, agent)
    hello = agent.frames(wire.Hello)[-1]
    assert isinstance(hello, wire.Hello)
    assert (hello.mood, hello.words) == ("brisk", 7)


def set_up(screen: Terminal, agent: ToyAgent) -> None:
    screen.wait_for("Good day.")
    screen.type("\x0f")  # Ctrl-O
    screen.wait_for("Set-up of the next call")
    text = screen.wait_for(lambda text: "mood" in text and "1 to 9" in text)
    assert "temperature" not in text and "language model" not in text
    screen.type("\t\t\t77")
    screen.wait_for("at most 9")
    screen.type("\x7f")
    screen.wait_for(lambda text: "at most 9" not in text)
    screen.type("\x1b[15~")  # F5
    screen.wait_for("Hang up and connect with this set-up?")
    screen.type("y")
    screen.wait_for(lambda _: len(agent.frames(wire.Hello)) == 2)


def toy_plan(folder: Path, agent: ToyAgent, *, enabled: bool) -> Plan:
    return plan_for(
        folder,
        provider="toy",
        base_url=agent.url,
        api_key_env="TOY_TOKEN",
        agent_id="hall",
        enabled=enabled,
        speaker_file=str(folder / "heard.wav") if enabled else "",
    )


async def test_it_is_told_what_was_heard_of_a_reply_that_was_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOY_TOKEN", TOKEN)
    async with toy_agent(speech_ms=20_000) as agent:
        async with running(toy_plan(tmp_path, agent, enabled=True)) as rig:
            rig.session.handle(Connect())
            await rig.event(PlaybackStarted)
            rig.session.handle(Interrupt())
            await rig.until(lambda: agent.frames(wire.Cut), "the report")
            rig.session.handle(SendText(text="one"))
            await rig.until(lambda: len(rig.all(PlaybackStarted)) > 1, "the next reply")
    (hush,) = agent.frames(wire.Hush)
    cut = agent.frames(wire.Cut)[0]
    assert isinstance(hush, wire.Hush) and isinstance(cut, wire.Cut)
    assert hush.reply == cut.reply == "zulu" and 0 <= cut.heard_ms < 20_000


async def test_it_is_told_what_was_heard_of_a_reply_that_was_spoken_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOY_TOKEN", TOKEN)
    async with toy_agent(speech_ms=20_000) as agent:
        async with running(toy_plan(tmp_path, agent, enabled=True)) as rig:
            rig.session.handle(Connect())
            await rig.event(PlaybackStarted)
            await agent.give_way("zulu")
            flushed = await rig.event(PlaybackFlushed)
            await rig.until(lambda: agent.frames(wire.Cut), "the report")
    (cut,) = agent.frames(wire.Cut)
    assert flushed.cause == "interruption" and not agent.frames(wire.Hush)
    assert cut == wire.Cut(reply="zulu", heard_ms=flushed.heard_ms)


async def test_after_a_break_it_is_told_nothing_that_it_has_no_frame_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOY_TOKEN", TOKEN)
    async with toy_agent() as agent:
        async with running(toy_plan(tmp_path, agent, enabled=False)) as rig:
            rig.session.handle(Connect())
            await rig.event(AgentResponded)
            rig.session.handle(SendText(text="vanish"))
            await rig.until(lambda: len(rig.all(AgentResponded)) > 1, "the next conversation")
            assert len(agent.frames(wire.Hello)) == 2
            assert not rig.all(Noted)


async def test_a_close_is_said_in_its_own_words_and_not_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = prepare(tmp_path, monkeypatch)
    async with toy_agent() as agent:
        where = ("--config", str(config), "--base-url", agent.url)
        code, _, err = await run(tmp_path, *where, "--say", "sleep")
    assert code == 1 and "the toy is asleep; wake it" in err
    assert len(agent.rooms) == 1


async def test_its_calls_are_taken_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    _, journal = await held(tmp_path, monkeypatch, "one")
    files = CallFiles(journal, lambda: open_codec("toy"), "toy")
    folder, _ = files.folder()
    assert "Good day." in next(folder.glob("*.txt")).read_text()
    assert b"welcome" in files.scenario(range(9), "toy").read_bytes()


async def test_without_a_token_it_says_what_to_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = prepare(tmp_path, monkeypatch)
    monkeypatch.delenv("TOY_TOKEN")
    code, _, err = await run(tmp_path, "--config", str(config), "--base-url", "http://127.0.0.1:1")
    assert code == 1 and "set TOY_TOKEN" in err


def test_its_table_is_checked_like_any_other(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("[toy]\nrom = 'x'")
    with pytest.raises(ConfigError, match=r"unknown key 'toy\.rom'; did you mean 'room'"):
        load(path, {})
    path.write_text("[toy]\nroom = 'x'")
    assert load(path, {"TOY_ROOM": "attic"}).section("toy").whom == "attic"


def test_nothing_outside_this_folder_knows_it() -> None:
    for path in (ROOT / "tui").rglob("*.py"):
        assert not re.search(
            r"toy\b.{0,20}(provider|codec|wire)|voicescope_toy", path.read_text("utf-8")
        )
