"""Tells the client one reply: the text in parts or whole, the speech, and what rounds it off.

Knows a reply's words and frames; not whose turn it is, nor what cuts the reply short.
"""

from collections.abc import Awaitable, Callable

import msgspec

from tui.agent.elevenlabs import frames
from tui.agent.responder.replies import Think
from tui.agent.speech.alignment import Aligned
from tui.agent.speech.loaded import LoadedSpeech
from tui.agent.speech.synthesis import Manner, Synthesis, sentences
from tui.providers.elevenlabs import frames as wire


class Message(msgspec.Struct, frozen=True):
    """The ids of what the agent says in a turn."""

    event_id: int
    response_id: str
    answers: tuple[str, ...] = ()
    """Ids of the user's inputs that it answers."""


Send = Callable[[frames.ServerFrame], Awaitable[None]]


class ReplyFrames:
    def __init__(self, send: Send, speech: LoadedSpeech, manner: Manner, text_only: bool) -> None:
        self._send = send
        self._speech = speech
        self._manner = manner
        self._text_only = text_only
        self._words = 0

    def open(self, event_id: int) -> Synthesis:
        """The speech of a new reply, whose frames bear `event_id`."""

        async def sink(chunk: bytes, last: bool, aligned: Aligned | None) -> None:
            await self._send(frames.audio(chunk, event_id, last, aligned))

        return Synthesis(self._speech, self._manner, sink)

    def count(self, text: str) -> None:
        """Words that the context holds from now on."""
        self._words += len(text.split())

    async def tell(self, message: Message, text: str, speaking: Synthesis) -> None:
        """Returns when all is sent, which is before it is heard."""
        self.count(text)
        if self._text_only:
            await self._stream(message, text)
        payload = wire.AgentResponsePayload(
            agent_response=text,
            event_id=message.event_id,
            response_id=message.response_id,
            in_response_to_ids=[*message.answers],
        )
        await self._send(wire.AgentResponse(agent_response_event=payload))
        if not self._text_only:
            await speaking.say(text)
        await self._send(frames.context_usage(message.event_id, self._words))

    async def complete(self, message: Message, speaking: Synthesis) -> None:
        """Once it has been heard out; whoever cuts the reply cancels this."""
        await speaking.heard()
        await self._send(frames.response_complete(message.event_id))

    async def think(self, event_id: int, reply: Think) -> None:
        steps = [("delta", thought) for thought in reply.thoughts]
        for kind, text in [("start", ""), *steps, ("stop", "")]:
            await self._send(frames.reasoning_part(kind, text, event_id))

    async def _stream(self, message: Message, text: str) -> None:
        deltas = [("delta", f"{sentence} ") for sentence in sentences(text)]
        for kind, part in [("start", ""), *deltas, ("stop", "")]:
            payload = wire.ChatPartPayload(
                text=part,
                type=kind,
                event_id=message.event_id,
                response_id=message.response_id,
            )
            await self._send(wire.AgentChatResponsePart(text_response_part=payload))
