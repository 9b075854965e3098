"""The loaded parts of speech, shared by all conversations of this process, each on its own thread.

Knows when a part is there and where it runs; nothing of conversations. A part is loaded by `load`,
which goes on in the background, or by whoever needs it first; who awaits one gets None when no
installed package can play it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar, cast

from tui.agent.log import log
from tui.agent.speech.engines import ADVICE, DetectorModel, Engine, Recogniser, Voice, load_engine
from tui.agent.speech.voices import VOICES, VoiceInfo

if TYPE_CHECKING:
    from tui.agent.speech.pcm import Pcm

T = TypeVar("T")


class LoadedSpeech:
    """To be made and used on one event loop."""

    def __init__(self) -> None:
        self._loaded: dict[Engine, asyncio.Task[Any]] = {}
        self._imports = asyncio.Lock()
        self._voices: dict[str, Voice | None] = {}
        self._threads = {p: ThreadPoolExecutor(1, thread_name_prefix=p.value) for p in Engine}

    async def load(self) -> None:
        """All of them, the voice first, because the first message waits for it."""
        for part in Engine:
            await self._part(part)

    def prepare_for(self, sound: bytes) -> bool:
        """Whether `sound` is more than digital silence: then what it is said in is going to be
        recognised, and the recogniser is loaded meanwhile."""
        sounds = bool(sound.strip(b"\0"))
        if sounds:
            self._begin(Engine.RECOGNISER)
        return sounds

    def _begin(self, part: Engine) -> asyncio.Task[Any]:
        if part not in self._loaded:
            self._loaded[part] = asyncio.create_task(self._load(part))
        return self._loaded[part]

    async def _part(self, part: Engine) -> Any:
        return await asyncio.shield(self._begin(part))

    async def _load(self, part: Engine) -> Any:
        """One after another: together they take longer, as imports share one lock. Logs what is
        missing."""
        async with self._imports:
            began = time.monotonic()
            found, name, failures = await self.run(part, load_engine, part)
            if found:  # what the first use would import, not in the first user's time
                await self.run(part, import_module, "tui.agent.speech.pcm")
                elapsed = round((time.monotonic() - began) * 1000)
                log("speech_loaded", part=part.value, engine=name, elapsed_ms=elapsed)
            else:
                failures.append(f"no {part.value} is installed")
            if failures:
                log("speech_missing", reasons=failures, advice=ADVICE)
            return found

    async def voice(self, info: VoiceInfo = VOICES[0]) -> Voice | None:
        """The voice of `info`, or the best there is when its package is missing."""
        best = cast("Voice | None", await self._part(Engine.VOICE))
        if info == VOICES[0] or best is None:
            return best
        if info.voice_id not in self._voices:
            self._voices[info.voice_id] = await self.run(
                Engine.VOICE, _load_small, info.engine_voice
            )
        return self._voices[info.voice_id] or best

    async def detector(self) -> DetectorModel | None:
        return cast("DetectorModel | None", await self._part(Engine.DETECTOR))

    async def recognise(self, frames: list[Pcm]) -> str:
        """`frames`: int16, 16 kHz, one after another. Gives "" when there is no recogniser."""
        found: Recogniser | None = await self._part(Engine.RECOGNISER)
        return await self.run(Engine.RECOGNISER, _recognise, found, frames) if found else ""

    async def run(self, part: Engine, work: Callable[..., T], *args: object) -> T:
        """Run `work(*args)` on the thread of `part`, one after another."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads[part], work, *args)

    def close(self) -> None:
        """What runs on the threads is finished, what waits is not begun."""
        for loading in self._loaded.values():
            loading.cancel()
        for thread in self._threads.values():
            thread.shutdown(wait=False, cancel_futures=True)


def _recognise(recogniser: Recogniser, frames: list[Pcm]) -> str:
    from tui.agent.speech.pcm import recognise  # noqa: PLC0415  see there

    return recognise(recogniser, frames)


def _load_small(name: str) -> Voice | None:
    try:
        from tui.agent.speech.nanotts import NanoVoice  # noqa: PLC0415  an optional package
    except ImportError:
        log("voice_missing", voice=name, advice=ADVICE)
        return None
    return NanoVoice(name)
