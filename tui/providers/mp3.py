"""Tells MP3 from the raw audio that was agreed: some demos of this API send it all the same.

Knows bytes only; decoding is somebody else's.
"""

_ID3 = b"ID3"
# ISO 11172-3, 2.4.2.3: kbit/s of layer III by index, and Hz by index; 0 and 15 are not allowed.
_KBITS_1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_KBITS_2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_RATES = (44100, 48000, 32000)
_LAYER_3 = 1
_VERSION_1 = 3
_SHIFT = {_VERSION_1: 0, 2: 1, 0: 2}
"""By version: how often the rates are halved."""


def looks_like_mp3(audio: bytes) -> bool:
    """An ID3 tag, or two frame headers just as far apart as the first one says.

    One header is not enough: its twelve ones are also an ordinary sample of PCM."""
    if audio.startswith(_ID3):
        return True
    length = _frame_length(audio)
    return length > 0 and (len(audio) == length or _frame_length(audio[length:]) > 0)


def _frame_length(audio: bytes) -> int:
    """In bytes, of the MP3 frame that `audio` begins with; 0 when it begins with none."""
    if len(audio) < 4 or audio[0] != 0xFF or audio[1] & 0xE0 != 0xE0:
        return 0
    version, layer = audio[1] >> 3 & 3, audio[1] >> 1 & 3
    bitrate, rate = audio[2] >> 4, audio[2] >> 2 & 3
    if version not in _SHIFT or layer != _LAYER_3 or bitrate in (0, 15) or rate == 3:
        return 0
    is_first = version == _VERSION_1
    kbits = (_KBITS_1 if is_first else _KBITS_2)[bitrate]
    hertz = _RATES[rate] >> _SHIFT[version]
    return (144 if is_first else 72) * kbits * 1000 // hertz + (audio[2] >> 1 & 1)
