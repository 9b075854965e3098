"""Whose turn it is: user turns become replies, replies are spoken, used tools are awaited, and a
reply that the user speaks or types over is cut short.

Knows words, event ids and the frames that tell of them; no socket, no user audio.

Theory of operation. At most one reply is alive: from the user's turn (or the start) until its last
sample can have been heard. It runs as one task; to yield means to cancel that task, then to say so:
`interruption`, then `agent_response_correction` with the words that were heard by then. One counter
gives the ids. A turn's frames share an id, and an interruption takes an id of its own: clients
differ in whether they drop audio below the interruption's id or up to it, and an id between the
cut reply's and the next one's is right for both. The exception is what the hosted service does on
a multimodal message: there the interruption shares the id of the reply behind it.
"""

import asyncio
import time
from typing import Protocol

from tui.agent.elevenlabs import frames
from tui.agent.elevenlabs.errors import CODES, NORMAL
from tui.agent.elevenlabs.reply_frames import Message, ReplyFrames
from tui.agent.elevenlabs.toolbox import ToolRequests
from tui.agent.responder.replies import Block, CallMcp, CallTool, EndCall, Fail, Reply, Say, Think
from tui.agent.responder.responder import Responder
from tui.agent.speech.synthesis import LiveReply, Synthesis
from tui.providers.elevenlabs import frames as wire

MULTIMODAL_DELAY_S = 0.06
"""How long after a multimodal message the hosted service was seen to interrupt."""


PARTING_S = 20.0
"""How long the last message may take to be heard."""


class Channel(Protocol):
    async def send(self, frame: frames.ServerFrame) -> None:
        """One frame to the client; silently nothing once the connection is gone."""

    async def close(self, code: int, reason: str) -> None:
        """Ends the conversation."""


class DialogueTurn(LiveReply):
    def __init__(self, message: Message, speaking: Synthesis) -> None:
        super().__init__(speaking)
        self.message = message
        self.event_id = message.event_id


class Dialogue:
    def __init__(
        self,
        channel: Channel,
        *,
        reply_frames: ReplyFrames,
        tasks: asyncio.TaskGroup,
        responder: Responder,
    ) -> None:
        self._channel = channel
        self._reply_frames = reply_frames
        self._tasks = tasks
        self._responder = responder
        self._last_id = 0
        self._turn: DialogueTurn | None = None
        self._taking = asyncio.Lock()
        self.toolbox = ToolRequests(channel.send)

    # ── What the user does ───────────────────────────────────────────────────────────────────────

    @property
    def next_event_id(self) -> int:
        """The id that the next reply will have, unless an interruption takes it."""
        return self._last_id + 1

    def greet(self, message: str) -> None:
        """The first message, which needs no user turn: said word for word, as it was written."""
        if message:
            self._begin(Say(message), self._next_id(), ())

    async def part(self, message: str) -> None:
        """The last message, word for word. Returns when it has been heard."""
        await self.interrupt()
        self.greet(message)
        if self._turn and self._turn.task:
            await asyncio.wait({self._turn.task}, timeout=PARTING_S)

    async def take(self, text: str, spoken: bool, input_id: str = "") -> None:
        """A whole user turn. Only what was spoken is told back as a transcript."""
        async with self._taking:
            await self.interrupt()
            if spoken:
                payload = wire.TranscriptPayload(user_transcript=text, event_id=self._last_id + 1)
                await self._send(wire.UserTranscript(user_transcription_event=payload))
            self._reply_frames.count(text)
            self._answer_to(self._responder.respond(text), self._next_id(), input_id)

    async def take_files(self, text: str, about_files: str) -> None:
        """A multimodal message: an interruption always, with the id of the reply to come."""
        async with self._taking:
            await asyncio.sleep(MULTIMODAL_DELAY_S)
            event_id = self._next_id()
            await self._yield(event_id, always=True)
            self._reply_frames.count(text)
            reply = Say(about_files) if about_files else self._responder.respond(text)
            self._answer_to(reply, event_id)

    async def guess(self, text: str) -> None:
        """Words of a turn that may not be over."""
        payload = wire.TranscriptPayload(user_transcript=text, event_id=self._last_id + 1)
        await self._send(wire.TentativeUserTranscript(tentative_user_transcription_event=payload))

    async def interrupt(self) -> None:
        """Yield to the user; nothing happens when no reply is alive."""
        await self._yield()

    def learn(self, update: wire.ContextualUpdate) -> None:
        self._reply_frames.count(update.text)
        self._responder.learn(update.text, update.context_id)

    # ── What the agent does ──────────────────────────────────────────────────────────────────────

    async def _yield(self, event_id: int | None = None, always: bool = False) -> None:
        turn, self._turn, now = self._turn, None, time.monotonic()
        cut = turn is not None and turn.cut(now)
        if not (cut or always):
            return
        heard = turn.speaking.heard_estimate.heard_text(now) if turn else ""
        payload = wire.InterruptionPayload(event_id=event_id or self._next_id())
        await self._send(wire.Interruption(interruption_event=payload))
        if turn and cut and heard.split() != turn.text.split():
            correction = wire.CorrectionPayload(
                original_agent_response=turn.text,
                corrected_agent_response=heard,
                event_id=turn.event_id,
                response_id=turn.message.response_id,
            )
            await self._send(
                wire.AgentResponseCorrection(agent_response_correction_event=correction)
            )

    def _answer_to(self, reply: Reply, event_id: int, input_id: str = "") -> None:
        """An input that the client gave no id has one of ours: only a greeting answers nothing."""
        self._begin(reply, event_id, (input_id or f"input_{event_id}",))

    def _begin(self, reply: Reply, event_id: int, answers: tuple[str, ...]) -> None:
        message = Message(event_id, f"response_{event_id}", answers)
        turn = DialogueTurn(message, self._reply_frames.open(event_id))
        turn.task = self._tasks.create_task(self._answer(turn, reply))
        self._turn = turn

    async def _answer(self, turn: DialogueTurn, reply: Reply) -> None:
        match reply:
            case Say(text):
                await self._say(turn, text)
            case Think(_, text):
                await self._reply_frames.think(turn.event_id, reply)
                await self._say(turn, text)
            case CallTool():
                await self._use(turn, reply)
            case CallMcp():
                await self._say(turn, await self.toolbox.call_mcp(turn.event_id, reply))
            case Block(guardrail, text):
                await self._send(frames.guardrail(guardrail))
                await self._say(turn, text)
            case Fail():
                await self._fail(reply)
            case EndCall(text):
                await self._say(turn, text)
                await self._hang_up(turn)

    async def _say(self, turn: DialogueTurn, text: str) -> None:
        turn.text = text
        await self._reply_frames.tell(turn.message, text, turn.speaking)
        await self._reply_frames.complete(turn.message, turn.speaking)

    async def _use(self, turn: DialogueTurn, call: CallTool) -> None:
        result = await self.toolbox.call(turn.event_id, call)
        if call.expects_response:
            reply = self._responder.tool_answered(call, result.result, result.is_error)
        else:
            reply = Say("Done.")
        await self._answer(turn, reply)

    async def _fail(self, reply: Fail) -> None:
        build = frames.client_error if reply.as_client_error else frames.error
        message = f"You asked for {reply.error_type}."
        await self._send(build(reply.error_type, message))
        await self._channel.close(CODES[reply.error_type], message)

    async def _hang_up(self, turn: DialogueTurn) -> None:
        call_id = f"end_call_{turn.event_id}"
        await self.toolbox.report("end_call", call_id, "system", False, turn.event_id)
        await self._channel.close(NORMAL, "The agent ended the call.")

    async def _send(self, frame: frames.ServerFrame) -> None:
        await self._channel.send(frame)

    def _next_id(self) -> int:
        self._last_id += 1
        return self._last_id
