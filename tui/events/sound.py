"""Observed here: microphone, speaker, and what was heard of each reply.

A journal names a reply `event_id`.
"""

from msgspec import field

from tui.events.base import Event, ReplyId, UserTurnId


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
    in time (`underrun`), captured blocks were not taken in time (`overrun`), or speech was not sent
    because the network stood still (`unsent`: frames, and `gap_ms` of speech)."""

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


class SpeechPlaced(Event, frozen=True):
    """The agent told where in all the audio that we sent the user began or ended (`edge` is start
    or end); that sample was captured at `at_ns`."""

    user_turn_id: UserTurnId
    edge: str
    at_ns: int


class PlaybackStarted(Event, frozen=True):
    """The first sample of reply `reply_id` reached the converter at `at_ns`."""

    reply_id: ReplyId = field(name="event_id")
    at_ns: int
    queued_ns: int | None = None
    """When it was let go to the device: until then the start buffer held it."""
    buffer_ms: int | None = None
    """How much that buffer collected."""


class PlaybackAudible(Event, frozen=True):
    """The first sample of reply `reply_id` that can be heard reached the converter at `at_ns`: a
    reply may begin with silence."""

    reply_id: ReplyId = field(name="event_id")
    at_ns: int


class PlaybackFinished(Event, frozen=True):
    """The last sample of reply `reply_id` was played: all of it was heard."""

    reply_id: ReplyId = field(name="event_id")
    at_ns: int
    heard_ms: float


class PlaybackFlushed(Event, frozen=True):
    """Playback was cut: how much of the reply was heard, lost. `cause` is interruption, user (the
    stop key), text (typed over) or call ended."""

    reply_id: ReplyId = field(name="event_id")
    at_ns: int
    heard_ms: float
    dropped_ms: float
    cause: str


class ReplySilenced(Event, frozen=True):
    """The user stopped reply `reply_id`, by key or (`cause` is text) by typing over it: later
    audio of it is not played."""

    reply_id: ReplyId = field(name="event_id")
    cause: str = "user"


class YieldSettled(Event, frozen=True):
    """What the agent made of reply `reply_id`, which was typed over: `confirmed` when it gave way
    itself, else it went on to another reply, or ended, without a word of it."""

    reply_id: ReplyId = field(name="event_id")
    confirmed: bool
    elapsed_ms: float
    """Since the text was sent."""


class CallHeld(Event, frozen=True):
    """Both ways are silent, or open again."""

    held: bool


class PushToTalkSet(Event, frozen=True):
    on: bool


class AudioWarned(Event, frozen=True):
    """Something is wrong with the sound since now: `what` is dead, clipping, quiet, echo,
    bluetooth, fault, format or unsent; `text` says it to the user. `over` when it has passed."""

    side: str
    what: str
    text: str
    over: bool = False


class BufferChanged(Event, frozen=True):
    """So much of a reply is collected before it is played, from now on, and why."""

    buffer_ms: int
    reason: str


class RecordingStarted(Event, frozen=True):
    """The call's sound goes to this file, user left, agent right."""

    path: str


class RecordingFailed(Event, frozen=True):
    """The call goes on, its sound is no longer written."""

    path: str
    reason: str
