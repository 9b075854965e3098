"""Cuts the silence that synthesisers put around a sentence. Knows samples only."""

import numpy as np
import numpy.typing as npt

FLOOR = 0.01
"""Of full scale: quieter windows count as silence."""
WINDOW_MS = 10
KEEP_MS = 30
"""Left on both sides, so that soft first and last sounds stay whole."""


def trim(pcm: npt.NDArray[np.int16], rate: int) -> npt.NDArray[np.int16]:
    """`pcm`: shape (n,) at `rate` Hz. Gives the part from first to last sound, maybe empty."""
    window = rate * WINDOW_MS // 1000
    whole = pcm[: len(pcm) // window * window].reshape(-1, window)
    loud = np.flatnonzero(np.abs(whole.astype(np.int32)).max(axis=1, initial=0) > FLOOR * 32768)
    if not len(loud):
        return pcm[:0]
    keep = rate * KEEP_MS // 1000
    return pcm[max(0, loud[0] * window - keep) : (loud[-1] + 1) * window + keep]
