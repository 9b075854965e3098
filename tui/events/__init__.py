"""The provider-neutral vocabulary of what happened, in the past tense.

Knows no provider, socket, device or screen. `talk` and `work` are what a codec reads from
frames, `sent` what it reads back from ours; `course` and `sound` are what the program itself
observed, and what the journal stores as facts.
Times named `*_ns` are `time.monotonic_ns()` of this machine; audio lengths are in milliseconds.
"""

from tui.events.base import (
    USUAL_FORMAT,
    AudioFormat,
    Encoding,
    Event,
    ReplyId,
    UserTurnId,
)
from tui.events.course import (
    AgentProcessEnded,
    AgentProcessStarted,
    CallReported,
    Closer,
    DurationLimited,
    Failure,
    FileUploaded,
    JournalOpened,
    LimitNeared,
    LinkClosed,
    LinkFailed,
    LinkOpened,
    LinkOpening,
    LinkRetrying,
    Noted,
    PreflightFound,
    Priced,
    Rate,
    RawSent,
    ReportedTurn,
    RoundTripMeasured,
    SetupChosen,
    ToolAsked,
    ToolDecided,
    ToolFinished,
    ToolStarted,
    UploadFailed,
)
from tui.events.sent import (
    ActivitySent,
    AudioSent,
    ContextSent,
    FeedbackSent,
    FilesSent,
    InitiationSent,
    McpAnswered,
    OtherSent,
    PongSent,
    TextSent,
    ToolAnswered,
)
from tui.events.sound import (
    AudioFailed,
    AudioGlitched,
    AudioOpened,
    AudioWarned,
    BufferChanged,
    CallHeld,
    MicMuted,
    PlaybackAudible,
    PlaybackFinished,
    PlaybackFlushed,
    PlaybackStarted,
    PushToTalkSet,
    RecordingFailed,
    RecordingStarted,
    ReplySilenced,
    SpeechPlaced,
    SpeechStarted,
    SpeechStopped,
    YieldSettled,
)
from tui.events.talk import (
    AgentBegan,
    AgentCorrected,
    AgentHeardEnd,
    AgentHeardStart,
    AgentResponded,
    AgentResponseStreamed,
    Alignment,
    AlignmentReceived,
    Attachment,
    AudioDropped,
    AudioReceived,
    ConversationStarted,
    Interrupted,
    Pinged,
    UserTranscribed,
    UserTranscriptFailed,
    UserTranscriptGuessed,
    UserTurnTaken,
    VadScored,
)
from tui.events.work import (
    AgentAnnotated,
    AgentCompleted,
    AgentEnded,
    AgentGuessed,
    AgentHandedOver,
    AgentReasoned,
    AgentTyped,
    ContextReceived,
    ContextUsed,
    GuardrailTriggered,
    ItemRetrieved,
    McpServer,
    McpServersChanged,
    McpToolChanged,
    OtherReceived,
    ProtocolErred,
    ProviderErred,
    QueueMoved,
    RateLimit,
    RateLimitsReported,
    RichContentReceived,
    SessionExpires,
    Tokens,
    ToolCalled,
    ToolReported,
    ToolRequested,
    TurnScored,
    UsageReported,
)

__all__ = [
    "USUAL_FORMAT",
    "ActivitySent",
    "AgentAnnotated",
    "AgentBegan",
    "AgentCompleted",
    "AgentCorrected",
    "AgentEnded",
    "AgentGuessed",
    "AgentHandedOver",
    "AgentHeardEnd",
    "AgentHeardStart",
    "AgentProcessEnded",
    "AgentProcessStarted",
    "AgentReasoned",
    "AgentResponded",
    "AgentResponseStreamed",
    "AgentTyped",
    "Alignment",
    "AlignmentReceived",
    "Attachment",
    "AudioDropped",
    "AudioFailed",
    "AudioFormat",
    "AudioGlitched",
    "AudioOpened",
    "AudioReceived",
    "AudioSent",
    "AudioWarned",
    "BufferChanged",
    "CallHeld",
    "CallReported",
    "Closer",
    "ContextReceived",
    "ContextSent",
    "ContextUsed",
    "ConversationStarted",
    "DurationLimited",
    "Encoding",
    "Event",
    "Fact",
    "Failure",
    "FeedbackSent",
    "FileUploaded",
    "FilesSent",
    "GuardrailTriggered",
    "InitiationSent",
    "Interrupted",
    "ItemRetrieved",
    "JournalOpened",
    "LimitNeared",
    "LinkClosed",
    "LinkFailed",
    "LinkOpened",
    "LinkOpening",
    "LinkRetrying",
    "McpAnswered",
    "McpServer",
    "McpServersChanged",
    "McpToolChanged",
    "MicMuted",
    "Noted",
    "OtherReceived",
    "OtherSent",
    "Pinged",
    "PlaybackAudible",
    "PlaybackFinished",
    "PlaybackFlushed",
    "PlaybackStarted",
    "PongSent",
    "PreflightFound",
    "Priced",
    "ProtocolErred",
    "ProviderErred",
    "PushToTalkSet",
    "QueueMoved",
    "Rate",
    "RateLimit",
    "RateLimitsReported",
    "RawSent",
    "RecordingFailed",
    "RecordingStarted",
    "ReplyId",
    "ReplySilenced",
    "ReportedTurn",
    "RichContentReceived",
    "RoundTripMeasured",
    "SessionExpires",
    "SetupChosen",
    "SpeechPlaced",
    "SpeechStarted",
    "SpeechStopped",
    "TextSent",
    "Tokens",
    "ToolAnswered",
    "ToolAsked",
    "ToolCalled",
    "ToolDecided",
    "ToolFinished",
    "ToolReported",
    "ToolRequested",
    "ToolStarted",
    "TurnScored",
    "UploadFailed",
    "UsageReported",
    "UserTranscribed",
    "UserTranscriptFailed",
    "UserTranscriptGuessed",
    "UserTurnId",
    "UserTurnTaken",
    "VadScored",
    "YieldSettled",
]

Fact = (
    JournalOpened
    | LinkOpening
    | LinkOpened
    | LinkClosed
    | LinkFailed
    | LinkRetrying
    | RoundTripMeasured
    | SetupChosen
    | PreflightFound
    | DurationLimited
    | Priced
    | LimitNeared
    | ToolStarted
    | ToolAsked
    | ToolDecided
    | ToolFinished
    | FileUploaded
    | UploadFailed
    | RawSent
    | AudioOpened
    | AudioFailed
    | AudioGlitched
    | MicMuted
    | SpeechStarted
    | SpeechStopped
    | SpeechPlaced
    | PlaybackStarted
    | PlaybackAudible
    | PlaybackFinished
    | PlaybackFlushed
    | ReplySilenced
    | YieldSettled
    | CallHeld
    | PushToTalkSet
    | AudioWarned
    | BufferChanged
    | RecordingStarted
    | RecordingFailed
    | AgentProcessStarted
    | AgentProcessEnded
    | CallReported
    | Noted
    | ProtocolErred
)
"""What a journal holds between the frames; decoded by `msgspec.json.Decoder(Fact)`."""
