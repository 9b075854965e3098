"""What two ends of a bridge say to each other: frames of bytes. Knows no socket, no device.

Theory of operation. One end has the devices (the laptop), the other uses them (the session). A
frame is its length, its kind, the side of the sound it is about, and its content. The using end
opens a side and gets to know the device; from then on samples flow, each counted:

- MIC samples carry their index and the time of capture by the device's clock. They are answered by
  TAKEN: more than WINDOW_MS unanswered are not sent but dropped, so that a network that stood still
  brings no sound of the past.
- OUT samples carry their index. PLAYED tells which of them left the converter when, and up to when
  all is told. FLUSH drops what is queued at the device and is answered by FLUSHED with the index up
  to which samples were given to the converter: what was heard is exact. HOLD stops and goes on.
- PING is answered by PONG with the other clock: it gives delay and difference of the two clocks.

Numbers are big-endian, times monotonic ns, samples mono s16le.
"""

import struct
from enum import IntEnum
from typing import NamedTuple

import msgspec

MAGIC = b"VOICESCOPE BRIDGE 1\n"
"""First bytes of the end that is started by ssh: what a shell printed before is passed over."""

MOST = 1 << 20
WINDOW_MS = 600

_HEAD = struct.Struct(">IBB")
TIMED = struct.Struct(">qq")
"""Index or stamp, then a time: in front of MIC, and all of PONG."""
ONE = struct.Struct(">q")
"""An index, a stamp or a number: in front of OUT, and all of TAKEN, PING, FLUSH."""
PIECE = struct.Struct(">qqqqq")
"""PLAYED: first index, samples, when the first left, up to when all is told, underruns so far."""


class Kind(IntEnum):
    OPEN = 1
    OPENED = 2
    FAILED = 3
    CLOSE = 4
    MIC = 5
    TAKEN = 6
    OUT = 7
    PLAYED = 8
    FLUSH = 9
    FLUSHED = 10
    PING = 11
    PONG = 12
    HOLD = 13


class Side(IntEnum):
    INPUT = 0
    OUTPUT = 1
    BRIDGE = 2
    """The bridge itself, its delay only."""


class BridgeFrame(NamedTuple):
    kind: int
    side: int
    data: bytes


class PortRequest(msgspec.Struct, frozen=True):
    """OPEN: which device; "" leaves it to the far end's own configuration."""

    device: str = ""
    block_ms: int = 20


class Device(msgspec.Struct, frozen=True):
    """OPENED."""

    name: str
    rate: int
    channels: int
    block_ms: float
    latency_ms: float


class PortProblem(msgspec.Struct, frozen=True):
    """FAILED: the device could not be opened, or went away."""

    reason: str
    advice: str


class BridgeError(Exception):
    """What came is not from a bridge."""


def encode(kind: Kind, side: int, data: bytes = b"") -> bytes:
    return _HEAD.pack(len(data), kind, side) + data


def side_of(data: bytes) -> int:
    """The side that an encoded frame is about."""
    return data[5]


def encode_json(kind: Kind, side: int, content: msgspec.Struct) -> bytes:
    return encode(kind, side, msgspec.json.encode(content))


class BridgeFrames:
    """Bytes as they come, cut anywhere, into frames."""

    def __init__(self, *, after_magic: bool = False) -> None:
        self._data = bytearray()
        self.begun = not after_magic
        """The magic was seen, or is not waited for."""

    def feed(self, data: bytes) -> list[BridgeFrame]:
        """Every frame that is complete by now. Raises BridgeError."""
        self._data += data
        if not self.begun and not self._find_magic():
            return []
        frames: list[BridgeFrame] = []
        while len(self._data) >= _HEAD.size:
            size, kind, side = _HEAD.unpack_from(self._data)
            if size > MOST or side not in (0, 1, 2):
                raise BridgeError("what comes is not a bridge's")
            end = _HEAD.size + size
            if len(self._data) < end:
                break
            frames.append(BridgeFrame(kind, side, bytes(self._data[_HEAD.size : end])))
            del self._data[:end]
        return frames

    @property
    def before(self) -> str:
        """What came in place of a magic."""
        return "" if self.begun else bytes(self._data).decode(errors="replace")

    def _find_magic(self) -> bool:
        at = self._data.find(MAGIC)
        if at < 0:
            if len(self._data) > MOST:
                raise BridgeError("the other end never says that it is a bridge")
            return False
        del self._data[: at + len(MAGIC)]
        self.begun = True
        return True
