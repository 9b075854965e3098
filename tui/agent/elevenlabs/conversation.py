"""One conversation over one socket: the frames that come in, pings, the end.

Knows the protocol's order of things; how it begins is in `handshake.py`, what is said is decided in
`dialogue.py`, what is heard in `recognition.py`. Nothing is shared between conversations but the
loaded models of `LoadedSpeech`.
"""

import asyncio
import time

from tui.agent.call_store import Call
from tui.agent.elevenlabs import frames
from tui.agent.elevenlabs.dialogue import Dialogue
from tui.agent.elevenlabs.errors import NORMAL, TIMED_OUT
from tui.agent.elevenlabs.frames import ChunkReceived
from tui.agent.elevenlabs.handshake import Formats, Handshake
from tui.agent.elevenlabs.link import Connection
from tui.agent.elevenlabs.overrides import Overrides
from tui.agent.elevenlabs.pinging import Pinging
from tui.agent.elevenlabs.reply_frames import ReplyFrames
from tui.agent.profile import Agent
from tui.agent.responder.responder import Responder
from tui.agent.responder.triggers import LIBRARY
from tui.agent.speech.loaded import LoadedSpeech
from tui.agent.speech.recognition import Recognition
from tui.agent.speech.recording import Tape
from tui.agent.speech.synthesis import Manner
from tui.providers.elevenlabs import frames as wire


class Conversation:
    """Also the `Listener` of its hearing."""

    def __init__(
        self,
        link: Connection,
        call: Call,
        *,
        speech: LoadedSpeech,
        agent: Agent,
        formats: Formats,
        idle_s: float | None,
    ) -> None:
        self._link = link
        self._call = call
        self._complaints = link.complaints
        self._speech = speech
        self._agent = agent
        self._formats = formats
        self._idle_s = idle_s
        self._hearing = Recognition(speech, formats.input, self)
        call.tape = Tape(formats.input, formats.output)
        self._pinging = Pinging(link.send)
        self._dialogue: Dialogue | None = None
        self._active_at = time.monotonic()

    async def run(self) -> None:
        """Until either side ends it: raises Over in a group."""
        async with asyncio.TaskGroup() as tasks:
            await self._converse(tasks)

    # ── What is heard ────────────────────────────────────────────────────────────────────────────

    async def on_score(self, score: float) -> None:
        payload = wire.VadScorePayload(vad_score=round(score, 4))
        await self._link.send(wire.VadScore(vad_score_event=payload))

    async def on_speech(self) -> None:
        if self._dialogue:
            await self._dialogue.interrupt()

    async def on_guess(self, text: str) -> None:
        if self._dialogue:
            await self._dialogue.guess(text)

    async def on_said(self, text: str) -> None:
        if self._dialogue and text:
            await self._dialogue.take(text, spoken=True)

    # ── The course of it ─────────────────────────────────────────────────────────────────────────

    async def _converse(self, tasks: asyncio.TaskGroup) -> None:
        opening = Handshake(self._link, self._call, self._agent, self._formats)
        overrides = await opening.agree(self._hear)
        self._call.text_only = overrides.text_only
        if self._agent.mcp:
            await self._link.send(frames.mcp_status([LIBRARY]))
        await opening.queue()
        self._dialogue = dialogue = self._open(overrides, tasks)
        dialogue.greet(overrides.first_message)
        if not overrides.text_only:
            tasks.create_task(self._hearing.run())
        tasks.create_task(self._pinging.run())
        if self._idle_s:
            tasks.create_task(self._watch_idleness(self._idle_s))
        if overrides.max_duration_s:
            tasks.create_task(self._end_after(overrides.max_duration_s, overrides.parting))
        while True:
            await self._on_frame(await self._link.receive(), dialogue)

    def _open(self, overrides: Overrides, tasks: asyncio.TaskGroup) -> Dialogue:
        manner = Manner(self._formats.output, overrides.voice, overrides.speed)
        reply_frames = ReplyFrames(self._link.send, self._speech, manner, overrides.text_only)
        responder = Responder(persona=overrides.persona)
        return Dialogue(self._link, reply_frames=reply_frames, tasks=tasks, responder=responder)

    # ── Frames ───────────────────────────────────────────────────────────────────────────────────

    async def _on_frame(
        self, frame: frames.ClientFrame | ChunkReceived, dialogue: Dialogue
    ) -> None:
        if not isinstance(frame, wire.Pong):
            self._active_at = time.monotonic()
        match frame:
            case ChunkReceived(audio):
                if not self._hear(audio):
                    await self._link.object_to("audio_ends_within_a_sample", bytes=len(audio))
            case wire.Pong(event_id=event_id):
                self._pinging.on_pong(event_id)
            case wire.UserMessage(text=text, id=input_id):
                self._call.said("user", text or "", dialogue.next_event_id)
                named = "" if input_id is None else str(input_id)
                await dialogue.take(text or "", spoken=False, input_id=named)
            case wire.MultimodalMessage():
                await self._on_multimodal(frame, dialogue)
            case wire.ContextualUpdate():
                dialogue.learn(frame)
            case wire.Feedback(event_id=event_id, score=score):
                self._call.score(event_id, score)
            case wire.Initiation():
                self._complaints.add("second_initiation")
            case wire.ClientToolResult() | wire.McpToolApprovalResult():
                self._on_tool_answer(frame, dialogue)
            case wire.UserActivity():
                pass  # the time of it, taken above, is all that counts

    def _hear(self, audio: bytes) -> bool:
        """False for what ends within a sample; it is heard all the same."""
        self._hearing.feed(audio)
        self._call.heard(audio)
        return len(audio) % self._formats.input.sample_bytes == 0

    def _on_tool_answer(
        self, frame: wire.ClientToolResult | wire.McpToolApprovalResult, dialogue: Dialogue
    ) -> None:
        match frame:
            case wire.ClientToolResult():
                if not dialogue.toolbox.answered(frame):
                    self._complaints.add("tool_result_unexpected", call_id=frame.tool_call_id)
            case wire.McpToolApprovalResult():
                if not dialogue.toolbox.approved(frame):
                    self._complaints.add("approval_unexpected", call_id=frame.tool_call_id)

    async def _on_multimodal(self, message: wire.MultimodalMessage, dialogue: Dialogue) -> None:
        ids = [f.file_id for f in message.files] or ([message.file.file_id] if message.file else [])
        text = (message.text.text if message.text else "") or ""
        self._call.said("user", text, dialogue.next_event_id)
        await dialogue.take_files(text, " ".join(self._about(file_id) for file_id in ids))

    def _about(self, file_id: str) -> str:
        file = self._call.files.get(file_id)
        if file is None:
            return "I can't find the file that you sent."
        return f"I have your file {file.name}: {file.mime}, {len(file.data)} bytes."

    # ── Time ─────────────────────────────────────────────────────────────────────────────────────

    async def _watch_idleness(self, limit_s: float) -> None:
        while (left := self._active_at + limit_s - time.monotonic()) > 0:  # noqa: ASYNC110  every frame moves the limit
            await asyncio.sleep(left)
        await self._link.close(TIMED_OUT, f"No user input for {limit_s:g} s.")

    async def _end_after(self, limit_s: float, parting: str) -> None:
        await asyncio.sleep(limit_s)
        if parting and self._dialogue:
            await self._dialogue.part(parting)
        reason = "Conversation has exceeded maximum duration"
        await self._link.send(frames.error("max_duration_exceeded", reason))
        await self._link.close(NORMAL, reason)
