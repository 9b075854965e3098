"""How long the audio of a record is, in the format that its conversation agreed on.

Knows events and the headers of MP3 frames; no journal. What cannot be told is None, never guessed.
"""

from collections.abc import Callable, Sequence

from tui.audio.mp3_frames import Mp3Lengths
from tui.events import AudioFormat, AudioReceived, ConversationStarted, Encoding, Event, ReplyId
from tui.journal.record import Direction


class SoundLengths:
    """Asked of each record in order: formats are agreed on, and MP3 is a stream."""

    def __init__(self) -> None:
        self._formats: dict[Direction, AudioFormat] = {}
        self._mp3: Mp3Lengths | None = None
        self._reply: ReplyId | None = None

    def learn(self, found: Sequence[Event]) -> None:
        for event in found:
            if isinstance(event, ConversationStarted):
                self._formats[Direction.SENT] = event.input_format
                self._formats[Direction.RECEIVED] = event.output_format
                self._mp3 = None

    def of(
        self,
        direction: Direction,
        found: Sequence[Event],
        size: int,
        audio: Callable[[], bytes | None],
    ) -> float | None:
        """Milliseconds of `size` bytes; `audio` gets them, where they were kept."""
        form = self._formats.get(direction)
        if form is None:
            return None
        for event in found:
            if isinstance(event, AudioReceived):
                encoding = event.encoding or form.encoding
                if encoding is Encoding.MP3:
                    return self._of_mp3(event.reply_id, audio())
                form = AudioFormat(encoding, form.rate)
        return form.milliseconds(size) if form.encoding is not Encoding.MP3 else None

    def _of_mp3(self, reply: ReplyId, audio: bytes | None) -> float | None:
        """A reply's stream begins anew; one of which a piece is missing has no length any more."""
        if self._mp3 is None or reply != self._reply:
            self._mp3, self._reply = Mp3Lengths(), reply
        if audio is None:
            return None
        ms = self._mp3.feed(audio)
        return None if self._mp3.lost else ms
