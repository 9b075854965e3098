"""WAV files for tests."""

import wave
from pathlib import Path

import numpy as np
import numpy.typing as npt


def write_wav(path: Path, pcm: npt.NDArray[np.int16], rate: int) -> Path:
    """Mono 16-bit."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(pcm.astype("<i2").tobytes())
    return path


def write_tone(path: Path, seconds: float, rate: int = 16_000, hertz: float = 440) -> Path:
    wave_ = np.sin(np.arange(int(seconds * rate)) * 2 * np.pi * hertz / rate)
    return write_wav(path, (8000 * wave_).astype(np.int16), rate)
