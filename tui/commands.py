"""The provider-neutral vocabulary of what is asked, in the imperative.

Knows no provider, socket, device or screen. The first group becomes frames in a codec; the
second is for the session itself. All can travel as JSON between the processes.
"""

import msgspec

from tui.events import ReplyId
from tui.setup import Setup


class Command(msgspec.Struct, frozen=True, kw_only=True, tag_field="do"):
    """Something asked of the session."""


class SendAudio(Command, frozen=True):
    """Send captured audio, already in the negotiated input format."""

    audio: bytes


class SendText(Command, frozen=True):
    """A typed user turn; interrupts the agent."""

    text: str


class SendFiles(Command, frozen=True):
    """A user turn with files that were uploaded before (one text, 1 to 5 file ids)."""

    file_ids: tuple[str, ...]
    text: str = ""


class SendImage(Command, frozen=True):
    """A user turn with an image that travels in it (`mime` is its media type)."""

    data: bytes
    mime: str
    text: str = ""


class SendContext(Command, frozen=True):
    """Tell the agent something without asking for a reply; a newer one with the same id replaces
    an older one."""

    text: str
    context_id: str = ""


class SendFeedback(Command, frozen=True):
    """What the user thinks of reply `reply_id`: like, dislike, or None to take it back."""

    reply_id: ReplyId
    score: str | None = None


class AnswerMcp(Command, frozen=True):
    """Whether the agent may run a tool of an MCP server."""

    call_id: str
    approved: bool


class SendActivity(Command, frozen=True):
    """The user is typing: the agent should not take the turn."""


class AnswerPing(Command, frozen=True):
    ping_id: int | str


class AnswerTool(Command, frozen=True):
    """The result of a client tool call: always a string, errors included."""

    call_id: str
    result: str
    is_error: bool = False


class BeginTurn(Command, frozen=True):
    """The user opened the microphone. A codec has a frame for it where the user, and not the
    agent, decides when a turn begins."""


class EndTurn(Command, frozen=True):
    """The user closed the microphone. A codec may have frames for it."""


class StopReply(Command, frozen=True):
    """The user wants no more of that reply (the stop key); it is silent here already. A codec may
    have a frame for it."""

    reply_id: ReplyId


class ReportHeard(Command, frozen=True):
    """Playback of that reply was cut with something unheard: so much of all its sound came out of
    the converter, in milliseconds and in samples of the agreed output format. A codec may have a
    frame for it."""

    reply_id: ReplyId
    heard_ms: float
    samples: int


class Connect(Command, frozen=True):
    """Start a conversation (again); `setup` None keeps the one before."""

    setup: Setup | None = None


class SendRaw(Command, frozen=True):
    """Send a frame that was written by hand, byte for byte; the call goes on around it."""

    text: str


class SendFile(Command, frozen=True):
    """Upload the file at `path` and send it as a user turn with `text`."""

    path: str
    text: str = ""


class DecideTool(Command, frozen=True):
    """The user's word on a tool that waits for it, here or at the agent's own server; `always`
    holds for the rest of this call."""

    call_id: str
    approved: bool
    always: bool = False


class HangUp(Command, frozen=True):
    """End the conversation in order: a close frame with code 1000."""


class SetMuted(Command, frozen=True):
    muted: bool


class SetHeld(Command, frozen=True):
    """Silence both ways; the reply that is being played goes on later from where it is."""

    held: bool


class SetPushToTalk(Command, frozen=True):
    """Open the microphone only between two presses of the talk key, or all the time."""

    on: bool


class WatchDevices(Command, frozen=True):
    """List the devices in the notices, with the level of each microphone, or stop."""

    on: bool


class ChooseDevice(Command, frozen=True):
    """Hear or speak through another device from now on; "" is the system's default."""

    side: str
    """input or output."""
    device: str


class Interrupt(Command, frozen=True):
    """Stop and clear what the agent is saying, here and now."""


class Quit(Command, frozen=True):
    """Hang up if needed and end the session process."""


ToCodec = (
    SendAudio
    | SendText
    | SendFiles
    | SendImage
    | SendContext
    | SendActivity
    | SendFeedback
    | AnswerPing
    | AnswerTool
    | AnswerMcp
    | BeginTurn
    | EndTurn
    | StopReply
    | ReportHeard
)
"""Commands that a codec turns into frames."""

FromScreen = (
    SendText
    | SendContext
    | SendActivity
    | SendFeedback
    | SendRaw
    | SendFile
    | AnswerTool
    | AnswerMcp
    | DecideTool
    | Connect
    | HangUp
    | SetMuted
    | SetHeld
    | SetPushToTalk
    | WatchDevices
    | ChooseDevice
    | Interrupt
    | Quit
)
"""Commands that cross from the screen to the session process."""
