import numpy as np
import pytest

from tests.audio.fakes import MS, FakeClock, noise
from tui.audio.devices.capture_queue import CaptureQueue

RATE = 8000


def test_blocks_come_out_as_they_came_in(clock: FakeClock) -> None:
    queue, pcm = CaptureQueue(RATE, clock), noise(1000, RATE, -20)
    for at in range(0, len(pcm), 160):
        queue.put(pcm[at : at + 160].data, clock() + at)
    blocks = queue.read()
    assert np.array_equal(np.concatenate([block.pcm for block in blocks]), pcm)
    assert [block.capture_ns for block in blocks] == [
        clock() + at for at in range(0, len(pcm), 160)
    ]
    assert queue.read() == []
    assert queue.overruns == 0


def test_the_first_of_two_channels_is_taken(clock: FakeClock) -> None:
    queue, pcm = CaptureQueue(RATE, clock), noise(40, RATE, -20)
    queue.put(pcm.data[::2], clock())
    (block,) = queue.read()
    assert np.array_equal(block.pcm, pcm[::2])


@pytest.mark.parametrize("seconds", [3, 6, 9])
def test_after_a_standstill_only_the_freshest_is_kept(seconds: int, clock: FakeClock) -> None:
    queue, block = CaptureQueue(RATE, clock), np.zeros(160, np.int16)
    for _ in range(seconds * 50):
        queue.put(block.data, clock())
        clock.advance(20)
    blocks = queue.read()
    assert len(blocks) == 2 * 50
    assert clock() - blocks[-1].capture_ns == 20 * MS
    assert queue.overruns == (seconds - 2) * 50


def test_after_a_long_standstill_nothing_old_is_given_out(clock: FakeClock) -> None:
    queue, block = CaptureQueue(RATE, clock), np.zeros(160, np.int16)
    for _ in range(15 * 50):
        queue.put(block.data, clock())
        clock.advance(20)
    assert queue.read() == []
    assert queue.overruns == 15 * 50
    queue.put(block.data, clock())
    assert [block.capture_ns for block in queue.read()] == [clock()]
