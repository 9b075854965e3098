"""The frames of the ElevenLabs Agents WebSocket, as plain data for both ends of the wire.

Knows shapes only: the codec reads server frames and writes client frames with these, the local
agent does the opposite. Reading is lenient about extra fields and strict about the ones that are
acted on. Source: the published AsyncAPI description and the official SDKs' generated types.
Frames that are only shown (not acted on) have no struct here; their names are in `KNOWN_TYPES`.
"""

from typing import Any

import msgspec

# ── Server to client ─────────────────────────────────────────────────────────────────────────────


class ServerFrame(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", omit_defaults=True):
    """A frame of the agent; the tag is its `type`."""


class MetadataPayload(msgspec.Struct, frozen=True, kw_only=True):
    conversation_id: str
    agent_output_audio_format: str
    user_input_audio_format: str = "pcm_16000"
    """The SDKs default it when a text-only agent leaves it out."""


class Metadata(ServerFrame, frozen=True, tag="conversation_initiation_metadata"):
    conversation_initiation_metadata_event: MetadataPayload


class PingPayload(msgspec.Struct, frozen=True, kw_only=True):
    event_id: int
    ping_ms: int | None = None
    """Always written, null included: the Python SDK fails on a missing key."""


class Ping(ServerFrame, frozen=True, tag="ping"):
    ping_event: PingPayload


class VadScorePayload(msgspec.Struct, frozen=True, kw_only=True):
    vad_score: float


class VadScore(ServerFrame, frozen=True, tag="vad_score"):
    vad_score_event: VadScorePayload


class TranscriptPayload(msgspec.Struct, frozen=True, kw_only=True):
    user_transcript: str
    event_id: int


class UserTranscript(ServerFrame, frozen=True, tag="user_transcript"):
    user_transcription_event: TranscriptPayload


class TentativeUserTranscript(ServerFrame, frozen=True, tag="tentative_user_transcript"):
    tentative_user_transcription_event: TranscriptPayload


class AgentResponsePayload(msgspec.Struct, frozen=True, kw_only=True):
    agent_response: str
    event_id: int


class AgentResponse(ServerFrame, frozen=True, tag="agent_response"):
    agent_response_event: AgentResponsePayload


class CorrectionPayload(msgspec.Struct, frozen=True, kw_only=True):
    original_agent_response: str
    corrected_agent_response: str
    event_id: int


class AgentResponseCorrection(ServerFrame, frozen=True, tag="agent_response_correction"):
    agent_response_correction_event: CorrectionPayload


class ChatPartPayload(msgspec.Struct, frozen=True, kw_only=True):
    text: str
    type: str
    event_id: int


class AgentChatResponsePart(ServerFrame, frozen=True, tag="agent_chat_response_part"):
    text_response_part: ChatPartPayload


class AlignmentPayload(msgspec.Struct, frozen=True, kw_only=True):
    chars: tuple[str, ...]
    char_start_times_ms: tuple[int, ...]
    char_durations_ms: tuple[int, ...]


class AudioPayload(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    audio_base_64: str
    event_id: int
    alignment: AlignmentPayload | None = None
    """Left out rather than null when there is none: the Python SDK fails on null."""
    is_final: bool = False


class Audio(ServerFrame, frozen=True, tag="audio"):
    audio_event: AudioPayload


class InterruptionPayload(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    event_id: int
    reason: str | None = None


class Interruption(ServerFrame, frozen=True, tag="interruption"):
    interruption_event: InterruptionPayload


class ToolCallPayload(msgspec.Struct, frozen=True, kw_only=True):
    tool_name: str
    tool_call_id: str
    parameters: dict[str, Any]
    event_id: int = 0
    expects_response: bool = True


class ClientToolCall(ServerFrame, frozen=True, tag="client_tool_call"):
    client_tool_call: ToolCallPayload


class ToolResponsePayload(msgspec.Struct, frozen=True, kw_only=True):
    tool_name: str
    tool_call_id: str
    tool_type: str
    is_error: bool
    is_called: bool = True
    event_id: int = 0


class AgentToolResponse(ServerFrame, frozen=True, tag="agent_tool_response"):
    agent_tool_response: ToolResponsePayload


class AgentToolResponseFullPayload(
    ServerFrame, frozen=True, tag="agent_tool_response_full_payload"
):
    agent_tool_response_full_payload: ToolResponsePayload


class ErrorPayload(msgspec.Struct, frozen=True, kw_only=True):
    code: int | None = None
    message: str | None = None
    error_type: str | None = None
    error_name: str | None = None
    reason: str | None = None


class Error(ServerFrame, frozen=True, tag="error"):
    error_event: ErrorPayload = ErrorPayload()


class ClientError(ServerFrame, frozen=True, tag="client_error"):
    error_event: ErrorPayload = ErrorPayload()


AnyServerFrame = (
    Metadata
    | Ping
    | VadScore
    | UserTranscript
    | TentativeUserTranscript
    | AgentResponse
    | AgentResponseCorrection
    | AgentChatResponsePart
    | Audio
    | Interruption
    | ClientToolCall
    | AgentToolResponse
    | AgentToolResponseFullPayload
    | Error
    | ClientError
)

# ── Client to server ─────────────────────────────────────────────────────────────────────────────


class ClientFrame(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", omit_defaults=True):
    """A frame of the user's side; the tag is its `type`. Audio alone has none, see below."""


class SourceInfo(msgspec.Struct, frozen=True, kw_only=True):
    source: str
    version: str


class Initiation(ClientFrame, frozen=True, tag="conversation_initiation_client_data"):
    conversation_config_override: dict[str, Any] = {}
    custom_llm_extra_body: dict[str, Any] = {}
    dynamic_variables: dict[str, Any] = {}
    user_id: str | None = None
    source_info: SourceInfo | None = None


class Pong(ClientFrame, frozen=True, tag="pong"):
    event_id: int


class UserMessage(ClientFrame, frozen=True, tag="user_message"):
    text: str | None = None
    """The Python SDK sends null when it is given nothing."""


class UserActivity(ClientFrame, frozen=True, tag="user_activity"):
    pass


class ContextualUpdate(ClientFrame, frozen=True, tag="contextual_update"):
    text: str
    context_id: str | None = None


class ClientToolResult(ClientFrame, frozen=True, tag="client_tool_result"):
    tool_call_id: str
    result: Any
    """A string by contract; the Python SDK sends objects as they are."""
    is_error: bool


class MultimodalText(msgspec.Struct, frozen=True, kw_only=True):
    text: str
    type: str = "user_message"


class FileInput(msgspec.Struct, frozen=True, kw_only=True):
    file_id: str
    type: str = "file_input"


class MultimodalMessage(ClientFrame, frozen=True, tag="multimodal_message"):
    """`file` is the first of `files`: the official SDKs send both."""

    text: MultimodalText | None = None
    file: FileInput | None = None
    files: list[FileInput] = []


class Feedback(ClientFrame, frozen=True, tag="feedback", omit_defaults=False):
    event_id: int
    score: str | None
    """like, dislike, or null to clear."""


class McpToolApprovalResult(ClientFrame, frozen=True, tag="mcp_tool_approval_result"):
    tool_call_id: str
    is_approved: bool


AnyClientFrame = (
    Initiation | Pong | UserMessage | UserActivity | ContextualUpdate | ClientToolResult
)


class UserAudioChunk(msgspec.Struct, frozen=True):
    """The only frame without a type: base64 of raw audio in the negotiated input format."""

    user_audio_chunk: str


# ── Names ────────────────────────────────────────────────────────────────────────────────────────

SERVER_TYPES_SHOWN = frozenset(
    """agent_reasoning_response_part agent_response_complete agent_response_metadata
    agent_tool_request agent_typing asr_initiation_metadata audio_alignment context_usage
    contextual_update dtmf_request external_agent_connected external_agent_disconnected
    guardrail_triggered internal_tentative_agent_response internal_turn_probability
    mcp_connection_status mcp_tool_call queue_status rich_content""".split()
)
"""Published server types that are shown and not acted on."""

CLIENT_TYPES_SHOWN = frozenset(
    "enclave_setup_config multimodal_message feedback mcp_tool_approval_result".split()
)
"""Published client types that this codec does not write itself."""
