"""Read back from our own frames."""

from tui.events.base import Event, ReplyId


class InitiationSent(Event, frozen=True):
    """The first frame: who we are and what we ask the agent to do differently."""


class AudioSent(Event, frozen=True):
    audio: bytes


class TextSent(Event, frozen=True):
    """A typed user turn; `id` is by which its reply may name it."""

    text: str
    id: str = ""


class FilesSent(Event, frozen=True):
    """A user turn with files."""

    file_ids: tuple[str, ...]
    text: str


LOST = "The connection was lost and this is a new conversation. What was said before:\n"
RENEWED = "This goes on from a session whose time was nearly up. What was said before:\n"


class ContextSent(Event, frozen=True):
    text: str
    context_id: str = ""

    @property
    def hands_over(self) -> bool:
        """It tells a new conversation what was said in the one before."""
        return self.text.startswith((LOST, RENEWED))


class FeedbackSent(Event, frozen=True):
    reply_id: ReplyId
    score: str | None


class McpAnswered(Event, frozen=True):
    call_id: str
    approved: bool


class ActivitySent(Event, frozen=True):
    """The user is doing something: the agent should wait."""


class PongSent(Event, frozen=True):
    ping_id: int | str


class ToolAnswered(Event, frozen=True):
    call_id: str
    result: str
    is_error: bool
    id: str = ""
    """By which a reply names it; "" where there is none."""


class OtherSent(Event, frozen=True):
    type: str
