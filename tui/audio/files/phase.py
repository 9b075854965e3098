"""Whether the two channels of a sound are each other upside down: mixing leaves nothing.

Knows samples. A balanced line or a wrong cable makes such sound.
"""

import numpy as np
import numpy.typing as npt

ENOUGH = 4000
"""Frames with sound that are judged together."""
QUIET = 200.0
"""Of int16: what is softer than that says nothing."""
LOST = 0.01
"""Part of a channel's power that is left of the mix: 20 dB are gone."""


class Phase:
    def __init__(self) -> None:
        self.opposite = False
        """Once and for all."""
        self._frames = 0
        self._sides = self._mix = 0.0

    def feed(self, wave: npt.NDArray[np.float32], mono: npt.NDArray[np.float32]) -> None:
        """`wave` of shape (n, channels) at the int16 scale, and its mix of shape (n,)."""
        if self.opposite or wave.shape[1] < 2 or not len(wave):
            return
        power = float(np.square(wave, dtype=np.float64).mean())
        if power < QUIET**2:
            return
        self._frames += len(wave)
        self._sides += power * len(wave)
        self._mix += float(np.square(mono, dtype=np.float64).sum())
        if self._frames >= ENOUGH:
            self.opposite = self._mix < LOST * self._sides
            self._frames, self._sides, self._mix = 0, 0.0, 0.0
