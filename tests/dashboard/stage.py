"""A running app in a test: what is painted, and waiting for it."""

from collections.abc import Callable
from typing import Any

from textual.events import Key
from textual.keys import _character_to_key
from textual.pilot import Pilot

from tests.dashboard.scripted import ScriptedBackend
from tui.dashboard.app import VoiceScopeApp
from tui.dashboard.common.pane import Pane
from tui.dashboard.events.log import EventLog
from tui.dashboard.transcript.pane import Transcript

WAIT_S = 100.0


class Stage:
    def __init__(self, app: VoiceScopeApp, backend: ScriptedBackend, pilot: Pilot[Any]) -> None:
        self.app = app
        self.backend = backend
        self.pilot = pilot

    @property
    def log(self) -> EventLog:
        return self.app.screen_stack[0].query_one(EventLog)

    @property
    def talk(self) -> Transcript:
        return self.app.screen_stack[0].query_one(Transcript)

    def rows(self) -> list[str]:
        """The painted screen, row by row."""
        return [strip.text for strip in self.app.screen._compositor.render_strips()]

    def text(self) -> str:
        return "\n".join(self.rows())

    def pane_rows(self, pane: Pane) -> list[str]:
        """The painted rows of a pane, without its title."""
        region = pane.region
        rows = self.rows()[region.y + 1 : region.bottom]
        return [row[region.x : region.right] for row in rows]

    async def until(self, true: Callable[[], object], what: str = "") -> None:
        """Let the app go on until `true`."""
        waited = 0.0
        while not true():
            assert waited < WAIT_S, f"never came: {what}\n{self.text()}"
            await self.pilot.pause(0.02)
            waited += 0.02

    async def settle(self) -> None:
        """Until all records that were told of are taken in and painted."""
        wanted = self.backend.said_records
        await self.until(lambda: self.log.model.rows.records >= wanted, f"{wanted} records")
        await self.until(lambda: not self.log.untitled)
        await self.until(lambda: self.talk.fold.first_changed(self.talk._version) is None)
        await self.pilot.pause()

    async def show(self, **fields: Any) -> None:
        """Say a notice and wait until it is painted."""
        self.backend.say(**fields)
        await self.settle()

    def type(self, text: str) -> None:
        """What comes in one read of the terminal: nothing is waited for between the keys."""
        for character in text:
            name = "enter" if character == "\r" else _character_to_key(character)
            self.app.post_message(Key(name, character))

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()
