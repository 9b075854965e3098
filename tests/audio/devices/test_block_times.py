"""Block times: what a driver says is believed only while it makes sense; and stalls."""

import math

import pytest

from tui.audio.devices.block_times import BlockTimes, adc_ns, dac_ns
from tui.audio.devices.stream import StallWatch

NOW = 10**12
MS = 1_000_000
LATENCY = 40 * MS


@pytest.mark.parametrize(
    ("current", "converter", "distance_ms"),
    [
        (100.0, 100.031, 31),
        (100.0, 99.999, -1),
        (100.0, 0.0, 40),
        (0.0, 0.0, 40),
        (0.0, 100.0, 40),
        (100.0, 99.0, 40),
        (100.0, 1e9, 40),
        (100.0, math.nan, 40),
        (100.0, math.inf, 40),
    ],
)
def test_converter_times(current: float, converter: float, distance_ms: int) -> None:
    said = dac_ns(NOW, current, converter, LATENCY)
    assert said == pytest.approx(NOW + distance_ms * MS, abs=1000)
    if converter > 0:
        mirrored = adc_ns(NOW, current, 2 * current - converter, LATENCY)
        assert mirrored == pytest.approx(NOW - distance_ms * MS, abs=1000) or current == 0


def test_stamps_keep_the_newest_blocks() -> None:
    stamps = BlockTimes(8)
    assert stamps.find(0) is None
    for block in range(20):
        stamps.put(block * 10 + (block >= 15) * 5, 10, block * 100)
    assert stamps.find(199) == (195, 1900)
    assert stamps.find(205) is None
    assert stamps.find(160) == (155, 1500) or stamps.find(160) is None
    assert stamps.find(3) is None


def test_an_index_that_was_dropped_has_no_time() -> None:
    stamps = BlockTimes(8)
    stamps.put(0, 10, 100)
    stamps.put(50, 10, 200)
    assert stamps.find(9) == (0, 100)
    assert stamps.find(10) is None
    assert stamps.find(49) is None
    assert stamps.find(50) == (50, 200)


def test_a_stall_is_told_from_our_own_standstill() -> None:
    watch = StallWatch(1000 * MS)
    asked = [watch.stalled(1, at * MS) for at in range(0, 2000, 100)]
    assert asked.index(True) == 11 or asked.index(True) == 10
    watch = StallWatch(1000 * MS)
    assert not watch.stalled(1, 0)
    assert not watch.stalled(1, 60_000 * MS)
    assert not watch.stalled(1, 60_100 * MS)
