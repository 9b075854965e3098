"""The start buffer: by table, and by a reply whose pieces come unevenly."""

import numpy as np
import pytest

from tests.audio.fakes import FakeClock, FakeSink
from tui.audio.playback.player import Player
from tui.audio.playback.start_buffer import MOST_MS, StartBuffer
from tui.audio.playback.track import Gap

RATE = 16000
PIECE = np.full(RATE // 10, 1000, np.int16).tobytes()
"""100 ms."""


def test_it_grows_by_the_gap_and_at_least_by_half() -> None:
    buffer = StartBuffer(40)
    buffer.gap(5)
    assert buffer.ms == 60
    buffer.gap(120)
    assert (buffer.ms, buffer.reason) == (180, "a reply ran dry for 120 ms")
    buffer.gap(900)
    assert buffer.ms == MOST_MS


def test_a_pause_of_the_agent_is_no_reason() -> None:
    buffer = StartBuffer(60)
    buffer.gap(3000)
    assert buffer.ms == 60


def test_it_shrinks_when_calm_but_not_below_where_it_began() -> None:
    buffer = StartBuffer(60)
    buffer.gap(140)
    sizes = []
    for _ in range(80):
        buffer.calm(2500)
        sizes.append(buffer.ms)
    assert sizes == sorted(sizes, reverse=True)
    assert (sizes[2], sizes[3], sizes[-1]) == (200, 150, 60)
    assert buffer.reason == "ten seconds without a gap"


def gaps(clock: FakeClock, buffer: StartBuffer, late_ms: list[int]) -> int:
    """Gaps in a reply of pieces of 100 ms, each `late_ms` after its time."""
    sink = FakeSink(RATE, clock)
    player = Player(sink, RATE, buffer=buffer, clock=clock)
    due = {100 * number + late: number for number, late in enumerate(late_ms)}
    found = 0
    for ms in range(0, 100 * len(late_ms) + 2000, 10):
        if ms in due:
            player.play(1, PIECE)
        found += sum(isinstance(news, Gap) for news in player.poll())
        clock.advance(10)
        if ms % 20 == 0:
            sink.tick()
    return found


@pytest.mark.parametrize("late", [50, 120])
def test_what_stuttered_once_does_not_stutter_again(late: int, clock: FakeClock) -> None:
    """The same jitter, reply after reply: soon there is buffer enough, and it is bounded."""
    random, buffer = np.random.default_rng(3), StartBuffer(40)
    found = []
    for _ in range(6):
        jitter = [0] + [10 * int(random.integers(0, late // 10 + 1)) for _ in range(30)]
        found.append(gaps(clock, buffer, jitter))
    assert found[0] > 0
    assert found[-1] == 0
    assert 40 < buffer.ms <= MOST_MS


def test_without_jitter_it_stays_as_it_is(clock: FakeClock) -> None:
    buffer = StartBuffer(40)
    assert gaps(clock, buffer, [0] + [-20] * 50) == 0
    assert (buffer.ms, buffer.reason) == (40, "")
