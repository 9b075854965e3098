"""One line of the transcript, as data.

Knows no entry and no screen. Texts are as they came.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from tui.analysis.turn import Source


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
    event_id: int | None = None
    final: bool = True
    """False while it is a guess, or a reply or tool call under way."""
    source: Source = Source.NOBODY
    """How the user said it; NOBODY for lines that are not the user's."""

    # Of a reply; the figures are the turn's, see `Turn`.
    corrected: str | None = None
    """What of `text` the user can have heard, where the agent said so."""
    interrupted: bool = False
    unheard_ms: float | None = None
    first_byte_ms: float | None = None
    ear_ms: float | None = None
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
    """How long the call waited for the user's word; not for a tool."""
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
