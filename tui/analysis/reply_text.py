"""The text of one reply while it comes in.

Knows texts only. Streamed pieces give way to the whole text, which may come before their end.
"""

from tui.events import AgentResponseStreamed


class ReplyText:
    """Puts the text of one reply together from streamed pieces and whole parts."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._stream = ""
        self._streaming = True
        self.complete = False
        """The agent said that no more text comes."""

    @property
    def text(self) -> str:
        return " ".join(part for part in (*self._parts, self._stream) if part)

    @property
    def final(self) -> bool:
        return self.complete or (bool(self._parts) and not self._stream)

    def stream(self, event: AgentResponseStreamed) -> None:
        if event.part == "start":
            self._stream, self._streaming = "", True
        if self._streaming:  # else the whole text has already come
            self._stream += event.text

    def whole(self, text: str) -> None:
        self._stream, self._streaming = "", False
        if self._parts[-1:] != [text]:
            self._parts.append(text)
