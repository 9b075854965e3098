"""A scenario in frames of this protocol. Knows frames; no responder and no recognition."""

import asyncio
from typing import Any, ClassVar

from tui.agent.call_store import Call
from tui.agent.elevenlabs import frames
from tui.agent.elevenlabs.frames import ChunkReceived
from tui.agent.elevenlabs.handshake import Formats, metadata
from tui.agent.elevenlabs.link import Connection
from tui.agent.elevenlabs.reply_frames import Message, ReplyFrames
from tui.agent.profile import FORMATS
from tui.agent.scenarios import runner
from tui.agent.scenarios.scenario import Scenario, Utter
from tui.agent.speech.loaded import LoadedSpeech
from tui.agent.speech.recording import Tape
from tui.agent.speech.synthesis import Manner
from tui.providers.elevenlabs import frames as wire

Frame = frames.ClientFrame | ChunkReceived


class ScenarioRunner(runner.ScenarioRunner[Frame]):
    chatter: ClassVar[dict[str, Any]] = {"type": "vad_score", "vad_score_event": {"vad_score": 0.1}}

    def __init__(
        self,
        link: Connection,
        call: Call,
        scenario: Scenario,
        *,
        speech: LoadedSpeech,
        transport: asyncio.Transport,
        formats: Formats,
    ) -> None:
        super().__init__(link, scenario, transport)
        self._head = head = scenario.head
        self._link = link
        self._call = call
        self._speech = speech
        self._formats = Formats(
            FORMATS[head.input_format] if head.input_format else formats.input,
            FORMATS[head.output_format] if head.output_format else formats.output,
        )
        call.tape = Tape(self._formats.input, self._formats.output)
        self._last_id = 0
        self._text_only = False
        self._completing: asyncio.Task[None] | None = None

    async def _receive(self) -> Frame:
        frame = await self._link.receive()
        if isinstance(frame, ChunkReceived):
            self._call.heard(frame.audio)
        return frame

    def _read_out(self, frame: Frame) -> tuple[str, str]:
        if isinstance(frame, ChunkReceived):
            return "user_audio_chunk", ""
        return str(frame.__struct_config__.tag), frames.text_of(frame)

    async def _open(self) -> None:
        initiation = await self._next()
        while not isinstance(initiation, wire.Initiation):
            initiation = await self._next()
        conversation = initiation.conversation_config_override.get("conversation")
        self._text_only = isinstance(conversation, dict) and conversation.get("text_only") is True
        if self._head.metadata:
            await self._link.send(metadata(self._call, self._formats))

    async def _send(self, frame: dict[str, Any]) -> None:
        if frame.get("type") == "interruption":
            self._stop_completing()
        await self._link.send(frame)

    async def _utter(self, step: Utter) -> None:
        self._last_id = step.event_id if step.event_id is not None else self._last_id + 1
        manner = Manner(self._formats.output)
        reply_frames = ReplyFrames(self._link.send, self._speech, manner, self._text_only)
        message = Message(self._last_id, f"response_{self._last_id}")
        speaking = reply_frames.open(self._last_id)
        self._stop_completing()
        await reply_frames.tell(message, step.say, speaking)
        self._completing = self._tasks.create_task(reply_frames.complete(message, speaking))

    def _stop_completing(self) -> None:
        """A reply that something else follows, or that was cut, is not heard out."""
        if self._completing:
            self._completing.cancel()
        self._completing = None
