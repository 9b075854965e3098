"""The small voices: SVOX Pico through py-nanotts, in six languages and variants of one.

For languages that the neural voice lacks, and for machines without its wheels. Knows sentences and
samples only.
"""

import numpy as np
import numpy.typing as npt
from py_nanotts import NanoTTS

from tui.agent.speech.silence import trim


def load() -> "NanoVoice":
    voice = NanoVoice("en-US")
    voice.synthesise("Hello.")
    return voice


class NanoVoice:
    rate = 16_000

    def __init__(self, name: str) -> None:
        self._engine = NanoTTS()
        self._name = name

    def synthesise(self, text: str, speed: float = 1.0) -> npt.NDArray[np.int16]:
        """Gives int16, shape (n,), 16 kHz. `speed`: 0.2..5, which leaves the pitch alone."""
        rate = None if speed == 1.0 else speed
        pcm = np.frombuffer(self._engine.speak(text, voice=self._name, speed=rate), np.int16)
        return trim(pcm, self.rate)
