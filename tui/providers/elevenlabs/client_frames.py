"""Frames of the ElevenLabs Agents WebSocket from a client to the agent.

Knows shapes only, read leniently; what may leave this program is in `elevenlabs_check`.
"""

from typing import Any

import msgspec


class ClientFrame(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", omit_defaults=True):
    """A frame of the user's side; the tag is its `type`. Audio alone has none, see below."""


class SourceInfo(msgspec.Struct, frozen=True, kw_only=True):
    source: str = "unknown"
    version: str = ""


class Initiation(ClientFrame, frozen=True, tag="conversation_initiation_client_data"):
    conversation_config_override: dict[str, Any] = {}
    custom_llm_extra_body: dict[str, Any] = {}
    dynamic_variables: dict[str, Any] = {}
    user_id: str | None = None
    branch_id: str | None = None
    environment: str | None = None
    source_info: SourceInfo | None = None


class EnclaveSetup(ClientFrame, frozen=True, tag="enclave_setup_config"):
    """Self-hosted orchestrators get it before the initiation."""

    agent_config_dict: Any = None
    override_agent_config_list: Any = None
    tools_config_list: Any = None
    prompt_knowledge_base: Any = None


class Pong(ClientFrame, frozen=True, tag="pong"):
    event_id: int


class UserMessage(ClientFrame, frozen=True, tag="user_message"):
    text: str | None = None
    """The Python SDK sends null when it is given nothing."""
    id: str | int | None = None
    """In no published description; the reply names it in `in_response_to_ids`."""


class UserActivity(ClientFrame, frozen=True, tag="user_activity"):
    pass


class ContextualUpdate(ClientFrame, frozen=True, tag="contextual_update"):
    text: str
    context_id: str | None = None


class ClientToolResult(ClientFrame, frozen=True, tag="client_tool_result"):
    tool_call_id: str | int | float | None
    """A string by contract; it goes back as it came."""
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
    tool_call_id: str | int | float | None
    is_approved: bool


class UserAudioChunk(msgspec.Struct, frozen=True):
    """The only frame without a type: base64 of raw audio in the negotiated input format."""

    user_audio_chunk: str
