"""A call for the screen: the session process, started, heard and ended.

Knows the launch and the script; no widget.
"""

import time
from collections.abc import AsyncIterator

from msgspec.structs import replace

from tui.analysis.entry import EntryStream
from tui.analysis.stream_selection import STREAMS
from tui.backend.base import Directory, SavesCalls, Sounds
from tui.backend.clips import Clips
from tui.backend.directory import CallDirectory
from tui.backend.launch import Launch
from tui.backend.script import TICK_S, Script
from tui.backend.switches import Wishes
from tui.commands import ChooseDevice, Command, Connect
from tui.export.call_files import CallFiles
from tui.journal.reader import JournalReader
from tui.journal.redact import Redactor
from tui.notices import Notice
from tui.provider import OpenCodec, Summarize
from tui.providers import open_codec, provider_of, secret_shapes
from tui.session.http.credentials import secrets_of
from tui.session.process import SessionProcess


class LiveCall:
    """What a dashboard shows while it happens. Starts the session process at once."""

    live = True

    def __init__(self, launch: Launch, script: Script) -> None:
        provider = launch.plan.provider
        self._launch = launch
        self._directory = CallDirectory(launch.plan, launch.config_path, launch.profiles)
        self.directory: Directory | None = self._directory
        self._script = script
        self.reader: JournalReader = launch.reader
        self.sounds: Sounds | None = Clips(lambda: self.reader, launch.plan.audio.output)
        known = provider_of(provider)
        self.open_codec: OpenCodec = lambda: open_codec(provider)
        self.capabilities = known.capabilities
        self.summarize: Summarize = known.summarize
        self.take_away: SavesCalls | None = None
        if launch.journal is not None:
            self.take_away = CallFiles(launch.journal, self.open_codec, provider)
        self.frame_templates = known.templates()
        self.frame_check = known.check
        self.title = "local agent" if launch.plan.local else f"{provider}/{launch.plan.agent_id}"
        # The script reads the same records as the screen, at its own pace.
        self._entries = EntryStream(launch.reader, self.open_codec, STREAMS)
        self._closed = False
        self._wishes = Wishes(muted=launch.plan.muted, push_to_talk=launch.plan.audio.push_to_talk)
        self._session = self._start()

    def _start(self) -> SessionProcess:
        session = self._launch.start()
        session.send(Connect(setup=self._directory.setup))
        return session

    async def notices(self) -> AsyncIterator[Notice]:
        shown: Notice | None = None
        async for notice in self._session.notices(TICK_S if self._script.wanted else None):
            if self._script.wanted:
                self.reader.refresh()
                self._script.read(list(self._entries.advance()))
                for command in self._script.next(notice, time.monotonic_ns()):
                    self._session.send(command)
            if notice is not shown:
                shown = notice
                yield notice
        self._wishes.begin()

    def wished(self, notice: Notice) -> Notice:
        return self._wishes.over(notice)

    def send(self, command: Command) -> None:
        self._remember(command)
        self._session.send(command)

    async def restart(self) -> None:
        """A new session, however the last one ended, with what the user had chosen: a microphone
        that was closed stays closed."""
        await self._session.close()
        self._wishes.begin()
        self._session = self._start()

    def _remember(self, command: Command) -> None:
        if isinstance(command, Connect) and command.setup is not None:
            self._directory.setup = command.setup
        self._wishes.ask(command)
        mic = self._wishes.mic
        plan = self._launch.plan
        audio = replace(plan.audio, talk="push" if mic.push_to_talk else "open")
        if isinstance(command, ChooseDevice):
            audio = replace(audio, **{command.side: command.device})
        self._launch.plan = replace(plan, muted=mic.muted_outside, audio=audio)

    def redact(self, text: str, /) -> str:
        secrets = [*secrets_of(self._launch.plan), *self._directory.setup.secrets]
        return Redactor(secrets, secret_shapes(self._launch.plan.provider))(text)

    async def close(self) -> None:
        if not self._closed:
            self._closed = True
            await self._session.close()

    def abandon(self) -> None:
        """For a process that ends now: the session notices and hangs up."""
        self._session.abandon()
