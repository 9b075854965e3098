"""A clock that stands still, ports that are driven by hand, and signals. Knows `tui.audio` only."""

import numpy as np
import numpy.typing as npt

from tui.audio.devices.playback_queue import PlaybackQueue
from tui.audio.ports import Block

Samples = npt.NDArray[np.int16]

MS = 1_000_000


class FakeClock:
    """Nanoseconds that pass only when told."""

    def __init__(self) -> None:
        self.now_ns = 1_000_000 * MS

    def __call__(self) -> int:
        return self.now_ns

    def advance(self, ms: float) -> None:
        self.now_ns += round(ms * MS)


class FakePort:
    name = "fake"
    channels = 1
    block_ms = 20.0
    latency_ms = 40.0
    failed: str | None = None

    def __init__(self, rate: int, clock: FakeClock) -> None:
        self.rate = rate
        self.clock = clock

    def start(self) -> None: ...
    def close(self) -> None: ...


class FakeSink(FakePort):
    """A speaker that takes a block whenever `tick` is called; the DAC is 40 ms away."""

    underruns = 0

    def __init__(self, rate: int, clock: FakeClock) -> None:
        super().__init__(rate, clock)
        self._playout = PlaybackQueue(rate, clock)
        self.blocks: list[Samples] = []

    @property
    def written(self) -> int:
        return self._playout.written

    @property
    def consumed(self) -> int:
        return self._playout.consumed

    @property
    def room(self) -> int:
        return self._playout.room

    def write(self, pcm: Samples) -> int:
        return self._playout.write(pcm)

    def flush(self) -> int:
        return self._playout.flush()

    def hold(self, held: bool) -> None:
        self._playout.hold(held)

    def played(self) -> list[Block]:
        return self._playout.played()

    def heard_at(self, index: int) -> int | None:
        return self._playout.heard_at(index)

    def tick(self) -> int:
        block = np.empty(self.rate // 50, np.int16)
        count = self._playout.fill(block.data, self.clock() + 40 * MS)
        self.blocks.append(block)
        return count

    def sound(self) -> Samples:
        """Everything that left so far, silence included."""
        return np.concatenate(self.blocks) if self.blocks else np.empty(0, np.int16)


class FakeSource(FakePort):
    """A microphone that gives what it was handed."""

    overruns = 0

    def __init__(self, rate: int, clock: FakeClock) -> None:
        super().__init__(rate, clock)
        self._blocks: list[Block] = []

    def hand(self, pcm: Samples, capture_ns: int) -> None:
        self._blocks.append(Block(pcm, capture_ns))

    def read(self) -> list[Block]:
        blocks, self._blocks = self._blocks, []
        return blocks


def tone(hz: float, ms: float, rate: int, peak: int = 10000) -> Samples:
    t = np.arange(round(rate * ms / 1000)) / rate
    wave: Samples = np.rint(peak * np.sin(2 * np.pi * hz * t)).astype(np.int16)
    return wave


def noise(ms: float, rate: int, dbfs: float, seed: int = 1) -> Samples:
    """White noise with an RMS of `dbfs`."""
    random = np.random.default_rng(seed)
    rms = 32768 * 10 ** (dbfs / 20)
    wave = np.clip(random.normal(0, rms, round(rate * ms / 1000)), -32768, 32767)
    return np.rint(wave).astype(np.int16)


def best_match(heard: Samples, said: Samples) -> tuple[int, float]:
    """Where `said` lies in `heard`, and how alike they are there (1.0: equal but for level)."""
    size = 1 << (len(heard) + len(said)).bit_length()
    a, b = heard.astype(np.float64), said.astype(np.float64)
    product = np.fft.irfft(np.fft.rfft(a, size) * np.conj(np.fft.rfft(b, size)), size)
    scores = product[: max(1, len(a) - len(b) + 1)]
    at = int(np.argmax(np.abs(scores)))
    part = a[at : at + len(b)]
    power = float(np.linalg.norm(part) * np.linalg.norm(b[: len(part)]))
    return at, float(scores[at]) / power if power else 0.0
