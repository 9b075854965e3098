"""A call's sound on its way into files: both sides in time, stereo or one file each.

Knows samples, times and the WAV format; no session. A file is playable at every moment, also after
a kill: samples are written before the header that counts them, and nothing is buffered here. A full
disk stops the file, not the time: what could not be written is a hole of silence when there is
room again.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from tui.audio.files.timeline import Lane
from tui.audio.files.wav import HEADER_BYTES, wav_header
from tui.audio.ports import Block

Samples = npt.NDArray[np.int16]

LATE_NS = 6_000_000_000
"""A side of which nothing came for so long is silent: it may come over a slow bridge."""

RETRY_NS = 5_000_000_000
"""Between two tries to write again."""

PIECE_MS = 250
"""How much is written at once."""


class RecordedSide(Protocol):
    """Where samples go: shape (n, channels), one piece after another."""

    def write(self, at: int, pcm: Samples) -> None:
        """From frame `at` on; what was passed over is silence. Raises OSError."""

    def close(self) -> None: ...


class WavTrack:
    """A new private WAV file."""

    def __init__(self, path: Path, rate: int, channels: int) -> None:
        """Raises OSError, FileExistsError among them."""
        self._rate = rate
        self._channels = channels
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        flags |= getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
        self._fd = os.open(path, flags, 0o600)
        try:
            self._put(wav_header(rate, 0, channels), 0)
        except OSError:
            os.close(self._fd)
            path.unlink(missing_ok=True)
            raise

    def write(self, at: int, pcm: Samples) -> None:
        data = np.ascontiguousarray(pcm, "<i2").tobytes()
        self._put(data, HEADER_BYTES + at * 2 * self._channels)
        self._put(wav_header(self._rate, at + len(pcm), self._channels), 0)

    def close(self) -> None:
        os.close(self._fd)

    def _put(self, data: bytes, at: int) -> None:
        os.lseek(self._fd, at, os.SEEK_SET)
        view = memoryview(data)
        while view:  # near a full disk less is written than was given
            view = view[os.write(self._fd, view) :]


class Recording:
    """User and agent, from `begin_ns` on, into one track of two channels or two of one."""

    def __init__(self, tracks: Sequence[RecordedSide], rate: int, begin_ns: int) -> None:
        self.rate = rate
        self.user = Lane(rate, begin_ns)
        self.agent = Lane(rate, begin_ns)
        self.error = ""
        """Why nothing is written at the moment; "" while it is."""
        self.lost_ms = 0.0
        """What could not be written, in all."""
        self._tracks = tracks
        self._written = 0
        self._retry_ns = 0

    def heard(self, block: Block, rate: int) -> None:
        """The user's side, as captured at `rate` Hz."""
        self.user.add(block, rate)

    def played(self, block: Block, rate: int) -> None:
        """The agent's side, as it left the speaker at `rate` Hz."""
        self.agent.add(block, rate)

    def write(self, now_ns: int) -> None:
        """Write what is known of both sides by `now_ns`; cheap when that is little. Never raises:
        `error` says why it fails, and it is tried again."""
        known = min(self.user.end, self.agent.end)
        end = max(known, self.user.index(now_ns - LATE_NS))
        piece = self.rate * PIECE_MS // 1000
        while end - self._written >= piece:
            self._put(self._written + piece, now_ns)

    def close(self, now_ns: int) -> None:
        """Write all that came, and end."""
        self.user.settle()
        self.agent.settle()
        end = max(self.user.end, self.agent.end)
        piece = self.rate
        while end > self._written:
            self._put(min(end, self._written + piece), now_ns)
        for track in self._tracks:
            track.close()

    def _put(self, end: int, now_ns: int) -> None:
        both = np.stack([self.user.take(end), self.agent.take(end)], axis=1)
        at, self._written = self._written, end
        if not self.error or now_ns >= self._retry_ns:
            try:
                self._write(at, both)
            except OSError as error:
                self._retry_ns = now_ns + RETRY_NS
                self.error = error.strerror or str(error)
            else:
                self.error = ""
                return
        self.lost_ms += len(both) * 1000 / self.rate

    def _write(self, at: int, both: Samples) -> None:
        if len(self._tracks) == 1:
            self._tracks[0].write(at, both)
            return
        for channel, track in enumerate(self._tracks):
            track.write(at, both[:, channel : channel + 1])
