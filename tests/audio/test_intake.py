import numpy as np

from tests.audio.fakes import MS, noise
from tui.audio.intake import Intake

RATE = 8000


def test_blocks_come_out_as_they_came_in() -> None:
    intake, pcm = Intake(RATE), noise(1000, RATE, -20)
    for at in range(0, len(pcm), 160):
        intake.put(pcm[at : at + 160].data, at)
    blocks = intake.read()
    assert np.array_equal(np.concatenate([block.pcm for block in blocks]), pcm)
    assert [block.capture_ns for block in blocks] == list(range(0, len(pcm), 160))
    assert intake.read() == []
    assert intake.overruns == 0


def test_the_first_of_two_channels_is_taken() -> None:
    intake, pcm = Intake(RATE), noise(40, RATE, -20)
    intake.put(pcm.data[::2], 5)
    (block,) = intake.read()
    assert np.array_equal(block.pcm, pcm[::2])


def test_after_a_standstill_only_the_freshest_is_kept() -> None:
    intake, block = Intake(RATE), np.zeros(160, np.int16)
    for number in range(6 * 50):
        intake.put(block.data, number * 20 * MS)
    blocks = intake.read()
    assert len(blocks) == 2 * 50
    assert blocks[-1].capture_ns == (6 * 50 - 1) * 20 * MS
    assert intake.overruns == 4 * 50


def test_a_full_queue_loses_blocks_and_counts_them() -> None:
    intake, block = Intake(RATE), np.zeros(160, np.int16)
    for number in range(12 * 50):
        intake.put(block.data, number)
    intake.read()
    assert intake.overruns == 10 * 50
    intake.put(block.data, 7)
    assert [block.capture_ns for block in intake.read()] == [7]
