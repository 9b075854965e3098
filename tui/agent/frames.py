"""Frames in and out as text: what the agent writes, and how it takes what a client wrote.

Knows the wire structs and JSON; no socket, no conversation.
"""

import binascii
from base64 import b64encode

import msgspec

from tui.providers import elevenlabs_wire as wire

IGNORED = wire.CLIENT_TYPES_SHOWN
"""Published client types that need no action here."""


class ChunkReceived(msgspec.Struct, frozen=True):
    """User audio, still in the negotiated input format."""

    audio: bytes


class BadFrame(msgspec.Struct, frozen=True):
    """What could not be understood; `type` is None when even that could not be read."""

    type: str | None
    reason: str


ClientSaid = wire.AnyClientFrame | ChunkReceived | BadFrame


class _Head(msgspec.Struct):
    type: str | None = None
    user_audio_chunk: str | None = None


_HEAD = msgspec.json.Decoder(_Head)
_BODY = msgspec.json.Decoder(wire.AnyClientFrame)
_ENCODER = msgspec.json.Encoder()


def read(text: str) -> ClientSaid | None:
    """A client's frame; None for a published type that is of no interest here."""
    try:
        head = _HEAD.decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError) as error:
        return BadFrame(None, str(error))
    if head.user_audio_chunk is not None:
        return _chunk(head.user_audio_chunk)
    if head.type in IGNORED:
        return None
    try:
        body: wire.AnyClientFrame = _BODY.decode(text)
    except msgspec.DecodeError as error:
        return BadFrame(head.type, str(error))
    return body


def write(frame: wire.ServerFrame) -> str:
    return _ENCODER.encode(frame).decode()


def audio(chunk: bytes, event_id: int, last: bool) -> wire.Audio:
    encoded = b64encode(chunk).decode()
    payload = wire.AudioPayload(audio_base_64=encoded, event_id=event_id, is_final=last)
    return wire.Audio(audio_event=payload)


def _chunk(encoded: str) -> ChunkReceived | BadFrame:
    try:
        return ChunkReceived(binascii.a2b_base64(encoded))
    except (binascii.Error, ValueError) as error:
        return BadFrame("user_audio_chunk", str(error))
