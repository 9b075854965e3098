"""What MP3 says of itself in the headers of its frames: how far one goes, how long it sounds.

Knows bytes only; decoding is somebody else's (ISO 11172-3 and 13818-3).
"""

from typing import NamedTuple


def looks_like_mp3(audio: bytes) -> bool:
    """An ID3 tag, or two frame headers just as far apart as the first one says.

    One header is not enough: its twelve ones are also an ordinary sample of PCM."""
    if is_tagged(audio):
        return True
    frame = mp3_frame(audio)
    if frame is None:
        return False
    return len(audio) == frame.length or mp3_frame(audio, frame.length) is not None


HEADER = 4
LONGEST = 1441
"""Bytes of the longest frame: 320 kbit/s at 32 kHz, with its padding."""
_ID3 = b"ID3"
_ID3_HEADER = 10
# ISO 11172-3, 2.4.2.3: kbit/s of layer III by index, and Hz by index; 0 and 15 are not allowed.
_KBITS_1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_KBITS_2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_RATES = (44100, 48000, 32000)
_LAYER_3 = 1
_VERSION_1 = 3
_SHIFT = {_VERSION_1: 0, 2: 1, 0: 2}
"""By version: how often the rates are halved."""


class Mp3Frame(NamedTuple):
    """`length` in bytes, with its header; `samples` of each channel at `rate` Hz."""

    length: int
    samples: int
    rate: int


def mp3_frame(audio: bytes, at: int = 0) -> Mp3Frame | None:
    """The frame whose header stands at `at`, whether or not the rest of it is there."""
    if len(audio) < at + HEADER or audio[at] != 0xFF or audio[at + 1] & 0xE0 != 0xE0:
        return None
    version, layer = audio[at + 1] >> 3 & 3, audio[at + 1] >> 1 & 3
    bitrate, rate = audio[at + 2] >> 4, audio[at + 2] >> 2 & 3
    if version not in _SHIFT or layer != _LAYER_3 or bitrate in (0, 15) or rate == 3:
        return None
    is_first = version == _VERSION_1
    kbits = (_KBITS_1 if is_first else _KBITS_2)[bitrate]
    hertz = _RATES[rate] >> _SHIFT[version]
    samples = 1152 if is_first else 576
    length = samples // 8 * kbits * 1000 // hertz + (audio[at + 2] >> 1 & 1)
    return Mp3Frame(length, samples, hertz)


def is_tagged(audio: bytes) -> bool:
    """It begins with an ID3 tag, as a file would."""
    return audio.startswith(_ID3)


class Mp3Lengths:
    """One stream, cut anywhere: how long it sounds, by its frames."""

    def __init__(self) -> None:
        self._rest = b""
        self._skip = 0
        """Bytes that are still to come of a tag."""
        self._begun = False
        self._strange = 0

    @property
    def lost(self) -> bool:
        """What comes is no MP3: nothing is known of its length."""
        return self._strange > LONGEST

    def feed(self, data: bytes) -> float:
        """Milliseconds of the frames that are whole with `data`."""
        if not self._begun and not self._rest and is_tagged(data) and len(data) >= _ID3_HEADER:
            self._skip = _ID3_HEADER + _synchsafe(data[6:_ID3_HEADER])
        skipped = min(self._skip, len(data))
        self._skip -= skipped
        audio = self._rest + data[skipped:]
        ms, at = 0.0, 0
        while at + HEADER <= len(audio):
            frame = mp3_frame(audio, at)
            if frame is None:
                found = audio.find(b"\xff", at + 1)
                self._strange -= at
                at = found if found >= 0 else len(audio)
                self._strange += at
            elif at + frame.length > len(audio):
                break
            else:
                self._begun = True
                ms += frame.samples * 1000 / frame.rate
                at += frame.length
        self._rest = audio[at:]
        return ms


def _synchsafe(size: bytes) -> int:
    """Seven bits a byte: a tag's length has no byte that looks like a frame."""
    found = 0
    for byte in size:
        found = found << 7 | byte & 0x7F
    return found
