"""Hears one conversation's audio: the buffer of what was appended, and where speech lies in it.

Knows audio, offsets and the detector; no words, no events of the protocol. Offsets are
milliseconds of audio appended since the conversation began.

Theory of operation. Bytes are kept as they came until they are committed or cleared, and queue up
for the detector, which scores frames of 32 ms on its own thread. START voiced frames begin speech,
at the first of them less the padding; silence of the length that was asked for ends it: at the last
voiced frame plus that silence, so that a client can take it off again. Semantic detection asks at
each pause whether the words sound finished, and waits up to its limit when they do not. Whatever
invalidates what is queued (other audio format, a clear, a commit) begins a new stream.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Protocol

from tui.agent.openai.settings import Detection, ServerVad
from tui.agent.speech.engines import FRAME_MS, DetectorModel, Engine
from tui.agent.speech.loaded import LoadedSpeech
from tui.events import AudioFormat

if TYPE_CHECKING:
    from tui.agent.speech.pcm import ScoredStream

START = 3
QUIET_AGAIN = 4
HYSTERESIS = 0.15
PADDING_MS = 300
"""Of semantic detection, which has no field for it."""
PAUSE_MS = 480
"""After so much silence semantic detection asks whether that was all."""
PATIENCE_MS = {"low": 8_000, "medium": 4_000, "high": 2_000, "auto": 4_000}
KEPT_MS = 30_000
"""Of silence, for a commit by hand."""
LARGEST_MS = 10 * 60_000
WAITING_MS = 60_000
"""Audio that may wait for the detector before the client has to."""


class Listener(Protocol):
    async def on_speech_started(self, at_ms: float) -> None: ...

    async def on_speech_stopped(self, start_ms: float, end_ms: float) -> None: ...

    async def sounds_finished(self, audio: bytes) -> bool: ...


class Hearing:
    def __init__(self, speech: LoadedSpeech, listener: Listener, form: AudioFormat) -> None:
        self._speech = speech
        self._sounds = False
        self._listener = listener
        self.format = form
        self._detection: Detection | None = None
        self._audio = bytearray()
        self._audio_ms = 0.0
        """Where the buffer begins."""
        self._end_ms = 0.0
        self._queue: deque[bytes] = deque()
        self._changed = asyncio.Event()
        self._taken = asyncio.Event()
        self._stream: ScoredStream | None = None
        self._streams = 0
        self._is_deaf = False
        self._tasks = asyncio.TaskGroup()
        self._restart()

    @property
    def speaking(self) -> bool:
        return self._speaking

    @property
    def end_ms(self) -> float:
        """How much was appended."""
        return self._end_ms

    @property
    def buffered_ms(self) -> float:
        return self.format.milliseconds(len(self._audio))

    def set(self, form: AudioFormat, detection: Detection | None) -> None:
        if form != self.format:
            self.format = form
            self.clear()
        if (detection is None) != (self._detection is None):
            self._restart()
        self._detection = detection

    async def append(self, audio: bytes) -> None:
        """Waits while too much waits for the detector."""
        self._sounds = self._sounds or self._speech.prepare_for(audio)
        self._audio += audio
        self._end_ms += self.format.milliseconds(len(audio))
        self._trim(LARGEST_MS)
        if self._detection is None or self._is_deaf:
            return
        self._queue.append(audio)
        self._changed.set()
        while self._waiting_ms() > WAITING_MS:
            self._taken.clear()
            await self._taken.wait()

    def cut(self, start_ms: float = 0.0, end_ms: float | None = None) -> bytes:
        """Takes that stretch out of the buffer, and forgets what lies before it."""
        end = len(self._audio) if end_ms is None else self._at(end_ms)
        found = bytes(self._audio[self._at(start_ms) : end])
        del self._audio[:end]
        self._audio_ms = self._end_ms - self.buffered_ms
        return found

    def clear(self) -> None:
        self._audio.clear()
        self._audio_ms = self._end_ms
        self._restart()

    def take_all(self) -> bytes:
        found = self.cut()
        self._restart()
        return found

    async def run(self) -> None:
        """Until cancelled. Ends at once when no detector is installed."""
        model = await self._speech.detector()
        if model is None:
            self._is_deaf = True
            self._restart()
            return
        async with asyncio.TaskGroup() as self._tasks:
            await self._listen(model)

    async def _listen(self, model: DetectorModel) -> None:
        while True:
            batch = await self._batch()
            number = self._streams
            stream = self._stream
            if stream is None:
                opening = self._speech.run(Engine.DETECTOR, _open_stream, self.format, model)
                stream = await opening
            if number != self._streams:
                continue
            self._stream = stream
            scored = await self._speech.run(Engine.DETECTOR, stream.score, batch)
            for _, score in scored:
                if number == self._streams:
                    await self._step(score)

    # ── Where speech lies ────────────────────────────────────────────────────────────────────────

    def _restart(self) -> None:
        self._streams += 1
        self._stream = None
        self._queue.clear()
        self._taken.set()
        self._half = b""
        self._frame_ms = self._end_ms
        """Where the next frame begins."""
        self._speaking = self._voiced = False
        self._voice = self._silence = 0
        self._onset_ms = self._start_ms = self._voice_end_ms = 0.0
        self._finished: asyncio.Task[bool] | None = None

    async def _step(self, score: float) -> None:
        detection = self._detection
        if detection is None:
            return
        threshold = detection.threshold if isinstance(detection, ServerVad) else 0.5
        self._voiced = score >= threshold - (HYSTERESIS if self._voiced else 0.0)
        begin, self._frame_ms = self._frame_ms, self._frame_ms + FRAME_MS
        if self._voiced:
            await self._on_voice(begin, detection)
        else:
            self._silence += 1
            await self._on_silence(detection)
        if not self._speaking:
            self._trim(self._end_ms - self._frame_ms + KEPT_MS)

    async def _on_voice(self, begin: float, detection: Detection) -> None:
        self._silence = 0
        self._voice_end_ms = self._frame_ms
        self._drop_question()
        if not self._voice:
            self._onset_ms = begin
        self._voice += 1
        if self._voice == START and not self._speaking:
            padding = (
                detection.prefix_padding_ms if isinstance(detection, ServerVad) else PADDING_MS
            )
            self._start_ms = max(self._onset_ms - padding, self._audio_ms)
            self._speaking = True
            await self._listener.on_speech_started(self._start_ms)

    async def _on_silence(self, detection: Detection) -> None:
        silent_ms = self._silence * FRAME_MS
        if not self._speaking:
            if self._silence >= QUIET_AGAIN:
                self._voice = 0
        elif isinstance(detection, ServerVad):
            if silent_ms >= detection.silence_duration_ms:
                await self._stop(self._voice_end_ms + detection.silence_duration_ms)
        elif self._is_finished() or silent_ms >= PATIENCE_MS[detection.eagerness]:
            await self._stop(self._frame_ms)
        elif silent_ms >= PAUSE_MS and self._finished is None:
            so_far = bytes(self._audio[self._at(self._start_ms) : self._at(self._frame_ms)])
            self._finished = self._tasks.create_task(self._listener.sounds_finished(so_far))

    async def _stop(self, end_ms: float) -> None:
        start_ms = self._start_ms
        self._drop_question()
        self._speaking = False
        self._voice = self._silence = 0
        await self._listener.on_speech_stopped(start_ms, end_ms)

    def _is_finished(self) -> bool:
        asked = self._finished
        return asked is not None and asked.done() and not asked.cancelled() and asked.result()

    def _drop_question(self) -> None:
        if self._finished:
            self._finished.cancel()
        self._finished = None

    # ── The buffer ───────────────────────────────────────────────────────────────────────────────

    async def _batch(self) -> bytes:
        """All that waits; what ends within a sample keeps the byte for the next."""
        while not self._queue:
            self._changed.clear()
            await self._changed.wait()
        data = self._half + b"".join(self._queue)
        self._queue.clear()
        self._taken.set()
        whole = len(data) - len(data) % self.format.sample_bytes
        self._half = data[whole:]
        return data[:whole]

    def _waiting_ms(self) -> float:
        return self.format.milliseconds(sum(map(len, self._queue)))

    def _at(self, ms: float) -> int:
        samples = round(max(ms - self._audio_ms, 0.0) * self.format.rate / 1000)
        return min(samples * self.format.sample_bytes, len(self._audio))

    def _trim(self, kept_ms: float) -> None:
        """The oldest of the buffer gives way, whole samples always."""
        if self.buffered_ms > kept_ms:
            self.cut(0.0, self._end_ms - kept_ms)


def _open_stream(form: AudioFormat, model: DetectorModel) -> ScoredStream:
    from tui.agent.speech.pcm import ScoredStream  # noqa: PLC0415  see there

    return ScoredStream(form, model)
