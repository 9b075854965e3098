"""How loud a recorded call peaked, by the audio that its journal kept. Nothing slow is imported.

Knows the journal and the wire's encodings, by bytes; no fold. What it cannot tell is left out.
"""

from array import array
from collections.abc import Iterable
from math import log10
from sys import byteorder
from typing import NamedTuple

from tui.analysis.formats import FormatFold
from tui.events import AudioFormat, Encoding
from tui.journal.reader import JournalReader
from tui.journal.record import Direction
from tui.notices import SILENT_DBFS

WINDOW_NS = 1_000_000_000
"""As in a live call: the loudest sample of the last second."""
SLICE_MS = 50
MOST_LOOKED_AT = 1000
"""Records of a second in which a call is flooded."""
KEPT = 256
"""Records whose peaks are remembered: a second and a half of one side's, and a reply."""
_ULAW = bytes(~byte & 0x7F for byte in range(256))
"""G.711 u-law to its magnitude, which grows with the sample's."""


class LevelSpan(NamedTuple):
    """Of record `number` what sounded from `begin_ms` to `end_ms` of its own audio."""

    number: int
    begin_ms: float
    end_ms: float


class Peaks:
    """Of one journal; `formats` knows what was agreed on."""

    def __init__(self, reader: JournalReader, formats: FormatFold) -> None:
        self._reader = reader
        self._formats = formats
        self._found: dict[int, list[int]] = {}

    def sent(self, position: int, at_ns: int) -> float:
        """dBFS of the loudest sample that the microphone sent in the last second."""
        reader, parts, number = self._reader, list[LevelSpan](), position - 1
        first = max(position - MOST_LOOKED_AT, 0)
        while number >= first and reader.time_ns(number) > at_ns - WINDOW_NS:
            if reader.direction(number) is Direction.SENT and reader.level(number) is not None:
                parts.append(LevelSpan(number, 0.0, float("inf")))
            number -= 1
        return self.of(parts)

    def of(self, parts: Iterable[LevelSpan]) -> float:
        """dBFS of the loudest sample in `parts`."""
        loudest = 0
        for number, begin_ms, end_ms in parts:
            slices = self._slices(number)
            first = int(begin_ms // SLICE_MS)
            last = len(slices) if end_ms == float("inf") else int(end_ms // SLICE_MS) + 1
            loudest = max(loudest, *slices[first:last], 0)
        return 20 * log10(loudest / 32768) if loudest else SILENT_DBFS

    def _slices(self, number: int) -> list[int]:
        """The loudest sample of each SLICE_MS."""
        found = self._found.get(number)
        if found is None:
            form = self._formats.of(number, self._reader.direction(number))
            audio = self._reader.audio(number)
            found = _loudest(audio, form) if audio and form else []
            self._found[number] = found
            if len(self._found) > KEPT:
                del self._found[next(iter(self._found))]
        return found


def _loudest(audio: bytes, form: AudioFormat) -> list[int]:
    size = form.rate * SLICE_MS // 1000
    if form.encoding is Encoding.PCM:
        samples = array("h", audio[: len(audio) // 2 * 2])
        if byteorder == "big":
            samples.byteswap()
        pieces = (samples[at : at + size] for at in range(0, len(samples), size))
        return [max(-min(piece), *piece) for piece in pieces]
    if form.encoding is Encoding.ULAW:
        steps = audio.translate(_ULAW)
        return [_ulaw(max(steps[at : at + size])) for at in range(0, len(steps), size)]
    return []


def _ulaw(step: int) -> int:
    return (((step & 0x0F) << 3) + 0x84 << (step >> 4)) - 0x84
