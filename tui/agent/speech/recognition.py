"""Turns the user's audio into heard facts: a score, speech begun, a guess, what was said.

Knows the stream of one conversation; not what the agent does about it. Scoring and recognition run
on the threads of `LoadedSpeech`; the state here is touched on the event loop only.

Theory of operation. Chunks queue up (also before the models are loaded) and are taken in batches:
decoded and scored on the detector's thread, then each frame goes through the `Endpointer`. The
last PRE_ROLL frames before speech are kept, so that soft first sounds are not cut off. At a pause
recognition starts at once, and its result is used if the turn turns out to be over.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Protocol

from tui.agent.speech.endpointing import Endpointer, Signal
from tui.agent.speech.engines import DetectorModel, Engine
from tui.agent.speech.loaded import LoadedSpeech
from tui.events import AudioFormat

if TYPE_CHECKING:
    from tui.agent.speech.pcm import Pcm, ScoredStream

PRE_ROLL = 9
"""Frames, 288 ms."""
SCORE_EVERY = 3
"""Frames: a score is told about ten times a second, the highest of its frames."""
BACKLOG_S = 15
"""Audio that may wait (for loading models, or sent faster than it can be scored)."""
BATCH_S = 1


class Listener(Protocol):
    async def on_score(self, score: float) -> None:
        """The probability, 0..1, that the user is speaking."""

    async def on_speech(self) -> None:
        """The user speaks, long enough to be meant."""

    async def on_guess(self, text: str) -> None:
        """The words up to a pause that may or may not be the end."""

    async def on_said(self, text: str) -> None:
        """The user's turn is over; `text` is "" when no words were in it."""


class Recognition:
    def __init__(self, speech: LoadedSpeech, audio_format: AudioFormat, listener: Listener) -> None:
        self._speech = speech
        self._format = audio_format
        self._listener = listener
        self._queue: deque[bytes] = deque()
        self._queued = 0
        self._sounds = False
        self._half = b""
        """The first byte of a sample that the next chunk goes on with."""
        self._arrived = asyncio.Event()
        self._endpointer = Endpointer()
        self._frames: list[Pcm] = []
        self._scores: list[float] = []
        self._guess: asyncio.Task[str] | None = None

    def feed(self, data: bytes) -> None:
        """A chunk in the negotiated format, cut anywhere. The oldest audio gives way when too much
        waits: whole samples always."""
        data = self._half + data
        whole = len(data) - len(data) % self._format.sample_bytes
        data, self._half = data[:whole], data[whole:]
        self._sounds = self._sounds or self._speech.prepare_for(data)
        self._queue.append(data)
        self._queued += len(data)
        while self._queued > self._size(BACKLOG_S) and len(self._queue) > 1:
            self._queued -= len(self._queue.popleft())
        self._arrived.set()

    async def run(self) -> None:
        """Until cancelled. Ends with the first audio when no detector is installed."""
        await self._arrived.wait()  # nothing is loaded for who sends none
        model = await self._speech.detector()
        if model is None:
            return
        stream = await self._speech.run(Engine.DETECTOR, _open_stream, self._format, model)
        async with asyncio.TaskGroup() as tasks:
            while True:
                batch = await self._batch()
                scored = await self._speech.run(Engine.DETECTOR, stream.score, batch)
                for frame, score in scored:
                    await self._take(frame, score, tasks)

    def _size(self, seconds: float) -> int:
        return int(seconds * self._format.rate) * self._format.sample_bytes

    async def _batch(self) -> bytes:
        """All that waits, up to about BATCH_S."""
        while not self._queue:
            self._arrived.clear()
            await self._arrived.wait()
        batch = bytearray(self._queue.popleft())
        while self._queue and len(batch) + len(self._queue[0]) <= self._size(BATCH_S):
            batch += self._queue.popleft()
        self._queued -= len(batch)
        return bytes(batch)

    async def _take(self, frame: Pcm, score: float, tasks: asyncio.TaskGroup) -> None:
        self._scores.append(score)
        if len(self._scores) == SCORE_EVERY:
            await self._listener.on_score(max(self._scores))
            self._scores.clear()
        self._frames.append(frame)
        if not self._endpointer.speaking:
            del self._frames[:-PRE_ROLL]
        for signal in self._endpointer.step(score):
            await self._act(signal, tasks)

    async def _act(self, signal: Signal, tasks: asyncio.TaskGroup) -> None:
        match signal:
            case Signal.CONFIRMED:
                await self._listener.on_speech()
            case Signal.PAUSED:
                self._guess = tasks.create_task(self._recognise(self._frames.copy()))
            case Signal.RESUMED:
                self._drop_guess()
            case Signal.ENDED:
                guess = self._guess or tasks.create_task(self._recognise(self._frames.copy()))
                self._guess = None
                self._frames.clear()
                tasks.create_task(self._finish(guess))

    def _drop_guess(self) -> None:
        if self._guess:
            self._guess.cancel()
        self._guess = None

    async def _recognise(self, frames: list[Pcm]) -> str:
        text = await self._speech.recognise(frames)
        if text:
            await self._listener.on_guess(text)
        return text

    async def _finish(self, guess: asyncio.Task[str]) -> None:
        await self._listener.on_said(await guess)


def _open_stream(audio_format: AudioFormat, model: DetectorModel) -> ScoredStream:
    from tui.agent.speech.pcm import ScoredStream  # noqa: PLC0415  see there

    return ScoredStream(audio_format, model)
