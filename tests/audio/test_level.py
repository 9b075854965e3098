import numpy as np
import pytest

from tests.audio.fakes import tone
from tui.audio.level import FLOOR_DBFS, dbfs


@pytest.mark.parametrize(
    ("pcm", "expected"),
    [
        (np.full(480, -32768, np.int16), 0.0),
        (tone(1000, 100, 48000, peak=32767), -3.01),
        (tone(1000, 100, 48000, peak=3277), -23.01),
        (np.ones(480, np.int16), -90.31),
        (np.zeros(480, np.int16), FLOOR_DBFS),
        (np.zeros(0, np.int16), FLOOR_DBFS),
    ],
)
def test_levels(pcm: np.ndarray, expected: float) -> None:
    assert dbfs(pcm) == pytest.approx(expected, abs=0.01)
