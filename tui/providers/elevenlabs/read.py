"""What one server frame of the ElevenLabs wire means, whatever came before it.

Knows frames and the vocabulary; no state. What depends on earlier frames is in `elevenlabs`.
"""

import math
import re
from typing import Any

import msgspec

from tui import events
from tui.events import Alignment, AudioFormat, Encoding
from tui.provider import Step
from tui.providers.elevenlabs import frames as wire
from tui.providers.elevenlabs.lenient import call_at_least, mend
from tui.providers.nesting import DEEPEST, too_deep
from tui.providers.reading import BadFrame, protocol_error, reason, text_of

_FORMAT = re.compile(r"(pcm|ulaw|alaw|mp3)_(\d{4,6})(?:_\d+)?", re.ASCII)
"""Published are a few rates of PCM and ulaw_8000; others of the kind are as easily understood."""
_RATES = range(4_000, 192_001)
_NO_ERROR = wire.ErrorPayload()
ENDPOINTING = "turn_eagerness"
"""The agent's own (`conversation_config.turn`); the wire does not tell its value."""
_UNKNOWN = AudioFormat(Encoding.UNKNOWN, 0)


class _Peek(msgspec.Struct):
    type: Any = msgspec.UNSET


_peek = msgspec.json.Decoder(_Peek).decode
_decode = msgspec.json.Decoder(wire.AnyServerFrame).decode
_PUBLISHED = frozenset(str(frame.__struct_config__.tag) for frame in wire.AnyServerFrame.__args__)


def parse_format(name: str) -> AudioFormat:
    """`pcm_16000` -> AudioFormat. Raises ValueError for a format this wire does not have."""
    found = _FORMAT.fullmatch(name)
    if found is None or int(found[2]) not in _RATES:
        raise ValueError(f"unknown audio format {name!r}")
    return AudioFormat(Encoding(found[1]), int(found[2]))


def read_frame(text: str | bytes, newest_id: int = 0) -> wire.AnyServerFrame | Step:
    """The frame, or what to show in its place: a type that is new, or a frame that is broken.

    `newest_id` stands for an id that is missing."""
    if isinstance(text, bytes):
        said = text_of(text)
        return said if isinstance(said, Step) else read_frame(said, newest_id)
    if too_deep(text):
        return _unread(text, f"nested more than {DEEPEST} deep")
    try:
        frame: wire.AnyServerFrame = _decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        return mend(text, newest_id) or _unusual(text, error)
    if isinstance(frame, wire.Error | wire.ClientError) and frame.error_event == _NO_ERROR:
        return mend(text, newest_id) or frame  # its words may stand elsewhere
    return frame


def _unusual(text: str, error: Exception) -> Step:
    kind = peek_type(text)
    if isinstance(kind, Step):
        return kind
    if kind in _PUBLISHED:
        return _unread(text, f"{kind}: {reason(error)}")
    return Step(events=(events.OtherReceived(type=kind, known=False),), kind=kind)


def _unread(text: str, reason: str) -> Step:
    step = protocol_error(reason)
    return Step(events=(*step.events, *call_at_least(text)), kind=step.kind)


def peek_type(text: str) -> str | Step:
    """The frame's `type`, or the protocol error that it has none."""
    try:
        kind = _peek(text).type
    except (msgspec.DecodeError, RecursionError, UnicodeError) as broken:
        return protocol_error(reason(broken))
    if kind is msgspec.UNSET:
        return protocol_error("the frame has no `type`")
    return kind if isinstance(kind, str) else protocol_error("`type` is not a string")


def kind_of(frame: wire.ServerFrame | wire.ClientFrame) -> str:
    return str(frame.__struct_config__.tag)


def started(payload: wire.MetadataPayload) -> tuple[events.Event, ...]:
    """An audio format that nobody published is told: the conversation goes on in text."""
    asked = (payload.user_input_audio_format, payload.agent_output_audio_format)
    formats, told = [_UNKNOWN, _UNKNOWN], list[events.Event]()
    for side, name in enumerate(asked):
        try:
            formats[side] = parse_format(name)
        except ValueError as error:
            told.append(events.ProtocolErred(reason=f"{error}; the call goes on in text"))
    if formats[0].encoding is Encoding.MP3:  # which nothing here can write
        formats[0] = _UNKNOWN
    start = events.ConversationStarted(
        conversation_id=payload.conversation_id,
        input_format=formats[0],
        output_format=formats[1],
        endpointing=ENDPOINTING,
    )
    return (start, *told)


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
