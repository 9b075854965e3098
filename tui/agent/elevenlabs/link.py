"""The socket of one conversation as frames: sent, received, refused.

Knows the frames' text, and what the call's record keeps of them; nothing of what a conversation is
about.
"""

import binascii

from aiohttp import web

from tui.agent.call_store import Call
from tui.agent.elevenlabs import frames
from tui.agent.elevenlabs.errors import BAD_INPUT
from tui.agent.elevenlabs.frames import InvalidClientFrame
from tui.agent.link import Link, Over
from tui.agent.log import Complaints
from tui.providers.elevenlabs import frames as wire

INVALID = "Invalid message received"


class Connection(Link):
    def __init__(
        self, socket: web.WebSocketResponse, complaints: Complaints, call: Call, strict: bool
    ) -> None:
        super().__init__(socket, complaints)
        self._call = call
        self._strict = strict

    async def send(self, frame: frames.ServerFrame) -> None:
        _note(self._call, frame)
        await self.send_text(frames.write(frame))

    async def receive(self) -> frames.ClientFrame | frames.ChunkReceived:
        """The next frame that can be understood. Raises Over at the end of the connection, and
        after closing it for a frame that is not borne."""
        while True:
            frame = await self._frame()
            if not isinstance(frame, InvalidClientFrame):
                return frame
            self.complaints.add("bad_frame", frame=frame.type, reason=frame.reason)
            # The one mistake that the hosted service is known to end a conversation for.
            if self._strict or frame.type == "client_tool_result":
                await self.refuse()

    async def object_to(self, what: str, **fields: object) -> None:
        """To what can be made the best of: it is written down, and ends a strict conversation."""
        self.complaints.add(what, **fields)
        if self._strict:
            await self.refuse(f"{INVALID}: {what.replace('_', ' ')}")

    async def refuse(self, reason: str = INVALID) -> None:
        """Ends the conversation for a malformed frame. Raises Over."""
        await self.close(BAD_INPUT, reason)
        raise Over

    async def _frame(self) -> frames.ClientSaid:
        while isinstance(text := await self.receive_text(), str):
            if (frame := frames.read(text, self._strict)) is not None:
                return frame
        return InvalidClientFrame(None, "a binary frame")


def _note(call: Call, frame: frames.ServerFrame) -> None:
    """Keeps what a frame tells of turns and sound."""
    match frame:
        case wire.UserTranscript(user_transcription_event=said):
            call.said("user", said.user_transcript, said.event_id or 0)
        case wire.AgentResponse(agent_response_event=said):
            call.said("agent", said.agent_response, said.event_id or 0)
        case wire.AgentResponseCorrection(agent_response_correction_event=said):
            heard, original = said.corrected_agent_response, said.original_agent_response
            call.corrected(said.event_id or 0, original, heard)
        case wire.Audio(audio_event=said) if call.tape:
            call.spoken(binascii.a2b_base64(said.audio_base_64))
        case wire.Interruption():
            call.interrupted()
