"""A backend that a test drives: a real journal and its real writer, notices when the test says."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from tui.backend.base import Directory, SavesCalls, Sounds
from tui.backend.clips import Clips
from tui.backend.switches import Switch, Wishes
from tui.commands import Command
from tui.export.call_files import CallFiles
from tui.journal.reader import JournalReader
from tui.notices import CallState, Notice
from tui.provider import Codec
from tui.providers import provider_of
from tui.providers.elevenlabs.codec import ElevenLabsCodec
from tui.providers.elevenlabs.summary import summarize


class ScriptedBackend:
    """`say` gives a notice to the app; `asked` is what the app sent."""

    live = True
    directory: Directory | None = None
    title = "local agent"

    def __init__(self, path: Path) -> None:
        self.reader = JournalReader.open(path)
        self.sounds: Sounds | None = Clips(lambda: self.reader)
        self.take_away: SavesCalls | None = CallFiles(path, self.open_codec, "elevenlabs")
        self.asked: list[Command] = []
        self.closed = 0
        self.said_records = 0
        self.restarted = 0
        self._wishes = Wishes(muted=False, push_to_talk=False)
        self._switched = 0
        self._notices: asyncio.Queue[Notice | None] = asyncio.Queue()

    def open_codec(self) -> Codec:
        return ElevenLabsCodec()

    def summarize(self, kind: str, text: str) -> str:
        return summarize(kind, text)

    capabilities = provider_of("elevenlabs").capabilities
    frame_templates = provider_of("elevenlabs").templates()

    def frame_check(self, text: str) -> str:
        return provider_of("elevenlabs").check(text)

    async def notices(self) -> AsyncIterator[Notice]:
        while (notice := await self._notices.get()) is not None:
            yield notice
        self._wishes.begin()

    def redact(self, text: str) -> str:
        return text.replace("sk-secret", "***")

    def say(self, **fields: Any) -> None:
        """A notice: LIVE with a microphone and all records of the file, unless told otherwise."""
        self.reader.refresh()
        given: dict[str, Any] = {
            "state": CallState.LIVE,
            "records": len(self.reader),
            "target": "local agent",
            "live_ns": 1,
            "mic_available": True,
        }
        notice = Notice(**({"switched": self._switched} | given | fields))
        self.said_records = notice.records
        self._notices.put_nowait(notice)

    def die(self) -> None:
        """The session process is gone."""
        self._notices.put_nowait(None)

    def send(self, command: Command) -> None:
        self.asked.append(command)
        self._switched += isinstance(command, Switch)
        self._wishes.ask(command)

    def wished(self, notice: Notice) -> Notice:
        return self._wishes.over(notice)

    async def restart(self) -> None:
        self.restarted += 1

    async def close(self) -> None:
        self.closed += 1


class ScriptedClock:
    """Monotonic ns that stand still until told."""

    def __init__(self) -> None:
        self.now = 1_000_000_000

    def __call__(self) -> int:
        return self.now

    def wait(self, ms: int) -> None:
        self.now += ms * 1_000_000
