"""Reads a journal, finished or still growing, through a compact index.

Knows files and the line format; no provider, no screen. The index holds 28 bytes a record; texts
and audio are read back from the files when they are asked for. A long journal can be indexed in
steps, so that its first rows are seen at once.
"""

import binascii
import re
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import msgspec

from tui.events import Event, Fact, JournalOpened
from tui.journal.index import Index
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
_CHUNK = 1 << 17
"""Bytes read at once; more at a time is slower, because of the collector."""
_STEP = 4 * _CHUNK
"""Bytes that one step of `refresh` takes, where it is done in steps: some 6 ms."""
_DIRECTIONS = tuple(Direction)
_DIRECTION_IDS = {d.value.encode(): n for n, d in enumerate(_DIRECTIONS)}
_NO_LEVEL = 127
_LINES = re.compile(
    rb'(?:\{"n":\d{1,18},"t":(\d{1,18}),"d":"([<>.])"'
    rb',"k":"([ !#-\[\]-~]*(?:\\[ -~][ !#-\[\]-~]*)*)"'
    rb',"s":(\d{1,9}),"u":(\d{1,9})(?:,"l":(-?\d{1,3}))?'
    rb'(?:,"a":\[-?\d{1,18},\d{1,9},\d{1,9}\])?(?:,"r":1)?,"[fx]":[^\n]*\}|[^\n]*)\n'
)
"""Every line of a chunk, with what the index takes of its header: `HEADER`'s groups 2 to 7. A line
that is no record has none of them."""
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
        self.index = Index()
        self.kind_names: list[str] = []
        """Kinds by their number in the index, which begin at 1: `kind_names[id - 1]`."""
        self._kind_ids: dict[bytes, int] = {}

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
            reader = cls(path.open("rb", buffering=0), audio, path.name)
            reader.check_head()
            if in_steps:
                reader._goal = path.stat().st_size
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
        return len(self.index)

    @property
    def indexed(self) -> float:
        """How much of the file is indexed, 0 to 1, while it is done in steps."""
        return min(self._end / self._goal, 1.0) if self._goal else 1.0

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
                self._index(chunk[:whole])
                self._end += whole
            rest = b"" if stop and whole and self._end >= stop else chunk[whole:]
        return len(self) - before

    def _index(self, chunk: bytes) -> None:
        """Take in whole lines; column by column, which is twice as fast as line by line."""
        lines: list[tuple[bytes, ...]] = _LINES.findall(chunk)
        if any(not line[0] for line in lines):
            self._index_slowly(chunk)
            return
        index, ids = self.index, self._kind_ids
        times, directions, kinds, sizes, turns, levels = zip(*lines, strict=True)
        index.offsets.extend(self._line_starts(chunk))
        index.times.extend(list(map(int, times)))
        index.sizes.extend(list(map(int, sizes)))
        index.turns.extend(list(map(int, turns)))
        for kind in set(kinds) - ids.keys():
            self._kind_id(kind)
        index.kinds.extend([ids.get(kind) or self._kind_id(kind) for kind in kinds])
        index.directions.extend([_DIRECTION_IDS[d] for d in directions])
        index.levels.extend([_bounded(level) if level else _NO_LEVEL for level in levels])

    def _line_starts(self, chunk: bytes) -> Sequence[int]:
        starts, position, find = [], 0, chunk.find
        while position < len(chunk):
            starts.append(self._end + position)
            position = find(b"\n", position) + 1
        return starts

    def _index_slowly(self, chunk: bytes) -> None:
        """The same line by line, where one of them is no record."""
        position = 0
        match, index = HEADER.match, self.index
        while position < len(chunk):
            end = chunk.index(b"\n", position) + 1
            if end - position == 1:  # where a writer was not sure that a line had ended
                position = end
                continue
            whole = chunk.endswith(b"}\n", position, end)
            found = match(chunk, position, end) if whole else None
            index.offsets.append(self._end + position)
            if found:
                time_ns, direction, kind, size, turn, level = found.group(2, 3, 4, 5, 6, 7)
                index.times.append(int(time_ns))
                index.sizes.append(int(size))
                index.turns.append(int(turn))
                index.kinds.append(self._kind_ids.get(kind) or self._kind_id(kind))
                index.directions.append(_DIRECTION_IDS[direction])
                index.levels.append(_bounded(level) if level else _NO_LEVEL)
            else:
                self._index_unreadable(end - position)
            position = end

    def _index_unreadable(self, length: int) -> None:
        index = self.index
        index.times.append(index.times[-1] if len(self) else 0)
        index.sizes.append(length)
        index.turns.append(index.turns[-1] if len(self) else 0)
        index.kinds.append(self._kind_id(UNREADABLE.encode()))
        index.directions.append(_DIRECTIONS.index(Direction.FACT))
        index.levels.append(_NO_LEVEL)

    def _kind_id(self, raw: bytes) -> int:
        """A number for a kind's name; ids begin at 1 so that `get(...) or` can look them up."""
        if raw not in self._kind_ids:
            if len(self.kind_names) >= 65_000:  # a server that invents names without end
                raw = b"other"
                if raw in self._kind_ids:
                    return self._kind_ids[raw]
            self.kind_names.append(decode_kind(raw))
            self._kind_ids[raw] = len(self.kind_names)
        return self._kind_ids[raw]

    # ── Columns, without touching the file ──────────────────────────────────────────────────────

    def time_ns(self, number: int) -> int:
        """Monotonic time of a record."""
        return self.index.times[number]

    def kind(self, number: int) -> str:
        return self.kind_names[self.index.kinds[number] - 1]

    def direction(self, number: int) -> Direction:
        return _DIRECTIONS[self.index.directions[number]]

    def size(self, number: int) -> int:
        """Bytes of the frame as it was on the wire."""
        return self.index.sizes[number]

    def turn(self, number: int) -> int:
        return self.index.turns[number]

    def level(self, number: int) -> int | None:
        """Loudness in dBFS of the audio that the frame carries."""
        level = self.index.levels[number]
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

    def lines(self, first: int, end: int) -> bytes:
        """The file's own bytes of records `first..end`: what a filter scans for a text."""
        begin = self.index.offsets[first]
        stop = self.index.offsets[end] if end < len(self) else self._end
        self._file.seek(begin)
        return self._file.read(stop - begin)

    def _line(self, number: int) -> bytes:
        line = self.lines(number, number + 1)
        return line if line.endswith(b"}\n") else line.rstrip(b"\n") + b"\n"

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
