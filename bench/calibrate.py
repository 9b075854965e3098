"""Is the instrument true? Its times of a call beside those of the sound card and the wire.

    python -m bench.calibrate [--turns 100] [--detector auto]

A real `voicescope run` calls the local agent over a virtual sound card. Somebody asks for a story
and talks over it: two spoken turns and one barge-in a round. Between the two stands a relay that
holds back the first audio of each reply for a random time up to 300 ms, and notes when it lets it
go. What is compared with the journal's figures, all on the machine's monotonic clock:

    t0        end of speech by the local detector   last sample of the utterance at the microphone
    onset     of the speech over a reply            its first sample there
    t3        first audio byte                      the relay wrote it
    t4        first sample at the converter         first sample of the reply at the speaker
    audible   first sample above -50 dBFS           the same there
    silence   of a barge-in                         behind the last sample before the silence there

Microphone and speaker are null sinks of one server, each recorded at its monitor. A monitor hands a
block on when the sink takes it: a sample is at the microphone from then on, and leaves the speaker
later by what the server calls the sink's latency. Arrivals are early and late, so times are counted
in samples from the soonest one. Between sounds both monitors are zero to the bit: edges are exact.

Prints p50, p95 and largest error, signed: positive is later than the truth. Asserts nothing. Needs
(Debian): pulseaudio pulseaudio-utils libportaudio2; and voicescope[local].
"""

import argparse
import asyncio
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from tests.agent.helpers import running
from tests.audio.speech.test_model_detector import converted
from tests.vsound import Recording, Samples, VirtualSoundCard
from tui.agent.speech.hibari import load as load_voice
from tui.analysis.entry import EntryStream
from tui.analysis.turns.fold import TurnFold
from tui.analysis.turns.turn import TurnSource
from tui.audio.level import dbfs
from tui.audio.playback.track import AUDIBLE
from tui.events import (
    Event,
    PlaybackFinished,
    PlaybackFlushed,
    PlaybackStarted,
    SpeechStarted,
    SpeechStopped,
)
from tui.journal.reader import JournalReader
from tui.providers import open_codec

RATE = 48_000
QUESTION, OVER_IT = "Tell me a story.", "Stop please, that is enough."
LEVEL_DBFS = -25.0
HELD_MS = 300.0
PATIENCE_S = 60.0
QUIET_S = 0.3
"""Zeros for so long are silence between two sounds: sentences are 180 ms apart."""
NEAR_NS = 400_000_000
"""What is farther from every true time than this is another thing."""
Times = Sequence[int]


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the error of the instrument's figures.")
    parser.add_argument("--turns", type=int, default=100, help="spoken turns, two a round")
    parser.add_argument("--detector", choices=("auto", "silero", "energy"), default="auto")
    options = parser.parse_args()
    load = os.getloadavg()
    with VirtualSoundCard() as card, running() as agent, Relay(agent.url) as relay:
        found = rounds(card, relay, options.turns // 2, options.detector)
    print(f"python -m bench.calibrate {' '.join(sys.argv[1:])}")
    print(f"load of the machine ({os.cpu_count()} cores) {load[0]:.1f} before, ", end="")
    print(f"{os.getloadavg()[0]:.1f} after; detector {options.detector}")
    print(f"{'error, ms':<34}{'p50':>8}{'p95 of |error|':>16}{'max':>8}{'n':>6}{'not seen':>10}")
    for what, errors, missing in found:
        if not errors:
            print(f"{what:<34}{'-':>8}{'-':>16}{'-':>8}{0:>6}{missing:>10}")
            continue
        size = np.abs(errors)
        p95 = float(np.percentile(size, 95))
        p50 = float(np.median(errors))
        print(f"{what:<34}{p50:>+8.1f}{p95:>16.1f}{size.max():>8.1f}{len(errors):>6}{missing:>10}")


# ── The call ────────────────────────────────────────────────────────────────────────────────────


class Relay:
    """Between the agent and the call, in a thread of its own."""

    def __init__(self, agent: str) -> None:
        self._agent = agent.replace("http", "ws", 1)
        self._random = np.random.default_rng(7)
        self._replies: set[int] = set()
        self.passed_ns: list[int] = []
        """When the first audio of each reply was passed on."""
        self.url = ""
        self._ready, self._over = threading.Event(), threading.Event()

    def __enter__(self) -> "Relay":
        threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True).start()
        self._ready.wait(PATIENCE_S)
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()

    async def _serve(self) -> None:
        async with serve(self._hold, "127.0.0.1", 0, compression=None) as server:
            self.url = f"http://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"
            self._ready.set()
            await asyncio.to_thread(self._over.wait)

    async def _hold(self, client: ServerConnection) -> None:
        assert client.request is not None
        async with connect(self._agent + client.request.path, proxy=None, max_size=None) as agent:
            there = asyncio.create_task(self._there(client, agent.send))
            try:
                async for text in agent:
                    await self._back(client, str(text))
            except ConnectionClosed:
                pass
            there.cancel()

    async def _there(self, client: ServerConnection, send: Callable[..., object]) -> None:
        async for text in client:
            await send(text)  # type: ignore[misc]

    async def _back(self, client: ServerConnection, text: str) -> None:
        reply = 0
        if '"audio_event"' in text:
            reply = int(json.loads(text)["audio_event"]["event_id"])
        if not reply or reply in self._replies:
            await client.send(text)
            return
        self._replies.add(reply)
        await asyncio.sleep(self._random.uniform(0, HELD_MS) / 1000)
        self.passed_ns.append(time.monotonic_ns())
        await client.send(text)


class Journal:
    """Of the call that is under way."""

    def __init__(self, path: Path) -> None:
        end = time.monotonic() + PATIENCE_S
        while not (path.exists() and path.stat().st_size):
            assert time.monotonic() < end, "the call did not begin"
            time.sleep(0.05)
        self._reader = JournalReader.open(path)
        self._stream = EntryStream(self._reader, lambda: open_codec("elevenlabs"))
        self.turns = TurnFold()
        self._events: list[Event] = []

    def all(self, kind: type[Event]) -> list[int]:
        """When each was, by its own account."""
        self._reader.refresh()
        for entry in self._stream.advance():
            self.turns.add(entry)
            self._events += entry.events
        return [int(getattr(one, "at_ns", 0)) for one in self._events if isinstance(one, kind)]

    def more(self, kind: type[Event], than: int) -> bool:
        """Waits until there are; whether there were in time."""
        end = time.monotonic() + PATIENCE_S
        while len(self.all(kind)) <= than:
            if time.monotonic() > end:
                return False
            time.sleep(0.02)
        return True


Row = tuple[str, list[float], int]


def rounds(card: VirtualSoundCard, relay: Relay, count: int, detector: str) -> list[Row]:
    question, over_it = (utterance(text) for text in (QUESTION, OVER_IT))
    pause = np.random.default_rng(3)
    with tempfile.TemporaryDirectory() as folder, card.listen_to("mouth.monitor") as mouth:
        config = Path(folder) / "config.toml"
        config.write_text(f'[audio]\ndetector = "{detector}"\n')
        path = Path(folder) / "call.jsonl"
        command = [sys.executable, "-m", "tui", "run", "--base-url", relay.url, "--config", config]
        with card.listen() as speaker, (Path(folder) / "out").open("wb") as out:
            process = subprocess.Popen(
                [*map(str, command), "--agent-id", "local", "--journal", str(path)],
                env={**os.environ, **card.environ, "HOME": folder, "XDG_STATE_HOME": folder},
                stdin=subprocess.DEVNULL,
                stdout=out,
            )
            try:
                journal = Journal(path)
                journal.more(PlaybackFinished, 0)
                for n in range(count):
                    one_round(card, journal, question, over_it, pause)
                    print(f"\r{2 * n + 2} turns", end="", file=sys.stderr, flush=True)
            finally:
                process.terminate()
                process.wait(PATIENCE_S)
            clocks = Clock(mouth), Clock(speaker, sink_latency_ns(card, "speaker"))
            print(file=sys.stderr)
            return judged(journal, *clocks, relay.passed_ns)


def one_round(
    card: VirtualSoundCard,
    journal: Journal,
    question: Samples,
    over_it: Samples,
    pause: np.random.Generator,
) -> None:
    began, cut = len(journal.all(PlaybackStarted)), len(journal.all(PlaybackFlushed))
    time.sleep(pause.uniform(1.0, 1.3))
    card.speak(question, RATE)
    if not journal.more(PlaybackStarted, began):
        return
    time.sleep(pause.uniform(1.0, 1.5))
    began, over = len(journal.all(PlaybackStarted)), len(journal.all(PlaybackFinished))
    card.speak(over_it, RATE)
    if journal.more(PlaybackFlushed, cut) and journal.more(PlaybackStarted, began):
        journal.more(PlaybackFinished, over)


def utterance(text: str) -> Samples:
    """At LEVEL_DBFS, cut to where the voice begins and ends: 35 dB below its loudest 10 ms."""
    voice = load_voice()
    pcm = converted(voice.synthesise(text), voice.rate, RATE)
    size = RATE // 100
    levels = np.array([dbfs(block) for block in pcm[: len(pcm) // size * size].reshape(-1, size)])
    loud = np.flatnonzero(levels > levels.max() - 35)
    pcm = pcm[loud[0] * size : (loud[-1] + 1) * size]
    scaled: Samples = np.rint(pcm * 10 ** ((LEVEL_DBFS - dbfs(pcm)) / 20)).astype(np.int16)
    return scaled


def sink_latency_ns(card: VirtualSoundCard, name: str) -> int:
    """What the server asks of the sink while it plays: it takes samples so long before."""
    told = card._pactl("list", "sinks")
    (section,) = (part for part in told.split("Sink #") if f"Name: {name}\n" in part)
    found = re.search(r"configured (\d+) usec", section)
    assert found is not None, section
    return int(found[1]) * 1000


# ── Truth ───────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Sound:
    first_ns: int
    audible_ns: int
    end_ns: int


class Clock:
    """The sounds of a recording, between silences, with times by counted samples."""

    def __init__(self, recording: Recording, latency_ns: int = 0) -> None:
        self._sample_ns = 1e9 / RATE
        arrivals = list(recording.arrivals)
        self._counts = np.array([count for _, count in arrivals])
        offsets = np.array([at_ns - count * self._sample_ns for at_ns, count in arrivals])
        # The soonest of the 20 s around: two clocks drift, and a server that stood still leaps.
        self._offsets = windowed_min(offsets, np.array([at_ns for at_ns, _ in arrivals]))
        self._latency_ns = latency_ns
        wide = recording.pcm().astype(np.int32)
        loud = np.flatnonzero(np.abs(wide) > 1)
        breaks = np.flatnonzero(np.diff(loud) > QUIET_S * RATE)
        firsts = loud[np.concatenate(([0], breaks + 1))]
        lasts = loud[np.concatenate((breaks, [len(loud) - 1]))]
        self.sounds = [
            Sound(
                self.at_ns(int(first)),
                self.at_ns(int(first + np.argmax(np.abs(wide[first : last + 1]) >= AUDIBLE))),
                self.at_ns(int(last) + 1),
            )
            for first, last in zip(firsts, lasts, strict=True)
        ]

    def at_ns(self, sample: int) -> int:
        piece = min(int(np.searchsorted(self._counts, sample)), len(self._counts) - 1)
        return round(self._offsets[piece] + sample * self._sample_ns) + self._latency_ns


def windowed_min(
    offsets: npt.NDArray[np.float64], at_ns: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    edges = (np.searchsorted(at_ns, at_ns + sign * 10_000_000_000) for sign in (-1, 1))
    pairs = zip(*edges, strict=True)
    return np.array([offsets[low : max(high, low + 1)].min() for low, high in pairs])


def judged(journal: Journal, mouth: Clock, speaker: Clock, passed_ns: Times) -> list[Row]:
    stopped, started = journal.all(SpeechStopped), journal.all(SpeechStarted)
    turns = [turn for turn in journal.turns.turns if turn.source is TurnSource.VOICE]
    said = [sound.end_ns for sound in mouth.sounds]
    onsets = [sound.first_ns for sound in mouth.sounds]
    heard = [sound.first_ns for sound in speaker.sounds]
    audible = [sound.audible_ns for sound in speaker.sounds]
    silent = [sound.end_ns for sound in speaker.sounds]
    cut = [turn.flushed_ns for turn in journal.turns.turns if turn.flushed_ns]
    return [
        row("t0, end of speech", stopped, said),
        row("onset of speech", started, onsets),
        row("t3, first audio byte", [t.first_audio_ns for t in turns], passed_ns),
        row("t4, first sample heard", [t.heard_ns for t in turns], heard),
        row("t4, first audible sample", [t.audible_ns for t in turns], audible),
        row("silence after a barge-in", cut, silent),
    ]


def row(what: str, told: Sequence[int | None], true: Times) -> Row:
    """Each figure against the true time nearest to it."""
    errors = list[float]()
    truths = np.array(sorted(true), np.int64)
    for one in told:
        near = truths[np.argmin(np.abs(truths - one))] if one is not None and len(truths) else None
        if one is not None and near is not None and abs(one - near) < NEAR_NS:
            errors.append(float(one - near) / 1e6)
    return what, errors, len(told) - len(errors)


if __name__ == "__main__":
    main()
