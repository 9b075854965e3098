"""A click from the speaker to the microphone: how far the two ends' times are from each other.

Knows samples, their times and one small file; opens no device. In a headset the way through the air
is less than a millisecond, so what remains is what the drivers of both sides do not know of their
own delay: by so much a figure that begins at the microphone and ends at the speaker may be off.
"""

import contextlib
import os
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt

from tui.audio.ports import Block

Samples = npt.NDArray[np.int16]

CLICK_MS = 20.0
LOW_HZ, HIGH_HZ = 800.0, 5_000.0
"""What every headset's speaker and microphone pass. A sweep is found in noise, a tick is not."""
AMPLITUDE = 8_000
EARLY_MS, LATE_MS = 100.0, 500.0
"""Where a click is looked for, around when it left the converter by the driver's own account."""
APART_MS = 700.0
"""From one click to the next: there is one in such a window."""
CLEAR = 7.0
"""A click is heard where the correlation is so many times its root mean square."""
FILE = "loopback.json"


class Loopback(msgspec.Struct, frozen=True, kw_only=True):
    """One measurement: what each click that was heard came later than accounted for, in ms."""

    wall_ns: int
    speaker: str
    microphone: str
    clicks: int
    """So many were played."""
    lags_ms: tuple[float, ...]

    @property
    def median_ms(self) -> float:
        return float(np.median(self.lags_ms))

    @property
    def sentence(self) -> str:
        """The instrument's uncertainty, as a report may print it."""
        low, high = min(self.lags_ms), max(self.lags_ms)
        return (
            f"from {self.speaker} to {self.microphone} a click is {self.median_ms:+.1f} ms off "
            f"what their drivers say (median of {len(self.lags_ms)}; {low:+.1f} to {high:+.1f})"
        )


def click(rate: int) -> Samples:
    """A sweep that rises and falls softly, at `rate` Hz: int16, shape (n,)."""
    time_s = np.arange(round(rate * CLICK_MS / 1000)) / rate
    slope = (HIGH_HZ - LOW_HZ) / (CLICK_MS / 1000)
    wave = np.sin(2 * np.pi * (LOW_HZ * time_s + slope * time_s**2 / 2))
    shaped: Samples = (wave * np.hanning(len(wave)) * AMPLITUDE).astype(np.int16)
    return shaped


def lags(heard: Sequence[Block], rate: int, played_ns: Sequence[int]) -> list[float]:
    """How much later than `played_ns` each click was at the microphone, in ms; of those heard.

    `heard`: what was captured, in its order, at `rate` Hz.
    """
    if not heard:
        return []
    pcm = np.concatenate([block.pcm for block in heard]).astype(np.float64)
    firsts = np.cumsum([0, *(len(block.pcm) for block in heard[:-1])])
    times = np.array([block.capture_ns for block in heard], np.float64)
    wanted = click(rate).astype(np.float64)

    def at_ns(sample: float) -> float:
        n = int(np.searchsorted(firsts, sample, side="right")) - 1
        return float(times[n] + (sample - firsts[n]) * 1e9 / rate)

    found = []
    for left_ns in played_ns:
        near = int(np.searchsorted(times, left_ns - EARLY_MS * 1e6))
        begin = int(firsts[max(near - 1, 0)])
        window = pcm[begin : begin + round((EARLY_MS + LATE_MS) * rate / 1000)]
        place = _place(window, wanted)
        if place is not None:
            found.append(round((at_ns(begin + place) - left_ns) / 1e6, 3))
    return found


def _place(window: npt.NDArray[np.float64], wanted: npt.NDArray[np.float64]) -> float | None:
    """Where `wanted` begins in it, in samples; None where it does not stand out."""
    if len(window) < 2 * len(wanted):
        return None
    size = 1 << int(np.ceil(np.log2(len(window) + len(wanted))))
    spectrum = np.fft.rfft(window - window.mean(), size) * np.conj(np.fft.rfft(wanted, size))
    strength = np.abs(np.fft.irfft(spectrum, size)[: len(window) - len(wanted)])
    best = int(np.argmax(strength))
    usual = float(np.sqrt(np.mean(strength**2)))
    if usual == 0 or strength[best] < CLEAR * usual:
        return None
    return float(best)


# ── What is kept ────────────────────────────────────────────────────────────────────────────────


def keep(folder: Path, measured: Loopback) -> Path:
    """In place of the last one. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path, part = folder / FILE, folder / f"{FILE}.{os.getpid()}"
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(msgspec.json.encode(measured))
    part.replace(path)
    return path


def last_measured(folder: Path) -> Loopback | None:
    """What was kept in the state folder; None where nothing was."""
    with contextlib.suppress(OSError, msgspec.DecodeError):
        found = msgspec.json.decode((folder / FILE).read_bytes(), type=Loopback)
        return found if found.lags_ms else None
    return None
