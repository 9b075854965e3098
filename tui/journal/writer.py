"""Appends records to a journal, each whole on disk before anybody hears of it.

Knows files and the line format; no provider, no screen. One `write` a record and no buffer: a
process that is killed loses nothing but a line it was in the middle of. A full disk suspends the
journal, never the call: half a line is cut off again, what could not be written is counted, and
said when writing works again.
"""

import math
import os
import time
from pathlib import Path
from typing import Protocol

import msgspec

from tui.events import Event, JournalOpened, Noted
from tui.journal.record import (
    FORMAT,
    NOT_KEPT,
    AudioSpan,
    Direction,
    Header,
    encode_line,
    plain_json,
    take_audio_out,
)
from tui.journal.redact import Redactor

RETRY_NS = 5_000_000_000
"""How long a journal that could not be written waits before it tries again."""


class Clock(Protocol):
    def __call__(self) -> int: ...


def create(path: Path) -> int:
    """A new private file for appending. Raises FileExistsError rather than touch another's."""
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND
    flags |= getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    return os.open(path, flags, 0o600)


class JournalWriter:
    """Owns a journal file and its audio file until `close`.

    `fd` and `audio_fd` are open for appending; `audio_fd` None keeps lengths and levels only.
    """

    def __init__(
        self,
        fd: int,
        audio_fd: int | None,
        *,
        provider: str,
        version: str,
        redact: Redactor | None = None,
        clock: Clock = time.monotonic_ns,
        resume: int = 0,
    ) -> None:
        """`resume`: records that the file already holds; it ends with a whole line."""
        self._fd = fd
        self._audio_fd = audio_fd
        self._audio_size = 0 if audio_fd is None else os.fstat(audio_fd).st_size
        self._redact = redact or Redactor()
        self._clock = clock
        self._size = os.fstat(fd).st_size
        self._torn = False
        self._retry_at = 0
        self.count = resume
        """Whole records in the file."""
        self.lost = 0
        """Records that could not be written since `error` came up."""
        self._line_error = self._audio_error = ""
        self._provider, self._version = provider, version
        if not resume:
            self._open()

    @property
    def error(self) -> str:
        """Why the journal, or its audio, is not being kept; "" while it is."""
        return self._line_error or self._audio_error

    def frame(
        self,
        direction: Direction,
        kind: str,
        text: str,
        *,
        turn: int = 0,
        audio: bytes | None = None,
        level: float | None = None,
        time_ns: int | None = None,
    ) -> None:
        """Append one frame. `audio` is what its base64 decodes to; it goes to the audio file."""
        if not self._ready():
            return
        at = self._clock() if time_ns is None else time_ns
        size = len(text) if text.isascii() else len(text.encode(errors="surrogatepass"))
        span = None
        if audio:
            text, position = take_audio_out(text, audio)
            clean, moved = self._redact.around(text, position)
            if position >= 0:
                span = AudioSpan(self._keep_audio(audio), len(audio), moved)
        else:
            clean = self._redact(text)
        header = Header(
            number=self.count,
            time_ns=at,
            direction=direction,
            kind=kind,
            size=size,
            turn=turn,
            level=round(level) if level is not None and math.isfinite(level) else None,
            audio=span,
            redacted=clean != text,
        )
        self._append(encode_line(header, clean))

    def fact(self, event: Event, *, turn: int = 0, time_ns: int | None = None) -> None:
        """Append one local fact."""
        if not self._ready():
            return
        text = self._redact(plain_json(event).decode())
        at = self._clock() if time_ns is None else time_ns
        header = Header(self.count, at, Direction.FACT, event.kind, len(text), turn)
        self._append(encode_line(header, text))

    def close(self) -> None:
        for fd in (self._fd, self._audio_fd):
            if fd is not None:
                os.close(fd)
        self._audio_fd = None

    def _keep_audio(self, audio: bytes) -> int:
        """Append to the audio file; its offset, or NOT_KEPT."""
        if self._audio_fd is None:
            return NOT_KEPT
        try:
            _write_all(self._audio_fd, audio)
        except OSError as error:
            self._audio_size = os.fstat(self._audio_fd).st_size
            self._audio_error = f"the journal's audio is not kept: {error.strerror}"
            return NOT_KEPT
        self._audio_error = ""
        self._audio_size += len(audio)
        return self._audio_size - len(audio)

    def _open(self) -> None:
        wall_ns = time.time_ns()
        opened = JournalOpened(
            format=FORMAT, wall_ns=wall_ns, provider=self._provider, version=self._version
        )
        text = msgspec.json.encode(opened).decode()
        header = Header(0, self._clock(), Direction.FACT, opened.kind, len(text), 0)
        self._append(encode_line(header, text))

    def _ready(self) -> bool:
        """Whether to write at all: after a failure a journal waits, and counts what it misses."""
        if not self.lost:
            return True
        if self._clock() >= self._retry_at:
            if self.count:
                return True
            self._open()  # without record 0 the file would be no journal
            if self.count:
                return True
        self.lost += 1
        return False

    def _append(self, line: bytes) -> None:
        try:
            if self._torn:  # end the broken line, so that it is the only one that is lost
                _write_all(self._fd, b"\n")
                self._size += 1
                self._torn = False
            _write_all(self._fd, line)
        except OSError as error:
            self._cut_back()
            self.lost += 1
            self._line_error = f"the journal is not written: {error.strerror}"
            self._retry_at = self._clock() + RETRY_NS
            return
        self._size += len(line)
        self.count += 1
        if self.lost:
            lost, self.lost, self._line_error = self.lost, 0, ""
            self.fact(Noted(text=f"the journal is written again; {lost} records were lost"))

    def _cut_back(self) -> None:
        """Take off what was written of a line. Readers have not seen it: it has no end yet."""
        try:
            os.ftruncate(self._fd, self._size)
        except OSError:
            self._torn = True
            self._size = os.fstat(self._fd).st_size


def _write_all(fd: int, data: bytes) -> None:
    """`os.write` until all is written: near a full disk it writes less than it was given."""
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]
