"""When each character of a reply is spoken.

The voices tell no timings, so they are estimates: a sentence's characters share the length of its
audio evenly. Pauses within a sentence make that wrong by some tenths of a second; sentence
boundaries are exact. Knows text and lengths; times are whole milliseconds, because some clients
drop an alignment with fractions.
"""

import msgspec


class Aligned(msgspec.Struct, frozen=True):
    chars: tuple[str, ...]
    starts_ms: tuple[int, ...]
    """From the end of the stretch before: stretches lie end to end, as the hosted service's do, and
    need not begin with the audio frame that they come with."""
    durations_ms: tuple[int, ...]


class Timeline:
    """One reply: sentences come in as they are rendered, characters go out chunk by chunk."""

    def __init__(self) -> None:
        self._chars: list[tuple[str, int, int]] = []
        self._rendered_ms = 0.0
        self._taken_ms = 0.0
        self._told_ms = 0
        """Where the last stretch ended."""

    def rendered(self, sentence: str, gap_ms: float, ms: float) -> None:
        """The next sentence lasts `ms`, of which the first `gap_ms` are silence."""
        begin = self._rendered_ms
        self._rendered_ms += ms
        gap_ms = min(gap_ms, ms)
        if gap_ms:
            self._chars.append((" ", round(begin), round(begin + gap_ms) - round(begin)))
        each = (ms - gap_ms) / max(1, len(sentence))
        for n, char in enumerate(sentence):
            start = round(begin + gap_ms + n * each)
            self._chars.append((char, start, round(begin + gap_ms + (n + 1) * each) - start))

    def take(self, ms: float, last: bool) -> Aligned | None:
        """The characters that begin within the next `ms`, or all that are left; None for none."""
        self._taken_ms += ms
        count = sum(last or start < self._taken_ms for _, start, _ in self._chars)
        taken, self._chars = self._chars[:count], self._chars[count:]
        if not taken:
            return None
        starts = tuple(max(0, start - self._told_ms) for _, start, _ in taken)
        self._told_ms = max(start + length for _, start, length in taken)
        return Aligned(tuple(c for c, _, _ in taken), starts, tuple(d for _, _, d in taken))
