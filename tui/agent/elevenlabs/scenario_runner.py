"""Acts out a scenario in place of a conversation: one step after another, then the end.

Knows steps and frames; no responder and no recognition. The client's frames are read all the time,
so that a step can find what came before it; what waits is bounded.
"""

import asyncio
from collections import deque

from tui.agent.elevenlabs import frames
from tui.agent.elevenlabs.call_store import Call
from tui.agent.elevenlabs.errors import NORMAL, TIMED_OUT
from tui.agent.elevenlabs.faults import inflict
from tui.agent.elevenlabs.formats import FORMATS
from tui.agent.elevenlabs.frames import ChunkReceived
from tui.agent.elevenlabs.link import Connection, Over
from tui.agent.elevenlabs.reply_frames import Message, ReplyFrames
from tui.agent.log import log
from tui.agent.scenarios.scenario import (
    Close,
    Delay,
    Fault,
    Scenario,
    Send,
    SendText,
    Step,
    Utter,
    WaitFor,
)
from tui.agent.speech.loaded import LoadedSpeech
from tui.agent.speech.recording import Tape
from tui.agent.speech.synthesis import Manner
from tui.events import AudioFormat
from tui.providers.elevenlabs import frames as wire

WAITING = 2_000
"""Frames of the client that are kept for steps to come."""
THE_END = "The scenario has ended."

Frame = frames.ClientFrame | ChunkReceived


class ScenarioRunner:
    def __init__(
        self,
        link: Connection,
        call: Call,
        scenario: Scenario,
        *,
        speech: LoadedSpeech,
        transport: asyncio.Transport,
        output_format: AudioFormat,
        input_format: AudioFormat,
    ) -> None:
        head = scenario.head
        self._link = link
        self._call = call
        self._scenario = scenario
        self._speech = speech
        self._transport = transport
        self._output = FORMATS[head.output_format] if head.output_format else output_format
        self._input = FORMATS[head.input_format] if head.input_format else input_format
        call.tape = Tape(self._input, self._output)
        self._came: deque[Frame] = deque(maxlen=WAITING)
        self._grown = asyncio.Event()
        self._last_id = 0
        self._text_only = False
        self._tasks = asyncio.TaskGroup()
        self._completing: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Until the last step, or the end of the connection."""
        log("scenario_started", conversation_id=self._call.id)
        try:
            async with asyncio.TaskGroup() as tasks:
                self._tasks = tasks
                tasks.create_task(self._read())
                await self._act()
        except* Over:
            pass
        log("scenario_ended", conversation_id=self._call.id, code=self._link.socket.close_code)

    async def _read(self) -> None:
        while True:
            frame = await self._link.receive()
            if isinstance(frame, ChunkReceived):
                self._call.heard(frame.audio)
            self._came.append(frame)
            self._grown.set()

    async def _act(self) -> None:
        """Raises Over at the end."""
        await self._open()
        for n, step in enumerate(self._scenario.steps, 1):
            await self._take(n, step)
        await self._link.close(NORMAL, THE_END)
        raise Over

    async def _open(self) -> None:
        initiation = await self._next()
        while not isinstance(initiation, wire.Initiation):
            initiation = await self._next()
        conversation = initiation.conversation_config_override.get("conversation")
        self._text_only = isinstance(conversation, dict) and conversation.get("text_only") is True
        if self._scenario.head.metadata:
            await self._send_metadata()

    async def _send_metadata(self) -> None:
        payload = wire.MetadataPayload(
            conversation_id=self._call.id,
            agent_output_audio_format=str(self._output),
            user_input_audio_format=str(self._input),
        )
        await self._link.send(wire.Metadata(conversation_initiation_metadata_event=payload))

    async def _take(self, number: int, step: Step) -> None:
        match step:
            case WaitFor():
                await self._wait(number, step)
            case Utter():
                await self._utter(step)
            case Send(send=frame, pad_bytes=size):
                if frame.get("type") == "interruption":
                    self._stop_completing()
                await self._link.send(frame | ({"padding": "x" * size} if size else {}))
            case SendText(send_text=text):
                await self._link.send_text(text)
            case Delay(delay_ms=ms):
                await asyncio.sleep(ms / 1000)
            case Fault():
                await inflict(step, self._link, self._transport)
            case Close(close=code, reason=reason):
                await self._link.close(code, reason)
                raise Over

    async def _wait(self, number: int, step: WaitFor) -> None:
        try:
            async with asyncio.timeout(step.within_ms / 1000):
                while not _fits(step, await self._next()):
                    pass
        except TimeoutError:
            reason = f"Step {number}: no {step.wait_for} came within {step.within_ms} ms."
            await self._link.close(TIMED_OUT, reason)
            raise Over from None

    async def _utter(self, step: Utter) -> None:
        self._last_id = step.event_id if step.event_id is not None else self._last_id + 1
        manner = Manner(self._output)
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

    async def _next(self) -> Frame:
        while not self._came:
            self._grown.clear()
            await self._grown.wait()
        return self._came.popleft()


def _fits(step: WaitFor, frame: Frame) -> bool:
    if isinstance(frame, ChunkReceived):
        return step.wait_for == "user_audio_chunk"
    kind = frame.__struct_config__.tag
    return kind == step.wait_for and step.contains.lower() in frames.text_of(frame).lower()
