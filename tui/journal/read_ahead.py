"""Reads pieces of a file that lie near each other with one look at the file.

Knows bytes and places; no lines. What was read once is never read again: a journal only grows.
"""

from typing import BinaryIO

AHEAD = 1 << 14
"""Bytes read at once: some hundred records without their audio."""


class ReadAhead:
    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._begin = 0
        self._data = b""

    def read(self, begin: int, end: int) -> bytes:
        """Bytes `begin..end`, which are in the file."""
        if end - begin > AHEAD:  # not worth holding
            self._file.seek(begin)
            return self._file.read(end - begin)
        at = begin - self._begin
        if at < 0 or at + end - begin > len(self._data):
            self._file.seek(begin)
            self._begin, self._data, at = begin, self._file.read(AHEAD), 0
        return self._data[at : at + end - begin]
