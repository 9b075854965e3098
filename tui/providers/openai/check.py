"""What is wrong with a client frame of the OpenAI Realtime wire, in words; and examples of each.

Knows the strict shapes; no state, so not whether a frame fits the moment.
"""

from collections.abc import Iterable

from tui.providers.frame_check import FrameCheck, object_of
from tui.providers.openai import client_schema as strict
from tui.providers.reading import BadFrame, base64_of

MAX_APPEND = 15 << 20
"""Bytes of audio in one frame."""
_PARTS = {
    "user": {"input_text": "text", "input_audio": "audio", "input_image": "image_url"},
    "assistant": {"output_text": "text"},
    "system": {"input_text": "text"},
}
"""What a message of each role may be made of, and the member that each part is nothing without.
An assistant's sound cannot be given."""

_TEMPLATES = (
    (
        "conversation.item.create",
        '{"type":"conversation.item.create","item":{"type":"message","role":"user",'
        '"content":[{"type":"input_text","text":"Hello"}]}}',
    ),
    ("response.create", '{"type":"response.create"}'),
    (
        "response.create, instructed",
        '{"type":"response.create","response":{"instructions":"Say hello.","conversation":"none",'
        '"output_modalities":["text"],"metadata":{"topic":"greeting"}}}',
    ),
    ("response.cancel", '{"type":"response.cancel"}'),
    (
        "session.update",
        '{"type":"session.update","session":{"type":"realtime","instructions":"You are terse.",'
        '"audio":{"input":{"turn_detection":{"type":"semantic_vad","eagerness":"auto"}}}}}',
    ),
    (
        "conversation.item.create, context",
        '{"type":"conversation.item.create","item":{"type":"message","role":"system",'
        '"content":[{"type":"input_text","text":"The user opened the pricing page"}]}}',
    ),
    (
        "conversation.item.create, image",
        '{"type":"conversation.item.create","item":{"type":"message","role":"user",'
        '"content":[{"type":"input_image","image_url":"data:image/png;base64,iVBORw0KGgo="}]}}',
    ),
    (
        "conversation.item.create, tool result",
        '{"type":"conversation.item.create","item":{"type":"function_call_output",'
        '"call_id":"CALL","output":"done"}}',
    ),
    (
        "conversation.item.create, approval",
        '{"type":"conversation.item.create","item":{"type":"mcp_approval_response",'
        '"id":"ANSWER","approval_request_id":"REQUEST","approve":true}}',
    ),
    ("conversation.item.retrieve", '{"type":"conversation.item.retrieve","item_id":"ITEM"}'),
    (
        "conversation.item.truncate",
        '{"type":"conversation.item.truncate","item_id":"ITEM","content_index":0,'
        '"audio_end_ms":1500}',
    ),
    ("conversation.item.delete", '{"type":"conversation.item.delete","item_id":"ITEM"}'),
    ("input_audio_buffer.append", '{"type":"input_audio_buffer.append","audio":"AAAAAAAAAAA="}'),
    ("input_audio_buffer.commit", '{"type":"input_audio_buffer.commit"}'),
    ("input_audio_buffer.clear", '{"type":"input_audio_buffer.clear"}'),
    ("output_audio_buffer.clear", '{"type":"output_audio_buffer.clear"}'),
)


def templates() -> list[tuple[str, str]]:
    """(name, example text) of every client message, the likely ones first."""
    return list(_TEMPLATES)


def check_frame(text: str) -> str:
    """What is wrong with `text` as a frame of ours, "" when nothing is."""
    frame = object_of(text)
    return frame if isinstance(frame, str) else _CHECK.problem(frame, text)


def _more(frame: strict.AnyStrictFrame) -> str:
    """What a shape cannot say."""
    match frame:
        case strict.Append(audio=audio):
            return _sound("audio", audio)
        case strict.ItemCreate(item=strict.Message() as message):
            return _message("item", message)
        case strict.ResponseCreate(response=strict.Response(input=list() as items)):
            given = enumerate(items)
            messages = ((n, item) for n, item in given if isinstance(item, strict.Message))
            return _first(_message(f"response.input[{n}]", item) for n, item in messages)
        case strict.SessionUpdate(session=session) if isinstance(session.audio, strict.Audio):
            return _transcription(session.audio.input)
        case _:
            return ""


def _message(where: str, message: strict.Message) -> str:
    allowed = _PARTS[message.role]
    return _first(_part(f"{where}.content[{n}]", part, allowed)
                  for n, part in enumerate(message.content))  # fmt: skip


def _part(where: str, part: strict.Part, allowed: dict[str, str]) -> str:
    member = allowed.get(part.type)
    if member is None:
        return f"{where}: a message of this role is made of {' or '.join(allowed)}"
    given = getattr(part, member)
    if not isinstance(given, str):
        return f"{where}: {part.type} needs `{member}`"
    if member == "image_url" and not given.startswith(("data:image/", "https://", "http://")):
        return f"{where}.image_url: an image is a data: URI, data:image/png;base64,…"
    return _sound(f"{where}.audio", given) if member == "audio" else ""


def _sound(where: str, audio: str) -> str:
    try:
        size = len(base64_of(audio))
    except BadFrame as error:
        return f"{where}: {error}"
    return f"{where}: more than {MAX_APPEND >> 20} MiB of sound" if size > MAX_APPEND else ""


def _transcription(given: object) -> str:
    asked = given.transcription if isinstance(given, strict.Input) else None
    if not isinstance(asked, strict.Transcription):
        return ""
    both = isinstance(asked.language, str) and isinstance(asked.languages, list)
    where = "session.audio.input.transcription"
    return f"{where}: give language or languages, not both" if both else ""


def _first(problems: Iterable[str]) -> str:
    return next((problem for problem in problems if problem), "")


_CHECK = FrameCheck(strict.AnyStrictFrame, _more)
