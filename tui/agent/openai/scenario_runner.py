"""A scenario in events of this protocol. Knows events; no responder and no recognition.

`session.update` is answered meanwhile, as a client may wait for that before it goes on.
"""

import asyncio
import time
from typing import Any, ClassVar

import msgspec

from tui.agent.call_store import Call
from tui.agent.openai import client_frames as wire
from tui.agent.openai.conversation import HOUR_S
from tui.agent.openai.dialogue import plan_of
from tui.agent.openai.errors import Mistake
from tui.agent.openai.items import Items
from tui.agent.openai.link import Connection, new_id
from tui.agent.openai.response import Response
from tui.agent.openai.settings import Settings, described, updated, wire_format
from tui.agent.openai.usage import LIMIT, Tokens, rate_limits
from tui.agent.scenarios import runner
from tui.agent.scenarios.scenario import Scenario, Utter
from tui.agent.speech.loaded import LoadedSpeech
from tui.agent.speech.recording import Tape


class ScenarioRunner(runner.ScenarioRunner[wire.ClientFrame]):
    chatter: ClassVar[dict[str, Any]] = {
        "type": "rate_limits.updated",
        "rate_limits": rate_limits(LIMIT),
    }

    def __init__(
        self,
        link: Connection,
        call: Call,
        scenario: Scenario,
        *,
        speech: LoadedSpeech,
        transport: asyncio.Transport,
        settings: Settings,
    ) -> None:
        super().__init__(link, scenario, transport)
        self._head = scenario.head
        self._link = link
        self._call = call
        self._speech = speech
        self._settings = settings
        self._session = new_id("sess"), int(time.time() + HOUR_S)
        self._items = Items()
        self._response: Response | None = None
        sound = settings.audio
        call.tape = Tape(wire_format(sound.input.format), wire_format(sound.output.format))

    async def _receive(self) -> wire.ClientFrame:
        event = await self._link.receive()
        try:
            if isinstance(event, wire.Append):
                self._call.heard(wire.audio_of(event.audio))
            if isinstance(event, wire.SessionUpdate) and self._head.metadata:
                self._settings = updated(self._settings, event.session)
                await self._tell("session.updated")
        except Mistake as mistake:
            mistake.event_id = event.event_id
            await self._link.complain(mistake)
        return event

    def _read_out(self, frame: wire.ClientFrame) -> tuple[str, str]:
        kind = str(frame.__struct_config__.tag)
        is_audio = isinstance(frame, wire.Append)
        return kind, "" if is_audio else msgspec.json.encode(frame).decode()

    async def _open(self) -> None:
        if self._head.metadata:
            await self._tell("session.created")

    async def _send(self, frame: dict[str, Any]) -> None:
        event = {"event_id": new_id("event"), **frame}
        await self._link.send_text(msgspec.json.encode(event).decode())

    async def _utter(self, step: Utter) -> None:
        if self._response is None:
            plan = plan_of(wire.Wanted(), self._settings)
            new = Response(self._link, self._speech, self._call, self._items, plan)
            self._response = new
            await new.open()
        await self._response.say(step.say)
        if not step.more:
            await self._response.finish("completed", None, Tokens(), Tokens())
            self._response = None

    async def _tell(self, kind: str) -> None:
        await self._link.send(kind, session=described(self._settings, *self._session))
