"""The recorded calls of a folder: how each was, what was said in it, and whether to keep it.

Knows journals, their folds and what the user says of them; no screen. A journal that was read once
is read again only when it has changed.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path

from tui.analysis.entry import EntryStream
from tui.analysis.stream_selection import NOTHING, STREAMS
from tui.analysis.transcript.fold import TranscriptFold
from tui.analysis.turns.summary import CallSummary, Summary
from tui.analysis.units import moment
from tui.events import Closer, Failure, LinkClosed, LinkFailed, LinkOpened, LinkOpening
from tui.journal import folder
from tui.journal.about import About, about_path, read_about
from tui.journal.reader import JournalError, JournalReader
from tui.journal.record import Direction
from tui.providers import UnknownProvider, open_codec

SLICE = 150
"""Records folded before somebody else gets a turn: some 3 ms."""
CONNECTED_NEVER = "not connected"


@dataclass(frozen=True, slots=True)
class RecordedCall:
    """One journal."""

    path: Path
    began: datetime
    """Local time."""
    whom: str
    """What was called last; "" where nothing was."""
    summary: Summary
    said: str
    """The transcript, results of tools included, a line each."""
    sought: str
    """The same for who looks for words in it."""
    about: About
    writing: bool
    """A process has it open for writing."""

    @property
    def errors(self) -> int:
        figures = self.summary
        return figures.protocol_errors + figures.provider_errors + figures.tool_errors

    @property
    def ear(self) -> str:
        """`0.8/1.2 s`: p50 and p95; `–` where there is none."""
        ear = self.summary.ear
        if ear.median_ms is None or ear.p95_ms is None:
            return "–"
        return f"{ear.median_ms / 1000:.1f}/{ear.p95_ms / 1000:.1f} s"

    @property
    def ended(self) -> str:
        figures = self.summary
        if self.writing:
            return "going on"
        if not figures.duration_s:
            return CONNECTED_NEVER
        return f"{figures.closed_by} {figures.code}" if figures.closed_by else "no end"

    def holds(self, words: Sequence[str], today: date) -> bool:
        """Every one of `words` was said in it or is said of it: whom, tag, note, file, date
        (`yesterday`, `monday`, `november`, `2026-11-28`); case ignored."""
        ago = {today: "today", today - timedelta(days=1): "yesterday"}
        when = f"{self.began:%Y-%m-%d %H:%M %A %d %B} {ago.get(self.began.date(), '')}"
        about = f"{self.whom} {self.about.tag} {self.about.note} {self.path.name} {when}"
        about = about.casefold()
        return all(word in about or word in self.sought for word in map(str.casefold, words))

    def line_with(self, words: Sequence[str]) -> str:
        """The first line of the transcript with one of `words`; "" where none has."""
        wanted = [word.casefold() for word in words]
        lines = (line for line in self.said.splitlines() if line)
        return next((one for one in lines if any(w in one.casefold() for w in wanted)), "")


Stamp = tuple[int, int]


class Calls:
    """The calls of one folder. `call` may be asked from a thread, one at a time."""

    def __init__(self, place: Path, *, whole: bool = False) -> None:
        """`whole`: with what only streams (audio, pings) in the figures, which takes longer."""
        self.place = place
        self._left_out = NOTHING if whole else STREAMS
        self._known: dict[Path, tuple[Stamp, RecordedCall | None]] = {}

    def paths(self) -> list[Path]:
        """Of what may be journals, the newest first."""
        found = [(_stamp(path), path) for path in self.place.glob(f"*{folder.SUFFIX}")]
        return [path for _, path in sorted(found, key=lambda one: (-one[0][1], one[1].name))]

    def known(self, path: Path) -> bool:
        """It has not changed since it was read."""
        return path in self._known and self._known[path][0] == _stamp(path)

    def call(self, path: Path, rest: Callable[[], object] = lambda: None) -> RecordedCall | None:
        """None for a file that is no journal. `rest` is called between short pieces of work."""
        if not self.known(path):
            stamp = _stamp(path)
            self._known[path] = stamp, self._read(path, rest)
        call = self._known[path][1]
        if call is None:
            return None
        return replace(call, about=read_about(path), writing=folder.in_use(path))

    def _read(self, path: Path, rest: Callable[[], object]) -> RecordedCall | None:
        try:
            reader = JournalReader.open(path, in_steps=True)
        except JournalError:
            return None
        try:
            while reader.indexed < 1:
                reader.refresh()
                rest()
            return self._fold(path, reader, rest)
        except (UnknownProvider, JournalError):
            return None
        finally:
            reader.close()

    def _fold(self, path: Path, reader: JournalReader, rest: Callable[[], object]) -> RecordedCall:
        opened = reader.opened()
        whom = ""
        stream = EntryStream(reader, lambda: open_codec(opened.provider), self._left_out)
        summary, transcript = CallSummary(), TranscriptFold()
        while stream.position < len(reader):
            for entry in stream.advance(SLICE):
                summary.add(entry)
                transcript.add(entry)
                whom = next((e.target for e in entry.events if isinstance(e, LinkOpening)), whom)
            rest()
        said = "\n".join(f"{line.text}\n{line.result or ''}" for line in transcript.lines)
        return RecordedCall(
            path=path,
            began=moment(opened.wall_ns),
            whom=whom,
            summary=summary.summary(),
            said=said,
            sought=said.casefold(),
            about=About(),
            writing=False,
        )


def _stamp(path: Path) -> Stamp:
    try:
        found = path.stat()
    except OSError:
        return 0, 0
    return found.st_size, found.st_mtime_ns


def forget(path: Path) -> str:
    """Remove a call: its journal with audio, recordings and what was said of it. Why not, or ""."""
    if not folder.is_ours(path):
        return "it is not in a name that voicescope gave, or no journal: remove it by hand"
    if folder.in_use(path):
        return "a process is writing it"
    folder.remove(path)
    if not os.path.lexists(path):
        return ""
    return f"the folder {path.parent} does not let it"


def without_empty(journal: Path | None) -> Path | None:
    """`journal` of a program that ends, or None where nothing came about in it: it is gone then.

    It stays where a connection opened or failed, or anything was sent; and in a name of the user's.
    """
    if journal is None or not folder.is_ours(journal):
        return journal
    try:
        reader = JournalReader.open(journal, in_steps=True)
    except JournalError:
        return journal
    try:
        empty = reader.indexed == 1 and not any(_counts(reader, n) for n in range(len(reader)))
    finally:
        reader.close()
    if empty and not about_path(journal).exists():
        folder.remove(journal)
        return None
    return journal


def _counts(reader: JournalReader, number: int) -> bool:
    if reader.direction(number) is not Direction.FACT:
        return True
    match reader.fact(number):
        case LinkFailed(failure=failure):
            return failure is not Failure.NO_AGENT
        case LinkClosed(by=by):
            return by is not Closer.USER
        case LinkOpened() | None:
            return True
        case _:
            return False
