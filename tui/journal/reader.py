"""Reads a journal, finished or still growing, through a compact index.

Knows files and the line format; no provider, no screen. The index holds 28 bytes a record; texts
and audio are read back from the files when they are asked for. A long journal can be indexed in
steps, so that its first rows are seen at once.
"""

import binascii
import os
import re
from pathlib import Path
from typing import BinaryIO

import msgspec

from tui.events import Event, Fact, JournalOpened
from tui.journal.foreign import respelled
from tui.journal.indexing import DIRECTIONS, NO_LEVEL, UNREADABLE, Indexing
from tui.journal.read_ahead import ReadAhead
from tui.journal.record import (
    FORMAT,
    HEADER,
    INLINE,
    AudioSpan,
    Direction,
    Header,
    audio_path,
    decode_payload,
    parse_header,
    parse_span,
    put_audio_back,
    take_base64,
)

_HEAD = b'{"n":0,'
_LONGEST_HEAD = 4096
_CHUNK = 1 << 17
"""Bytes read at once; more at a time is slower, because of the collector."""
_STEP = 4 * _CHUNK
"""Bytes that one step of `refresh` takes, where it is done in steps: some 6 ms."""
_WALL_NS = range(4_102_444_800_000_000_000)
"""Unix times that can be: before 2100. A damaged one is shown as 1970."""
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
        self._goal = 0
        """Up to here, `refresh` goes in steps."""
        self._lines = ReadAhead(file)
        self._indexing = Indexing()
        self.index = self._indexing.index
        self.kind_names = self._indexing.kind_names
        """Kinds by their number in the index, which begin at 1: `kind_names[id - 1]`."""

    @classmethod
    def open(cls, path: Path, *, in_steps: bool = False) -> "JournalReader":
        """Open `path` and index what is there. Raises JournalError, naming the file.

        `in_steps`: only its beginning; each `refresh` then goes a step further.
        """
        if path.exists() and not path.is_file():
            raise JournalError(f"{path} is not a file")
        reader = None
        try:
            side = audio_path(path)
            audio = side.open("rb", buffering=0) if side.exists() else None
            reader = cls(_in_our_spelling(path), audio, path.name)
            reader.check_head()
            if in_steps:
                reader._goal = os.fstat(reader._file.fileno()).st_size
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
        head = self._file.read(len(_HEAD))
        if not head:
            raise JournalError(f"{self.name} is empty: nothing was recorded, or it was cut off")
        if not head.startswith(_HEAD):
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
        if fact.wall_ns not in _WALL_NS:
            return msgspec.structs.replace(fact, wall_ns=0)
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
        return len(self.index)

    @property
    def indexed(self) -> float:
        """How much of the file is indexed, 0 to 1, while it is done in steps."""
        return min(self._end / self._goal, 1.0) if self._goal else 1.0

    @property
    def file_size(self) -> int:
        """Bytes of the journal's own file, without the audio's; of a growing one as far as read."""
        return max(self._end, self._goal)

    def refresh(self) -> int:
        """Index the whole lines that have come since; how many records that are new."""
        before = len(self)
        stop = self._end + _STEP if self._end < self._goal else None
        rest = b""
        while stop is None or self._end < stop or rest:
            self._file.seek(self._end + len(rest))
            data = self._file.read(max(_CHUNK, len(rest)))
            if not data:
                break
            chunk = rest + data
            whole = chunk.rfind(b"\n") + 1
            if whole:
                self._indexing.take(chunk[:whole], self._end)
                self._end += whole
            rest = b"" if stop and whole and self._end >= stop else chunk[whole:]
        return len(self) - before

    def reads(self, path: Path) -> bool:
        """This is the journal at `path`, whatever its name was."""
        try:
            return os.path.samestat(os.fstat(self._file.fileno()), path.stat())
        except (OSError, ValueError):
            return False

    # ── Columns, without touching the file ───────────────────────────────────────────────────────

    def time_ns(self, number: int) -> int:
        """Monotonic time of a record."""
        return self.index.times[number]

    def kind(self, number: int) -> str:
        return self.kind_names[self.index.kinds[number] - 1]

    def direction(self, number: int) -> Direction:
        return DIRECTIONS[self.index.directions[number]]

    def size(self, number: int) -> int:
        """Bytes of the frame as it was on the wire."""
        return self.index.sizes[number]

    def turn(self, number: int) -> int:
        return self.index.turns[number]

    def level(self, number: int) -> int | None:
        """Loudness in dBFS of the audio that the frame carries."""
        level = self.index.levels[number]
        return None if level == NO_LEVEL else level

    # ── Payloads, read from the files ────────────────────────────────────────────────────────────

    def record(self, number: int) -> tuple[Header, str]:
        """Header and text without its audio, in one read of the file.

        An unreadable line has a header too, of kind `unreadable`.
        """
        line = self._line(number)
        found = _match(line)
        if found is None:
            return self._unreadable(number), _as_text(line)
        return parse_header(found), _payload(line, found, parse_span(found))

    def payload(self, number: int) -> tuple[str, AudioSpan | None]:
        """The text without its audio, and where that is: `record` for who knows the index."""
        line = self._line(number)
        found = _match(line)
        if found is None:
            return _as_text(line), None
        span = parse_span(found)
        return _payload(line, found, span), span

    def header(self, number: int) -> Header:
        return self.record(number)[0]

    def elided(self, number: int) -> str:
        """The record's text with its audio left out: what the screen shows and folds read."""
        return self.payload(number)[0]

    def text(self, number: int) -> str:
        """The frame's exact text; without its audio where the journal did not keep it."""
        text, span = self.payload(number)
        audio = self.audio(number, span)
        if span is None or audio is None:
            return text
        return put_audio_back(text, audio, span.position)

    def audio(self, number: int, span: AudioSpan | None = None) -> bytes | None:
        """The raw audio that a frame carried, in its wire format, where it was kept."""
        if span is None:
            span = self.payload(number)[1]
        if span is None or not span.kept:
            return None
        if span.offset == INLINE:
            return self._inline_audio(number, span)
        if self._audio is None or span.offset < 0:
            return None
        # Asked first: a damaged line may name more than there is memory for.
        if span.offset + span.size > os.fstat(self._audio.fileno()).st_size:
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

    def lines(self, first: int, end: int) -> bytes:
        """The file's own bytes of records `first..end`: what a filter scans for a text."""
        begin, stop = self._place(first, end)
        self._file.seek(begin)
        return self._file.read(stop - begin)

    def _line(self, number: int) -> bytes:
        begin, end = self._place(number, number + 1)
        line = self._lines.read(begin, end)
        return line if line.endswith(b"}\n") else line.rstrip(b"\n") + b"\n"

    def _place(self, first: int, end: int) -> tuple[int, int]:
        """Where the lines of records `first..end` are in the file."""
        offsets = self.index.offsets
        return offsets[first], offsets[end] if end < len(self.index) else self._end

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


def _in_our_spelling(path: Path) -> BinaryIO:
    """A journal that a formatter, an editor or a mail went through is read as it was."""
    file = path.open("rb", buffering=0)
    try:
        # Up to the first line's end, which tells of CR LF.
        head = file.read(_LONGEST_HEAD).split(b"\n")[0]
        copy = None
        if head and not (HEADER.match(head) and head.endswith(b"}")):
            copy = respelled(file)
    except BaseException:
        file.close()
        raise
    if copy is None:
        return file
    file.close()
    return copy


def _match(line: bytes) -> re.Match[bytes] | None:
    """None for a line that is no record: one that a full disk cut in two may begin like one."""
    return HEADER.match(line) if line.endswith(b"}\n") else None


def _payload(line: bytes, found: re.Match[bytes], span: AudioSpan | None) -> str:
    text = decode_payload(line, found)
    return take_base64(text, span)[0] if span and span.offset == INLINE else text


def _as_text(line: bytes) -> str:
    """A line that is no record, as far as it can be read."""
    return line.decode(errors="replace").rstrip("\n")


def decode_fact(text: str) -> Event | None:
    """The fact that `text` says; None for one of a newer version."""
    try:
        return _facts.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None
