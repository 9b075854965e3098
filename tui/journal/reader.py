"""Reads a journal, finished or still growing, through a compact index.

Knows files and the line format; no provider, no screen. The index holds 32 bytes a record; texts
and audio are read back from the files when they are asked for.
"""

from array import array
from pathlib import Path
from typing import BinaryIO

import msgspec

from tui.events import Event, Fact, JournalOpened
from tui.journal.record import (
    HEADER,
    Direction,
    Header,
    decode_kind,
    decode_payload,
    parse_header,
    put_audio_back,
)
from tui.journal.writer import FORMAT, audio_path

UNREADABLE = "unreadable"
"""The kind of a line that is no record: a line that a full disk cut in two."""

_CHUNK = 4 << 20
_DIRECTIONS = tuple(Direction)
_NO_LEVEL = 127
_facts: msgspec.json.Decoder[Fact] = msgspec.json.Decoder(Fact)


class JournalError(Exception):
    """This file is no journal that can be read here; the text says what to do."""


class JournalReader:
    """A journal's index and texts. Not for several threads at once.

    Record numbers are positions in the index: 0 is the `journal_opened` fact.
    """

    def __init__(self, file: BinaryIO, audio: BinaryIO | None = None, name: str = "") -> None:
        self._file = file
        self._audio = audio
        self.name = name
        self._end = 0
        self._offsets = array("Q")
        self._lengths = array("I")
        self._times = array("Q")
        self._sizes = array("I")
        self._turns = array("I")
        self._kinds = array("H")
        self._directions = array("B")
        self._levels = array("b")
        self._kind_names: list[str] = []
        self._kind_ids: dict[bytes, int] = {}

    @classmethod
    def open(cls, path: Path) -> "JournalReader":
        """Open `path` and index what is there. Raises JournalError, naming the file."""
        try:
            file = path.open("rb", buffering=0)
        except OSError as error:
            raise JournalError(f"cannot read {path}: {error.strerror}") from error
        side = audio_path(path)
        audio = side.open("rb", buffering=0) if side.exists() else None
        reader = cls(file, audio, path.name)
        reader.refresh()
        reader.opened()
        return reader

    def opened(self) -> JournalOpened:
        """Record 0. Raises JournalError when the file does not begin like a journal."""
        fact = self.fact(0) if len(self) else None
        if not isinstance(fact, JournalOpened):
            raise JournalError(
                f"{self.name} is not a VoiceScope journal; give a .jsonl file that voicescope wrote"
            )
        if fact.format != FORMAT:
            raise JournalError(
                f"{self.name} has journal format {fact.format}, this version reads {FORMAT}; "
                f"it was written by voicescope {fact.version}"
            )
        return fact

    def close(self) -> None:
        self._file.close()
        if self._audio:
            self._audio.close()

    def __len__(self) -> int:
        return len(self._offsets)

    def refresh(self) -> int:
        """Index the whole lines that have come since; how many records that are new."""
        before = len(self)
        rest = b""
        while True:
            self._file.seek(self._end + len(rest))
            data = self._file.read(_CHUNK)
            if not data:
                return len(self) - before
            chunk = rest + data
            whole = chunk.rfind(b"\n") + 1
            self._index(chunk[:whole])
            self._end += whole
            rest = chunk[whole:]

    def _index(self, chunk: bytes) -> None:
        position = 0
        match = HEADER.match
        while position < len(chunk):
            end = chunk.index(b"\n", position) + 1
            found = match(chunk, position, end)
            if found:
                _, time_ns, direction, kind, size, turn, level, *_ = found.groups()
                self._times.append(int(time_ns))
                self._sizes.append(int(size))
                self._turns.append(int(turn))
                self._kinds.append(self._kind_ids.get(kind) or self._kind_id(kind))
                self._directions.append(b"<>.".index(direction))
                self._levels.append(max(int(level), -_NO_LEVEL) if level else _NO_LEVEL)
            else:
                self._index_unreadable(end - position)
            self._offsets.append(self._end + position)
            self._lengths.append(end - position)
            position = end

    def _index_unreadable(self, length: int) -> None:
        self._times.append(self._times[-1] if self._times else 0)
        self._sizes.append(length)
        self._turns.append(self._turns[-1] if self._turns else 0)
        self._kinds.append(self._kind_id(UNREADABLE.encode()))
        self._directions.append(_DIRECTIONS.index(Direction.FACT))
        self._levels.append(_NO_LEVEL)

    def _kind_id(self, raw: bytes) -> int:
        """A number for a kind's name; ids begin at 1 so that `get(...) or` can look them up."""
        if raw not in self._kind_ids:
            if len(self._kind_names) >= 65_000:  # a server that invents names without end
                raw = b"other"
                if raw in self._kind_ids:
                    return self._kind_ids[raw]
            self._kind_names.append(decode_kind(raw))
            self._kind_ids[raw] = len(self._kind_names)
        return self._kind_ids[raw]

    # ── Columns, without touching the file ──────────────────────────────────────────────────────

    def time_ns(self, number: int) -> int:
        """Monotonic time of a record."""
        return self._times[number]

    def kind(self, number: int) -> str:
        return self._kind_names[self._kinds[number] - 1]

    def direction(self, number: int) -> Direction:
        return _DIRECTIONS[self._directions[number]]

    def size(self, number: int) -> int:
        """Bytes of the frame as it was on the wire."""
        return self._sizes[number]

    def turn(self, number: int) -> int:
        return self._turns[number]

    def level(self, number: int) -> int | None:
        """Loudness in dBFS of the audio that the frame carries."""
        level = self._levels[number]
        return None if level == _NO_LEVEL else level

    # ── Payloads, read from the files ───────────────────────────────────────────────────────────

    def header(self, number: int) -> Header:
        """The whole header. An unreadable line has one too, of kind `unreadable`."""
        found = HEADER.match(self._line(number))
        if found:
            return parse_header(found)
        return Header(
            number,
            self.time_ns(number),
            Direction.FACT,
            UNREADABLE,
            self.size(number),
            self.turn(number),
        )

    def elided(self, number: int) -> str:
        """The record's text with its audio left out: what the screen shows and folds read."""
        line = self._line(number)
        found = HEADER.match(line)
        return decode_payload(line, found) if found else line.decode(errors="replace").rstrip("\n")

    def text(self, number: int) -> str:
        """The frame's exact text; without its audio where the journal did not keep it."""
        header = self.header(number)
        text = self.elided(number)
        audio = self.audio(number)
        if header.audio is None or audio is None:
            return text
        return put_audio_back(text, audio, header.audio.position)

    def audio(self, number: int) -> bytes | None:
        """The raw audio that a frame carried, in its wire format, where it was kept."""
        span = self.header(number).audio
        if span is None or span.offset < 0 or self._audio is None:
            return None
        self._audio.seek(span.offset)
        audio = self._audio.read(span.size)
        return audio if len(audio) == span.size else None

    def fact(self, number: int) -> Event | None:
        """The local fact of a record; None for frames and for facts of a newer version."""
        if self.direction(number) is not Direction.FACT:
            return None
        try:
            return _facts.decode(self.elided(number))
        except msgspec.DecodeError:
            return None

    def wall_ns(self, time_ns: int) -> int:
        """Unix time in ns of a monotonic time of this journal."""
        return self.opened().wall_ns + time_ns - self.time_ns(0)

    def _line(self, number: int) -> bytes:
        self._file.seek(self._offsets[number])
        return self._file.read(self._lengths[number])
