"""A journal in the place of a session: the same screen, at a pace of one's own.

Knows the journal and what entries mean; no Textual, no session.

Theory of operation. `_at` is a moment of the journal's own time; records up to it are shown. While
playing, `_at` runs with the clock times the speed; a silence longer than `LONGEST_SILENCE_NS` is
cut to that. Notices are what a session would have said then, folded from the records shown. Going
back starts the fold again. A journal that another process writes grows here, too: at its end it is
followed, until that process has ended.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import msgspec

from tui.analysis.entry import Entry, EntryStream
from tui.backend.base import Directory, ReplayState, ReplayVerb, SavesCalls, Sounds
from tui.backend.clips import Clips
from tui.backend.replay_levels import Peaks
from tui.backend.replay_status import LEFT_OUT, NoticeFold
from tui.commands import Command
from tui.config import ConfigError
from tui.export.call_files import CallFiles
from tui.journal.folder import in_use
from tui.journal.reader import JournalError, JournalReader
from tui.notices import Notice
from tui.provider import NO_CAPABILITIES, Capabilities, Codec, OpenCodec, Summarize
from tui.providers import UnknownProvider, open_codec, provider_of

SPEEDS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 0.0)
"""The last one is all at once."""
LONGEST_SILENCE_NS = 3_000_000_000
TICK_S = 0.1
SLICE = 150
"""Records folded before the loop gets its turn."""
REST_S = 0.001
"""What the loop gets between two slices."""


class Replay:
    """A `Backend` that plays `reader`. `speed` 0.0 shows all at once."""

    live = False
    directory: Directory | None = None

    def __init__(
        self,
        reader: JournalReader,
        open_codec: OpenCodec,
        summarize: Summarize,
        *,
        capabilities: Capabilities = NO_CAPABILITIES,
        speed: float = 1.0,
        playing: bool = True,
        clock: Callable[[], int] = time.monotonic_ns,
        take_away: SavesCalls | None = None,
        written: Callable[[], bool] = lambda: False,
    ) -> None:
        """`written`: another process writes the journal now."""
        self.reader = reader
        self.take_away = take_away
        self.sounds: Sounds | None = Clips(lambda: self.reader)
        self.open_codec = open_codec
        self.summarize = summarize
        self.capabilities = capabilities
        self.title = ""  # until a record says with whom
        self._clock = clock
        self._speed = speed
        self._playing = playing
        self._first_ns = reader.time_ns(0)
        self._at = self._first_ns
        self._skipped = 0
        self._position = 0
        self._at_end = False
        """The end was asked for, which moves while the journal is still being indexed."""
        self._written = written
        self._growing = self._grew = written()
        self._restart_fold()
        self._wake = asyncio.Event()
        self._closed = False

    # ── The backend ──────────────────────────────────────────────────────────────────────────────

    async def notices(self) -> AsyncIterator[Notice]:
        before = self._clock()
        while not self._closed:
            self._wake.clear()
            self._grow()
            now = self._clock()
            self._advance(now - before)
            before = now
            await self._fold_shown()
            yield self._notice(now)
            if self._behind():
                await asyncio.sleep(0)
                continue
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(TICK_S if self._moving() or self._growing else None):
                    await self._wake.wait()

    def _behind(self) -> bool:
        """There is more to index, or to fold, than was done in one go."""
        return self.reader.indexed < 1 or self._entries.position < self._position

    @property
    def _end_ns(self) -> int:
        """So far: a long journal is still being indexed."""
        return self.reader.time_ns(len(self.reader) - 1)

    def wished(self, notice: Notice) -> Notice:
        return notice

    def send(self, command: Command) -> None:
        """There is nobody to ask."""

    async def restart(self) -> None:
        """Nothing that could have ended."""

    async def close(self) -> None:
        self._closed = True
        self._wake.set()

    # ── Keys ─────────────────────────────────────────────────────────────────────────────────────

    @property
    def state(self) -> ReplayState:
        return ReplayState(
            position=self._position,
            total=len(self.reader),
            at_ns=self._at - self._first_ns,
            end_ns=self._end_ns - self._first_ns,
            playing=self._moving(),
            speed=self._speed,
            skipped_ns=self._skipped,
            following=self._following,
            writing=self._growing if self._grew else None,
        )

    def ask(self, verb: ReplayVerb) -> None:
        following = self._following
        self._at_end = verb is ReplayVerb.END
        match verb:
            case ReplayVerb.TOGGLE if following:
                self._playing = False
            case ReplayVerb.TOGGLE:
                if self._position >= len(self.reader):
                    self._to_start()
                self._playing = not self._moving()
            case ReplayVerb.STEP:
                self._playing = False
                self._show_one()
            case ReplayVerb.FASTER | ReplayVerb.SLOWER:
                self._change_speed(1 if verb is ReplayVerb.FASTER else -1)
            case ReplayVerb.START:
                self._to_start()
            case ReplayVerb.END:
                self._to_end()
        self._wake.set()

    def _moving(self) -> bool:
        return self._playing and self._position < len(self.reader)

    def _change_speed(self, step: int) -> None:
        nearest = min(range(len(SPEEDS)), key=lambda i: abs(SPEEDS[i] - self._speed))
        self._speed = SPEEDS[max(min(nearest + step, len(SPEEDS) - 1), 0)]

    # ── A journal that grows ─────────────────────────────────────────────────────────────────────

    @property
    def _following(self) -> bool:
        return self._growing and self._at_end

    def _grow(self) -> None:
        """Take in what the writer has added; once it has ended, for the last time."""
        if self._growing:
            self._growing = self._written()  # asked first: what it wrote before is there now
            self.reader.refresh()
            if self._at_end:
                self._to_end()

    # ── Time ─────────────────────────────────────────────────────────────────────────────────────

    def _advance(self, elapsed_ns: int) -> None:
        """Let `elapsed_ns` of the real clock go by."""
        if not self._moving():
            return
        if not self._speed:
            self._to_end()
            return
        self._at += int(elapsed_ns * self._speed)
        self._show_until_now()
        self._cut_silence()

    def _show_until_now(self) -> None:
        reader, end = self.reader, len(self.reader)
        while self._position < end and reader.time_ns(self._position) <= self._at:
            self._position += 1
            self._skipped = 0
        if self._position == end:
            self._at = self._end_ns
            self._at_end = self._growing

    def _cut_silence(self) -> None:
        if self._position < len(self.reader):
            wait = self.reader.time_ns(self._position) - self._at
            if wait > LONGEST_SILENCE_NS:
                self._skipped += wait - LONGEST_SILENCE_NS
                self._at += wait - LONGEST_SILENCE_NS

    def _show_one(self) -> None:
        if self._position < len(self.reader):
            self._at = max(self._at, self.reader.time_ns(self._position))
            self._position += 1
            self._skipped = 0

    def _to_start(self) -> None:
        self._at, self._position, self._skipped = self._first_ns, 0, 0
        self._restart_fold()

    def _to_end(self) -> None:
        self._at, self._position, self._skipped = self._end_ns, len(self.reader), 0

    # ── What the session would have said ─────────────────────────────────────────────────────────

    def _restart_fold(self) -> None:
        self._fold = NoticeFold()
        self._peaks = Peaks(self.reader, self._fold.formats)
        self._entries = EntryStream(self.reader, self.open_codec, LEFT_OUT)

    def _notice(self, now: int) -> Notice:
        return msgspec.structs.replace(
            self._fold.notice(self._position, self._at, now),
            mic_peak_dbfs=self._peaks.sent(self._position, self._at),
            speaker_peak_dbfs=self._peaks.of(self._fold.newest_of_reply(self._at)),
        )

    async def _fold_shown(self) -> None:
        """Index on, and fold what is shown, for a tick at most: records are shown before that."""
        end = time.monotonic() + TICK_S
        while self._behind() and time.monotonic() < end and not self._closed:
            if self.reader.indexed < 1:
                self.reader.refresh()
            if self._at_end:
                self._to_end()
            if self._entries.position < self._position:
                for entry in self._next_entries():
                    self._fold.add(entry)
            await asyncio.sleep(REST_S)

    def _next_entries(self) -> list[Entry]:
        return list(self._entries.advance(SLICE, self._position))


def open_replay(path: Path, *, playing: bool = False) -> Replay:
    """A replay of the journal at `path`, at its beginning. Raises ConfigError."""
    try:
        reader = JournalReader.open(path, in_steps=True)
    except JournalError as error:
        raise ConfigError(str(error)) from error
    provider = reader.opened().provider
    try:
        known = provider_of(provider)
    except UnknownProvider as error:
        reader.close()
        raise ConfigError(f"{path} cannot be read: {error}") from error

    def codec() -> Codec:
        return open_codec(provider)

    return Replay(
        reader,
        codec,
        known.summarize,
        capabilities=known.capabilities,
        playing=playing,
        take_away=CallFiles(path.resolve(), codec, provider),
        written=lambda: in_use(path),
    )
