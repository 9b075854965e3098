"""What was heard of each reply: when it began, where it broke off, how much of it there was.

Knows a Sink's account and tracks; queues nothing.
"""

from collections.abc import Callable

from tui.audio.playback.start_buffer import StartBuffer
from tui.audio.playback.track import Audible, Cut, Gap, Progress, Started, Track
from tui.audio.ports import Sink

IDLE_MS = 500
"""A reply without a word about its end counts as finished when it was dry for this long."""

SHORTEST_GAP_MS = 1.0


class PlaybackAccount:
    """Of one sink; `buffer` learns of gaps."""

    def __init__(
        self, sink: Sink, rate_in: int, buffer: StartBuffer, clock: Callable[[], int]
    ) -> None:
        self._sink = sink
        self._rate_in = rate_in
        self._buffer = buffer
        self._clock = clock

    def news(self, track: Track) -> list[Progress]:
        """What became known of its sound since the last call."""
        news: list[Progress] = []
        if not track.started and track.first is not None:
            at_ns = self._sink.heard_at(track.first)
            if at_ns is not None:
                track.started = True
                news.append(Started(track.reply, at_ns, track.queued_ns))
        if track.audible is not None and not track.audible_told:
            at_ns = self._sink.heard_at(track.audible)
            if at_ns is not None:
                track.audible_told = True
                news.append(Audible(track.reply, at_ns))
        if track.gap is not None:
            silent_ns, index = track.gap
            again_ns = self._sink.heard_at(index)
            if again_ns is not None:
                track.gap = None
                gap_ms = (again_ns - silent_ns) / 1e6
                by_network, track.broken_ns = track.broken_ns == 0, 0
                if gap_ms >= SHORTEST_GAP_MS:
                    if by_network:
                        track.shaken = True
                        self._buffer.gap(gap_ms)
                    news.append(Gap(track.reply, silent_ns, gap_ms))
        return news

    def is_over(self, track: Track) -> bool:
        """It was heard to its end, and no more comes as far as can be told."""
        if track.waiting or not track.settled or self._sink.consumed < track.end:
            return False
        quiet_ns = 0 if track.ended else IDLE_MS * 1_000_000
        return self._clock() >= self.end_ns(track.end) + quiet_ns

    def heard(self, track: Track, consumed: int) -> int:
        """Samples at the agent's rate, when the sink has consumed all below `consumed`."""
        return track.before + track.played(consumed) * self._rate_in // self._sink.rate

    def heard_ms(self, track: Track, played: int) -> float:
        """With `played` samples of it through this sink, and all through others before."""
        return track.before * 1000 / self._rate_in + played * 1000 / self._sink.rate

    def cut(self, track: Track, heard: int) -> Cut:
        """It ends after `heard` samples of it through this sink."""
        heard_ms = self.heard_ms(track, heard)
        total_ms = track.received * 1000 / self._rate_in
        # Silence begins when the last sample that the device took has left the converter.
        at_ns = (heard and self.end_ns((track.first or 0) + heard)) or self._clock()
        return Cut(track.reply, heard_ms, max(0.0, total_ms - heard_ms), at_ns)

    def end_ns(self, end: int) -> int:
        """When the sample before index `end` has left the converter; 0 where that is forgotten."""
        if end == 0:
            return 0
        at_ns = self._sink.heard_at(end - 1)
        return 0 if at_ns is None else at_ns + 1_000_000_000 // self._sink.rate
