"""The small speech detector: the WebRTC project's, which knows yes and no only.

A score is the share of a frame's 10 ms windows that it calls speech.
"""

import numpy as np
import numpy.typing as npt
from webrtcvad import Vad

from tui.agent.speech.engines import HEARING_RATE

WINDOW = HEARING_RATE // 100
AGGRESSIVENESS = 3
"""0..3: the strictest, because this detector takes noise for speech more than it misses speech."""


def load() -> "WebRtc":
    return WebRtc()


class WebRtc:
    def open(self) -> "WebRtcStream":
        return WebRtcStream()


class WebRtcStream:
    def __init__(self) -> None:
        self._vad = Vad(AGGRESSIVENESS)
        self._rest = np.empty(0, np.int16)

    def score(self, frame: npt.NDArray[np.int16]) -> float:
        """`frame`: int16, shape (512,), 16 kHz: three windows, what is left waits for the next."""
        pcm = np.concatenate((self._rest, frame))
        count = len(pcm) // WINDOW
        self._rest = pcm[count * WINDOW :]
        windows = pcm[: count * WINDOW].reshape(count, WINDOW)
        voiced = [bool(self._vad.is_speech(w.tobytes(), HEARING_RATE)) for w in windows]
        return sum(voiced) / count
