"""Tells MP3 from the raw audio that was agreed: some demos of this API send it all the same.

Knows bytes only; decoding is somebody else's.
"""

from tui.mp3_frames import is_tagged, mp3_frame


def looks_like_mp3(audio: bytes) -> bool:
    """An ID3 tag, or two frame headers just as far apart as the first one says.

    One header is not enough: its twelve ones are also an ordinary sample of PCM."""
    if is_tagged(audio):
        return True
    frame = mp3_frame(audio)
    if frame is None:
        return False
    return len(audio) == frame.length or mp3_frame(audio, frame.length) is not None
