"""What a provider is: the only thing that the rest of the program knows of one.

Knows the vocabulary only: no clock, no socket, no provider by name. Everything here is data or a
pure function; the session's HTTP client and its link do what a provider describes.

Theory of operation: a codec turns text into `Step(events, frames)`. `open` says what to send as
soon as the socket is open; `receive` reads one frame of the agent; `send` writes one command.
A step's frames are to be sent at once, in order. `sent` reads back a frame that we sent, so that
a journal can be replayed through the same codec. No input raises: what cannot be understood
becomes a `ProtocolErred` event. Nor does a command: one that the wire has no frame for (an empty
text, too many files) gives a `ProtocolErred` that says why, and no frame. Such an event comes from
no frame: whoever sends is to record it. `Guarded` keeps this promise where a codec itself does not.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Generic, Literal, NamedTuple, Protocol, TypeVar

import msgspec

from tui.catalogue import AgentCard, AgentChoice, Table, VoiceChoice
from tui.commands import ToCodec
from tui.events import CallReported, Event, Priced, ProtocolErred
from tui.setup import Setup, SetupField

PROTOCOL_ERROR = "protocol_error"
"""The kind of a received frame that could not be understood."""


class Frame(msgspec.Struct, frozen=True):
    """A frame to send. `kind` is the type name; `audio` the payload it carries, raw."""

    kind: str
    text: str
    audio: bytes | None = None


class Step(msgspec.Struct, frozen=True):
    """What one input meant: `kind` names the frame read ("" for open and send)."""

    events: tuple[Event, ...] = ()
    frames: tuple[Frame, ...] = ()
    kind: str = ""


class SentKind(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of frame that an agent can send, and what to change where it does not."""

    name: str
    tells: str
    setting: str


class Capabilities(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider can do; the screen offers what is true here and never asks for a name."""

    vad_score: bool = False
    """It scores the user's voice while it hears: the VAD line draws it."""
    context: bool = False
    """It can be told something that is not said, such as what was said before a lost connection."""
    feedback: bool = False
    """A reply can be liked."""
    files: bool = False
    """A user turn can hold files."""
    sent_kinds: tuple[SentKind, ...] = ()
    """What the agent can send, for a reader who misses some of it."""


class DeclaredTool(msgspec.Struct, frozen=True, kw_only=True):
    """A client tool as an agent is told of it."""

    name: str
    description: str = ""
    parameters: dict[str, Any] = {}
    """JSON Schema (2020-12) of its arguments."""


class Codec(Protocol):
    """A conversation's state on the wire; one instance a conversation, sans I/O."""

    def open(self) -> Step:
        """What to send first. A `ConversationStarted` in it is what to go on with where an agent
        does not say that it has."""
        ...

    def receive(self, text: str | bytes) -> Step:
        """Read one frame of the agent (a binary frame as bytes)."""
        ...

    def send(self, command: ToCodec) -> Step:
        """Write one command."""
        ...

    def sent(self, text: str) -> Step:
        """Read back a frame that we sent: events only, no frames."""
        ...


class Guarded:
    """A codec of which no frame and no command gets an exception out: neither a call nor the
    reading of its journal ends by one."""

    def __init__(self, codec: Codec) -> None:
        self._codec = codec

    def open(self) -> Step:
        return self._codec.open()

    def receive(self, text: str | bytes) -> Step:
        try:
            return self._codec.receive(text)
        except Exception as error:
            return _failed(error)

    def send(self, command: ToCodec) -> Step:
        try:
            return self._codec.send(command)
        except Exception as error:
            return _failed(error)

    def sent(self, text: str) -> Step:
        try:
            return self._codec.sent(text)
        except Exception as error:
            return _failed(error)


def _failed(error: Exception) -> Step:
    return Step(events=(ProtocolErred(reason=in_words(error)),), kind=PROTOCOL_ERROR)


def in_words(error: Exception) -> str:
    """An exception that nobody expected, for the record."""
    said = str(error)
    return f"{type(error).__name__}: {said[:200]}" if said else type(error).__name__


class Summarize(Protocol):
    def __call__(self, kind: str, text: str) -> str:
        """One line, uncleaned, that tells a reader of the log what a frame says."""
        ...


class OpenCodec(Protocol):
    def __call__(self) -> Codec: ...


# ── Reaching a provider ──────────────────────────────────────────────────────────────────────────


class Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A provider's table in the configuration; each provider adds keys of its own."""

    callee: ClassVar[str] = "agent_id"
    """The field of `Setup` that names another than `whom`."""

    api_key_env: str = ""
    """The environment variable that holds the key."""
    base_url: str = ""

    @property
    def api(self) -> str:
        """Where its API is: `base_url`, or its usual address."""
        return self.base_url

    @property
    def whom(self) -> str:
        """Who is called: an agent's id, a model."""
        return ""

    def complete(self, setup: Setup) -> Setup:
        """`setup` with what this table says of it."""
        return setup


class Option(msgspec.Struct, frozen=True, kw_only=True):
    """A flag of the command line that sets a key of the section."""

    flag: str
    key: str
    help: str
    metavar: str | None = None


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """Where and as whom a call is made."""

    base_url: str
    key: str = ""
    key_name: str = ""
    """The variable that the key came from: messages name it, never the key."""
    whom: str = ""
    setup: Setup = Setup()
    section: Section = Section()
    """The provider's table."""


class PriceQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Of a conversation whose prices are looked up. Prices that a provider publishes are those of
    its own hosts; those of the user's files hold wherever `access` leads."""

    access: Access
    card: AgentCard | None = None
    folder: Path | None = None
    """Where the user's files are."""
    named: str = ""
    """The model that the agent has named: asked is what that one costs."""


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    data: bytes
    mime: str


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """An HTTP request; its executor adds the host, the proxy and the rules of TLS."""

    path: str
    method: Literal["GET", "POST"] = "GET"
    query: Mapping[str, str] = {}
    headers: Mapping[str, str] = {}
    json: Any = None
    file: Upload | None = None
    """Sent as the form field `file`."""


T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question(Generic[T]):
    """A request, and how its answer (decoded JSON) is read. `read` raises ValueError for what is no
    such answer; `following` is the request for the next page, None after the last."""

    request: Request
    read: Callable[[Any], T]
    following: Callable[[Any], Request | None] = lambda _: None
    refused: Callable[[int, str], tuple[str, str] | None] = lambda _, __: None
    """(HTTP status, what the server says of it) to (reason, advice) in words of this question."""


class Dial(msgspec.Struct, frozen=True, kw_only=True):
    """How the WebSocket is opened. Headers are never shown nor written."""

    url: str
    headers: Mapping[str, str] = {}
    subprotocols: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    """Parts of it that grant something: hidden everywhere from now on."""
    refused: Mapping[int, str] = {}
    """What helps where the handshake is refused with that HTTP status; else the usual words."""
    is_plain: bool = False
    """The user wrote an address without encryption, and nothing that grants anything goes there."""


class Ready(msgspec.Struct, frozen=True, kw_only=True):
    """What the embedded agent says when it is ready."""

    url: str
    """Where its API is."""
    token: str = ""
    """What it takes for a key."""
    signed_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    dial: Callable[[Access], Dial]
    """How to connect without asking for anything first. Raises LinkError."""
    credential: Callable[[Access], Question[Dial] | None] = lambda _: None
    """What to ask first where a short-lived credential is had by the key. Raises LinkError."""
    embedded: Callable[[Access, Ready], Dial | None] = lambda _, __: None
    """A short way to the embedded agent; None: as to any other, with its token for a key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """What an account can be asked; None where the provider has no such list."""

    agents: Callable[[Access, str], Question[list[AgentChoice]]] | None = None
    voices: Callable[[Access, str], Question[list[VoiceChoice]]] | None = None
    card: Callable[[Access], Question[AgentCard]] | None = None
    """Of `whom`."""
    price: Callable[[PriceQuery], Question[Sequence[Priced]] | None] | None = None
    """What a minute of `whom` costs by the account's own reckoning; it stands in for the tables."""
    upload: Callable[[Access, str, Upload], Question[str]] | None = None
    """A file for the conversation of that id; the answer is the file's id."""
    review: Callable[[Access, str], Question[CallReported]] | None = None
    """What is on record there of the conversation of that id, which is over."""


# ── What else there is to know ───────────────────────────────────────────────────────────────────


class CloseMeaning(msgspec.Struct, frozen=True, kw_only=True):
    """How the provider reads a close: `advice` for the user, "" for the usual words of the code;
    `final`: another try would not help, whatever the code says."""

    advice: str = ""
    final: bool = False


class SecretShapes(msgspec.Struct, frozen=True, kw_only=True):
    """Where credentials stand on a wire, in small letters."""

    headers: tuple[str, ...] = ()
    """Whose whole value is one."""
    parameters: tuple[str, ...] = ()
    """Of a URL's query."""
    members: tuple[str, ...] = ()
    """Prefixes of names in JSON."""
    values: tuple[str, ...] = ()
    """Prefixes of values, such as `sk-`."""


class Recorded(NamedTuple):
    """A frame of a call: who sent it, its type, its exact text, and when (monotonic ns)."""

    received: bool
    kind: str
    text: str
    time_ns: int


NO_CAPABILITIES, NO_SECRETS, NO_CATALOGUE = Capabilities(), SecretShapes(), Catalogue()


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    name: str
    codec: Callable[[Setup, Sequence[DeclaredTool]], Codec]
    summarize: Summarize
    endpoint: Endpoint
    section: type[Section] = Section
    options: tuple[Option, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    """Keys of the section by the variable that sets them."""
    ready: Callable[[Section, Mapping[str, str]], bool] = lambda _, __: False
    """By configuration and environment it can be called without being asked for by name."""
    capabilities: Capabilities = NO_CAPABILITIES
    fields: tuple[SetupField, ...] = ()
    tables: Callable[[Path | None], Mapping[str, Table]] = lambda _: {}
    """Published tables by the name that a field's `choices` gives, with what the user's files in
    that folder add."""
    prices: Callable[[PriceQuery], Sequence[Priced]] = lambda _: ()
    """What a conversation costs by the published tables; of what is in none, that it is not known.
    `analysis/cost.py` makes money of it and of the `UsageReported` of the codec."""
    catalogue: Catalogue = NO_CATALOGUE
    preflight: Callable[[AgentCard | None, Setup], Sequence[str]] = lambda _, __: ()
    """What this agent (None: not known) would refuse of that set-up, a sentence each."""
    notes: Callable[[Setup], Sequence[str]] = lambda _: ()
    """What of a set-up has no effect beside the rest, a sentence each; it stops nothing."""
    closes: Callable[[int, str], CloseMeaning] = lambda _, __: CloseMeaning()
    """By code, and by reason with the error that came last before it."""
    secrets: SecretShapes = NO_SECRETS
    check: Callable[[str], str] = lambda _: ""
    """What is wrong with a client frame written by hand, "" when nothing is."""
    templates: Callable[[], Sequence[tuple[str, str]]] = lambda: ()
    """(name, example text) of every message that a client can send."""
    scenario: Callable[[str, Sequence[Recorded]], str] | None = None
    """Turns recorded frames into a scenario of the local agent; it raises ValueError."""
