"""What one server frame of the ElevenLabs wire means, whatever came before it.

Knows frames and the vocabulary; no state. What depends on earlier frames is in `elevenlabs`.
"""

import binascii
import math
from typing import Any

import msgspec

from tui import events
from tui.codec import Step
from tui.events import Alignment, AudioFormat, Encoding
from tui.providers import elevenlabs_wire as wire

PROTOCOL_ERROR = "protocol_error"
"""The kind of a received frame that could not be understood."""

_RATES = {"pcm": {8000, 16000, 22050, 24000, 44100, 48000}, "ulaw": {8000}}


class _Peek(msgspec.Struct):
    type: Any = msgspec.UNSET


_peek = msgspec.json.Decoder(_Peek).decode
_decode = msgspec.json.Decoder(wire.AnyServerFrame).decode
_PUBLISHED = frozenset(str(frame.__struct_config__.tag) for frame in wire.AnyServerFrame.__args__)


class BadFrame(Exception):
    """A frame that parses but says something impossible."""


def parse_format(name: str) -> AudioFormat:
    """`pcm_16000` -> AudioFormat. Raises ValueError for a format this wire does not have."""
    encoding, _, rate = name.partition("_")
    if not (rate.isascii() and rate.isdigit()) or int(rate) not in _RATES.get(encoding, ()):
        raise ValueError(f"unknown audio format {name!r}")
    return AudioFormat(Encoding(encoding), int(rate))


def read_frame(text: str | bytes) -> wire.AnyServerFrame | Step:
    """The frame, or what to show in its place: a type that is new, or a frame that is broken."""
    if isinstance(text, bytes):
        size = len(text)
        return protocol_error(f"a binary frame of {size} bytes; this protocol has text frames only")
    try:
        frame: wire.AnyServerFrame = _decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        return _unusual(text, error)
    return frame


def _unusual(text: str, error: Exception) -> Step:
    kind = peek_type(text)
    if isinstance(kind, Step):
        return kind
    if kind in _PUBLISHED:
        return protocol_error(f"{kind}: {reason(error)}")
    return Step(events=(events.OtherReceived(type=kind, known=False),), kind=kind)


def peek_type(text: str) -> str | Step:
    """The frame's `type`, or the protocol error that it has none."""
    try:
        kind = _peek(text).type
    except (msgspec.DecodeError, RecursionError, UnicodeError) as broken:
        return protocol_error(reason(broken))
    if kind is msgspec.UNSET:
        return protocol_error("the frame has no `type`")
    return kind if isinstance(kind, str) else protocol_error("`type` is not a string")


def protocol_error(reason: str) -> Step:
    return Step(events=(events.ProtocolErred(reason=reason),), kind=PROTOCOL_ERROR)


def reason(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "nested too deeply"
    if isinstance(error, msgspec.ValidationError):
        return str(error)
    return f"not JSON: {error}"


def kind_of(frame: wire.ServerFrame | wire.ClientFrame) -> str:
    return str(frame.__struct_config__.tag)


def base64_of(text: str) -> bytes:
    """Raises BadFrame for anything but the standard alphabet with padding."""
    try:
        return binascii.a2b_base64(text, strict_mode=True)
    except (binascii.Error, ValueError) as error:
        raise BadFrame(f"not base64: {error}") from error


def started(payload: wire.MetadataPayload) -> events.ConversationStarted:
    """Raises BadFrame for an audio format that nobody published."""
    try:
        return events.ConversationStarted(
            conversation_id=payload.conversation_id,
            input_format=parse_format(payload.user_input_audio_format),
            output_format=parse_format(payload.agent_output_audio_format),
        )
    except ValueError as error:
        raise BadFrame(str(error)) from error


def alignment(payload: wire.AlignmentPayload | None) -> Alignment | None:
    """Characters without both times are left out: the speech counts more than its subtitles."""
    if payload is None:
        return None
    count = min(len(payload.char_start_times_ms), len(payload.char_durations_ms))
    return Alignment(
        payload.chars[:count],
        tuple(map(_whole, payload.char_start_times_ms[: len(payload.chars)][:count])),
        tuple(map(_whole, payload.char_durations_ms[: len(payload.chars)][:count])),
    )


def _whole(ms: float) -> int:
    return round(ms) if math.isfinite(ms) else 0


def share(value: float, name: str) -> float:
    """A probability, 0..1. Raises BadFrame for what is no number."""
    if not math.isfinite(value):
        raise BadFrame(f"{name} is not a number")
    return min(max(value, 0.0), 1.0)
