"""Read from the agent's frames: what it does besides talking."""

from typing import Any

import msgspec

from tui.events.base import Event, ReplyId, UserTurnId


class ToolCalled(Event, frozen=True):
    """The agent asks this client to run a tool."""

    name: str
    call_id: str
    parameters: dict[str, Any]
    reply_id: ReplyId | None = None
    expects_response: bool = True
    problem: str = ""
    """What keeps the arguments from being read, as they came."""


class ToolReported(Event, frozen=True):
    """The agent tells how a tool call ended (its own tools as well as the client's)."""

    name: str
    call_id: str
    tool_type: str
    is_error: bool
    reply_id: ReplyId | None = None
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
    code: int | str | None = None
    error_type: str | None = None


class AgentEnded(Event, frozen=True):
    """The agent ended the conversation itself (its end_call tool ran)."""


class ToolRequested(Event, frozen=True):
    """The agent starts a tool of its own or of the client's; `response_timeout_s` None: unknown."""

    name: str
    call_id: str
    tool_type: str
    reply_id: ReplyId | None = None
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
    reply_id: ReplyId | None = None
    """None where the agent does not tell which reply it thinks of."""


class AgentCompleted(Event, frozen=True):
    """All of the text of reply `reply_id` has been sent."""

    reply_id: ReplyId
    lacking: str = ""
    """Why there is less of it than there should be, in the agent's word; "" where there is not."""


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
    reply_id: ReplyId


class Tokens(msgspec.Struct, frozen=True):
    """Counted by what they are of."""

    text: int = 0
    audio: int = 0
    image: int = 0

    @property
    def total(self) -> int:
        return self.text + self.audio + self.image


class UsageReported(Event, frozen=True):
    """What a reply, or the transcript of a user's turn, is charged for."""

    reply_id: ReplyId | None = None
    user_turn_id: UserTurnId | None = None
    model: str = ""
    """Whose charge it is; "" where the agent does not tell."""
    input: Tokens = Tokens()
    cached: Tokens = Tokens()
    """Of `input`."""
    output: Tokens = Tokens()
    seconds: float | None = None
    """Where it is charged by time."""
    estimated: bool = False
    """The agent does not tell what the cached ones are of."""


class RateLimit(msgspec.Struct, frozen=True):
    """Of so many in a period, so many are left; it begins anew in so many seconds."""

    name: str
    limit: int
    remaining: int
    reset_s: float


class RateLimitsReported(Event, frozen=True):
    limits: tuple[RateLimit, ...]


class SessionExpires(Event, frozen=True):
    """The agent ends the conversation at `at_s` (Unix time in seconds)."""

    at_s: int


class ItemRetrieved(Event, frozen=True):
    """A part of the conversation as the agent holds it; `audio` is what it heard, or said."""

    item_id: str
    role: str
    text: str
    audio: bytes = b""


class GuardrailTriggered(Event, frozen=True):
    name: str


class TurnScored(Event, frozen=True):
    """The provider's probability, 0..1, that the user's turn is over."""

    probability: float


class AgentAnnotated(Event, frozen=True):
    """Data that the agent's maker attached to reply `reply_id`."""

    metadata: dict[str, Any]
    reply_id: ReplyId


class RichContentReceived(Event, frozen=True):
    """Something to draw beside the reply: a component's name and its properties."""

    content_id: str
    component: str
    props: dict[str, Any]
    reply_id: ReplyId


class ContextReceived(Event, frozen=True):
    """The agent's side tells of context that was added."""

    text: str


class OtherReceived(Event, frozen=True):
    """A frame that needs no action here. `known` tells a published type from a new one."""

    type: str
    known: bool


class ProtocolErred(Event, frozen=True, tag="protocol_error"):
    """A frame that could not be understood; `reason` names what was wrong with it. On record as a
    fact of its own: what failed here on the frame before it."""

    reason: str
