"""Reads a journal, finished or still growing, through a compact index.

Knows files and the line format; no provider, no screen. The index holds 32 bytes a record; texts
and audio are read back from the files when they are asked for.
"""

import binascii
from array import array
from pathlib import Path
from typing import BinaryIO

import msgspec

from tui.events import Event, Fact, JournalOpened
from tui.journal.record import (
    HEADER,
    INLINE,
    AudioSpan,
    Direction,
    Header,
    decode_kind,
    decode_payload,
    parse_header,
    put_audio_back,
    take_base64,
)
from tui.journal.writer import FORMAT, audio_path

UNREADABLE = "unreadable"
"""The kind of a line that is no record: a line that a full disk cut in two."""

_HEAD = b'{"n":0,'
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
        if path.exists() and not path.is_file():
            raise JournalError(f"{path} is not a file")
        reader = None
        try:
            side = audio_path(path)
            audio = side.open("rb", buffering=0) if side.exists() else None
            reader = cls(path.open("rb", buffering=0), audio, path.name)
            reader.check_head()
            reader.refresh()
            reader.opened()
        except OSError as error:
            raise JournalError(f"cannot read {path}: {error.strerror}") from error
        except JournalError:
            if reader:
                reader.close()
            raise
        return reader

    def check_head(self) -> None:
        """Raises JournalError for a file that is none, without reading all of it."""
        self._file.seek(0)
        if not self._file.read(len(_HEAD)).startswith(_HEAD):
            raise self._no_journal()

    def opened(self) -> JournalOpened:
        """Record 0. Raises JournalError when the file does not begin like a journal."""
        fact = self.fact(0) if len(self) else None
        if not isinstance(fact, JournalOpened):
            raise self._no_journal()
        if fact.format != FORMAT:
            raise JournalError(
                f"{self.name} has journal format {fact.format}, this version reads {FORMAT}; "
                f"it was written by voicescope {fact.version}"
            )
        return fact

    def _no_journal(self) -> JournalError:
        return JournalError(
            f"{self.name} is not a VoiceScope journal; give a .jsonl file that voicescope wrote"
        )

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
            if end - position == 1:  # where a writer was not sure that a line had ended
                position = end
                continue
            whole = chunk.endswith(b"}\n", position, end)
            found = match(chunk, position, end) if whole else None
            if found:
                time_ns, direction, kind, size, turn, level = found.group(2, 3, 4, 5, 6, 7)
                self._times.append(int(time_ns))
                self._sizes.append(int(size))
                self._turns.append(int(turn))
                self._kinds.append(self._kind_ids.get(kind) or self._kind_id(kind))
                self._directions.append(b"<>.".index(direction))
                self._levels.append(_bounded(level) if level else _NO_LEVEL)
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

    def record(self, number: int) -> tuple[Header, str]:
        """Header and text without its audio, in one read of the file.

        An unreadable line has a header too, of kind `unreadable`.
        """
        line = self._line(number)
        found = HEADER.match(line) if self.kind(number) != UNREADABLE else None
        if found is None:
            return self._unreadable(number), line.decode(errors="replace").rstrip("\n")
        header, text = parse_header(found), decode_payload(line, found)
        if header.audio and header.audio.offset == INLINE:
            text, _ = take_base64(text, header.audio)
        return header, text

    def header(self, number: int) -> Header:
        return self.record(number)[0]

    def elided(self, number: int) -> str:
        """The record's text with its audio left out: what the screen shows and folds read."""
        return self.record(number)[1]

    def text(self, number: int) -> str:
        """The frame's exact text; without its audio where the journal did not keep it."""
        header, text = self.record(number)
        audio = self.audio(number)
        if header.audio is None or audio is None:
            return text
        return put_audio_back(text, audio, header.audio.position)

    def audio(self, number: int) -> bytes | None:
        """The raw audio that a frame carried, in its wire format, where it was kept."""
        span = self.header(number).audio
        if span is None or not span.kept:
            return None
        if span.offset == INLINE:
            return self._inline_audio(number, span)
        if self._audio is None:
            return None
        self._audio.seek(span.offset)
        audio = self._audio.read(span.size)
        return audio if len(audio) == span.size else None

    def fact(self, number: int) -> Event | None:
        """The local fact of a record; None for frames and for facts of a newer version."""
        if self.direction(number) is not Direction.FACT:
            return None
        return decode_fact(self.elided(number))

    def wall_ns(self, time_ns: int) -> int:
        """Unix time in ns of a monotonic time of this journal."""
        return self.opened().wall_ns + time_ns - self.time_ns(0)

    def _line(self, number: int) -> bytes:
        self._file.seek(self._offsets[number])
        return self._file.read(self._lengths[number])

    def _inline_audio(self, number: int, span: AudioSpan) -> bytes | None:
        line = self._line(number)
        found = HEADER.match(line)
        encoded = take_base64(decode_payload(line, found), span)[1] if found else ""
        try:
            return binascii.a2b_base64(encoded, strict_mode=True) if encoded else None
        except ValueError:
            return None

    def _unreadable(self, number: int) -> Header:
        return Header(
            number,
            self.time_ns(number),
            Direction.FACT,
            UNREADABLE,
            self.size(number),
            self.turn(number),
        )


def decode_fact(text: str) -> Event | None:
    """The fact that `text` says; None for one of a newer version."""
    try:
        return _facts.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None


def _bounded(level: bytes) -> int:
    return min(max(int(level), -_NO_LEVEL), _NO_LEVEL - 1)
