"""Read from the agent's frames: who said what, and how it sounds."""

import msgspec

from tui.events.base import AudioFormat, Encoding, Event, ReplyId, UserTurnId


class ConversationStarted(Event, frozen=True):
    """The agent accepted the conversation and said which formats each direction has."""

    conversation_id: str
    input_format: AudioFormat
    output_format: AudioFormat
    endpointing: str = ""
    """The setting that decides when a spoken turn is over, as the provider calls it, with its value
    where that is known."""


class Alignment(msgspec.Struct, frozen=True):
    """Which characters are spoken when, in milliseconds from the start of their audio frame."""

    chars: tuple[str, ...]
    starts_ms: tuple[int, ...]
    durations_ms: tuple[int, ...]


class AudioReceived(Event, frozen=True):
    """A piece of the agent's speech, still in the negotiated output format."""

    audio: bytes
    reply_id: ReplyId
    alignment: Alignment | None = None
    is_final: bool = False
    encoding: Encoding | None = None
    """What it is by its bytes, where that is not the negotiated encoding."""


class AlignmentReceived(Event, frozen=True):
    """Characters and times of speech of reply `reply_id`, apart from its audio."""

    reply_id: ReplyId
    alignment: Alignment


class AudioDropped(Event, frozen=True):
    """Speech of a reply that the agent had itself interrupted; `reason` says how that is told."""

    reply_id: ReplyId
    size: int
    reason: str


class UserTranscribed(Event, frozen=True):
    """What the agent understood the user to say; final for this `user_turn_id`."""

    text: str
    user_turn_id: UserTurnId
    came_after: UserTurnId | None = None
    """A later turn that was transcribed before it; None where all came in order."""


class UserTranscriptFailed(Event, frozen=True):
    """The words of that turn are not known, and why."""

    user_turn_id: UserTurnId
    reason: str


class UserTurnTaken(Event, frozen=True):
    """A spoken turn of the user's is over and stands here in the conversation; its words may come
    later, after the reply to it has begun."""

    user_turn_id: UserTurnId
    transcribed: bool = True
    """False: its words will not come."""
    endpointing: str = ""
    """As in `ConversationStarted`, where it has changed since."""


class AgentHeardStart(Event, frozen=True):
    """The agent heard the user begin."""

    user_turn_id: UserTurnId
    audio_ms: int | None = None
    """Where in all the audio that we sent; None where the agent does not tell exactly."""
    yields: bool = False
    """What is being played of its replies is to be cut."""


class AgentHeardEnd(Event, frozen=True):
    """The agent heard the user end."""

    user_turn_id: UserTurnId
    audio_ms: int | None = None
    """Of the last of it, in all the audio that we sent; None where the agent does not tell."""


class UserTranscriptGuessed(Event, frozen=True):
    """What the agent thinks the user is saying, before the turn ended."""

    text: str
    user_turn_id: UserTurnId


class Attachment(msgspec.Struct, frozen=True):
    url: str
    name: str = ""


class AgentResponded(Event, frozen=True):
    """The whole text of a reply, or of one message of it: several may share a `reply_id`."""

    text: str
    reply_id: ReplyId
    attachments: tuple[Attachment, ...] = ()
    response_id: str = ""
    """Of the message; "" where the agent does not tell."""
    answers: tuple[str, ...] | None = None
    """Ids of the inputs that it answers, () for a greeting; None where the agent does not tell."""


class AgentBegan(Event, frozen=True):
    """A reply is under way, before anything of it has come; `answers` as in `AgentResponded`."""

    reply_id: ReplyId
    answers: tuple[str, ...]


class AgentResponseStreamed(Event, frozen=True):
    """A piece of a reply's text while it is being written; `part` is start, delta or stop."""

    text: str
    part: str
    reply_id: ReplyId
    response_id: str = ""


class AgentCorrected(Event, frozen=True):
    """A message of reply `reply_id` was cut short: this is what the user can have heard of it, ""
    for nothing. Each message of the reply has its own."""

    original: str
    corrected: str
    reply_id: ReplyId
    response_id: str = ""
    estimated: bool = False
    """By the share of its sound that was heard: the agent tells no words."""


class Interrupted(Event, frozen=True):
    """The agent yields: queued audio is flushed. The codec knows what is void from now on."""

    reply_id: ReplyId | None = None
    """The newest reply that is cut; None where there is none to cut."""
    reason: str | None = None


class Pinged(Event, frozen=True):
    """`ping_ms` is the agent's own estimate of the round trip, where it sent one."""

    ping_id: int | str
    ping_ms: int | None = None


class VadScored(Event, frozen=True):
    """The provider's own probability, 0..1, that the user is speaking."""

    score: float
