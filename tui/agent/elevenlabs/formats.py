"""The audio formats of the protocol by their published names: `pcm_RATE` (signed 16-bit
little-endian) and `ulaw_8000` (G.711), always mono. Knows names only.
"""

from tui.events import AudioFormat, Encoding

FORMATS = {
    str(f): f
    for f in (
        *(AudioFormat(Encoding.PCM, r) for r in (8_000, 16_000, 22_050, 24_000, 44_100, 48_000)),
        AudioFormat(Encoding.ULAW, 8_000),
    )
}
