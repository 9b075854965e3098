"""One conversation over one socket: the opening, the frames that come in, pings, the end.

Knows the protocol's order of things; what is said is decided in `dialogue.py`, what is heard in
`hearing.py`. Nothing is shared between conversations but the loaded models of `Speech`.
"""

import asyncio
import secrets
import time

import msgspec
from aiohttp import WSMsgType, web

from tui.agent import frames
from tui.agent.brain import Brain
from tui.agent.dialogue import Dialogue
from tui.agent.frames import BadFrame, ChunkReceived
from tui.agent.greeting import MissingVariables, read_wish
from tui.agent.hearing import Hearing
from tui.agent.log import Complaints, log
from tui.agent.speech import Speech
from tui.events import AudioFormat
from tui.providers import elevenlabs_wire as wire

PING_EVERY_S = 2.0
INITIATION_S = 10.0
TIMED_OUT, BAD_INPUT, CRASHED = 1002, 1008, 1011
"""Close codes as the hosted service uses them (its published error types)."""


class Formats(msgspec.Struct, frozen=True):
    input: AudioFormat
    output: AudioFormat


class Over(Exception):
    """The conversation has ended: unwinds its tasks."""


class Conversation:
    """Also the `Channel` of its dialogue and the `Listener` of its hearing."""

    def __init__(
        self, socket: web.WebSocketResponse, speech: Speech, formats: Formats, idle_s: float | None
    ) -> None:
        self.id = f"conv_{secrets.token_hex(13)}"
        self._socket = socket
        self._speech = speech
        self._formats = formats
        self._idle_s = idle_s
        self._complaints = Complaints(self.id)
        self._hearing = Hearing(speech, formats.input, self)
        self._dialogue: Dialogue | None = None
        self._active_at = time.monotonic()
        self._ping_id = 0
        self._ping_at = 0.0
        self._ping_ms: int | None = None

    async def run(self) -> None:
        """Until either side ends it."""
        log("conversation_started", conversation_id=self.id)
        try:
            async with asyncio.TaskGroup() as tasks:
                await self._converse(tasks)
        except* Over:
            pass
        except* Exception as group:
            log("conversation_crashed", conversation_id=self.id, error=_leaves(group))
            await self.close(CRASHED, "The agent failed; its log says why.")
        log("conversation_ended", conversation_id=self.id, code=self._socket.close_code)

    async def send(self, frame: wire.ServerFrame) -> None:
        try:
            await self._socket.send_str(frames.write(frame))
        except ConnectionError:
            return  # the reader sees the end of the connection and ends the conversation

    async def close(self, code: int, reason: str) -> None:
        # A close frame has room for 123 bytes of reason (RFC 6455, 5.5).
        await self._socket.close(code=code, message=reason.encode()[:123])

    # ── What is heard ────────────────────────────────────────────────────────────────────────────

    async def on_score(self, score: float) -> None:
        payload = wire.VadScorePayload(vad_score=round(score, 4))
        await self.send(wire.VadScore(vad_score_event=payload))

    async def on_speech(self) -> None:
        if self._dialogue:
            await self._dialogue.interrupt()

    async def on_guess(self, text: str) -> None:
        if self._dialogue:
            await self._dialogue.guess(text)

    async def on_said(self, text: str) -> None:
        if self._dialogue and text:
            await self._dialogue.take(text, spoken=True)

    # ── Opening ──────────────────────────────────────────────────────────────────────────────────

    async def _converse(self, tasks: asyncio.TaskGroup) -> None:
        initiation = await self._initiation()
        try:
            wish = read_wish(initiation)
        except MissingVariables as error:
            await self.close(BAD_INPUT, str(error))
            raise Over from None
        await self._send_metadata()
        dialogue = Dialogue(
            self,
            speech=self._speech,
            output_format=self._formats.output,
            text_only=wish.text_only,
            tasks=tasks,
            brain=Brain(),
        )
        dialogue.greet(wish.first_message)
        self._dialogue = dialogue
        if not wish.text_only:
            tasks.create_task(self._hearing.run())
        tasks.create_task(self._ping())
        if self._idle_s:
            tasks.create_task(self._watch_idleness(self._idle_s))
        while True:
            await self._on_frame(await self._frame(), dialogue)

    async def _initiation(self) -> wire.Initiation:
        """The first frame that counts; audio may come before it, other frames are read over."""
        try:
            async with asyncio.timeout(INITIATION_S):
                while True:
                    match await self._frame():
                        case wire.Initiation() as initiation:
                            return initiation
                        case ChunkReceived(audio):
                            self._hearing.feed(audio)
                        case other:
                            self._complaints.add("frame_before_initiation", frame=_name(other))
        except TimeoutError:
            await self.close(BAD_INPUT, "No conversation_initiation_client_data came.")
            raise Over from None

    async def _send_metadata(self) -> None:
        payload = wire.MetadataPayload(
            conversation_id=self.id,
            agent_output_audio_format=str(self._formats.output),
            user_input_audio_format=str(self._formats.input),
        )
        await self.send(wire.Metadata(conversation_initiation_metadata_event=payload))

    # ── Frames ───────────────────────────────────────────────────────────────────────────────────

    async def _frame(self) -> frames.ClientSaid:
        """The next frame of interest. Raises Over at the end of the connection."""
        while True:
            message = await self._socket.receive()
            match message.type:
                case WSMsgType.TEXT:
                    if (frame := frames.read(message.data)) is not None:
                        return frame
                case WSMsgType.BINARY:
                    return BadFrame(None, "a binary frame")
                case _:
                    raise Over

    async def _on_frame(self, frame: frames.ClientSaid, dialogue: Dialogue) -> None:
        if not isinstance(frame, wire.Pong):
            self._active_at = time.monotonic()
        match frame:
            case ChunkReceived(audio):
                self._hearing.feed(audio)
            case wire.Pong(event_id=event_id):
                self._on_pong(event_id)
            case wire.UserMessage(text=text):
                await dialogue.take(text or "", spoken=False)
            case wire.ContextualUpdate():
                dialogue.learn(frame)
            case wire.ClientToolResult():
                if not dialogue.tool_answered(frame):
                    self._complaints.add("tool_result_unexpected", call_id=frame.tool_call_id)
            case wire.UserActivity():
                pass  # the time of it, taken above, is all that counts
            case wire.Initiation():
                self._complaints.add("second_initiation")
            case BadFrame():
                await self._on_bad_frame(frame)

    async def _on_bad_frame(self, frame: BadFrame) -> None:
        self._complaints.add("bad_frame", frame=frame.type, reason=frame.reason)
        # The one mistake that the hosted service is known to end a conversation for.
        if frame.type == "client_tool_result":
            await self.close(BAD_INPUT, "Invalid message received")
            raise Over

    # ── Pings and silence ────────────────────────────────────────────────────────────────────────

    async def _ping(self) -> None:
        while True:
            self._ping_id += 1
            self._ping_at = time.monotonic()
            payload = wire.PingPayload(event_id=self._ping_id, ping_ms=self._ping_ms)
            await self.send(wire.Ping(ping_event=payload))
            await asyncio.sleep(PING_EVERY_S)

    def _on_pong(self, event_id: int) -> None:
        if event_id == self._ping_id:
            # At least 1: clients take 0 for "not measured".
            self._ping_ms = max(1, round((time.monotonic() - self._ping_at) * 1000))

    async def _watch_idleness(self, limit_s: float) -> None:
        while (left := self._active_at + limit_s - time.monotonic()) > 0:  # noqa: ASYNC110  every frame moves the limit
            await asyncio.sleep(left)
        await self.close(TIMED_OUT, f"No user input for {limit_s:g} s.")


def _name(frame: frames.ClientSaid) -> str:
    return frame.type or "unreadable" if isinstance(frame, BadFrame) else type(frame).__name__


def _leaves(error: BaseException) -> str:
    if isinstance(error, BaseExceptionGroup):
        return "; ".join(_leaves(inner) for inner in error.exceptions)
    return f"{type(error).__name__}: {error}"
