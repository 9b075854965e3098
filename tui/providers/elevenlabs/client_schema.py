"""What a client may send on the ElevenLabs wire, as strictly as it is published.

Knows shapes and limits only. The lenient twins, for reading, are in `client_frames`.
"""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

Text = Annotated[str, msgspec.Meta(pattern=r"\S")]
"""Not blank."""
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Positive = Annotated[int, msgspec.Meta(ge=1)]
Language = Annotated[str, msgspec.Meta(pattern=r"^[a-z]{2,3}(-[a-zA-Z]{2,4})?$")]
Variable = str | float | bool | None | list[Any]
MAX_FILES = 5


class Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of a frame."""


class StrictFrame(Strict, frozen=True, kw_only=True, tag_field="type"):
    """A frame; the tag is its `type`."""


class Prompt(Strict, frozen=True):
    prompt: Text | UnsetType = UNSET
    llm: Text | UnsetType = UNSET
    reasoning_effort: (
        Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"] | UnsetType
    ) = UNSET
    tool_ids: list[str] | UnsetType = UNSET
    tool_ids_strict: bool | UnsetType = UNSET
    native_mcp_server_ids: list[str] | UnsetType = UNSET
    knowledge_base: list[dict[str, Any]] | UnsetType = UNSET


class Agent(Strict, frozen=True):
    first_message: str | UnsetType = UNSET
    """Empty: the agent waits for the user."""
    language: Language | UnsetType = UNSET
    max_conversation_duration_message: Text | UnsetType = UNSET
    prompt: Prompt | UnsetType = UNSET
    native_mcp_server_ids: Annotated[list[str], msgspec.Meta(max_length=10)] | UnsetType = UNSET


class Tts(Strict, frozen=True):
    voice_id: Text | UnsetType = UNSET
    model_id: Text | UnsetType = UNSET
    stability: Share | UnsetType = UNSET
    similarity_boost: Share | UnsetType = UNSET
    clone_strength: float | UnsetType = UNSET
    speed: Annotated[float, msgspec.Meta(ge=0.7, le=5)] | UnsetType = UNSET
    supported_voices: list[dict[str, Any]] | UnsetType = UNSET
    pronunciation_dictionary_locators: list[dict[str, Any]] | UnsetType = UNSET


class Asr(Strict, frozen=True):
    keywords: list[str] | UnsetType = UNSET


class SoftTimeout(Strict, frozen=True):
    message: Text | UnsetType = UNSET
    additional_soft_timeout_messages: list[str] | UnsetType = UNSET


class Turn(Strict, frozen=True):
    soft_timeout_config: SoftTimeout | UnsetType = UNSET
    noisy_environment_message: Text | UnsetType = UNSET


class Conversation(Strict, frozen=True):
    text_only: bool | UnsetType = UNSET
    max_duration_seconds: Positive | UnsetType = UNSET
    client_events: Annotated[list[str], msgspec.Meta(min_length=1)] | UnsetType = UNSET


class Override(Strict, frozen=True):
    agent: Agent | UnsetType = UNSET
    tts: Tts | UnsetType = UNSET
    asr: Asr | UnsetType = UNSET
    turn: Turn | UnsetType = UNSET
    conversation: Conversation | UnsetType = UNSET


class Source(Strict, frozen=True):
    source: str | UnsetType = UNSET
    version: Annotated[str, msgspec.Meta(max_length=50)] | UnsetType = UNSET


class ToolMocks(Strict, frozen=True):
    mocking_strategy: Literal["none", "all", "selected"] | UnsetType = UNSET
    mocked_tool_names: list[str] | UnsetType = UNSET
    fallback_strategy: Literal["raise_error", "call_real_tool"] | UnsetType = UNSET


class Initiation(StrictFrame, frozen=True, tag="conversation_initiation_client_data"):
    conversation_config_override: Override | UnsetType = UNSET
    custom_llm_extra_body: dict[str, Any] | UnsetType = UNSET
    dynamic_variables: dict[str, Variable] | UnsetType = UNSET
    user_id: Text | UnsetType = UNSET
    source_info: Source | UnsetType = UNSET
    branch_id: Text | UnsetType = UNSET
    environment: Text | UnsetType = UNSET
    starting_workflow_node_id: Text | UnsetType = UNSET
    procedure_ids: list[str] | UnsetType = UNSET
    start_procedure_ids: Annotated[list[str], msgspec.Meta(max_length=5)] | UnsetType = UNSET
    tool_mock_config: ToolMocks | UnsetType = UNSET


class EnclaveSetup(StrictFrame, frozen=True, tag="enclave_setup_config"):
    agent_config_dict: dict[str, Any]
    override_agent_config_list: list[Any] | None
    tools_config_list: list[Any] | None
    prompt_knowledge_base: list[Any] | None
    bedrock_inference_profile: str | UnsetType = UNSET
    post_call_transcription_webhook: dict[str, Any] | UnsetType = UNSET
    post_call_audio_webhook: dict[str, Any] | UnsetType = UNSET
    post_call_transcription_webhook_url: str | UnsetType = UNSET
    post_call_audio_webhook_url: str | UnsetType = UNSET


class Pong(StrictFrame, frozen=True, tag="pong"):
    event_id: int


class UserMessage(StrictFrame, frozen=True, tag="user_message"):
    text: Text | UnsetType = UNSET
    rich_content_id: Text | UnsetType = UNSET
    user_identifier: Text | UnsetType = UNSET
    id: Text | UnsetType = UNSET
    """In no published description; the agent's reply names it."""


class UserActivity(StrictFrame, frozen=True, tag="user_activity"):
    pass


class ContextualUpdate(StrictFrame, frozen=True, tag="contextual_update"):
    text: Text
    context_id: Text | UnsetType = UNSET


class MultimodalText(Strict, frozen=True):
    type: Literal["user_message"]
    text: Text


class FileInput(Strict, frozen=True):
    type: Literal["file_input"]
    file_id: Text


class MultimodalMessage(StrictFrame, frozen=True, tag="multimodal_message"):
    text: MultimodalText | UnsetType = UNSET
    file: FileInput | UnsetType = UNSET
    files: Annotated[list[FileInput], msgspec.Meta(max_length=MAX_FILES)] | UnsetType = UNSET


class Feedback(StrictFrame, frozen=True, tag="feedback"):
    event_id: Positive
    score: Literal["like", "dislike"] | None


class ClientToolResult(StrictFrame, frozen=True, tag="client_tool_result"):
    tool_call_id: Text
    result: str
    is_error: bool
    error_type: (
        Literal[
            "user_rejected",
            "external_server",
            "external_client",
            "customer_auth",
            "client_timeout",
            "unknown",
        ]
        | UnsetType
    ) = UNSET


class McpToolApprovalResult(StrictFrame, frozen=True, tag="mcp_tool_approval_result"):
    tool_call_id: Text
    is_approved: bool


AnyStrictFrame = (
    Initiation
    | EnclaveSetup
    | Pong
    | UserMessage
    | UserActivity
    | ContextualUpdate
    | MultimodalMessage
    | Feedback
    | ClientToolResult
    | McpToolApprovalResult
)


class UserAudioChunk(Strict, frozen=True):
    user_audio_chunk: str
