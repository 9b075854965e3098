"""What a frame that we sent to an OpenAI Realtime server meant, read back from a journal.

Knows client frames and what was said before them; sends nothing.
"""

from typing import Any

from tui import events
from tui.events import Event
from tui.provider import Step
from tui.providers.openai.client_frames import FAILED, sound_of
from tui.providers.openai.conversation.replies import Replies
from tui.providers.openai.server_frames import (
    object_in,
    objects_in,
    read_object,
    text_in,
    whole_in,
)
from tui.providers.reading import BadFrame, base64_of


def read_sent(text: str, replies: Replies) -> tuple[Step, dict[str, Any] | None]:
    """Events only, and the session that was asked for, if it was; a frame written by hand may be
    of no published type, or broken."""
    data = read_object(text)
    if isinstance(data, Step):
        return data, None
    kind = data["type"]
    session = object_in(data, "session") if kind == "session.update" else None
    told = tuple(_meaning(kind, data, replies)) or (events.OtherSent(type=kind),)
    return Step(events=told, kind=kind), session


def _meaning(kind: str, data: dict[str, Any], replies: Replies) -> tuple[Event, ...]:
    match kind:
        case "session.update":
            return (events.InitiationSent(),)
        case "input_audio_buffer.append":
            return (events.AudioSent(audio=_audio(text_in(data, "audio"))),)
        case "conversation.item.create":
            return _item(object_in(data, "item"))
        case "conversation.item.truncate":
            return _truncated(data, replies)
        case _:
            return ()


def _audio(encoded: str) -> bytes:
    try:
        return base64_of(encoded) if encoded else b""  # a journal keeps it elsewhere
    except BadFrame:
        return b""


def _truncated(data: dict[str, Any], replies: Replies) -> tuple[Event, ...]:
    """How much there was, its id tells: a journal's frames of sound are empty."""
    key = text_in(data, "item_id"), whole_in(data, "content_index") or 0
    of_ms = sound_of(text_in(data, "event_id"))
    if reply_id := replies.reply_of(key):
        replies.void(reply_id, "it was cut")
    if of_ms is None:
        return ()
    return replies.heard_text(key, whole_in(data, "audio_end_ms") or 0, of_ms)


def _image(part: dict[str, Any]) -> str:
    """What is known of one in its own frame: its media type and size."""
    head, _, data = text_in(part, "image_url").partition(",")
    mime = head.removeprefix("data:").partition(";")[0]
    return f"{mime}, {len(data) * 3 // 4 / 1000:.0f} kB" if data else head[:80]


def _item(item: dict[str, Any]) -> tuple[Event, ...]:
    parts = objects_in(item, "content")
    said = " ".join(text for part in parts if (text := text_in(part, "text")))
    match text_in(item, "type"), text_in(item, "role"):
        case "message", "user" if images := [_image(part) for part in parts if "image_url" in part]:
            return (events.FilesSent(file_ids=tuple(images), text=said),)
        case "message", "user":
            return (events.TextSent(text=said, id=text_in(item, "id")),)
        case "message", "system":
            return (events.ContextSent(text=said),)
        case "mcp_approval_response", _:
            asked = text_in(item, "approval_request_id")
            return (events.McpAnswered(call_id=asked, approved=item.get("approve") is True),)
        case "function_call_output", _:
            result = text_in(item, "output")
            answered = events.ToolAnswered(
                call_id=text_in(item, "call_id"),
                result=result.removeprefix(FAILED),
                is_error=result.startswith(FAILED),
                id=text_in(item, "id"),
            )
            return (answered,)
        case _:
            return ()
