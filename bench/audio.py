"""What is heard and said, measured at the sound card and on the wire, beside the SDK's player.

    python -m bench.audio [--runs 50] [--minutes 10]

Ours is a real session process (and, for the long speech, the whole dashboard) in a call with a
server on loopback; theirs is the official SDK's default audio interface in a process of its own.
Both play to and hear from the same virtual sound card, and everything is judged by what that card
recorded. Prints tables, asserts nothing. Needs (Debian): pulseaudio pulseaudio-utils libportaudio2.

Sound is heard at the card's monitor in pieces of about 10 ms, and times are those of arrival there:
each delay holds up to one such piece more than the truth, for both sides.
"""

import argparse
import asyncio
import base64
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosedError

from tests.e2e.terminal import terminal
from tests.session.rig import agent_server
from tests.session.sound.live import Live, live_call
from tests.vsound import Recording, VirtualSoundCard
from tui.analysis.entry import EntryStream
from tui.events import AudioGlitched, AudioOpened
from tui.journal.reader import JournalReader
from tui.providers import open_codec

Samples = npt.NDArray[np.int16]
Heard = Callable[[], list[tuple[int, int]]]
"""When each piece of the microphone was handed on, and its loudest sample."""

RATE, CARD_RATE = 16_000, 48_000
LOUD = 300
REPLY_MS = 3000
GAP_MS = 2.0
FLOOD, BIG_FLOOD = 500, 5000
"""Events a second beside the speech."""


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure what is heard and what is sent.")
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--minutes", type=float, default=10)
    options = parser.parse_args()
    print(f"{'ms':<58}{'p50':>9}{'p95':>9}{'max':>9}{'n':>6}")
    with VirtualSoundCard() as card:
        asyncio.run(ours(card, options.runs))
        with Sdk() as sdk:
            theirs(sdk, card, options.runs)
        print(f"\n{'gaps in speech':<58}{'gaps':>9}{'ms':>9}{'min':>9}")
        asyncio.run(long_speech(card, min(options.minutes, 0.5), BIG_FLOOD, columns=80, rows=24))
        with busy():
            asyncio.run(long_speech(card, options.minutes, FLOOD))
            with Sdk() as sdk:
                sdk_speech(sdk, card, options.minutes)


def row(what: str, values: list[float]) -> None:
    p50, p95 = np.percentile(values, [50, 95])
    print(f"{what:<58}{p50:>9.1f}{p95:>9.1f}{max(values):>9.1f}{len(values):>6}", flush=True)


def gaps_row(who: str, pcm: Samples, note: str = "") -> None:
    loud = np.flatnonzero(np.abs(pcm) > LOUD)
    silences = np.diff(loud) / CARD_RATE * 1000
    gaps = silences[silences > GAP_MS]
    minutes = (loud[-1] - loud[0]) / CARD_RATE / 60
    print(f"{who:<58}{len(gaps):>9}{gaps.sum():>9.0f}{minutes:>9.1f}  {note}", flush=True)


# ── Ours ────────────────────────────────────────────────────────────────────────────────────────


async def ours(card: VirtualSoundCard, runs: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with live_call(Path(folder), limit_s=10 * runs + 60) as live:
            await live.event(AudioOpened, 2)
            with card.listen() as recording:
                await replies(live, recording, runs)
            times = await asyncio.to_thread(bursts, card, runs, lambda: live.heard_ns)
    row("VoiceScope: microphone -> wire (onset)", times)


async def replies(live: Live, recording: Recording, runs: int) -> None:
    """A reply begins at a random moment and is interrupted at another."""
    random, reply = np.random.default_rng(7), tone(REPLY_MS)
    onsets, silences = list[float](), list[float]()
    for number in range(runs):
        await asyncio.sleep(0.3 + random.uniform(0, 0.05))
        before, began = len(recording.pcm()), time.monotonic_ns()
        await live.say(reply, 2 * number + 1)
        await asyncio.sleep(0.4 + random.uniform(0, 0.05))
        interrupted = time.monotonic_ns()
        await live.interrupt(2 * number + 2)
        await asyncio.to_thread(recording.wait_for, 0.4)
        first_ns, last_ns = edges(recording, before)
        onsets.append((first_ns - began) / 1e6)
        silences.append((last_ns - interrupted) / 1e6)
    row("VoiceScope: interruption frame -> silence", silences)
    row("VoiceScope: first audio byte -> first sample", onsets)


# ── Theirs ──────────────────────────────────────────────────────────────────────────────────────


class Sdk:
    """The SDK's default audio interface in a process of its own."""

    def __enter__(self) -> "Sdk":
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.sdk_audio"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdout is not None
        self.heard_ns = list[tuple[int, int]]()
        line = self._process.stdout.readline()
        while line and line != "ready\n":
            line = self._process.stdout.readline()
        threading.Thread(target=self._read, daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self.tell("quit")
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()

    def tell(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            at_ns, peak = line.split()
            self.heard_ns.append((int(at_ns), int(peak)))


def theirs(sdk: Sdk, card: VirtualSoundCard, runs: int) -> None:
    random = np.random.default_rng(7)
    onsets, silences = list[float](), list[float]()
    with card.listen() as recording:
        for _ in range(runs):
            time.sleep(0.3 + random.uniform(0, 0.05))
            before, began = len(recording.pcm()), time.monotonic_ns()
            sdk.tell(f"say {REPLY_MS}")
            time.sleep(0.4 + random.uniform(0, 0.05))
            interrupted = time.monotonic_ns()
            sdk.tell("interrupt")
            recording.wait_for(0.9)
            first_ns, last_ns = edges(recording, before)
            onsets.append((first_ns - began) / 1e6)
            silences.append((last_ns - interrupted) / 1e6)
    row("SDK interface: interrupt() -> silence", silences)
    row("SDK interface: output() -> first sample", onsets)
    row("SDK interface: microphone -> callback (onset)", bursts(card, runs, lambda: sdk.heard_ns))


# ── Both ────────────────────────────────────────────────────────────────────────────────────────


def bursts(card: VirtualSoundCard, runs: int, heard: Heard) -> list[float]:
    """From the moment another recorder has the beginning of a sound to when it was handed on."""
    random = np.random.default_rng(3)
    parts = [np.zeros(CARD_RATE // 2, np.int16)]
    for _ in range(runs):
        parts.append(tone(60, CARD_RATE))
        parts.append(np.zeros(round(CARD_RATE * (0.6 + random.uniform(0, 0.1))), np.int16))
    environ = {**os.environ, **card.environ}
    command = [*card._cat("--record", "mouth.monitor", CARD_RATE), "--latency-msec=10"]
    with Recording(command, environ, CARD_RATE) as recording:
        card.speak(np.concatenate(parts), CARD_RATE)
        recording.wait_for(0.5)
        loud = np.flatnonzero(np.abs(recording.pcm()) > LOUD)
        starts = loud[np.flatnonzero(np.diff(loud, prepend=-CARD_RATE) > CARD_RATE // 5)]
        began = [arrival(recording, int(start)) for start in starts]
    got = [at_ns for at_ns, peak in heard() if peak > LOUD]
    # 20 ms before: another recorder may have a sound a little later than a quick one hands it on.
    after = [next((at for at in got if at > start - 20_000_000), None) for start in began]
    return [(at - start) / 1e6 for at, start in zip(after, began, strict=True) if at is not None]


def edges(recording: Recording, since: int) -> tuple[int, int]:
    """When the first and the last loud sample after sample `since` arrived."""
    loud = np.flatnonzero(np.abs(recording.pcm()[since:]) > LOUD) + since
    return arrival(recording, int(loud[0])), arrival(recording, int(loud[-1]))


def arrival(recording: Recording, sample: int) -> int:
    return next(at_ns for at_ns, count in recording.arrivals if count > sample)


def tone(ms: float, rate: int = RATE, begin: int = 0) -> Samples:
    time_s = np.arange(begin, begin + round(ms * rate / 1000)) / rate
    wave: Samples = (12000 * np.sin(2 * np.pi * 300 * time_s)).astype(np.int16)
    return wave


# ── Long speech ─────────────────────────────────────────────────────────────────────────────────


@contextlib.contextmanager
def busy() -> Iterator[None]:
    """Two processes that keep a core each."""
    loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(2)]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


async def long_speech(
    card: VirtualSoundCard, minutes: float, rate: int, columns: int = 120, rows: int = 40
) -> None:
    over = asyncio.Event()

    async def agent(socket: ServerConnection) -> None:
        async with asyncio.TaskGroup() as group:
            reading = group.create_task(drain(socket))
            flooding = group.create_task(flood(socket, rate))
            await speak(socket, minutes)
            await asyncio.sleep(2)
            flooding.cancel()
            over.set()
            await asyncio.wait({reading})

    with tempfile.TemporaryDirectory() as home:
        journal = Path(home) / "call.jsonl"
        async with agent_server(agent, limit_s=60 * minutes + 60) as url:
            arguments = ("--base-url", url, "--agent-id", "agent_1", "--journal", str(journal))
            with (
                card.listen() as recording,
                terminal(*arguments, home=Path(home), columns=columns, rows=rows, **card.environ),
            ):
                await over.wait()
                pcm = recording.pcm()
        reader = JournalReader.open(journal)
        reader.refresh()
        stream = EntryStream(reader, lambda: open_codec("elevenlabs"))
        glitches = [
            f"{event.what} x{event.count or 1} {event.gap_ms or 0:.0f} ms"
            for entry in stream.advance()
            for event in entry.events
            if isinstance(event, AudioGlitched)
        ]
    who = f"VoiceScope, whole dashboard, {rate:,} events/s, {columns}x{rows}"
    who += "" if rate == BIG_FLOOD else ", two busy loops"
    gaps_row(who, pcm, ", ".join(glitches[:6]))


async def speak(socket: ServerConnection, minutes: float) -> None:
    """One reply in pieces of 250 ms, a second ahead of its time."""
    began = time.monotonic()
    for number in range(round(minutes * 240)):
        audio = base64.b64encode(tone(250, RATE, number * RATE // 4).tobytes()).decode()
        payload = {"audio_base_64": audio, "event_id": 1}
        await socket.send(json.dumps({"type": "audio", "audio_event": payload}))
        await asyncio.sleep(max(0.0, began + number / 4 - 1 - time.monotonic()))


async def flood(socket: ServerConnection, rate: int) -> None:
    began, sent = time.monotonic(), 0
    frame = json.dumps({"type": "vad_score", "vad_score_event": {"vad_score": 0.5}})
    while True:
        due = int((time.monotonic() - began) * rate)
        for _ in range(min(due - sent, rate // 50)):
            await socket.send(frame)
            sent += 1
        await asyncio.sleep(0.01)


async def drain(socket: ServerConnection) -> None:
    with contextlib.suppress(ConnectionClosedError):  # the dashboard is killed at the end
        async for _ in socket:
            pass


def sdk_speech(sdk: Sdk, card: VirtualSoundCard, minutes: float) -> None:
    with card.listen() as recording:
        sdk.tell(f"say {round(minutes * 60_000)}")
        recording.wait_for(minutes * 60 + 2, timeout=minutes * 60 + 60)
        gaps_row("SDK interface, no screen, no flood, two busy loops", recording.pcm())


if __name__ == "__main__":
    main()
