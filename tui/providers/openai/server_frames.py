"""Frames of an OpenAI Realtime server: a type and a JSON object, read for what they mean.

Knows types, their beta spellings and where things stand in an object; no state. Compatible servers
differ from the published shapes in many ways: what is missing is empty, and what nobody knows is
left alone.
"""

import types
from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from tui.events import AudioFormat, Encoding, OtherReceived
from tui.provider import Step
from tui.providers import lenient
from tui.providers.nesting import DEEPEST, too_deep
from tui.providers.reading import BadFrame, base64_of, protocol_error, reason, text_of

KINDS = frozenset(
    """error session.created session.updated conversation.created conversation.item.created
    conversation.item.added conversation.item.done conversation.item.retrieved
    conversation.item.truncated conversation.item.deleted
    conversation.item.input_audio_transcription.delta
    conversation.item.input_audio_transcription.completed
    conversation.item.input_audio_transcription.failed
    conversation.item.input_audio_transcription.segment
    input_audio_buffer.speech_started input_audio_buffer.speech_stopped
    input_audio_buffer.committed input_audio_buffer.cleared input_audio_buffer.timeout_triggered
    input_audio_buffer.dtmf_event_received output_audio_buffer.started output_audio_buffer.stopped
    output_audio_buffer.cleared response.created response.output_item.added
    response.content_part.added response.output_audio_transcript.delta
    response.output_audio.delta response.output_text.delta response.function_call_arguments.delta
    response.output_audio.done response.output_audio_transcript.done response.output_text.done
    response.content_part.done response.function_call_arguments.done response.output_item.done
    response.done rate_limits.updated response.mcp_call_arguments.delta
    response.mcp_call_arguments.done response.mcp_call.in_progress response.mcp_call.completed
    response.mcp_call.failed mcp_list_tools.in_progress mcp_list_tools.completed
    mcp_list_tools.failed""".split()
)
"""Every type that a server is published to send."""
_BETA: Mapping[str, str] = types.MappingProxyType(
    {
        f"response.{before}.{end}": f"response.{now}.{end}"
        for before, now in (
            ("audio", "output_audio"),
            ("audio_transcript", "output_audio_transcript"),
            ("text", "output_text"),
        )
        for end in ("delta", "done")
    }
)
_FORMATS: Mapping[str, AudioFormat] = types.MappingProxyType(
    {
        "audio/pcm": AudioFormat(Encoding.PCM, 24_000),
        "audio/pcmu": AudioFormat(Encoding.ULAW, 8_000),
        "audio/pcma": AudioFormat(Encoding.ALAW, 8_000),
        "pcm16": AudioFormat(Encoding.PCM, 24_000),
        "g711_ulaw": AudioFormat(Encoding.ULAW, 8_000),
        "g711_alaw": AudioFormat(Encoding.ALAW, 8_000),
    }
)
"""By today's names, and by those of before."""
_RATES = range(4_000, 192_001)

_decode = msgspec.json.Decoder().decode


class Received(NamedTuple):
    """`kind` is the type in today's spelling, `name` as it came."""

    kind: str
    name: str
    data: dict[str, Any]


def read(text: str | bytes) -> Received | Step:
    """The frame, or what to show in its place: a type that is new, or a frame that is broken."""
    if isinstance(text, bytes):
        said = text_of(text)
        return said if isinstance(said, Step) else read(said)
    data = read_object(text)
    if isinstance(data, Step):
        return data
    name = data["type"]
    kind = _BETA.get(name, name)
    if kind not in KINDS:
        return Step(events=(OtherReceived(type=name, known=False),), kind=name)
    return Received(kind, name, data)


def read_object(text: str) -> dict[str, Any] | Step:
    """A JSON object with a `type` of ours or theirs, or the protocol error that it is none."""
    if too_deep(text):
        return protocol_error(f"nested more than {DEEPEST} deep")
    try:
        data = _decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        try:
            data, _ = lenient.loads(text)
        except (ValueError, RecursionError):
            return protocol_error(reason(error))
    if not isinstance(data, dict):
        return protocol_error("the frame is no JSON object")
    if "type" not in data:
        return protocol_error("the frame has no `type`")
    if not isinstance(data["type"], str):
        return protocol_error("`type` is not a string")
    return data


# ── What stands in an object ─────────────────────────────────────────────────────────────────────


def text_in(data: Mapping[str, Any], name: str) -> str:
    """A text, or a number in its place; "" for anything else."""
    value = data.get(name)
    if isinstance(value, str):
        return value if value.isascii() else lenient.halves_out(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return ""


def whole_in(data: Mapping[str, Any], name: str) -> int | None:
    return lenient.whole(data.get(name))


def object_in(data: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = data.get(name)
    return value if isinstance(value, dict) else {}


def objects_in(data: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    value = data.get(name)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def audio_in(data: Mapping[str, Any], name: str, form: AudioFormat) -> bytes:
    """Raises BadFrame for what is no base64, or ends within a sample."""
    audio = base64_of(text_in(data, name))
    if len(audio) % form.sample_bytes:  # playing on would turn all that follows into noise
        raise BadFrame(f"audio of {len(audio)} bytes ends within a sample")
    return audio


def format_in(given: Any) -> AudioFormat | None:
    """An audio format of a session; None for none. Raises ValueError for one that nobody knows."""
    if given is None:
        return None
    if isinstance(given, str):
        name, rate = given, None
    elif isinstance(given, dict):
        name, rate = text_in(given, "type"), whole_in(given, "rate")
    else:
        name, rate = str(given), None
    known = _FORMATS.get(name)
    if known is None:
        raise ValueError(f"unknown audio format {name!r}")
    if rate is None or rate not in _RATES:
        return known
    return AudioFormat(known.encoding, rate)
