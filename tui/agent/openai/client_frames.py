"""The client's events as structs, and how their text is read. Knows JSON; no conversation."""

import binascii
from typing import Annotated, Any, Literal

import msgspec

from tui.agent.openai import CLIENT_FRAMES
from tui.agent.openai.errors import Mistake, misshapen
from tui.agent.openai.settings import (
    CustomVoice,
    Format,
    MaxTokens,
    Metadata,
    Modalities,
    Prompt,
    Reasoning,
    Table,
    ToolChoice,
    Tools,
)

LONGEST_ID = 32
Id = Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_ID)]


class Part(Table, frozen=True, omit_defaults=True):
    """A piece of a message's content."""

    type: Literal["input_text", "input_audio", "input_image", "output_text", "output_audio", "text"]
    text: str | None = None
    audio: str | None = None
    transcript: str | None = None
    image_url: str | None = None
    detail: Literal["auto", "low", "high"] | None = None


class _Item(Table, frozen=True, kw_only=True, tag_field="type", omit_defaults=True):
    id: Id | None = None
    object: Literal["realtime.item"] | None = None
    status: Literal["completed", "incomplete", "in_progress"] | None = None


class MessageItem(_Item, frozen=True, kw_only=True, tag="message"):
    role: Literal["user", "assistant", "system"]
    content: tuple[Part, ...]


class CallItem(_Item, frozen=True, kw_only=True, tag="function_call"):
    name: str
    arguments: str
    call_id: str | None = None


class OutputItem(_Item, frozen=True, kw_only=True, tag="function_call_output"):
    call_id: str
    output: str


class ApprovalItem(_Item, frozen=True, kw_only=True, tag="mcp_approval_response"):
    approval_request_id: str
    approve: bool
    reason: str | None = None


class ReferenceItem(_Item, frozen=True, kw_only=True, tag="item_reference"):
    """One of the conversation's, in the input of a response only."""


NewItem = MessageItem | CallItem | OutputItem | ApprovalItem


class ResponseVoice(Table, frozen=True):
    format: Format | None = None
    voice: str | CustomVoice | None = None


class ResponseAudio(Table, frozen=True):
    output: ResponseVoice = ResponseVoice()


class Wanted(Table, frozen=True):
    """What a response is to be like, where it is not like the session."""

    output_modalities: Modalities | None = None
    conversation: Literal["auto", "none"] = "auto"
    input: tuple[NewItem | ReferenceItem, ...] | None = None
    instructions: str | None = None
    tools: Tools | None = None
    tool_choice: ToolChoice | None = None
    parallel_tool_calls: bool | None = None
    reasoning: Reasoning | None = None
    max_output_tokens: MaxTokens | None = None
    metadata: Metadata | None = None
    audio: ResponseAudio = ResponseAudio()
    prompt: Prompt | None = None


class _Event(Table, frozen=True, kw_only=True, tag_field="type"):
    event_id: str | None = None


class SessionUpdate(_Event, frozen=True, kw_only=True, tag="session.update"):
    session: dict[str, Any]


class Append(_Event, frozen=True, kw_only=True, tag="input_audio_buffer.append"):
    audio: str


class Commit(_Event, frozen=True, kw_only=True, tag="input_audio_buffer.commit"):
    pass


class Clear(_Event, frozen=True, kw_only=True, tag="input_audio_buffer.clear"):
    pass


class ItemCreate(_Event, frozen=True, kw_only=True, tag="conversation.item.create"):
    item: NewItem
    previous_item_id: str | None = None


class ItemRetrieve(_Event, frozen=True, kw_only=True, tag="conversation.item.retrieve"):
    item_id: str


class ItemTruncate(_Event, frozen=True, kw_only=True, tag="conversation.item.truncate"):
    item_id: str
    content_index: int
    audio_end_ms: Annotated[int, msgspec.Meta(ge=0)]


class ItemDelete(_Event, frozen=True, kw_only=True, tag="conversation.item.delete"):
    item_id: str


class ResponseCreate(_Event, frozen=True, kw_only=True, tag="response.create"):
    response: Wanted = Wanted()


class ResponseCancel(_Event, frozen=True, kw_only=True, tag="response.cancel"):
    response_id: str | None = None


ClientFrame = (
    SessionUpdate
    | Append
    | Commit
    | Clear
    | ItemCreate
    | ItemRetrieve
    | ItemTruncate
    | ItemDelete
    | ResponseCreate
    | ResponseCancel
)


class _Head(msgspec.Struct):
    type: str | None = None
    event_id: str | None = None


_HEAD = msgspec.json.Decoder(_Head)
_BODY: msgspec.json.Decoder[ClientFrame] = msgspec.json.Decoder(ClientFrame)


def read(text: str | bytes) -> ClientFrame:
    """Raises Mistake."""
    if isinstance(text, bytes):
        words = "Binary frames are not supported: events are JSON in text frames."
        raise Mistake("invalid_event", words, malformed=True)
    try:
        head = _HEAD.decode(text)
    except msgspec.ValidationError as error:
        raise misshapen(error) from None
    except (msgspec.DecodeError, UnicodeEncodeError):
        words = "The frame is not valid JSON."
        raise Mistake("invalid_json", words, malformed=True) from None
    try:
        return _body(text, head)
    except Mistake as mistake:
        mistake.event_id = head.event_id
        raise


def audio_of(encoded: str) -> bytes:
    """Raises Mistake."""
    try:
        return binascii.a2b_base64(encoded, strict_mode=True)
    except (binascii.Error, ValueError) as error:
        words = f"Invalid 'audio': {error}. Base64-encoded audio is expected."
        raise Mistake("invalid_value", words, "audio", malformed=True) from None


def _body(text: str, head: _Head) -> ClientFrame:
    if head.type is None:
        words = "Missing required parameter: 'type'."
        raise Mistake("missing_required_parameter", words, "type", malformed=True)
    if head.type not in CLIENT_FRAMES:
        known = ", ".join(f"'{name}'" for name in CLIENT_FRAMES)
        words = f"Invalid value: '{head.type[:80]}'. Supported values are: {known}."
        raise Mistake("invalid_value", words, "type", malformed=True)
    try:
        return _BODY.decode(text)
    except msgspec.ValidationError as error:
        raise misshapen(error) from None
    except msgspec.DecodeError:
        raise Mistake("invalid_json", "The frame is not valid JSON.", malformed=True) from None
