"""How loud samples are. Knows numbers only."""

from math import log10

import numpy as np
import numpy.typing as npt

FLOOR_DBFS = -120.0
"""Digital silence; no 16-bit signal but zero lies below it."""


def dbfs(pcm: npt.NDArray[np.int16]) -> float:
    """RMS of int16, shape (n,), in dB of full scale: 0.0 is a full square wave, a full sine -3.0.

    Zero and empty input give FLOOR_DBFS.
    """
    if len(pcm) == 0:
        return FLOOR_DBFS
    wave = pcm.astype(np.float32)
    power = float(np.dot(wave, wave)) / (len(pcm) * 32768.0**2)
    return max(FLOOR_DBFS, 10 * log10(power)) if power > 0 else FLOOR_DBFS
