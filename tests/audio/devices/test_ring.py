"""The ring against a list, by random operations and by two real threads."""

import threading
import time
from array import array

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tui.audio.devices.ring import Ring

CAPACITY = 16


def shorts(values: list[int]) -> memoryview:
    return memoryview(array("h", values))


class RingModel(RuleBasedStateMachine):
    """Sample n has value n; whatever is read must be the next index that was not dropped."""

    def __init__(self) -> None:
        super().__init__()
        self.ring = Ring(CAPACITY)
        self.queue: list[int] = []
        self.unseen = 0
        self.settled = 0
        self.held = False

    @rule(count=st.integers(0, CAPACITY + 4))
    def write(self, count: int) -> None:
        values = list(range(self.ring.written, self.ring.written + count))
        fits = len(self.queue) + self.unseen + count <= CAPACITY
        assert self.ring.write(shorts(values)) == fits
        if fits:
            self.queue += values

    @rule(count=st.integers(0, CAPACITY + 4), stride=st.sampled_from([1, 2]))
    def read(self, count: int, stride: int) -> None:
        target = memoryview(bytearray(2 * count * stride)).cast("h")[::stride]
        got = self.ring.copy_to(target)
        assert self.ring.start == (self.queue[0] if self.queue else self.ring.written)
        self.ring.advance(got)
        assert list(target[:got]) == ([] if self.held else self.queue[:count])
        del self.queue[:got]
        self.unseen = 0

    @rule()
    def drop(self) -> None:
        assert self.ring.drop() == len(self.queue)
        # The reader has to come by before the room is free again.
        self.unseen += len(self.queue)
        self.queue.clear()
        self.held = False

    @rule()
    def hold(self) -> None:
        self.ring.hold()
        self.held = True

    @rule()
    def release(self) -> None:
        self.ring.release()
        self.held = False

    @invariant()
    def settled_only_grows(self) -> None:
        assert self.ring.position == self.ring.written - len(self.queue)
        assert self.ring.position >= self.settled
        self.settled = self.ring.position


TestRing = RingModel.TestCase
TestRing.settings = settings(max_examples=60, deadline=None)


def test_a_drop_is_exact_while_the_other_thread_reads() -> None:
    """Every sample was either read or dropped, never both: index by index."""
    ring, read, stop = Ring(4096), array("h"), threading.Event()

    def reader() -> None:
        target = memoryview(bytearray(2 * 97)).cast("h")
        while not stop.is_set():
            count = ring.copy_to(target)
            read.extend(target[:count])
            ring.advance(count)

    dropped: set[int] = set()
    thread = threading.Thread(target=reader)
    thread.start()
    deadline = time.monotonic() + 100
    try:
        while ring.written < 30000:
            assert time.monotonic() < deadline
            begin = ring.written
            if not ring.write(shorts(list(range(begin, begin + 150)))):
                time.sleep(0)
            elif begin % 7 == 0:
                count = ring.drop()
                dropped |= set(range(ring.written - count, ring.written))
        while ring.position < ring.written:
            assert time.monotonic() < deadline
            time.sleep(0)
    finally:
        stop.set()
        thread.join()
    assert dropped.isdisjoint(read)
    assert sorted([*dropped, *read]) == list(range(ring.written))
    assert list(read) == sorted(read)
