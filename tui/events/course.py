"""Observed here: the course of a call, its set-up, tools and processes."""

from enum import StrEnum

import msgspec

from tui.events.base import Event, ReplyId


class Closer(StrEnum):
    USER = "user"
    AGENT = "agent"
    ERROR = "error"
    LIMIT = "limit"
    """The user's own, in time or money: `max_minutes`, `max_cost`."""


class Failure(StrEnum):
    """Why no conversation came about, for who acts on it; the words are for people."""

    OTHER = ""
    NO_AGENT = "no_agent"
    """Nobody is named who could be called: the first start."""


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
    refused: bool = False
    """Code and reason are ours, of a frame that could not be taken."""
    renewed: bool = False
    """It was about to end, and goes on in a new one."""

    @property
    def in_order(self) -> bool:
        return self.code == 1000  # RFC 6455, 7.4.1


class LinkFailed(Event, frozen=True):
    """No conversation came about. `advice` says what the user can do."""

    reason: str
    advice: str
    failure: Failure = Failure.OTHER


class LinkRetrying(Event, frozen=True):
    """The network was lost, or the server has too many callers: attempt `attempt` at a new
    conversation comes in `delay_ms`."""

    attempt: int
    delay_ms: int
    reason: str


class RoundTripMeasured(Event, frozen=True):
    """The newest round trip to the agent when reply `reply_id` came: by the agent's own estimate,
    else by the socket's ping."""

    reply_id: ReplyId = msgspec.field(name="event_id")
    round_trip_ms: float
    by: str


class SetupChosen(Event, frozen=True):
    """What the next conversation asks of the agent: names of what is set, for the post-mortem."""

    names: tuple[str, ...]


class PreflightFound(Event, frozen=True):
    """Something in the set-up that the agent will refuse, seen before the call."""

    problems: tuple[str, ...]


class DurationLimited(Event, frozen=True):
    """The agent ends a call after so long."""

    seconds: int


Rate = tuple[float, float, float]
"""US dollars per million tokens: in, cached, out."""


class Priced(Event, frozen=True):
    """What a model costs by a dated list, in US dollars; without any price none is known."""

    model: str = ""
    part: str = "reply"
    """Of what: `reply` and `transcript` are charged by usage, `plan` and `llm` by the time that
    the conversation takes; of the last two the newest counts."""
    text: Rate | None = None
    audio: Rate | None = None
    image: Rate | None = None
    minute: float | None = None
    """Of speech where usage is told in seconds, else of the conversation."""
    date: str = ""
    """Of the list: `2026-11-23`, or a month."""
    source: str = ""
    free: bool = False
    """The conversation costs nothing: the agent is this machine's own."""

    @property
    def is_empty(self) -> bool:
        """It says that no price is known."""
        told = (self.text, self.audio, self.image, self.minute)
        return not self.free and all(price is None for price in told)


class ReportedTurn(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A turn by the provider's own record; its words are left there."""

    role: str
    """user or agent."""
    at_s: float = 0.0
    reply_id: ReplyId | None = msgspec.field(name="event_id", default=None)
    interrupted: bool = False
    llm: str = ""
    ms: dict[str, float] = {}
    """What the provider measured, by its own names."""
    tools_ms: dict[str, float] = {}


class CallReported(Event, frozen=True):
    """What the provider itself has on record of a conversation, asked when that was over."""

    conversation_id: str
    status: str
    """`done`, or how far it had come when nobody asked any more."""
    duration_s: float | None = None
    credits: float | None = None
    usd: float | None = None
    ended: str = ""
    turns: tuple[ReportedTurn, ...] = ()

    @property
    def is_settled(self) -> bool:
        return self.status in ("done", "failed")


class LimitNeared(Event, frozen=True):
    """A limit of the user's is nearly reached, or cannot be kept (`share` 0), or is reached (1 and
    more): the call is hung up."""

    limit: str
    """The key: max_minutes or max_cost."""
    text: str
    share: float


class ToolStarted(Event, frozen=True):
    """A client tool runs here."""

    name: str
    call_id: str


class ToolAsked(Event, frozen=True):
    """A tool, here or at the agent's own server, waits for the user's word until `deadline_ns`."""

    name: str
    call_id: str
    deadline_ns: int


class ToolDecided(Event, frozen=True):
    """Approved or refused: by user, rule, timeout or hang-up."""

    call_id: str
    approved: bool
    by: str


class ToolFinished(Event, frozen=True):
    """A client tool ended here. `outcome` is ok, failed, timeout, cancelled, or, of a call that
    did not run: invalid (its arguments), unknown (`[tools]` has no such name), busy."""

    name: str
    call_id: str
    outcome: str
    elapsed_ms: float
    """How long it ran."""
    waited_ms: float = 0.0
    """How long it waited for the user's word before that."""


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


class AgentProcessStarted(Event, frozen=True):
    """The embedded local agent runs and listens."""

    pid: int


class AgentProcessEnded(Event, frozen=True):
    """The embedded local agent is gone. `exit_code` is negative for a signal."""

    exit_code: int
    detail: str = ""


NO_FURTHER_TRY = "no further try: "


class Noted(Event, frozen=True):
    """Something worth a line that has no event of its own."""

    text: str
