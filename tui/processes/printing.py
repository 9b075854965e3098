"""The one way to standard output and standard error: nothing that is printed acts on a terminal.

Knows descriptors and characters; nothing of what is said. It stands in for `sys.stdout` and
`sys.stderr`, so that libraries go the same way: argparse echoes arguments, the last line of a trace
is an exception's own words. A reader that went away is not told about; a full disk is.
"""

import codecs
import errno
import io
import json
import os
import re
import select
import sys
from typing import TextIO

import msgspec

from tui.sanitize import sanitize

_GONE = frozenset({errno.EPIPE, errno.EIO, errno.EBADF, errno.ECONNRESET})
"""Nobody reads any more: a closed pipe, a closed terminal."""
_NOT_ASCII = re.compile(r"[^ -~]")


class Output(io.TextIOBase):
    """A standard stream for text that may be anybody's. Never raises: see `failed`."""

    def __init__(self, fd: int, encoding: str) -> None:
        self._fd = fd
        self._encoding = encoding
        self._begun = ""
        """A line that has no end yet: lines go out whole."""
        self._encode = codecs.getincrementalencoder(encoding)("backslashreplace").encode
        self.gone = False
        """Its reader went away; what is printed is dropped."""
        self.failed = ""
        """Why something could not be written though somebody wanted it."""

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._encoding

    def fileno(self) -> int:
        return self._fd

    def isatty(self) -> bool:
        return os.isatty(self._fd)

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        *lines, self._begun = (self._begun + text).split("\n")
        if lines:
            self._put("".join(f"{sanitize(line, None)}\n" for line in lines))
        return len(text)

    def flush(self) -> None:
        begun, self._begun = self._begun, ""
        if begun:
            self._put(sanitize(begun, None))

    def draw(self, text: str) -> None:
        """For what is ours and is meant to move the cursor."""
        self.flush()
        self._put(text)

    def _put(self, text: str) -> None:
        data = memoryview(self._encode(text))
        while data and not self.gone and not self.failed:
            try:
                data = data[os.write(self._fd, data) :]
            except BlockingIOError:  # who shares the descriptor made it so
                select.select([], [self._fd], [])
            except OSError as error:
                self._lose(error)

    def _lose(self, error: OSError) -> None:
        if error.errno in _GONE:
            self.gone = True
        else:
            self.failed = error.strerror or str(error)


def take_streams() -> tuple[Output, Output]:
    """Stand in for both, also where whoever started us had closed one."""
    for fd in range(3):  # or the next file to be opened would be taken for a standard stream
        try:
            os.fstat(fd)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    if sys.stdin is None:
        sys.stdin = open(0, encoding="utf-8", errors="replace", closefd=False)  # noqa: SIM115, RUF100
        sys.__stdin__ = sys.stdin  # type: ignore[misc]
    out, err = Output(1, _encoding(sys.stdout)), Output(2, _encoding(sys.stderr))
    sys.stdout, sys.stderr = out, err
    # Newer interpreters paint their usage and traces, which would be shown as what it is made of.
    os.environ["PYTHON_COLORS"] = "0"
    return out, err


def _encoding(stream: io.TextIOBase | object) -> str:
    return getattr(stream, "encoding", None) or "utf-8"


def draw(text: str, stream: TextIO | None = None) -> None:
    """On standard output or `stream`, as it is: `text` is ours and moves the cursor."""
    stream = stream or sys.stdout
    if isinstance(stream, Output):
        stream.draw(text)
    else:
        stream.write(text)
        stream.flush()


def nobody_reads() -> bool:
    """What is printed on standard output from now on is lost."""
    return isinstance(sys.stdout, Output) and (sys.stdout.gone or bool(sys.stdout.failed))


def json_text(value: object, encoding: str | None = None) -> str:
    """One line of JSON that acts on no terminal and that `encoding` has the characters for.

    What has to be is escaped as JSON escapes it, so that a program reads what was said.
    """
    plain = msgspec.to_builtins(value)
    text = json.dumps(plain, ensure_ascii=False, separators=(",", ":"))
    text = _NOT_ASCII.sub(_escaped, text)
    try:
        text.encode(encoding or "utf-8")
    except UnicodeEncodeError:
        return json.dumps(plain, separators=(",", ":"))
    return text if sanitize(text, None) == text else json.dumps(plain, separators=(",", ":"))


def _escaped(found: re.Match[str]) -> str:
    char = found[0]
    return char if char.isprintable() else json.dumps(char)[1:-1]
