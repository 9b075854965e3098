"""When a block can have been captured at the latest."""

import numpy as np

from tests.audio.fakes import MS, FakeClock
from tui.audio.devices.arrival_times import ArrivalTimes
from tui.audio.devices.capture_queue import CaptureQueue

RATE, SIZE = 48_000, 960


def test_a_guess_is_held_to_the_soonest_arrival() -> None:
    arrivals, random = ArrivalTimes(RATE), np.random.default_rng(1)
    for number in range(500):
        delay = round(random.exponential(5)) * MS
        latest = arrivals.latest_ns(number * SIZE, SIZE, (number + 1) * 20 * MS + delay)
    assert 0 <= latest - 499 * 20 * MS < MS


def test_a_slow_clock_is_followed() -> None:
    arrivals = ArrivalTimes(RATE)
    for number in range(5000):
        came_ns = round((number + 1) * 20 * MS * 1.0001)
        latest = arrivals.latest_ns(number * SIZE, SIZE, came_ns)
    assert abs(latest - 4999 * 20 * MS * 1.0001) < MS / 10


def test_after_a_loss_the_count_begins_anew() -> None:
    arrivals = ArrivalTimes(RATE)
    for number in range(200):
        lost = 60 * MS if number >= 100 else 0
        latest = arrivals.latest_ns(number * SIZE, SIZE, (number + 1) * 20 * MS + lost)
        if number >= 102:
            assert abs(latest - number * 20 * MS - lost) < MS


def test_a_driver_that_knows_of_a_long_way_is_believed() -> None:
    """Bluetooth: the samples are 150 ms old when they come; other times are 10 ms too late."""
    for away, said in ((150, 150), (0, -10)):
        clock = FakeClock()
        queue, block = CaptureQueue(RATE, clock), np.zeros(SIZE, np.int16)
        for number in range(50):
            came_ns = (number + 1) * 20 * MS + away * MS
            clock.now_ns = came_ns
            queue.put(block.data, came_ns - 20 * MS - said * MS, came_ns)
            (got,) = queue.read()
            assert abs(got.capture_ns - number * 20 * MS) < MS
