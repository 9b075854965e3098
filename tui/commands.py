"""The provider-neutral vocabulary of what is asked, in the imperative.

Knows no provider, socket, device or screen. The first group becomes frames in a codec; the
second is for the session itself. All can travel as JSON between the processes.
"""

import msgspec


class Command(msgspec.Struct, frozen=True, kw_only=True, tag_field="do"):
    """Something asked of the session."""


class SendAudio(Command, frozen=True):
    """Send captured audio, already in the negotiated input format."""

    audio: bytes


class SendText(Command, frozen=True):
    """A typed user turn; interrupts the agent."""

    text: str


class SendContext(Command, frozen=True):
    """Tell the agent something without asking for a reply."""

    text: str


class SendActivity(Command, frozen=True):
    """The user is typing: the agent should not take the turn."""


class AnswerPing(Command, frozen=True):
    event_id: int


class AnswerTool(Command, frozen=True):
    """The result of a client tool call: always a string, errors included."""

    call_id: str
    result: str
    is_error: bool = False


class Connect(Command, frozen=True):
    """Start a conversation (again)."""


class HangUp(Command, frozen=True):
    """End the conversation in order: a close frame with code 1000."""


class SetMuted(Command, frozen=True):
    muted: bool


class Interrupt(Command, frozen=True):
    """Stop and clear what the agent is saying, here and now."""


class Quit(Command, frozen=True):
    """Hang up if needed and end the session process."""


ToCodec = SendAudio | SendText | SendContext | SendActivity | AnswerPing | AnswerTool
"""Commands that a codec turns into frames."""

FromScreen = (
    SendText
    | SendContext
    | SendActivity
    | AnswerTool
    | Connect
    | HangUp
    | SetMuted
    | Interrupt
    | Quit
)
"""Commands that cross from the screen to the session process."""
