"""Read from the agent's frames: who said what, and how it sounds."""

import msgspec

from tui.events.base import AudioFormat, Encoding, Event


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
    """The whole text of a reply, or of one message of it: several may share an `event_id`."""

    text: str
    event_id: int
    attachments: tuple[Attachment, ...] = ()
    response_id: str = ""
    """Of the message; "" where the agent does not tell."""
    answers: tuple[str, ...] | None = None
    """Ids of the inputs that it answers, () for a greeting; None where the agent does not tell."""


class AgentResponseStreamed(Event, frozen=True):
    """A piece of a reply's text while it is being written; `part` is start, delta or stop."""

    text: str
    part: str
    event_id: int
    response_id: str = ""


class AgentCorrected(Event, frozen=True):
    """A message of reply `event_id` was cut short: this is what the user can have heard of it, ""
    for nothing. Each message of the reply has its own."""

    original: str
    corrected: str
    event_id: int
    response_id: str = ""


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
