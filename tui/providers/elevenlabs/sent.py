"""What a frame that we sent to an ElevenLabs agent meant, read back from a journal.

Knows client frames and the vocabulary; no state.
"""

import msgspec

from tui import events
from tui.events import Event
from tui.provider import Step
from tui.providers.elevenlabs import frames as wire
from tui.providers.elevenlabs.lenient import as_text
from tui.providers.elevenlabs.read import kind_of, peek_type
from tui.providers.nesting import DEEPEST, too_deep
from tui.providers.reading import BadFrame, base64_of, protocol_error, reason

AUDIO_KIND = "user_audio_chunk"

_decode = msgspec.json.Decoder(wire.AnyClientFrame).decode
_decode_chunk = msgspec.json.Decoder(wire.UserAudioChunk).decode
_PUBLISHED = frozenset(str(frame.__struct_config__.tag) for frame in wire.AnyClientFrame.__args__)


def read_sent(text: str) -> Step:
    """Events only; a frame written by hand may be of no published type, or broken."""
    if too_deep(text):
        return protocol_error(f"nested more than {DEEPEST} deep")
    try:
        frame = _decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        return _chunk(text) or _unusual(text, error)
    return Step(events=(_meaning(frame),), kind=kind_of(frame))


def _chunk(text: str) -> Step | None:
    try:
        encoded = _decode_chunk(text).user_audio_chunk
        audio = base64_of(encoded) if encoded else b""  # a journal keeps it elsewhere
    except (msgspec.DecodeError, RecursionError, UnicodeError, BadFrame):
        return None  # what it is, its type tells
    return Step(events=(events.AudioSent(audio=audio),), kind=AUDIO_KIND)


def _unusual(text: str, error: Exception) -> Step:
    kind = peek_type(text)
    if isinstance(kind, Step):
        return kind
    if kind in _PUBLISHED:
        return protocol_error(f"{kind}: {reason(error)}")
    return Step(events=(events.OtherSent(type=kind),), kind=kind)


def _meaning(frame: wire.AnyClientFrame) -> Event:  # noqa: PLR0911  one return a frame type
    match frame:
        case wire.Initiation():
            return events.InitiationSent()
        case wire.EnclaveSetup():
            return events.OtherSent(type=kind_of(frame))
        case wire.Pong(event_id=event_id):
            return events.PongSent(ping_id=event_id)
        case wire.UserMessage(text=text, id=input_id):
            return events.TextSent(text=text or "", id="" if input_id is None else str(input_id))
        case wire.UserActivity():
            return events.ActivitySent()
        case wire.ContextualUpdate(text=text, context_id=context_id):
            return events.ContextSent(text=text, context_id=context_id or "")
        case wire.MultimodalMessage():
            return _files(frame)
        case wire.Feedback(event_id=event_id, score=score):
            return events.FeedbackSent(reply_id=event_id, score=score)
        case wire.ClientToolResult(tool_call_id=call_id, result=result, is_error=is_error):
            return events.ToolAnswered(
                call_id=as_text(call_id), result=str(result), is_error=is_error
            )
        case wire.McpToolApprovalResult(tool_call_id=call_id, is_approved=approved):
            return events.McpAnswered(call_id=as_text(call_id), approved=approved)


def _files(frame: wire.MultimodalMessage) -> Event:
    files = frame.files or ([frame.file] if frame.file else [])
    return events.FilesSent(
        file_ids=tuple(file.file_id for file in files), text=frame.text.text if frame.text else ""
    )
