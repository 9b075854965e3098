"""The shape of a piece of sound in cells: the loudest samples up and down of each column.

Knows samples only; how a column is drawn is for a widget.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

FULL_SCALE = 32_768


class Column(NamedTuple):
    """Lowest and highest sample of a column, -1.0 to 1.0."""

    low: float
    high: float


def waveform(pcm: npt.NDArray[np.int16], columns: int) -> list[Column]:
    """`pcm`, shape (n,), mono, in `columns` columns; in fewer where it has fewer samples."""
    count = min(columns, len(pcm))
    if count <= 0:
        return []
    edges = np.linspace(0, len(pcm), count + 1).astype(np.intp)[:-1]
    low = np.minimum.reduceat(pcm, edges) / FULL_SCALE
    high = np.maximum.reduceat(pcm, edges) / FULL_SCALE
    return [Column(float(a), float(b)) for a, b in zip(low, high, strict=True)]
