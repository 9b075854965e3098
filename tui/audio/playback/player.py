"""Plays replies and tells, by the sample, what was heard of each.

Knows a Sink, an encoding and a clock; no protocol, no journal. Nothing here waits.

Theory of operation. Replies queue as tracks. A track's samples pass three places: *waiting* in the
track at the agent's rate, *queued* at the sink at the device's rate (each has an index), *heard*
once the device took them. `play` and `poll` move little at a time from waiting to queued, so that
a reply of minutes that comes in a second costs no call more than a few resampled blocks: FIRST_MS
while the device could soon run dry, STEP_MS after that, which at a poll every 10 ms is still twice
as fast as it is spoken.

The start buffer holds a track back while the sink is dry: until `start_buffer_ms` wait, or the
track has ended, or nothing more came for that long. While the sink still plays, samples follow at
once. A track that ran dry and goes on is a Gap. While held nothing is queued; silence that was
asked for is no Gap.

A track is finished when its last sample has left the converter and it is known that no more comes:
`end` was called, another reply follows, or it was silent for IDLE_MS. A piece that comes later
still begins a new track of the same reply, with a Started of its own.

When the device changes, `leave` gives the tracks back to before their first unheard sample and the
next player takes them over: such a reply has one start, one end, and a Gap.
"""

import time
from collections import deque
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from tui.audio.encoding import Pieces
from tui.audio.level import Loudness
from tui.audio.playback.heard import PlaybackAccount
from tui.audio.playback.start_buffer import StartBuffer
from tui.audio.playback.track import Cut, Finished, Progress, Track
from tui.audio.ports import Reply, Sink
from tui.audio.resample import Resampler

FIRST_MS = 60
STEP_MS = 20
"""Sound that one call converts; 20 ms are 100-200 us of work."""

AHEAD_MS = 200
"""With this much at the sink there is no hurry."""

LEVEL_MS = 20
"""How finely the level is kept."""


RESAMPLER_SLACK = 512
"""Samples that a step may give more than its length says: what was held back before."""


class Player:
    """One sink, replies one after another. Poll it every 10 ms or so."""

    def __init__(
        self,
        sink: Sink,
        rate_in: int,
        encoding: str = "pcm",
        buffer: StartBuffer | None = None,
        *,
        quality: str = "fast",
        clock: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        """`rate_in`: Hz of what will be played. Encodings: pcm, ulaw, alaw, else ValueError."""
        self._sink = sink
        self._rate_in = rate_in
        self._pieces = Pieces(encoding)
        self._resampler = Resampler(rate_in, sink.rate, quality)
        self._buffer = buffer or StartBuffer()
        self._hearing = PlaybackAccount(sink, rate_in, self._buffer, clock)
        self._held = False
        self._clock = clock
        self._tracks: deque[Track] = deque()
        self._loudness = Loudness(sink.rate * LEVEL_MS // 1000)
        self._silent_ns = 0

    def play(self, reply: Reply, data: bytes) -> None:
        """Queues a piece of `reply`, cut anywhere; a new name begins a new reply."""
        track = self._track(reply)
        self._take(track, self._pieces.decode(data))

    def add(self, reply: Reply, pcm: npt.NDArray[np.int16]) -> None:
        """The same with a piece that is decoded already: mono, shape (n,), at `rate_in`."""
        self._take(self._track(reply), pcm)

    def end(self, reply: Reply) -> None:
        """No more of `reply` will come; unknown replies are ignored."""
        for track in self._tracks:
            track.ended = track.ended or track.reply == reply
        self._move()

    def flush(self) -> list[Cut]:
        """A fade in the next block, then silence; one Cut for each reply that loses something.

        A reply that had nothing left to lose finishes as usual.
        """
        dropped = self._sink.flush()
        stop = self._sink.written - dropped
        self._resampler.reset()
        self._loudness.clear()
        cuts: list[Cut] = []
        for track in list(self._tracks):
            heard = track.played(stop)
            track.ended = track.settled = True
            if track.waiting or track.first is None or track.end > stop:
                cuts.append(self._hearing.cut(track, heard))
                self._silent_ns = max(self._silent_ns, cuts[-1].at_ns)
                self._tracks.remove(track)
        return cuts

    def hold(self, held: bool) -> None:
        """Pause what is sounding at the sample, or go on."""
        if held != self._held:
            self._held = held
            self._sink.hold(held)
            for track in self._tracks:
                track.excused = self._sink.consumed >= track.end
            self._move()

    def leave(self) -> list[Track]:
        """Every reply that is not over, for another player to go on with; this one is done."""
        stop = self._sink.written - self._sink.flush()
        now_ns = self._clock()
        for track in self._tracks:
            silent_ns = track.broken_ns
            if track.played(stop):
                silent_ns = min(now_ns, self._hearing.end_ns(stop) or now_ns)
            track.rewind(self._hearing.heard(track, stop), silent_ns)
        left, self._tracks = list(self._tracks), deque()
        return left

    def take_over(self, tracks: list[Track]) -> None:
        """Go on with what another player, of the same `rate_in`, left."""
        self._tracks.extend(tracks)
        self._move()

    def poll(self) -> list[Progress]:
        """Moves samples on; what became known since the last call, in the order of time."""
        self._move()
        progress: list[Progress] = []
        for track in list(self._tracks):
            progress += self._hearing.news(track)
            track.forget(self._hearing.heard(track, self._sink.consumed))
            if self._hearing.is_over(track):
                if track.first is not None:
                    heard_ms = self._hearing.heard_ms(track, track.end - track.first)
                    at_ns = self._hearing.end_ns(track.end) or self._clock()
                    progress.append(Finished(track.reply, at_ns, heard_ms))
                    if not track.shaken:
                        self._buffer.calm(heard_ms)
                self._tracks.remove(track)
        return progress

    @property
    def playing(self) -> bool:
        """Something is sounding, or will without anything more being said."""
        if self._sink.consumed < self._sink.written:
            return True
        return self._clock() < max(self._silent_ns, self._hearing.end_ns(self._sink.written))

    @property
    def level(self) -> float:
        """dBFS of what the device takes at this moment."""
        return self._loudness.at(self._sink.consumed)

    @property
    def _at_sink_ms(self) -> float:
        return (self._sink.written - self._sink.consumed) * 1000 / self._sink.rate

    # ── waiting → queued ─────────────────────────────────────────────────────────────────────────

    def _track(self, reply: Reply) -> Track:
        if not self._tracks or self._tracks[-1].reply != reply or self._tracks[-1].ended:
            self._begin(reply)
        return self._tracks[-1]

    def _take(self, track: Track, pcm: npt.NDArray[np.int16]) -> None:
        if len(pcm):
            track.add(pcm, self._clock())
        self._move()

    def _begin(self, reply: Reply) -> None:
        for track in self._tracks:
            track.ended = True
        self._pieces.clear()
        self._tracks.append(Track(reply))

    def _move(self) -> None:
        """Gives the sink a little of what waits, as far as it has room."""
        if self._held:
            return
        budget = self._rate_in * (STEP_MS if self._at_sink_ms >= AHEAD_MS else FIRST_MS) // 1000
        for track in self._tracks:
            while budget > 0 and track.waiting and self._has_room(budget) and self._flows(track):
                pcm = track.take(budget)
                budget -= len(pcm)
                self._queue(track, self._resampler.process(pcm))
            if track.waiting:
                return
            if not track.settled and self._is_tail_due(track):
                track.settled = True
                self._queue(track, self._resampler.drain())
            if not track.settled:
                return

    def _has_room(self, samples: int) -> bool:
        needed = samples * self._sink.rate // self._rate_in + RESAMPLER_SLACK
        return self._sink.room >= needed

    def _flows(self, track: Track) -> bool:
        """Whether the start buffer lets samples through."""
        return (
            self._sink.consumed < self._sink.written
            or track.waiting >= self._rate_in * self._buffer.ms // 1000
            or track.ended
            or self._clock() - track.came_ns >= self._buffer.ms * 1_000_000
        )

    def _is_tail_due(self, track: Track) -> bool:
        """The resampler keeps about 1 ms back. It is let go where the sound breaks off anyway: an
        extra seam inside a reply that is still coming might be heard."""
        if track.ended:
            return True
        idle = self._clock() - track.came_ns >= self._buffer.ms * 1_000_000
        return idle and self._at_sink_ms < 2 * self._sink.block_ms

    def _queue(self, track: Track, pcm: npt.NDArray[np.int16]) -> None:
        if len(pcm) == 0:
            return
        ran_dry = track.first is not None and self._sink.consumed >= track.end
        silent_ns = track.broken_ns if track.first is None else 0
        if ran_dry and not track.excused:
            silent_ns = self._hearing.end_ns(track.end)
        track.excused = False
        index = self._sink.write(pcm)
        if silent_ns:
            track.gap = (silent_ns, index)
        track.queued(index, pcm, self._clock())
        self._loudness.add(index, pcm)
