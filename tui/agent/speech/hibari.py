"""The voice: hibari-tts with its voice "heart", which comes inside the wheel.

Knows sentences and samples; what is said and when is decided elsewhere.
"""

import numpy as np
import numpy.typing as npt
from hibari import Hibari

from tui.agent.speech.silence import trim

SLOWEST, FASTEST = 0.5, 2.0
SEED = 7
"""Fixes the noise part of the synthesis, so that a sentence always sounds the same."""


def load() -> "HibariVoice":
    voice = HibariVoice()
    # The first sentence loads the dictionaries and settles the graph: 0.3 s that no user waits for.
    voice.synthesise("It is ten past five.")
    return voice


class HibariVoice:
    rate = 24_000

    def __init__(self) -> None:
        self._model = Hibari(threads=1)

    def synthesise(self, text: str, speed: float = 1.0) -> npt.NDArray[np.int16]:
        """Gives int16, shape (n,), 24 kHz; empty when there is nothing to pronounce. `speed` is
        the model's own, which leaves the pitch alone; beyond SLOWEST..FASTEST it stays there."""
        wave = self._model(text, speed=min(max(speed, SLOWEST), FASTEST), seed=SEED)
        pcm: npt.NDArray[np.int16] = (np.clip(wave, -1.0, 1.0) * 32767).astype(np.int16)
        # The model puts about 0.3 s of silence before and 0.5 s behind each sentence.
        return trim(pcm, self.rate)
