"""The frames of the ElevenLabs Agents WebSocket, as plain data for both ends of the wire.

Knows shapes only: the codec reads server frames and writes client frames with these, the local
agent does the opposite. Reading is lenient about extra fields and absent details, strict about
what is acted on. Source: the published AsyncAPI description and the official SDKs.
"""

from tui.providers.elevenlabs_wire_client import *  # noqa: F403  one name for all frames
from tui.providers.elevenlabs_wire_client import (
    ClientToolResult,
    ContextualUpdate,
    EnclaveSetup,
    Feedback,
    Initiation,
    McpToolApprovalResult,
    MultimodalMessage,
    Pong,
    UserActivity,
    UserMessage,
)
from tui.providers.elevenlabs_wire_talk import *  # noqa: F403
from tui.providers.elevenlabs_wire_talk import (
    AgentChatResponsePart,
    AgentResponse,
    AgentResponseCorrection,
    Audio,
    AudioAlignment,
    Interruption,
    Metadata,
    Ping,
    TentativeUserTranscript,
    UserTranscript,
    VadScore,
)
from tui.providers.elevenlabs_wire_work import *  # noqa: F403
from tui.providers.elevenlabs_wire_work import (
    AgentReasoningPart,
    AgentResponseComplete,
    AgentResponseMetadata,
    AgentToolRequest,
    AgentToolResponse,
    AgentToolResponseFullPayload,
    AgentTyping,
    AsrMetadata,
    ClientError,
    ClientToolCall,
    ContextTold,
    ContextUsage,
    DtmfRequest,
    Error,
    ExternalAgentConnected,
    ExternalAgentDisconnected,
    GuardrailTriggered,
    McpConnectionStatus,
    McpToolCall,
    QueueStatus,
    RichContent,
    TentativeResponse,
    TurnProbability,
)

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
    | AudioAlignment
    | AsrMetadata
    | QueueStatus
    | AgentReasoningPart
    | AgentResponseComplete
    | AgentResponseMetadata
    | AgentToolRequest
    | McpToolCall
    | McpConnectionStatus
    | ContextUsage
    | GuardrailTriggered
    | RichContent
    | AgentTyping
    | ExternalAgentConnected
    | ExternalAgentDisconnected
    | DtmfRequest
    | ContextTold
    | TurnProbability
    | TentativeResponse
)
"""Every published server frame."""

AnyClientFrame = (
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
"""Every published client frame but `user_audio_chunk`, which has no type."""

CLIENT_TYPES_SHOWN = frozenset({"enclave_setup_config"})
"""Published client types that a hosted agent has no use for."""
