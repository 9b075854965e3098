"""The agent's line before its words have come: it types, or it may be about to say something.

Knows events and one line; not its place in the transcript. What was tentative was not said: it
goes when the words come, when the agent stops typing, and when it is interrupted.
"""

from tui.analysis.transcript.line import Line
from tui.analysis.turns.turn import NS_PER_MS
from tui.events import AgentGuessed, AgentTyped

TYPING = "typing …"
PERHAPS = "perhaps"
"""The state of a line that is a guess."""


class TentativeLines:
    """`line` is what is shown of it, None for nothing."""

    def __init__(self) -> None:
        self.line: Line | None = None
        self._guess = ""
        self._typing = False
        self._until_ns: int | None = None

    def hear(self, event: AgentTyped | AgentGuessed, time_ns: int) -> str:
        """The text of the line now; "" when there is to be none."""
        match event:
            case AgentGuessed(text=text):
                self._guess = text
            case AgentTyped(typing=typing, duration_ms=ms):
                self._typing = typing
                self._until_ns = None if ms is None else time_ns + ms * NS_PER_MS
        return self.text

    @property
    def text(self) -> str:
        return self._guess or (TYPING if self._typing else "")

    def show(self, line: Line) -> None:
        line.text, line.final = self.text, False
        line.state = PERHAPS if self._guess else ""
        self.line = line

    def is_over(self, time_ns: int) -> bool:
        """It said how long it would be typing, and has not said more."""
        over = self._until_ns is not None and time_ns >= self._until_ns
        return over and self.line is not None and not self._guess

    def take(self) -> Line | None:
        """The line, which is now somebody else's."""
        line, self.line = self.line, None
        self._guess, self._typing, self._until_ns = "", False, None
        if line is not None:
            line.state = ""
        return line
