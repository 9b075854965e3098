"""A live call flooded with 5,000 events a second: keys are answered, every frame is recorded, and
what the agent says meanwhile is heard.

Needs (Debian): pulseaudio pulseaudio-utils libportaudio2.
"""

import asyncio
import contextlib
import json
import re
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from tests.audio.fakes import tone
from tests.conftest import sound_card
from tests.e2e.terminal import Terminal, terminal
from tests.session.rig import agent_server, send
from tests.session.sound.test_call_recording import speaking
from tests.vsound import VirtualSoundCard
from tui.analysis.entry import EntryStream
from tui.events import AudioGlitched, PlaybackFinished
from tui.journal.indexing import UNREADABLE
from tui.journal.reader import JournalReader
from tui.providers import open_codec

__all__ = ["sound_card"]

RATE = 5000
SECONDS = 5
TICK_S = 0.02


async def test_keys_answer_and_nothing_is_lost(
    tmp_path: Path, sound_card: VirtualSoundCard
) -> None:
    sent: Counter[str] = Counter()
    flooding, over = asyncio.Event(), asyncio.Event()

    async def agent(socket: ServerConnection) -> None:
        # A server that reads nothing answers no ping after a while.
        reading = asyncio.create_task(read_all(socket))
        await flooding.wait()
        await send(socket, speaking(tone(300, SECONDS * 1000, 16_000, 12_000)))
        began, done = time.monotonic(), 0
        while done < RATE * SECONDS:
            for number in range(done, min(int((time.monotonic() - began) * RATE), RATE * SECONDS)):
                frame = frame_of(number)
                sent[frame["type"]] += 1
                await socket.send(json.dumps(frame))
                done = number + 1
            await asyncio.sleep(TICK_S)
        over.set()
        await reading

    async with agent_server(agent, limit_s=200) as url:
        options = ("--provider", "elevenlabs", "--agent-id", "a", "--base-url", url)
        with (
            sound_card.listen() as speaker,
            terminal(*options, home=tmp_path, columns=80, rows=24, **sound_card.environ) as screen,
        ):
            await asyncio.to_thread(screen.wait_for, "LIVE")
            flooding.set()
            waits = await asyncio.to_thread(press_keys, screen)
            await asyncio.wait_for(over.wait(), 60)
            await asyncio.to_thread(
                screen.wait_for, lambda text: events_shown(text) >= sum(sent.values())
            )
            await asyncio.to_thread(screen.type, "\x1b")
            await asyncio.to_thread(screen.wait_for, "/ Filter")
            await asyncio.to_thread(screen.type, "/kind:pong\r")
            await asyncio.to_thread(screen.wait_for, f"Events {sent['ping']}/")
            counts = recorded(screen, sum(sent.values()))
            heard, torn = await asyncio.to_thread(sound_of, screen)
            spoken = np.count_nonzero(np.abs(speaker.pcm()) > 100) / 48
    assert max(waits) < 3.0, waits  # a generous bound: the figures are in the benchmark
    assert {kind: counts[kind] for kind in sent} == sent
    assert counts["pong"] == sent["ping"]
    assert counts[UNREADABLE] == 0
    assert heard == [SECONDS * 1000]
    # A bound for machines that have other work; how many gaps there are is in `bench/audio.py`.
    assert sum(glitch.gap_ms for glitch in torn) < 500, torn
    assert spoken > SECONDS * 900


async def read_all(socket: ServerConnection) -> None:
    """Until it is closed, in whatever way."""
    with contextlib.suppress(ConnectionClosed):
        while True:
            await socket.recv()


def frame_of(number: int) -> dict[str, Any]:
    if number % 2500 == 0:
        return {"type": "ping", "ping_event": {"event_id": number + 1, "ping_ms": 3}}
    if number % 5 == 0:
        text = {"agent_response": f"reply {number}", "event_id": number}
        return {"type": "agent_response", "agent_response_event": text}
    return {"type": "vad_score", "vad_score_event": {"vad_score": number % 100 / 100}}


def events_shown(text: str) -> int:
    found = re.search(r"Events ([\d,]+)", text)
    return int(found[1].replace(",", "")) if found else 0


def press_keys(screen: Terminal) -> list[float]:
    """Type through the whole flood; how long each letter took to be on the screen."""
    waits: list[float] = []
    typed = ""
    for letter in "flooded?":
        began = time.monotonic()
        screen.type(letter)
        typed += letter
        screen.wait_for(typed)
        waits.append(time.monotonic() - began)
        time.sleep(max(began + 0.6 - time.monotonic(), 0))  # over the five seconds
    return waits


def sound_of(screen: Terminal) -> tuple[list[int], list[AudioGlitched]]:
    """How many ms of each reply were heard, once one was to its end, and where sound was lost."""
    reader = JournalReader.open(screen.journal)
    stream = EntryStream(reader, lambda: open_codec("elevenlabs"))
    heard, torn = list[int](), list[AudioGlitched]()
    end = time.monotonic() + 100
    while not heard and time.monotonic() < end:
        reader.refresh()
        for event in (event for entry in stream.advance() for event in entry.events):
            if isinstance(event, PlaybackFinished):
                heard.append(round(event.heard_ms))
            elif isinstance(event, AudioGlitched):
                torn.append(event)
        time.sleep(0.05)  # the journal is a file of another process
    return heard, torn


def recorded(screen: Terminal, least: int) -> Counter[str]:
    """Kinds in the journal, once it has that many records."""
    reader = JournalReader.open(screen.journal)
    end = time.monotonic() + 100
    while len(reader) < least and time.monotonic() < end:
        reader.refresh()
        time.sleep(0.05)  # the journal is a file of another process
    return Counter(reader.kind(number) for number in range(len(reader)))
