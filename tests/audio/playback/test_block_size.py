"""When a speaker's blocks become longer."""

from tui.audio.playback.start_buffer import LONGEST_MS, BlockSize

SECOND = 1_000_000_000


def test_three_times_in_ten_seconds_is_too_often() -> None:
    depth = BlockSize(20)
    assert [depth.ran_dry(at * SECOND) for at in (0, 6, 12, 15)] == [False, False, False, True]
    assert depth.block_ms == 40


def test_it_grows_step_by_step_and_ends() -> None:
    depth = BlockSize(20)
    grown = [depth.block_ms for at in range(30) if depth.ran_dry(at * SECOND)]
    assert grown == [40, LONGEST_MS]
