"""The provider-neutral vocabulary of what happened, in the past tense.

Knows no provider, socket, device or screen. The first two groups are what a codec reads from
frames; the third is what the program itself observed, and is what the journal stores as facts.
Times named `*_ns` are `time.monotonic_ns()` of this machine; audio lengths are in milliseconds.
"""

from enum import StrEnum
from typing import Any

import msgspec


def _kind(class_name: str) -> str:
    """`PlaybackFlushed` -> `playback_flushed`: the name a fact has in the journal and on screen."""
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in class_name).lstrip("_")


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag=_kind):
    """Something that happened. The tag (`kind`) is its snake-case name."""

    @property
    def kind(self) -> str:
        tag = self.__struct_config__.tag
        assert isinstance(tag, str)  # noqa: S101  every subclass gets its tag from _kind
        return tag


class Encoding(StrEnum):
    PCM = "pcm"
    """Signed 16-bit little-endian."""
    ULAW = "ulaw"
    """G.711 mu-law, 8 bits a sample."""
    ALAW = "alaw"
    MP3 = "mp3"


class AudioFormat(msgspec.Struct, frozen=True):
    """How audio travels on the wire: encoding and rate in Hz, always mono."""

    encoding: Encoding
    rate: int

    @property
    def sample_bytes(self) -> int:
        """Bytes a sample takes on the wire (PCM 2, G.711 1)."""
        return 2 if self.encoding is Encoding.PCM else 1

    def milliseconds(self, size: int) -> float:
        """How long `size` bytes of this format last; 0.0 for MP3, whose length needs decoding."""
        if self.encoding is Encoding.MP3:
            return 0.0
        return size * 1000 / (self.rate * self.sample_bytes)

    def __str__(self) -> str:
        return f"{self.encoding}_{self.rate}"


# ── Read from the agent's frames ─────────────────────────────────────────────────────────────────


class ConversationStarted(Event, frozen=True):
    """The agent accepted the conversation and said which formats each direction has."""

    conversation_id: str
    input_format: AudioFormat
    output_format: AudioFormat


class Alignment(msgspec.Struct, frozen=True):
    """Which characters are spoken when, in milliseconds from the start of their audio frame."""

    chars: tuple[str, ...]
    starts_ms: tuple[int, ...]
    durations_ms: tuple[int, ...]


class AudioReceived(Event, frozen=True):
    """A piece of the agent's speech, still in the negotiated output format."""

    audio: bytes
    event_id: int
    alignment: Alignment | None = None
    is_final: bool = False
    encoding: Encoding | None = None
    """What it is by its bytes, where that is not the negotiated encoding."""


class AlignmentReceived(Event, frozen=True):
    """Characters and times of speech of reply `event_id`, apart from its audio."""

    event_id: int
    alignment: Alignment


class AudioDropped(Event, frozen=True):
    """Speech of a reply that the agent had itself interrupted (its id is below the marker)."""

    event_id: int
    size: int
    interrupted_at: int


class UserTranscribed(Event, frozen=True):
    """What the agent understood the user to say; final for this `event_id`."""

    text: str
    event_id: int


class UserTranscriptGuessed(Event, frozen=True):
    """What the agent thinks the user is saying, before the turn ended."""

    text: str
    event_id: int


class Attachment(msgspec.Struct, frozen=True):
    url: str
    name: str = ""


class AgentResponded(Event, frozen=True):
    """The whole text of a reply (or of a part of one: several may share an `event_id`)."""

    text: str
    event_id: int
    attachments: tuple[Attachment, ...] = ()


class AgentResponseStreamed(Event, frozen=True):
    """A piece of a reply's text while it is being written; `part` is start, delta or stop."""

    text: str
    part: str
    event_id: int


class AgentCorrected(Event, frozen=True):
    """The reply `event_id` was cut short: this is what the user can have heard."""

    original: str
    corrected: str
    event_id: int


class Interrupted(Event, frozen=True):
    """The agent yields: audio with an id below `event_id` is void, queued audio is flushed."""

    event_id: int
    reason: str | None = None


class Pinged(Event, frozen=True):
    """`ping_ms` is the agent's own estimate of the round trip, where it sent one."""

    event_id: int
    ping_ms: int | None = None


class VadScored(Event, frozen=True):
    """The provider's own probability, 0..1, that the user is speaking."""

    score: float


class ToolCalled(Event, frozen=True):
    """The agent asks this client to run a tool."""

    name: str
    call_id: str
    parameters: dict[str, Any]
    event_id: int
    expects_response: bool = True


class ToolReported(Event, frozen=True):
    """The agent tells how a tool call ended (its own tools as well as the client's)."""

    name: str
    call_id: str
    tool_type: str
    is_error: bool
    event_id: int
    is_called: bool = True
    """False: it was not run, say because the user refused it."""
    is_blocked: bool = False
    """A guardrail kept it from running."""
    result: str | None = None
    """What it gave, where the agent tells."""
    truncated: bool = False


class ProviderErred(Event, frozen=True):
    """The provider reports an error by frame; whether the call ends is shown by the link."""

    message: str
    code: int | None = None
    error_type: str | None = None


class AgentEnded(Event, frozen=True):
    """The agent ended the conversation itself (its end_call tool ran)."""


class ToolRequested(Event, frozen=True):
    """The agent starts a tool of its own or of the client's; `response_timeout_s` None: unknown."""

    name: str
    call_id: str
    tool_type: str
    event_id: int
    response_timeout_s: int | None = None


class McpToolChanged(Event, frozen=True):
    """A tool of an MCP server: `state` is loading, awaiting_approval, success or failure."""

    name: str
    call_id: str
    service_id: str
    state: str
    parameters: dict[str, Any]
    approval_timeout_s: int | None = None
    detail: str = ""


class McpServer(msgspec.Struct, frozen=True):
    id: str
    connected: bool
    tools: int


class McpServersChanged(Event, frozen=True):
    servers: tuple[McpServer, ...]


class QueueMoved(Event, frozen=True):
    """Waiting for a free line: `status` is waiting, admitted or timed_out."""

    status: str


class AgentReasoned(Event, frozen=True):
    """A piece of the agent's thinking; `part` is start, delta or stop."""

    text: str
    part: str
    key: str


class AgentCompleted(Event, frozen=True):
    """All of the text of reply `event_id` has been sent."""

    event_id: int


class AgentGuessed(Event, frozen=True):
    """What the agent may be about to say."""

    text: str


class AgentTyped(Event, frozen=True):
    typing: bool
    duration_ms: int | None = None


class AgentHandedOver(Event, frozen=True):
    """An external (human) agent came into the call, or left it."""

    connected: bool


class ContextUsed(Event, frozen=True):
    """How full the model's context is after a turn."""

    model: str
    tokens: int
    limit: int
    event_id: int


class GuardrailTriggered(Event, frozen=True):
    name: str


class TurnScored(Event, frozen=True):
    """The provider's probability, 0..1, that the user's turn is over."""

    probability: float


class AgentAnnotated(Event, frozen=True):
    """Data that the agent's maker attached to reply `event_id`."""

    metadata: dict[str, Any]
    event_id: int


class RichContentReceived(Event, frozen=True):
    """Something to draw beside the reply: a component's name and its properties."""

    content_id: str
    component: str
    props: dict[str, Any]
    event_id: int


class ContextReceived(Event, frozen=True):
    """The agent's side tells of context that was added."""

    text: str


class OtherReceived(Event, frozen=True):
    """A frame that needs no action here. `known` tells a published type from a new one."""

    type: str
    known: bool


class ProtocolErred(Event, frozen=True):
    """A frame that could not be understood; `reason` names what was wrong with it."""

    reason: str


# ── Read back from our own frames ────────────────────────────────────────────────────────────────


class InitiationSent(Event, frozen=True):
    """The first frame: who we are and what we ask the agent to do differently."""


class AudioSent(Event, frozen=True):
    audio: bytes


class TextSent(Event, frozen=True):
    """A typed user turn."""

    text: str


class FilesSent(Event, frozen=True):
    """A user turn with files."""

    file_ids: tuple[str, ...]
    text: str


class ContextSent(Event, frozen=True):
    text: str
    context_id: str = ""


class FeedbackSent(Event, frozen=True):
    event_id: int
    score: str | None


class McpAnswered(Event, frozen=True):
    call_id: str
    approved: bool


class ActivitySent(Event, frozen=True):
    """The user is doing something: the agent should wait."""


class PongSent(Event, frozen=True):
    event_id: int


class ToolAnswered(Event, frozen=True):
    call_id: str
    result: str
    is_error: bool


class OtherSent(Event, frozen=True):
    type: str


# ── Observed here: the facts a journal stores between the frames ─────────────────────────────────


class Closer(StrEnum):
    USER = "user"
    AGENT = "agent"
    ERROR = "error"


class JournalOpened(Event, frozen=True):
    """Record 0: pairs this machine's monotonic clock with wall time and names the codec."""

    format: int
    wall_ns: int
    """Unix time in ns at the record's own monotonic time."""
    provider: str
    version: str


class LinkOpening(Event, frozen=True):
    """A connection is being made; `target` is redacted and fit to show. Starts a conversation."""

    target: str
    provider: str


class LinkOpened(Event, frozen=True):
    elapsed_ms: float


class LinkClosed(Event, frozen=True):
    """The conversation is over: by whom, with which WebSocket close code and reason."""

    by: Closer
    code: int
    reason: str
    elapsed_ms: float


class LinkFailed(Event, frozen=True):
    """No conversation came about. `advice` says what the user can do."""

    reason: str
    advice: str


class LinkRetrying(Event, frozen=True):
    """The network was lost: attempt `attempt` at a new conversation comes in `delay_ms`."""

    attempt: int
    delay_ms: int
    reason: str


class SetupChosen(Event, frozen=True):
    """What the next conversation asks of the agent: names of what is set, for the post-mortem."""

    names: tuple[str, ...]


class PreflightFound(Event, frozen=True):
    """Something in the set-up that the agent will refuse, seen before the call."""

    problems: tuple[str, ...]


class DurationLimited(Event, frozen=True):
    """The agent ends a call after so long."""

    seconds: int


class ToolStarted(Event, frozen=True):
    """A client tool runs here."""

    name: str
    call_id: str


class ToolAsked(Event, frozen=True):
    """A client tool waits for the user's approval until `deadline_ns`."""

    name: str
    call_id: str
    deadline_ns: int


class ToolDecided(Event, frozen=True):
    """Approved or refused: by user, rule, timeout or hang-up."""

    call_id: str
    approved: bool
    by: str


class ToolFinished(Event, frozen=True):
    """A client tool ended here. `outcome` is ok, failed, timeout, cancelled or invalid."""

    name: str
    call_id: str
    outcome: str
    elapsed_ms: float


class FileUploaded(Event, frozen=True):
    name: str
    file_id: str
    size: int


class UploadFailed(Event, frozen=True):
    name: str
    reason: str


class RawSent(Event, frozen=True):
    """The next sent frame was written by hand. `problem` is what the check said, "" if nothing."""

    problem: str = ""


class AudioOpened(Event, frozen=True):
    """A device or file is open. `side` is input or output, `latency_ms` what the driver says."""

    side: str
    device: str
    rate: int
    channels: int
    block_ms: float
    latency_ms: float


class AudioFailed(Event, frozen=True):
    """No audio on this side: the call goes on in text."""

    side: str
    reason: str
    advice: str


class AudioGlitched(Event, frozen=True):
    """Sound was lost: a reply ran dry (`gap`, with its length), the device was not given samples
    in time (`underrun`), or captured blocks were not taken in time (`overrun`)."""

    what: str
    count: int = 1
    gap_ms: float = 0.0


class MicMuted(Event, frozen=True):
    muted: bool


class SpeechStarted(Event, frozen=True):
    """The local detector heard the user begin at `at_ns` (which is before it could know)."""

    at_ns: int


class SpeechStopped(Event, frozen=True):
    """The local detector heard the user end: `at_ns` is the end of the last voiced block."""

    at_ns: int


class PlaybackStarted(Event, frozen=True):
    """The first sample of reply `event_id` reached the converter at `at_ns`."""

    event_id: int
    at_ns: int


class PlaybackFinished(Event, frozen=True):
    """The last sample of reply `event_id` was played: all of it was heard."""

    event_id: int
    at_ns: int
    heard_ms: float


class PlaybackFlushed(Event, frozen=True):
    """Playback was cut (`cause`: interruption or user): how much of the reply was heard, lost."""

    event_id: int
    at_ns: int
    heard_ms: float
    dropped_ms: float
    cause: str


class ReplySilenced(Event, frozen=True):
    """The user stopped reply `event_id` by key: later audio of it is not played."""

    event_id: int


class AgentProcessStarted(Event, frozen=True):
    """The embedded local agent runs and listens."""

    pid: int


class AgentProcessEnded(Event, frozen=True):
    """The embedded local agent is gone. `exit_code` is negative for a signal."""

    exit_code: int
    detail: str = ""


class Noted(Event, frozen=True):
    """Something worth a line that has no event of its own."""

    text: str


Fact = (
    JournalOpened
    | LinkOpening
    | LinkOpened
    | LinkClosed
    | LinkFailed
    | LinkRetrying
    | SetupChosen
    | PreflightFound
    | DurationLimited
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
    | PlaybackStarted
    | PlaybackFinished
    | PlaybackFlushed
    | ReplySilenced
    | AgentProcessStarted
    | AgentProcessEnded
    | Noted
)
"""What a journal holds between the frames; decoded by `msgspec.json.Decoder(Fact)`."""
