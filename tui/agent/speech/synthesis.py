"""Speaks one reply: sentence by sentence, in chunks, a bounded time ahead of what is heard.

Knows a text, a voice and a sink for audio; not why it speaks, nor what interrupts it (whoever
cancels it, and then asks its `heard_estimate` what was heard).
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import msgspec

from tui.agent.speech.alignment import Aligned, Timeline
from tui.agent.speech.engines import Engine, Voice
from tui.agent.speech.heard_estimate import HeardEstimate
from tui.agent.speech.loaded import LoadedSpeech
from tui.agent.speech.voices import VOICES, VoiceInfo
from tui.events import AudioFormat

if TYPE_CHECKING:
    from tui.agent.speech.pcm import SpokenLine

CHUNK_MS = 250
AHEAD_MS = 3_000
"""How much the client may have to queue: enough for a slow line, little enough that a reply that is
cut short was not made and sent in vain."""
GAP_MS = 180
"""Silence before each sentence but the first."""

Sink = Callable[[bytes, bool, Aligned | None], Awaitable[None]]
"""Takes a chunk in the negotiated format, whether it is the last of the reply, and which
characters are spoken in it."""


class Manner(msgspec.Struct, frozen=True):
    """How a conversation's replies sound."""

    format: AudioFormat
    voice: VoiceInfo = VOICES[0]
    speed: float = 1.0


class Synthesis:
    def __init__(
        self, speech: LoadedSpeech, manner: Manner, sink: Sink, ahead_ms: float = AHEAD_MS
    ) -> None:
        """`ahead_ms`: how much may be sent before it is heard."""
        self._ahead_ms = ahead_ms
        self._speech = speech
        self._manner = manner
        self._format = manner.format
        self._sink = sink
        self._chunk = int(self._format.rate * CHUNK_MS / 1000) * self._format.sample_bytes
        self._timeline = Timeline()
        self.heard_estimate = HeardEstimate()

    async def say(self, text: str) -> None:
        """Returns when all is sent, which is up to `ahead_ms` before it is heard; does nothing
        when no voice is installed."""
        voice = await self._speech.voice(self._manner.voice)
        if voice is None:
            return
        line = await self._speech.run(Engine.VOICE, _open_line, voice, self._manner)
        waiting = bytearray()
        for n, sentence in enumerate(sentences(text)):
            gap_ms = GAP_MS if n else 0
            audio = await self._speech.run(Engine.VOICE, line.render, sentence, gap_ms)
            ms = self._format.milliseconds(len(audio))
            self.heard_estimate.rendered(sentence, ms)
            self._timeline.rendered(sentence, gap_ms, ms)
            waiting += audio
            # One byte at least stays behind: the last chunk has to know that it is the last.
            while len(waiting) > self._chunk:
                await self._send(bytes(waiting[: self._chunk]), False)
                del waiting[: self._chunk]
        waiting += await self._speech.run(Engine.VOICE, line.finish)
        if waiting:
            await self._send(bytes(waiting), True)

    async def heard(self) -> None:
        """Returns when all that was sent has been played."""
        await asyncio.sleep(self.heard_estimate.ahead_ms(time.monotonic()) / 1000)

    async def _send(self, chunk: bytes, last: bool) -> None:
        ahead = self.heard_estimate.ahead_ms(time.monotonic())
        if ahead > self._ahead_ms:
            await asyncio.sleep((ahead - self._ahead_ms) / 1000)
        ms = self._format.milliseconds(len(chunk))
        self.heard_estimate.sent(ms, time.monotonic())
        await self._sink(chunk, last, self._timeline.take(ms, last))


class LiveReply:
    """A reply that is alive: `task` tells it. `text` is "" until the client was told of it."""

    def __init__(self, speaking: Synthesis) -> None:
        self.speaking = speaking
        self.text = ""
        self.task: asyncio.Task[None] | None = None

    def cut(self, now: float) -> bool:
        """Stops it. Gives whether the client has heard of a reply that was still going on."""
        going_on = self.task is not None and not self.task.done()
        if self.task:
            self.task.cancel()
        return bool(self.text) and (going_on or self.speaking.heard_estimate.ahead_ms(now) > 0)


def sentences(text: str) -> list[str]:
    """`text` cut behind each sentence; a long run without an end is cut at a comma or a space."""
    found = re.split(r"(?<=[.!?…])\s+", text.strip())
    return [part for sentence in found for part in _bounded(sentence) if part]


def _bounded(sentence: str, longest: int = 240) -> list[str]:
    parts = []
    while len(sentence) > longest:
        cut = max(sentence.rfind(", ", 0, longest) + 1, 0) or sentence.rfind(" ", 0, longest)
        cut = cut if cut > 0 else longest
        parts.append(sentence[:cut].strip())
        sentence = sentence[cut:].strip()
    return [*parts, sentence]


def _open_line(voice: Voice, manner: Manner) -> SpokenLine:
    from tui.agent.speech.pcm import SpokenLine  # noqa: PLC0415  see there

    return SpokenLine(voice, manner.speed, manner.format)
