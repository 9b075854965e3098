"""Clicks that are heard late, quietly, in noise, or not at all."""

from pathlib import Path

import numpy as np
import pytest

from tests.audio.fakes import MS, Samples, noise
from tui.audio.loopback import Loopback, click, keep, lags, last_measured
from tui.audio.ports import Block

T0 = 9_000 * MS
EVERY_NS = 700 * MS


def captured(rate: int, lag_ms: float, loud: float, clicks: int = 6) -> list[Block]:
    """The clicks that left at T0 + 500 ms and so on, `lag_ms` later, in blocks of 20 ms."""
    pcm = noise(500 + 700 * clicks + 500, rate, -50).astype(np.int32)
    sound = (click(rate) * loud).astype(np.int32)
    for n in range(clicks):
        at = round((500 + 700 * n + lag_ms) * rate / 1000)
        pcm[at : at + len(sound)] += sound
    whole: Samples = np.clip(pcm, -32768, 32767).astype(np.int16)
    size = rate // 50
    return [
        Block(whole[at : at + size], T0 + at * 1_000_000_000 // rate)
        for at in range(0, len(whole) - size, size)
    ]


PLAYED = [T0 + 500 * MS + n * EVERY_NS for n in range(6)]


@pytest.mark.parametrize("rate", [16_000, 44_100, 48_000])
@pytest.mark.parametrize("lag_ms", [-21.0, 0.0, 3.5, 180.0])
@pytest.mark.parametrize("loud", [1.0, -0.05])
def test_a_click_is_found_to_a_tenth_of_a_millisecond(
    rate: int, lag_ms: float, loud: float
) -> None:
    found = lags(captured(rate, lag_ms, loud), rate, PLAYED)
    assert len(found) == 6
    assert found == pytest.approx([lag_ms] * 6, abs=0.1)


def test_what_is_not_there_is_not_found() -> None:
    assert lags(captured(48_000, 0, 0.0), 48_000, PLAYED) == []
    assert lags([], 48_000, PLAYED) == []
    assert lags([Block(np.zeros(48_000, np.int16), T0)], 48_000, PLAYED) == []


def test_the_last_measurement_is_kept(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    assert last_measured(folder) is None
    one = Loopback(wall_ns=1, speaker="S", microphone="M", clicks=3, lags_ms=(1.0, 2.0, 4.0))
    for lags_ms in ((9.0,), one.lags_ms):
        path = keep(
            folder, Loopback(wall_ns=1, speaker="S", microphone="M", clicks=3, lags_ms=lags_ms)
        )
    assert last_measured(folder) == one
    assert "+2.0 ms off" in one.sentence and "median of 3; +1.0 to +4.0" in one.sentence
    assert path.stat().st_mode & 0o077 == 0
    path.write_text("{")
    assert last_measured(folder) is None
