"""What a microphone and a speaker are to the rest of the program, whatever is behind them.

Knows no device, file or clock. Samples are mono int16; times are time.monotonic_ns().
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

Reply = int | str
"""What its owner calls a reply: equal or not, never ordered."""


class AudioUnavailable(Exception):
    """There is no sound on this side. Both texts are fit to be shown to the user."""

    def __init__(self, reason: str, advice: str) -> None:
        super().__init__(f"{reason} ({advice})")
        self.reason = reason
        self.advice = advice


class AudioMissing(AudioUnavailable):
    """There cannot be sound while this program runs: trying again is of no use."""


@dataclass(frozen=True, slots=True)
class Block:
    """Some captured samples, shape (n,), and when the first of them was at the converter."""

    pcm: npt.NDArray[np.int16]
    capture_ns: int


class Port(Protocol):
    """What both sides share. Made open (AudioUnavailable if that fails), silent until `start`."""

    @property
    def name(self) -> str: ...
    @property
    def rate(self) -> int:
        """Hz, the device's own."""

    @property
    def channels(self) -> int:
        """How many the device runs with; what is read and written here is mono all the same."""

    @property
    def block_ms(self) -> float: ...
    @property
    def latency_ms(self) -> float:
        """What the driver says lies between the converter and the program."""

    @property
    def failed(self) -> str | None:
        """Why no more sound comes or goes, in words for the user; None while all is well."""

    def start(self) -> None: ...
    def close(self) -> None:
        """Ends within a second even where the sound server hangs. May be called twice."""


class Source(Port, Protocol):
    """A microphone."""

    @property
    def overruns(self) -> int:
        """Blocks lost so far because they were not taken in time."""

    def read(self) -> list[Block]:
        """What came since the last call, without waiting."""


class Sink(Port, Protocol):
    """A speaker that counts. Every sample written has an index, from 0 on, for ever.

    When nothing is queued the device plays silence, which has no index. A flush leaves its
    indices behind: the samples were written and will never be heard.
    """

    @property
    def underruns(self) -> int:
        """How often the device itself ran out while something was being played."""

    @property
    def written(self) -> int:
        """Index the next sample written will have."""

    @property
    def consumed(self) -> int:
        """All indices below are settled: given to the device or dropped."""

    @property
    def room(self) -> int:
        """Samples that `write` takes at this moment."""

    def write(self, pcm: npt.NDArray[np.int16]) -> int:
        """Queues `pcm`, shape (n,); gives the index of its first sample.

        Raises ValueError, with nothing queued, when n > room.
        """

    def flush(self) -> int:
        """Drops what is queued; gives how many samples are never heard.

        What is sounding fades out at the beginning of the next block, and that little counts as
        heard. What is written afterwards begins in the block after it.
        """

    def hold(self, held: bool) -> None:
        """Stops what is sounding, with a fade, or goes on with the very next sample."""

    def played(self) -> list[Block]:
        """All that the device was given since the last call, silence included, in its order.

        `capture_ns` is when the first sample of a block leaves the converter. What nobody took
        for ten seconds is forgotten.
        """

    def heard_at(self, index: int) -> int | None:
        """When that sample leaves the converter, maybe in the near future.

        None if it is not known yet, was dropped, or was played more than a few seconds ago.
        """
