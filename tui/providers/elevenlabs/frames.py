"""The frames of the ElevenLabs Agents WebSocket, as plain data for both ends of the wire.

Knows shapes only: the codec reads server frames and writes client frames with these, the local
agent does the opposite. Reading is lenient about extra fields and absent details, strict about
what is acted on. Source: the published AsyncAPI description and the official SDKs.
"""

from tui.providers.elevenlabs.client_frames import *  # noqa: F403  one name for all frames
from tui.providers.elevenlabs.client_frames import (
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
from tui.providers.elevenlabs.server_frames import *  # noqa: F403  # noqa: F403
from tui.providers.elevenlabs.server_frames import (
    AgentChatResponsePart,
    AgentReasoningPart,
    AgentResponse,
    AgentResponseComplete,
    AgentResponseCorrection,
    AgentResponseMetadata,
    AgentToolRequest,
    AgentToolResponse,
    AgentToolResponseFullPayload,
    AgentTyping,
    AsrMetadata,
    Audio,
    AudioAlignment,
    ClientError,
    ClientToolCall,
    ContextTold,
    ContextUsage,
    DtmfRequest,
    Error,
    ExternalAgentConnected,
    ExternalAgentDisconnected,
    GuardrailTriggered,
    Interruption,
    McpConnectionStatus,
    McpToolCall,
    Metadata,
    Ping,
    QueueStatus,
    RichContent,
    TentativeResponse,
    TentativeUserTranscript,
    TurnProbability,
    UserTranscript,
    VadScore,
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
