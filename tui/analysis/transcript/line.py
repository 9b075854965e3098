"""One line of the transcript, as data.

Knows no entry and no screen. Texts are as they came.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from tui.analysis.turns.turn import TurnSource
from tui.events import AgentCorrected, AgentResponded, AgentResponseStreamed, ReplyId, UserTurnId


@dataclass(slots=True)
class _Message:
    id: str
    text: str = ""
    whole: bool = False
    """Its whole text has come: pieces add nothing."""
    corrected: str | None = None


class ReplyText:
    """Puts the text of one reply together from streamed pieces and whole messages."""

    def __init__(self) -> None:
        self._messages: list[_Message] = []
        self.estimated = False
        """`corrected` is an estimate."""
        self.complete = False
        """The agent said that no more text comes."""

    @property
    def text(self) -> str:
        return _joined([message.text for message in self._messages])

    @property
    def corrected(self) -> str | None:
        """What of it the user can have heard; None where the agent did not say."""
        if all(message.corrected is None for message in self._messages):
            return None
        told = (m.text if m.corrected is None else m.corrected for m in self._messages)
        return _joined(list(told))

    @property
    def final(self) -> bool:
        if self.complete:
            return True
        open_ = any(message.text and not message.whole for message in self._messages)
        return not open_ and any(message.whole for message in self._messages)

    def stream(self, event: AgentResponseStreamed) -> None:
        message = self._named(event.response_id) or self._last(event)
        if message is None or (event.part == "start" and message.whole and not event.response_id):
            message = self._begin(event.response_id)
        if not message.whole:
            message.text += event.text

    def whole(self, event: AgentResponded) -> None:
        names = "".join(f" [{one.name or one.url}]" for one in event.attachments)
        self._whole(event.text + names, event.response_id)

    def correct(self, event: AgentCorrected) -> None:
        self.estimated = self.estimated or event.estimated
        if _same(self.text, event.original) and len(self._messages) > 1:
            self._correct_all(event.corrected)
            return
        message = self._named(event.response_id) or self._meant(event)
        if message is None:
            message = self._whole(event.original, event.response_id)
        elif not message.whole:
            message.text, message.whole = event.original, True
        message.corrected = event.corrected

    def _whole(self, text: str, response_id: str) -> _Message:
        message = self._named(response_id) or self._streamed(text, response_id)
        if message is None:
            last = self._messages[-1] if self._messages else None
            again = last is not None and last.text == text and not (last.id and response_id)
            message = last if last is not None and again else self._begin(response_id)
        message.text, message.whole = text, True
        message.id = message.id or response_id
        return message

    def _named(self, response_id: str) -> _Message | None:
        found = (m for m in self._messages if response_id and m.id == response_id)
        return next(found, None)

    def _last(self, event: AgentResponseStreamed) -> _Message | None:
        """The message that a piece without a known id goes on with."""
        last = self._messages[-1] if self._messages else None
        if last is None or (event.response_id and last.id):
            return None
        return None if event.part == "start" and last.text and not last.whole else last

    def _streamed(self, text: str, response_id: str) -> _Message | None:
        """The message whose pieces came and whose whole text is `text`."""
        pending = [m for m in self._messages if not m.whole and not (m.id and response_id)]
        alike = (m for m in pending if m.text.strip() and text.startswith(m.text.strip()))
        return next(alike, pending[0] if pending else None)

    def _meant(self, event: AgentCorrected) -> _Message | None:
        """The message of a correction that does not name it, or names one never heard of."""
        unnamed = [m for m in self._messages if not (m.id and event.response_id)]
        open_ = [m for m in unnamed if m.corrected is None]
        alike = [m for m in open_ if _same(m.text, event.original)]
        again = [m for m in reversed(unnamed) if _same(m.text, event.original)]
        return next(iter(alike or again or open_), None)

    def _correct_all(self, corrected: str) -> None:
        """One correction for all messages together."""
        first, *rest = self._messages
        first.corrected = corrected
        for message in rest:
            message.corrected = ""

    def _begin(self, response_id: str) -> _Message:
        message = _Message(response_id)
        self._messages.append(message)
        return message


def _joined(texts: list[str]) -> str:
    return " ".join(text for text in texts if text)


def _same(text: str, other: str) -> bool:
    return text.split() == other.split()


class Role(StrEnum):
    YOU = "you"
    AGENT = "agent"
    TOOL = "tool"
    SYSTEM = "system"


@dataclass(slots=True, eq=False)
class Line:
    """One line. `time_ns` is the monotonic time of its first record; `turn` as in the records."""

    role: Role
    time_ns: int
    turn: int
    text: str = ""
    id: ReplyId | UserTurnId | None = None
    """Of the reply, for what the agent says and does; of the user's turn, for what is heard."""
    final: bool = True
    """False while it is a guess, or a reply or tool call under way."""
    source: TurnSource = TurnSource.NOBODY
    """How the user said it; NOBODY for lines that are not the user's."""
    records: list[int] = field(default_factory=list)
    """Numbers of the records that made it, or changed it."""

    # Of a reply; the figures are the turn's, see `Turn`.
    corrected: str | None = None
    """What of `text` the user can have heard, where the agent said so."""
    estimated: bool = False
    """`corrected` is an estimate, by how much of the sound was heard."""
    lacking: str = ""
    """Why there is less of it than there should be, in the agent's word."""
    interrupted: bool = False
    unheard_ms: float | None = None
    barge_in_ms: float | None = None
    first_byte_ms: float | None = None
    ear_ms: float | None = None
    audible_ms: float | None = None
    segments: dict[str, float] | None = None
    """Where that time went: ms by name."""
    reply_text_ms: float | None = None
    anchor: str = ""
    thought: str = ""
    """The agent's reasoning before it, where it tells."""
    feedback: str = ""
    """liked or disliked, by this user."""

    # Of a tool call; `text` is the tool's name.
    call_id: str = ""
    parameters: dict[str, Any] | None = None
    """None where the agent did not tell."""
    result: str | None = None
    is_error: bool = False
    duration_ms: float | None = None
    """From the call to its answer, as seen on the wire."""
    ran_ms: float | None = None
    """How long it ran here."""
    asked_ns: int | None = None
    """When its approval was asked for, while that is open (monotonic)."""
    waited_ms: float | None = None
    """How long a tool waited for the user's word, or how much of a reply's figures that is."""
    tool_type: str = ""
    """client, webhook, system or mcp; "" where nobody said."""
    state: str = ""
    """What is to be said beside ok and error: waiting for approval, running, refused …"""
    deadline_ns: int | None = None
    """Until when its approval is awaited (monotonic)."""

    @property
    def shown(self) -> str:
        """The text with the part left out that was never said."""
        return self.text if self.corrected is None else self.corrected
