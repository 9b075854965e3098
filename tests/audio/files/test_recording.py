"""A call's two sides in one file: in time, whole at every moment, whatever the disk does."""

import errno
import os
import signal
import subprocess
import sys
import wave
from pathlib import Path

import numpy as np
import pytest

from tests.audio.fakes import MS, Samples, best_match, noise
from tui.audio.files.recording import RETRY_NS, RecordedSide, Recording, WavTrack
from tui.audio.files.timeline import Lane
from tui.audio.ports import Block

BEGIN = 5_000_000 * MS
RATE = 48_000


def read_wav(path: Path) -> Samples:
    """Shape (n, channels)."""
    with wave.open(str(path)) as file:
        data = file.readframes(file.getnframes())
        return np.frombuffer(data, "<i2").reshape(-1, file.getnchannels())


def blocks(
    pcm: Samples, rate: int, begin_ns: int, ppm: float = 0, jitter_ms: float = 0
) -> list[Block]:
    """20 ms each, of a device whose clock runs `ppm` too slow and whose times are often early."""
    random = np.random.default_rng(3)
    size = rate // 50
    pieces = [pcm[at : at + size] for at in range(0, len(pcm) - size + 1, size)]
    return [
        Block(
            piece,
            begin_ns + round(n * 20 * MS * (1 + ppm / 1e6) + random.uniform(-jitter_ms, 0) * MS),
        )
        for n, piece in enumerate(pieces)
    ]


def lay(lane: Lane, given: list[Block], rate: int) -> Samples:
    for block in given:
        lane.add(block, rate)
    lane.settle()
    return lane.take(lane.end)


@pytest.mark.parametrize("rate", [16_000, 44_100, 48_000])
def test_a_side_lies_where_its_times_say(rate: int) -> None:
    said = noise(3000, rate, -20)
    laid = lay(Lane(RATE, BEGIN), blocks(said, rate, BEGIN + 700 * MS, jitter_ms=8), rate)
    assert not laid[: 690 * 48].any()
    whole = lay(Lane(RATE, BEGIN), [Block(said, BEGIN)], rate)
    for begin_ms, within_ms in ((0, 2.5), (2400, 2.5)):
        at, _ = best_match(laid, whole[begin_ms * 48 :][: RATE // 2])
        assert abs(at / 48 - 700 - begin_ms) < within_ms


@pytest.mark.parametrize("ppm", [-200, 200])
def test_a_clock_that_drifts_is_followed(ppm: int) -> None:
    said = noise(40_000, 16_000, -20)
    given = blocks(said, 16_000, BEGIN, ppm=ppm, jitter_ms=3)
    laid = lay(Lane(RATE, BEGIN), given, 16_000)
    piece = lay(Lane(RATE, BEGIN), [Block(said[-16_000:], BEGIN)], 16_000)[: RATE // 2]
    at, _ = best_match(laid[-3 * RATE :], piece)
    found_ms = (at + len(laid) - 3 * RATE) / 48
    # Without correction it would be 8 ms off.
    assert abs(found_ms - 39_000 * (1 + ppm / 1e6)) < 5


def test_lost_blocks_leave_silence_of_their_length() -> None:
    said = noise(2000, RATE, -20)
    given = blocks(said, RATE, BEGIN)
    laid = lay(Lane(RATE, BEGIN), given[:50] + given[53:], RATE)
    at, alike = best_match(laid, said[60 * 960 :])
    assert abs(at - 60 * 960) <= 48
    assert alike > 0.99
    # One block more or less may pass before a lasting error is told from jitter.
    assert np.count_nonzero(laid == 0) > 2 * 960


@pytest.mark.parametrize("at", range(25))
def test_blocks_lost_at_any_place_leave_silence(at: int) -> None:
    said = noise(8000, RATE, -20)
    given = blocks(said, RATE, BEGIN)
    laid = lay(Lane(RATE, BEGIN), given[: 300 + at] + given[303 + at :], RATE)
    found, alike = best_match(laid[-RATE:], said[-RATE // 2 :])
    assert found == RATE // 2
    assert alike > 0.99


def test_times_that_are_early_for_a_while_cut_nothing() -> None:
    said = noise(8000, RATE, -20)
    given = blocks(said, RATE, BEGIN)
    for number in range(250, 275):
        given[number] = Block(given[number].pcm, given[number].capture_ns - 19 * MS)
    laid = lay(Lane(RATE, BEGIN), given, RATE)
    assert np.array_equal(laid, said)


def test_a_side_that_comes_late_or_never_is_silent(tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    recording = Recording([WavTrack(path, RATE, 2)], RATE, BEGIN)
    said = noise(8000, RATE, -20)
    for block in blocks(said, RATE, BEGIN):
        recording.heard(block, RATE)
        recording.write(block.capture_ns)
    assert 1.5 < len(read_wav(path)) / RATE < 2.2  # the other side may still come
    recording.close(BEGIN + 8000 * MS)
    both = read_wav(path)
    assert np.array_equal(both[:, 0], said)
    assert not both[:, 1].any()


def test_two_files_have_the_same_length(tmp_path: Path) -> None:
    tracks = [WavTrack(tmp_path / name, 24_000, 1) for name in ("user.wav", "agent.wav")]
    recording = Recording(tracks, 24_000, BEGIN)
    user, agent = noise(400, 24_000, -20, seed=1), noise(300, 24_000, -20, seed=2)
    for block in blocks(user, 24_000, BEGIN):
        recording.heard(block, 24_000)
    for block in blocks(agent, 24_000, BEGIN + 100 * MS):
        recording.played(block, 24_000)
    recording.close(BEGIN + 400 * MS)
    assert np.array_equal(read_wav(tmp_path / "user.wav")[:, 0], user)
    assert np.array_equal(read_wav(tmp_path / "agent.wav")[2400:, 0], agent)
    assert (tmp_path / "user.wav").stat().st_mode & 0o777 == 0o600


WRITER = """
import sys, time
import numpy as np
from pathlib import Path
from tui.audio.ports import Block
from tui.audio.files.recording import Recording, WavTrack
recording = Recording([WavTrack(Path(sys.argv[1]), 48000, 2)], 48000, 0)
at = 0
while True:
    block = Block(np.full(960, 1000, np.int16), at)
    recording.heard(block, 48000)
    recording.played(block, 48000)
    recording.write(at)
    at += 20_000_000
    if at == 60_000_000_000:
        print("ready", flush=True)
"""


def test_a_kill_leaves_a_file_that_plays(tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout is not None
    assert writer.stdout.readline() == "ready\n"
    writer.send_signal(signal.SIGKILL)
    writer.wait(100)
    both = read_wav(path)
    assert len(both) >= 59 * RATE
    assert (both == 1000).all()
    # The header never counts what is not there, and at most a piece is not counted.
    missing = path.stat().st_size - 44 - both.size * 2
    assert 0 <= missing <= RATE


class Full(WavTrack):
    """A disk that is full for a while."""

    full = False

    def _put(self, data: bytes, at: int) -> None:
        if self.full and len(data) > 44:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        super()._put(data, at)


def test_a_full_disk_stops_the_file_and_not_the_time(tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    track = Full(path, RATE, 2)
    recording = Recording([track], RATE, BEGIN)
    said = noise(20_000, RATE, -20)
    errors = []
    for number, block in enumerate(blocks(said, RATE, BEGIN)):
        track.full = 200 <= number < 400
        recording.heard(block, RATE)
        recording.played(block, RATE)
        recording.write(block.capture_ns)
        errors.append(recording.error)
        if number in (350, 990):
            read_wav(path)
    recording.close(BEGIN + 20_000 * MS)
    assert set(errors) == {"", "No space left on device"}
    assert 4000 <= recording.lost_ms <= 4000 + RETRY_NS / MS
    both = read_wav(path)
    assert len(both) == len(said)
    lost = both[:, 0] != said
    assert np.count_nonzero(lost) <= recording.lost_ms * 48
    assert not both[lost].any()
    assert not lost[-5 * RATE :].any()


def test_a_real_full_disk_is_survived() -> None:
    """/dev/full says so as a disk does."""
    fd = os.open("/dev/full", os.O_WRONLY)
    track: RecordedSide = WavTrack.__new__(WavTrack)
    vars(track).update(_fd=fd, _rate=RATE, _channels=2)
    recording = Recording([track], RATE, BEGIN)
    for block in blocks(noise(1000, RATE, -20), RATE, BEGIN):
        recording.heard(block, RATE)
        recording.played(block, RATE)
    recording.close(BEGIN + 1000 * MS)
    assert recording.error == "No space left on device"


@pytest.mark.parametrize("what", ["file", "link", "dangling"])
def test_a_recording_takes_no_place_of_another_file(tmp_path: Path, what: str) -> None:
    path, mine = tmp_path / "call.wav", tmp_path / "mine.txt"
    if what == "file":
        mine = path
    if what != "dangling":
        mine.write_text("mine")
    if what != "file":
        path.symlink_to(mine)
    with pytest.raises(FileExistsError):
        WavTrack(path, 48_000, 2)
    assert mine.read_text() == "mine" if what != "dangling" else not mine.exists()
