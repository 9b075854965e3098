"""The words of the user's audio: recognised for the answer, and told where that is asked for.

Knows audio, items and the events that tell of words; not what is answered.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tui.agent.call_store import Call
from tui.agent.openai.items import Item
from tui.agent.openai.link import Connection
from tui.agent.openai.response import Response
from tui.agent.openai.settings import Json, Transcription
from tui.agent.openai.usage import heard_tokens, text_tokens
from tui.agent.speech.engines import ADVICE, Engine, installed
from tui.agent.speech.loaded import LoadedSpeech
from tui.events import AudioFormat

if TYPE_CHECKING:
    from tui.agent.speech.pcm import Pcm

KIND = "conversation.item.input_audio_transcription"
STREAMING = ("gpt-live-transcribe", "gpt-realtime-whisper")
"""Models whose words come at once, one by one; those of others come while it is answered."""
BY_TOKENS = "gpt-4o"
"""Models of that family are billed by tokens, others by duration."""
PIECE_MS = 17_000
"""What recognisers take at a time."""
SILENT = 160
"""Samples up to here, -46 dB, are nobody's voice."""
UNFINISHED = frozenset(
    "a an and as at because but by divided for from if in is minus of on or plus so the times to "
    "uh um with".split()
)
"""Words that nobody ends with."""


class Transcripts:
    def __init__(
        self,
        link: Connection,
        call: Call,
        speech: LoadedSpeech,
        tasks: asyncio.TaskGroup,
        active: Callable[[], Response | None],
    ) -> None:
        self._link = link
        self._call = call
        self._speech = speech
        self._tasks = tasks
        self._active = active

    def begin(self, item: Item, asked: Transcription | None) -> None:
        item.heard = self._tasks.create_task(self._recognise(item, asked))

    async def sounds_finished(self, audio: bytes, form: AudioFormat) -> bool:
        text = (await self._words(audio, form)).strip().lower()
        last = text.rstrip(" .!?").rpartition(" ")[2]
        return bool(text) and not text.endswith((",", "…", "...", "-")) and last not in UNFINISHED

    async def _recognise(self, item: Item, asked: Transcription | None) -> str:
        text = await self._words(bytes(item.audio), item.format)
        self._call.said("user", text, item.id)
        if asked:
            self._tasks.create_task(self._tell(item, text, asked.model or ""))
        return text

    async def _words(self, audio: bytes, form: AudioFormat) -> str:
        size = int(PIECE_MS * form.rate / 1000) * form.sample_bytes
        texts = []
        for n in range(0, len(audio), size):
            piece = audio[n : n + size]
            piece = piece[: len(piece) - len(piece) % form.sample_bytes]
            pcm = await self._speech.run(Engine.RECOGNISER, _decoded, piece, form)
            if len(pcm) and int(abs(pcm).max()) > SILENT:  # recognisers find words in silence
                texts.append(await self._speech.recognise([pcm]))
        return " ".join(filter(None, texts))

    async def _tell(self, item: Item, text: str, model: str) -> None:
        active = self._active()
        if active and model not in STREAMING:
            await active.begun.wait()
        where: Json = {"item_id": item.id, "content_index": 0}
        if not any(installed(Engine.RECOGNISER)):
            words = f"No recogniser is installed: {ADVICE}"
            error = {"type": "transcription_error", "code": "no_recogniser", "message": words}
            await self._link.send(f"{KIND}.failed", **where, error=error | {"param": None})
            return
        deltas = [f"{word} " for word in text.split()] if model in STREAMING else [text]
        for n, delta in enumerate(deltas, 1):
            told = delta.rstrip() if n == len(deltas) else delta
            await self._link.send(f"{KIND}.delta", **where, delta=told)
        for part in item.parts:
            if part["type"] == "input_audio":
                part["transcript"] = text
        usage = _usage(item, text, model)
        await self._link.send(f"{KIND}.completed", **where, transcript=text, usage=usage)


def _usage(item: Item, text: str, model: str) -> dict[str, Any]:
    if not model.startswith(BY_TOKENS):
        return {"type": "duration", "seconds": round(item.ms / 1000, 1)}
    heard, written = heard_tokens(item.ms), text_tokens(text)
    return {
        "type": "tokens",
        "total_tokens": heard + written,
        "input_tokens": heard,
        "output_tokens": written,
        "input_token_details": {"text_tokens": 0, "audio_tokens": heard},
    }


def _decoded(audio: bytes, form: AudioFormat) -> Pcm:
    from tui.agent.speech.pcm import Decoder  # noqa: PLC0415  see there

    return Decoder(form).decode(audio)
