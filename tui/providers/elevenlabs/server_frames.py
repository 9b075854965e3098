"""Server frames of the ElevenLabs Agents WebSocket that are the conversation: text and audio.

Knows shapes only; the union of all is `frames`.
"""

from typing import Any

import msgspec


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


class AttachmentPayload(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    url: str
    name: str = ""
    mime_type: str | None = None


class AgentResponsePayload(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    agent_response: str
    event_id: int
    attachments: list[AttachmentPayload] | None = None
    response_id: str | None = None
    """In no published description, as is the next; seen in calls of 2026."""
    in_response_to_ids: list[str | int] | None = None


class AgentResponse(ServerFrame, frozen=True, tag="agent_response"):
    agent_response_event: AgentResponsePayload


class CorrectionPayload(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    original_agent_response: str
    corrected_agent_response: str
    event_id: int
    response_id: str | None = None


class AgentResponseCorrection(ServerFrame, frozen=True, tag="agent_response_correction"):
    agent_response_correction_event: CorrectionPayload


class ChatPartPayload(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    text: str
    type: str
    event_id: int
    response_id: str | None = None


class AgentChatResponsePart(ServerFrame, frozen=True, tag="agent_chat_response_part"):
    text_response_part: ChatPartPayload


class AlignmentPayload(msgspec.Struct, frozen=True, kw_only=True):
    chars: tuple[str, ...]
    char_start_times_ms: tuple[float, ...]
    """To be written as whole numbers: the Swift SDK drops the alignment otherwise."""
    char_durations_ms: tuple[float, ...]


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


class AlignedPayload(msgspec.Struct, frozen=True, kw_only=True):
    event_id: int
    alignment: AlignmentPayload


class AudioAlignment(ServerFrame, frozen=True, tag="audio_alignment"):
    """The alignment of audio that came without one; only the Android SDK reads it."""

    audio_alignment_event: AlignedPayload


class ToolCallPayload(msgspec.Struct, frozen=True, kw_only=True):
    """Read whatever stands in it: an agent whose call is not answered is mute."""

    tool_name: Any = None
    tool_call_id: Any = None
    parameters: Any = None
    event_id: int = 0
    expects_response: Any = True


class ClientToolCall(ServerFrame, frozen=True, tag="client_tool_call"):
    client_tool_call: ToolCallPayload


class ToolResponsePayload(msgspec.Struct, frozen=True, kw_only=True):
    tool_name: str
    tool_call_id: str
    tool_type: str
    is_error: bool
    is_called: bool = True
    is_blocked: bool | None = False
    event_id: int = 0


class ToolFullResponsePayload(ToolResponsePayload, frozen=True, kw_only=True):
    full_tool_result: str = ""
    """At most 64 KB."""
    truncated: bool = False


class AgentToolResponse(ServerFrame, frozen=True, tag="agent_tool_response"):
    agent_tool_response: ToolResponsePayload


class AgentToolResponseFullPayload(
    ServerFrame, frozen=True, tag="agent_tool_response_full_payload"
):
    agent_tool_response_full_payload: ToolFullResponsePayload


class ErrorPayload(msgspec.Struct, frozen=True, kw_only=True):
    code: int | str | None = None
    """Gateways put words here."""
    message: str | None = None
    error_type: str | None = None
    error_name: str | None = None
    reason: str | None = None


class Error(ServerFrame, frozen=True, tag="error"):
    error_event: ErrorPayload = ErrorPayload()


class ClientError(ServerFrame, frozen=True, tag="client_error"):
    error_event: ErrorPayload = ErrorPayload()


class AsrMetadata(ServerFrame, frozen=True, tag="asr_initiation_metadata"):
    asr_initiation_metadata_event: dict[str, Any] | None = None
    """Its contents are published nowhere."""


class QueuePayload(msgspec.Struct, frozen=True, kw_only=True):
    status: str
    """waiting, admitted or timed_out."""


class QueueStatus(ServerFrame, frozen=True, tag="queue_status"):
    queue_status_event: QueuePayload


class ReasoningPayload(msgspec.Struct, frozen=True, kw_only=True):
    text: str
    type: str
    """start, delta or stop."""
    event_id: str | int
    """A string, unlike any other; experimental."""


class AgentReasoningPart(ServerFrame, frozen=True, tag="agent_reasoning_response_part"):
    reasoning_response_part: ReasoningPayload


class CompletePayload(msgspec.Struct, frozen=True, kw_only=True):
    event_id: int


class AgentResponseComplete(ServerFrame, frozen=True, tag="agent_response_complete"):
    agent_response_complete_event: CompletePayload


class AnnotationPayload(msgspec.Struct, frozen=True, kw_only=True):
    metadata: dict[str, Any]
    event_id: int


class AgentResponseMetadata(ServerFrame, frozen=True, tag="agent_response_metadata"):
    agent_response_metadata_event: AnnotationPayload


class ToolRequestPayload(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    tool_name: str
    tool_call_id: str
    tool_type: str
    event_id: int = 0
    expects_response: bool | None = None
    disable_interruptions: bool | None = None
    response_timeout_secs: int | None = None
    """-1 waits for ever."""
    execution_mode: str | None = None
    """immediate, post_tool_speech or async."""


class AgentToolRequest(ServerFrame, frozen=True, tag="agent_tool_request"):
    agent_tool_request: ToolRequestPayload


class McpCallPayload(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    service_id: str
    tool_call_id: Any
    tool_name: str
    state: str
    """loading, awaiting_approval, success or failure."""
    parameters: Any = None
    tool_description: str | None = None
    timestamp: str | None = None
    approval_timeout_secs: int | None = None
    result: list[Any] | None = None
    error_message: str | None = None


class McpToolCall(ServerFrame, frozen=True, tag="mcp_tool_call"):
    mcp_tool_call: McpCallPayload


class Integration(msgspec.Struct, frozen=True, kw_only=True):
    integration_id: str
    is_connected: bool
    tool_count: int = 0
    integration_type: str = "mcp_server"


class IntegrationsPayload(msgspec.Struct, frozen=True, kw_only=True):
    integrations: list[Integration]


class McpConnectionStatus(ServerFrame, frozen=True, tag="mcp_connection_status"):
    mcp_connection_status: IntegrationsPayload


class UsagePayload(msgspec.Struct, frozen=True, kw_only=True):
    model: str
    context_tokens: int
    context_limit_tokens: int
    event_id: int = 0


class ContextUsage(ServerFrame, frozen=True, tag="context_usage"):
    context_usage_event: UsagePayload


class GuardrailPayload(msgspec.Struct, frozen=True, kw_only=True):
    guardrail_name: str = ""


class GuardrailTriggered(ServerFrame, frozen=True, tag="guardrail_triggered"):
    """One published description has the payload, the other none."""

    guardrail_triggered_event: GuardrailPayload | None = None


class RichPayload(msgspec.Struct, frozen=True, kw_only=True):
    rich_content_id: str
    component: str
    props: dict[str, Any] = {}
    event_id: int = 0


class RichContent(ServerFrame, frozen=True, tag="rich_content"):
    rich_content: RichPayload


class TypingPayload(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    is_typing: bool
    duration_ms: int | None = None


class AgentTyping(ServerFrame, frozen=True, tag="agent_typing"):
    agent_typing_event: TypingPayload


class ExternalAgentConnected(ServerFrame, frozen=True, tag="external_agent_connected"):
    external_agent_connected_event: dict[str, Any] | None = None


class ExternalAgentDisconnected(ServerFrame, frozen=True, tag="external_agent_disconnected"):
    external_agent_disconnected_event: dict[str, Any] | None = None


class DtmfRequest(ServerFrame, frozen=True, tag="dtmf_request"):
    """Telephony; its payload is published nowhere."""


class ContextTold(ServerFrame, frozen=True, tag="contextual_update"):
    """Only in an old description, which has the text at the top level."""

    text: str


class TurnProbabilityPayload(msgspec.Struct, frozen=True, kw_only=True):
    turn_probability: float


class TurnProbability(ServerFrame, frozen=True, tag="internal_turn_probability"):
    turn_probability_internal_event: TurnProbabilityPayload


class TentativeResponsePayload(msgspec.Struct, frozen=True, kw_only=True):
    tentative_agent_response: str


class TentativeResponse(ServerFrame, frozen=True, tag="internal_tentative_agent_response"):
    tentative_agent_response_internal_event: TentativeResponsePayload
