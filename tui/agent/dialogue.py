"""Whose turn it is: user turns become replies, replies are spoken, used tools are awaited, and a
reply that the user speaks or types over is cut short.

Knows words, event ids and the frames that tell of them; no socket, no user audio.

Theory of operation. At most one reply is alive: from the user's turn (or the start) until its last
sample can have been heard. It runs as one task; to yield means to cancel that task, then to say so:
`interruption`, then `agent_response_correction` with the words that were heard by then. One counter
gives the ids. A turn's frames share an id, and an interruption takes an id of its own: clients
differ in whether they drop audio below the interruption's id or up to it, and an id between the
cut reply's and the next one's is right for both.
"""

import asyncio
import time
from typing import Protocol

from tui.agent import frames
from tui.agent.brain import Brain, CallTool, EndCall, Reply, Say
from tui.agent.speaking import Speaking, sentences
from tui.agent.speech import Speech
from tui.events import AudioFormat
from tui.providers import elevenlabs_wire as wire

TOOL_TIMEOUT_S = 20.0
NORMAL_CLOSURE = 1000


class Channel(Protocol):
    async def send(self, frame: wire.ServerFrame) -> None:
        """One frame to the client; silently nothing once the connection is gone."""

    async def close(self, code: int, reason: str) -> None:
        """Ends the conversation."""


class Turn:
    """A reply that is alive. `text` is "" until the client was told of it."""

    def __init__(self, event_id: int, speaking: Speaking) -> None:
        self.event_id = event_id
        self.speaking = speaking
        self.text = ""
        self.task: asyncio.Task[None] | None = None

    def cut(self, now: float) -> bool:
        """Stops it. Gives whether the client has heard of a reply that was still going on."""
        going_on = self.task is not None and not self.task.done()
        if self.task:
            self.task.cancel()
        return bool(self.text) and (going_on or self.speaking.playout.ahead_ms(now) > 0)


class Dialogue:
    def __init__(
        self,
        channel: Channel,
        *,
        speech: Speech,
        output_format: AudioFormat,
        text_only: bool,
        tasks: asyncio.TaskGroup,
        brain: Brain,
    ) -> None:
        self._channel = channel
        self._speech = speech
        self._format = output_format
        self._text_only = text_only
        self._tasks = tasks
        self._brain = brain
        self._last_id = 0
        self._turn: Turn | None = None
        self._taking = asyncio.Lock()
        self._tool_results: dict[str, asyncio.Future[wire.ClientToolResult]] = {}

    # ── What the user does ───────────────────────────────────────────────────────────────────────

    def greet(self, message: str) -> None:
        """The first message, which needs no user turn."""
        if message:
            self._begin(Say(message))

    async def take(self, text: str, spoken: bool) -> None:
        """A whole user turn. Only what was spoken is told back as a transcript."""
        async with self._taking:
            await self.interrupt()
            if spoken:
                payload = wire.TranscriptPayload(user_transcript=text, event_id=self._last_id + 1)
                await self._send(wire.UserTranscript(user_transcription_event=payload))
            self._begin(self._brain.respond(text))

    async def guess(self, text: str) -> None:
        """Words of a turn that may not be over."""
        payload = wire.TranscriptPayload(user_transcript=text, event_id=self._last_id + 1)
        await self._send(wire.TentativeUserTranscript(tentative_user_transcription_event=payload))

    async def interrupt(self) -> None:
        """Yield to the user; nothing happens when no reply is alive."""
        turn, self._turn, now = self._turn, None, time.monotonic()
        if turn is None or not turn.cut(now):
            return
        heard = turn.speaking.playout.heard_text(now)
        payload = wire.InterruptionPayload(event_id=self._next_id())
        await self._send(wire.Interruption(interruption_event=payload))
        if heard.split() != turn.text.split():
            correction = wire.CorrectionPayload(
                original_agent_response=turn.text,
                corrected_agent_response=heard,
                event_id=turn.event_id,
            )
            await self._send(
                wire.AgentResponseCorrection(agent_response_correction_event=correction)
            )

    def learn(self, update: wire.ContextualUpdate) -> None:
        self._brain.learn(update.text, update.context_id)

    def tool_answered(self, result: wire.ClientToolResult) -> bool:
        """Gives False for a call that nobody waits for (any more)."""
        waiting = self._tool_results.get(result.tool_call_id)
        if waiting is None or waiting.done():
            return False
        waiting.set_result(result)
        return True

    # ── What the agent does ──────────────────────────────────────────────────────────────────────

    def _begin(self, reply: Reply) -> None:
        event_id = self._next_id()

        async def sink(chunk: bytes, last: bool) -> None:
            await self._send(frames.audio(chunk, event_id, last))

        turn = Turn(event_id, Speaking(self._speech, self._format, sink))
        turn.task = self._tasks.create_task(self._answer(turn, reply))
        self._turn = turn

    async def _answer(self, turn: Turn, reply: Reply) -> None:
        if isinstance(reply, CallTool):
            reply = await self._use_tool(turn.event_id, reply)
        await self._say(turn, reply.text)
        if isinstance(reply, EndCall):
            await turn.speaking.heard()
            await self._hang_up(turn.event_id)

    async def _say(self, turn: Turn, text: str) -> None:
        turn.text = text
        if self._text_only:
            await self._stream(turn.event_id, text)
        payload = wire.AgentResponsePayload(agent_response=text, event_id=turn.event_id)
        await self._send(wire.AgentResponse(agent_response_event=payload))
        if not self._text_only:
            await turn.speaking.say(text)

    async def _stream(self, event_id: int, text: str) -> None:
        deltas = [("delta", f"{sentence} ") for sentence in sentences(text)]
        for kind, part in [("start", ""), *deltas, ("stop", "")]:
            payload = wire.ChatPartPayload(text=part, type=kind, event_id=event_id)
            await self._send(wire.AgentChatResponsePart(text_response_part=payload))

    async def _use_tool(self, event_id: int, call: CallTool) -> Say:
        call_id = f"tool_call_{event_id}"
        waiting = asyncio.get_running_loop().create_future()
        self._tool_results[call_id] = waiting
        payload = wire.ToolCallPayload(
            tool_name=call.name,
            tool_call_id=call_id,
            parameters=call.parameters,
            event_id=event_id,
        )
        try:
            await self._send(wire.ClientToolCall(client_tool_call=payload))
            async with asyncio.timeout(TOOL_TIMEOUT_S):
                result = await waiting
        except TimeoutError:
            result = wire.ClientToolResult(tool_call_id=call_id, result="timeout", is_error=True)
        finally:
            del self._tool_results[call_id]
        await self._report_tool(call.name, call_id, "client", result.is_error, event_id)
        return self._brain.tool_answered(call, result.result, result.is_error)

    async def _hang_up(self, event_id: int) -> None:
        await self._report_tool("end_call", f"end_call_{event_id}", "system", False, event_id)
        await self._channel.close(NORMAL_CLOSURE, "The agent ended the call.")

    async def _report_tool(
        self, name: str, call_id: str, tool_type: str, is_error: bool, event_id: int
    ) -> None:
        payload = wire.ToolResponsePayload(
            tool_name=name,
            tool_call_id=call_id,
            tool_type=tool_type,
            is_error=is_error,
            event_id=event_id,
        )
        await self._send(wire.AgentToolResponse(agent_tool_response=payload))

    async def _send(self, frame: wire.ServerFrame) -> None:
        await self._channel.send(frame)

    def _next_id(self) -> int:
        self._last_id += 1
        return self._last_id
