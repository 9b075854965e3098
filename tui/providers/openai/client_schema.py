"""What a client may send on the OpenAI Realtime wire, as strictly as it is published.

Knows shapes and limits only; shapes that are taken over from other APIs (tools of servers, stored
prompts, tracing) are left open.
"""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

Text = Annotated[str, msgspec.Meta(pattern=r"\S")]
"""Not blank."""
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Count = Annotated[int, msgspec.Meta(ge=0)]
Tokens = Annotated[int, msgspec.Meta(ge=1, le=4096)] | Literal["inf"]
EventId = Annotated[str, msgspec.Meta(max_length=512)]
Metadata = dict[
    Annotated[str, msgspec.Meta(max_length=64)], Annotated[str, msgspec.Meta(max_length=512)]
]
Modalities = Annotated[list[Literal["text", "audio"]], msgspec.Meta(min_length=1, max_length=1)]
"""Never both."""


class Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of a frame."""


class StrictFrame(Strict, frozen=True, kw_only=True, tag_field="type"):
    """A frame; the tag is its `type`."""

    event_id: EventId | UnsetType = UNSET


# ── The session ──────────────────────────────────────────────────────────────────────────────────


class Format(Strict, frozen=True):
    type: Literal["audio/pcm", "audio/pcmu", "audio/pcma"]
    rate: Literal[24000] | UnsetType = UNSET


class NoiseReduction(Strict, frozen=True):
    type: Literal["near_field", "far_field"]
    strength: float | UnsetType = UNSET


class Transcription(Strict, frozen=True):
    model: Text | UnsetType = UNSET
    language: str | UnsetType = UNSET
    languages: list[str] | UnsetType = UNSET
    prompt: str | UnsetType = UNSET
    keywords: list[str] | UnsetType = UNSET
    delay: Literal["minimal", "low", "medium", "high", "xhigh"] | UnsetType = UNSET


class ServerVad(Strict, frozen=True, tag_field="type", tag="server_vad"):
    threshold: Share | UnsetType = UNSET
    prefix_padding_ms: Count | UnsetType = UNSET
    silence_duration_ms: Count | UnsetType = UNSET
    idle_timeout_ms: Annotated[int, msgspec.Meta(ge=5000, le=30000)] | UnsetType | None = UNSET
    create_response: bool | UnsetType = UNSET
    interrupt_response: bool | UnsetType = UNSET


class SemanticVad(Strict, frozen=True, tag_field="type", tag="semantic_vad"):
    eagerness: Literal["low", "medium", "high", "auto"] | UnsetType = UNSET
    create_response: bool | UnsetType = UNSET
    interrupt_response: bool | UnsetType = UNSET


class Input(Strict, frozen=True):
    format: Format | UnsetType = UNSET
    noise_reduction: NoiseReduction | UnsetType | None = UNSET
    transcription: Transcription | UnsetType | None = UNSET
    turn_detection: ServerVad | SemanticVad | UnsetType | None = UNSET


class CustomVoice(Strict, frozen=True):
    id: Text


class Output(Strict, frozen=True):
    format: Format | UnsetType = UNSET
    voice: Text | CustomVoice | UnsetType = UNSET
    speed: Annotated[float, msgspec.Meta(ge=0.25, le=1.5)] | UnsetType = UNSET


class Audio(Strict, frozen=True):
    input: Input | UnsetType = UNSET
    output: Output | UnsetType = UNSET


class Reasoning(Strict, frozen=True):
    effort: Literal["minimal", "low", "medium", "high", "xhigh"] | UnsetType = UNSET


class Function(Strict, frozen=True, tag_field="type", tag="function"):
    name: Text
    description: str | UnsetType = UNSET
    parameters: dict[str, Any] | UnsetType = UNSET


class McpServer(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="mcp"):
    """Shared with the Responses API: its many other members are not judged here."""

    server_label: Text


class ChosenFunction(Strict, frozen=True, tag_field="type", tag="function"):
    name: Text


class ChosenMcp(Strict, frozen=True, tag_field="type", tag="mcp"):
    server_label: Text
    name: str | UnsetType | None = UNSET


ToolChoice = Literal["none", "auto", "required"] | ChosenFunction | ChosenMcp


class TokenLimits(Strict, frozen=True):
    post_instructions: Count | UnsetType = UNSET


class Retention(Strict, frozen=True):
    type: Literal["retention_ratio"]
    retention_ratio: Share
    token_limits: TokenLimits | UnsetType = UNSET


class RealtimeSession(Strict, frozen=True, tag_field="type", tag="realtime"):
    model: Text | UnsetType = UNSET
    output_modalities: Modalities | UnsetType = UNSET
    instructions: str | UnsetType = UNSET
    audio: Audio | UnsetType = UNSET
    tools: list[Function | McpServer] | UnsetType = UNSET
    tool_choice: ToolChoice | UnsetType = UNSET
    parallel_tool_calls: bool | UnsetType = UNSET
    reasoning: Reasoning | UnsetType = UNSET
    max_output_tokens: Tokens | UnsetType = UNSET
    truncation: Literal["auto", "disabled"] | Retention | UnsetType = UNSET
    tracing: Literal["auto"] | dict[str, Any] | UnsetType | None = UNSET
    prompt: dict[str, Any] | UnsetType | None = UNSET
    include: list[Literal["item.input_audio_transcription.logprobs"]] | UnsetType | None = UNSET


class TranscriptionAudio(Strict, frozen=True):
    input: Input | UnsetType = UNSET


class TranscriptionSession(Strict, frozen=True, tag_field="type", tag="transcription"):
    audio: TranscriptionAudio | UnsetType = UNSET
    include: list[Literal["item.input_audio_transcription.logprobs"]] | UnsetType = UNSET


class SessionUpdate(StrictFrame, frozen=True, tag="session.update"):
    session: RealtimeSession | TranscriptionSession


# ── The buffers ──────────────────────────────────────────────────────────────────────────────────


class Append(StrictFrame, frozen=True, tag="input_audio_buffer.append"):
    audio: str


class Commit(StrictFrame, frozen=True, tag="input_audio_buffer.commit"):
    pass


class Clear(StrictFrame, frozen=True, tag="input_audio_buffer.clear"):
    pass


class ClearOutput(StrictFrame, frozen=True, tag="output_audio_buffer.clear"):
    pass


# ── Items ────────────────────────────────────────────────────────────────────────────────────────


class Item(Strict, frozen=True, kw_only=True, tag_field="type"):
    id: Text | UnsetType = UNSET
    object: Literal["realtime.item"] | UnsetType = UNSET
    status: Literal["completed", "incomplete", "in_progress"] | UnsetType = UNSET


class Part(Strict, frozen=True):
    """Of a message; which of these a role may have, the check knows."""

    type: Literal["input_text", "input_audio", "input_image", "output_text", "output_audio"]
    text: str | UnsetType = UNSET
    audio: str | UnsetType = UNSET
    transcript: str | UnsetType = UNSET
    image_url: str | UnsetType = UNSET
    detail: Literal["auto", "low", "high"] | UnsetType = UNSET


class Message(Item, frozen=True, tag="message"):
    role: Literal["user", "assistant", "system"]
    content: Annotated[list[Part], msgspec.Meta(min_length=1)]
    phase: Literal["commentary", "final_answer"] | UnsetType = UNSET


class FunctionCall(Item, frozen=True, tag="function_call"):
    name: Text
    arguments: str
    call_id: Text | UnsetType = UNSET


class FunctionCallOutput(Item, frozen=True, tag="function_call_output"):
    call_id: Text
    output: str


class ApprovalResponse(Item, frozen=True, kw_only=True, tag="mcp_approval_response"):
    id: Text
    approval_request_id: Text
    approve: bool
    reason: str | UnsetType | None = UNSET


class ApprovalRequest(Item, frozen=True, kw_only=True, tag="mcp_approval_request"):
    id: Text
    name: Text
    server_label: Text
    arguments: str


class McpTools(Item, frozen=True, tag="mcp_list_tools"):
    server_label: Text
    tools: list[dict[str, Any]]


class McpCall(Item, frozen=True, kw_only=True, tag="mcp_call"):
    id: Text
    name: Text
    server_label: Text
    arguments: str
    approval_request_id: str | UnsetType | None = UNSET
    output: str | UnsetType | None = UNSET
    error: dict[str, Any] | UnsetType | None = UNSET


AnyItem = (
    Message
    | FunctionCall
    | FunctionCallOutput
    | ApprovalResponse
    | ApprovalRequest
    | McpTools
    | McpCall
)


class Reference(Strict, frozen=True, tag_field="type", tag="item_reference"):
    id: Text


class ItemCreate(StrictFrame, frozen=True, tag="conversation.item.create"):
    item: AnyItem
    previous_item_id: str | UnsetType | None = UNSET


class ItemRetrieve(StrictFrame, frozen=True, tag="conversation.item.retrieve"):
    item_id: Text


class ItemTruncate(StrictFrame, frozen=True, tag="conversation.item.truncate"):
    item_id: Text
    content_index: Count
    audio_end_ms: Count


class ItemDelete(StrictFrame, frozen=True, tag="conversation.item.delete"):
    item_id: Text


# ── Responses ────────────────────────────────────────────────────────────────────────────────────


class ResponseOutput(Strict, frozen=True):
    format: Format | UnsetType = UNSET
    voice: Text | CustomVoice | UnsetType = UNSET


class ResponseAudio(Strict, frozen=True):
    output: ResponseOutput | UnsetType = UNSET


class Response(Strict, frozen=True):
    output_modalities: Modalities | UnsetType = UNSET
    conversation: Literal["auto", "none"] | UnsetType = UNSET
    input: list[AnyItem | Reference] | UnsetType = UNSET
    instructions: str | UnsetType = UNSET
    tools: list[Function | McpServer] | UnsetType = UNSET
    tool_choice: ToolChoice | UnsetType = UNSET
    parallel_tool_calls: bool | UnsetType = UNSET
    reasoning: Reasoning | UnsetType = UNSET
    max_output_tokens: Tokens | UnsetType = UNSET
    metadata: Annotated[Metadata, msgspec.Meta(max_length=16)] | UnsetType | None = UNSET
    audio: ResponseAudio | UnsetType = UNSET
    prompt: dict[str, Any] | UnsetType | None = UNSET


class ResponseCreate(StrictFrame, frozen=True, tag="response.create"):
    response: Response | UnsetType = UNSET


class ResponseCancel(StrictFrame, frozen=True, tag="response.cancel"):
    response_id: str | UnsetType = UNSET


AnyStrictFrame = (
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
    | ClearOutput
)
