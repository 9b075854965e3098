"""How a conversation begins: what the client wants, whether it may, the metadata, the queue.

Knows the first frames of both sides; nothing of what is said afterwards.
"""

import asyncio
from collections.abc import Callable

import msgspec

from tui.agent.call_store import Call
from tui.agent.elevenlabs import frames
from tui.agent.elevenlabs.errors import BAD_INPUT, TIMED_OUT, Refused
from tui.agent.elevenlabs.frames import ChunkReceived
from tui.agent.elevenlabs.link import Connection
from tui.agent.elevenlabs.overrides import Overrides, read_overrides
from tui.agent.link import Over
from tui.agent.profile import Agent
from tui.events import AudioFormat
from tui.providers.elevenlabs import frames as wire

INITIATION_S = 10.0


class Formats(msgspec.Struct, frozen=True):
    input: AudioFormat
    output: AudioFormat


class Handshake:
    def __init__(self, link: Connection, call: Call, agent: Agent, formats: Formats) -> None:
        self._link = link
        self._call = call
        self._agent = agent
        self._formats = formats

    async def agree(self, hear: Callable[[bytes], bool]) -> Overrides:
        """What both sides want, with the metadata sent; `hear` takes audio that comes early, and
        says whether it was of whole samples.
        Raises Over for what is refused."""
        initiation = await self._initiation(hear)
        system = {
            "system__conversation_id": self._call.id,
            "system__agent_id": self._agent.id,
        }
        try:
            overrides = read_overrides(initiation, self._agent, system)
        except Refused as refused:
            await self._turn_away(refused)
            raise Over from None
        await self._link.send(metadata(self._call, self._formats))
        return overrides

    async def queue(self) -> None:
        """A busy agent lets its callers wait. Raises Over for one that is not admitted."""
        queue = self._agent.queue
        if queue is None:
            return
        await self._link.send(frames.queue_status("waiting"))
        await asyncio.sleep(queue.wait_ms / 1000)
        await self._link.send(frames.queue_status("admitted" if queue.admits else "timed_out"))
        if not queue.admits:
            await self._link.close(TIMED_OUT, "No line became free in time.")
            raise Over

    async def _initiation(self, hear: Callable[[bytes], bool]) -> wire.Initiation:
        """The first frame that counts; audio may come before it, other frames are read over."""
        try:
            async with asyncio.timeout(INITIATION_S):
                while True:
                    match await self._link.receive():
                        case wire.Initiation() as initiation:
                            return initiation
                        case ChunkReceived(audio):
                            if not hear(audio):
                                size = len(audio)
                                await self._link.object_to("audio_ends_within_a_sample", bytes=size)
                        case other:
                            name = type(other).__name__
                            self._link.complaints.add("frame_before_initiation", frame=name)
        except TimeoutError:
            await self._link.close(BAD_INPUT, "No conversation_initiation_client_data came.")
            raise Over from None

    async def _turn_away(self, refused: Refused) -> None:
        if not refused.at_once:
            await self._link.send(metadata(self._call, self._formats))
        match self._agent.refusal:
            case "error":
                await self._link.send(frames.error(refused.error_type, str(refused)))
            case "client_error":
                await self._link.send(frames.client_error(refused.error_type, str(refused)))
        await self._link.close(BAD_INPUT, str(refused))


def metadata(call: Call, formats: Formats) -> wire.Metadata:
    payload = wire.MetadataPayload(
        conversation_id=call.id,
        agent_output_audio_format=str(formats.output),
        user_input_audio_format=str(formats.input),
    )
    return wire.Metadata(conversation_initiation_metadata_event=payload)
