"""The small voice: SVOX Pico through py-nanotts, for machines without the neural voice's wheels.

Knows sentences and samples only.
"""

import numpy as np
import numpy.typing as npt
from py_nanotts import NanoTTS

from tui.agent.silence import trim


def load() -> "NanoVoice":
    voice = NanoVoice()
    voice.synthesise("Hello.")
    return voice


class NanoVoice:
    rate = 16_000

    def __init__(self) -> None:
        self._engine = NanoTTS()

    def synthesise(self, text: str) -> npt.NDArray[np.int16]:
        """Gives int16, shape (n,), 16 kHz."""
        pcm = np.frombuffer(self._engine.speak(text, voice="en-US"), np.int16)
        return trim(pcm, self.rate)
