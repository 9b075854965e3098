"""What a codec is. Knows the vocabulary only: no clock, no socket, no provider.

Theory of operation: a codec turns text into `Step(events, frames)`. `open` says what to send as
soon as the socket is open; `receive` reads one frame of the agent; `send` writes one command.
A step's frames are to be sent at once, in order. `sent` reads back a frame that we sent, so that
a journal can be replayed through the same codec. No input raises: what cannot be understood
becomes a `ProtocolErred` event. Nor does a command: one that the wire has no frame for (an empty
text, too many files) gives a `ProtocolErred` that says why, and no frame. Such an event comes from
no frame: whoever sends is to record it. `Guarded` keeps this promise where a codec itself does not.
"""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from tui.commands import ToCodec
from tui.events import Event, ProtocolErred

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

    name: str
    vad_score: bool = False
    text_interrupts: bool = False
    corrections: bool = False
    alignment: bool = False
    app_ping: bool = False
    user_activity: bool = False
    contextual_update: bool = False
    client_tools: bool = False
    session_limit_s: int | None = None
    sent_kinds: tuple[SentKind, ...] = ()
    """What the agent can send, for a reader who misses some of it."""


class Codec(Protocol):
    """A conversation's state on the wire; one instance a conversation, sans I/O."""

    @property
    def capabilities(self) -> Capabilities: ...

    def open(self) -> Step:
        """What to send first."""
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

    @property
    def capabilities(self) -> Capabilities:
        return self._codec.capabilities

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


Events = Sequence[Event]
