"""The small recogniser: PocketSphinx with the English model inside its wheel. A toy next to
Moonshine, but it runs where that one has no wheel. Knows one utterance at a time.
"""

import numpy as np
import numpy.typing as npt
from pocketsphinx import Decoder

from tui.agent.speech.engines import HEARING_RATE


def load() -> "Sphinx":
    return Sphinx()


class Sphinx:
    def __init__(self) -> None:
        self._decoder = Decoder(samprate=float(HEARING_RATE), loglevel="FATAL")

    def recognise(self, pcm: npt.NDArray[np.int16]) -> str:
        """`pcm`: int16, shape (n,), 16 kHz."""
        self._decoder.start_utt()
        self._decoder.process_raw(pcm.tobytes(), full_utt=True)
        self._decoder.end_utt()
        found = self._decoder.hyp()
        return str(found.hypstr) if found else ""
