"""Speaks one reply: sentence by sentence, in chunks, a bounded time ahead of what is heard.

Knows a text, a voice and a sink for audio; not why it speaks, nor what interrupts it (whoever
cancels it, and then asks its `playout` what was heard).
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from tui.agent.parts import Part, Voice
from tui.agent.playout import Playout
from tui.agent.speech import Speech
from tui.events import AudioFormat

if TYPE_CHECKING:
    from tui.agent.pcm import SpokenLine

CHUNK_MS = 250
AHEAD_MS = 3_000
"""How much the client may have to queue: enough for a slow line, little enough that a reply that is
cut short was not made and sent in vain."""
GAP_MS = 180
"""Silence before each sentence but the first."""

Sink = Callable[[bytes, bool], Awaitable[None]]
"""Takes a chunk in the negotiated format, and whether it is the last of the reply."""


class Speaking:
    def __init__(self, speech: Speech, audio_format: AudioFormat, sink: Sink) -> None:
        self._speech = speech
        self._format = audio_format
        self._sink = sink
        self._chunk = int(audio_format.rate * CHUNK_MS / 1000) * audio_format.sample_bytes
        self.playout = Playout()

    async def say(self, text: str) -> None:
        """Returns when all is sent, which is up to AHEAD_MS before it is heard; does nothing
        when no voice is installed."""
        voice = await self._speech.voice()
        if voice is None:
            return
        line = await self._speech.run(Part.VOICE, _open_line, voice, self._format)
        waiting = bytearray()
        for n, sentence in enumerate(sentences(text)):
            gap_ms = GAP_MS if n else 0
            audio = await self._speech.run(Part.VOICE, line.render, sentence, gap_ms)
            self.playout.rendered(sentence, self._format.milliseconds(len(audio)))
            waiting += audio
            # One byte at least stays behind: the last chunk has to know that it is the last.
            while len(waiting) > self._chunk:
                await self._send(bytes(waiting[: self._chunk]), False)
                del waiting[: self._chunk]
        waiting += await self._speech.run(Part.VOICE, line.finish)
        if waiting:
            await self._send(bytes(waiting), True)

    async def heard(self) -> None:
        """Returns when all that was sent has been played."""
        await asyncio.sleep(self.playout.ahead_ms(time.monotonic()) / 1000)

    async def _send(self, chunk: bytes, last: bool) -> None:
        ahead = self.playout.ahead_ms(time.monotonic())
        if ahead > AHEAD_MS:
            await asyncio.sleep((ahead - AHEAD_MS) / 1000)
        self.playout.sent(self._format.milliseconds(len(chunk)), time.monotonic())
        await self._sink(chunk, last)


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


def _open_line(voice: Voice, audio_format: AudioFormat) -> SpokenLine:
    from tui.agent.pcm import SpokenLine  # noqa: PLC0415  see there

    return SpokenLine(voice, audio_format)
