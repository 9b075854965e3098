"""What the user can have heard of a reply, judged by what was sent and when.

Knows text, lengths and the clock readings that it is given; no socket, no audio. The client plays
at the speed of time, beginning with the first frame, and waits whenever it has nothing to play.
Times are seconds of one monotonic clock, lengths are milliseconds.
"""

import msgspec


class Segment(msgspec.Struct, frozen=True):
    """A sentence and where its audio ends within the reply."""

    text: str
    end_ms: float


class HeardEstimate:
    def __init__(self) -> None:
        self._segments: list[Segment] = []
        self._rendered_ms = 0.0
        self._sent_ms = 0.0
        self._plays_until = 0.0

    def rendered(self, text: str, ms: float) -> None:
        """The next sentence of the reply has become `ms` of audio."""
        self._rendered_ms += ms
        self._segments.append(Segment(text, self._rendered_ms))

    def sent(self, ms: float, now: float) -> None:
        """The next `ms` of audio went out."""
        self._sent_ms += ms
        self._plays_until = max(self._plays_until, now) + ms / 1000

    def ahead_ms(self, now: float) -> float:
        """How much of what was sent is still to be played."""
        return max(0.0, self._plays_until - now) * 1000

    def heard_ms(self, now: float) -> float:
        return self._sent_ms - self.ahead_ms(now)

    def heard_text(self, now: float) -> str:
        """The words heard so far: whole sentences, and of the current one its share of words."""
        heard, start, words = self.heard_ms(now), 0.0, list[str]()
        for segment in self._segments:
            if heard < segment.end_ms:
                share = max(0.0, heard - start) / (segment.end_ms - start)
                words += _first_words(segment.text, share)
                break
            words.append(segment.text)
            start = segment.end_ms
        return " ".join(words)


def _first_words(text: str, share: float) -> list[str]:
    """The words that end within the first `share` (0..1) of the characters."""
    words, end = list[str](), 0
    for word in text.split():
        end += len(word)
        if end > share * len(text):
            break
        words.append(word)
        end += 1
    return words
