"""Samples through a pipe in place of a microphone; other WAV files than our own."""

import io
import os
import wave
from pathlib import Path

import numpy as np
import pytest

from tests.audio.fakes import FakeClock, Samples, best_match, noise
from tui.audio.capture import Capture
from tui.audio.pipe import PipeMicrophone
from tui.audio.resample import Resampler
from tui.audio.wavfile import WavMicrophone


def drawn(microphone: PipeMicrophone, clock: FakeClock, ms: int) -> Samples:
    """What it gives in so much time."""
    pieces = [np.empty(0, np.int16)]
    for _ in range(ms // 10):
        clock.advance(10)
        pieces += [block.pcm for block in microphone.read()]
    return np.concatenate(pieces)


def test_what_is_piped_in_at_once_is_spoken_in_time(clock: FakeClock) -> None:
    said = noise(900, 16_000, -20)
    read_fd, write_fd = os.pipe()
    os.write(write_fd, said.tobytes())
    os.close(write_fd)
    microphone = PipeMicrophone(read_fd, 16_000, clock=clock)
    microphone.start()
    assert np.array_equal(drawn(microphone, clock, 500), said[:8000])
    assert not microphone.finished
    rest = drawn(microphone, clock, 500)
    assert microphone.finished
    assert np.array_equal(rest[:6400], said[8000:])
    assert not rest[6400:].any()
    os.close(read_fd)


def test_a_pipe_that_pauses_is_silent_meanwhile(clock: FakeClock) -> None:
    said = noise(400, 8000, -20)
    read_fd, write_fd = os.pipe()
    os.write(write_fd, said[:1600].tobytes())
    microphone = PipeMicrophone(read_fd, 8000, clock=clock)
    microphone.start()
    first = drawn(microphone, clock, 600)
    assert np.array_equal(first[:1600], said[:1600])
    assert not first[1600:].any()
    os.write(write_fd, said[1600:].tobytes())
    assert np.array_equal(drawn(microphone, clock, 200), said[1600:])
    os.close(write_fd)
    assert not drawn(microphone, clock, 40).any()
    assert microphone.finished
    os.close(read_fd)


def stereo_wav(rate: int, left: Samples, right: Samples) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setparams((2, 2, rate, 0, "NONE", ""))
        out.writeframes(np.stack([left, right], axis=1).astype("<i2").tobytes())
    return file.getvalue()


def test_a_wav_header_in_the_pipe_is_believed(clock: FakeClock) -> None:
    left, right = noise(300, 22_050, -20, seed=1), noise(300, 22_050, -20, seed=2)
    read_fd, write_fd = os.pipe()
    os.write(write_fd, stereo_wav(22_050, left, right))
    os.close(write_fd)
    microphone = PipeMicrophone(read_fd, 16_000, clock=clock)
    microphone.start()
    assert microphone.rate == 22_050
    heard = drawn(microphone, clock, 300)
    mixed = (left.astype(np.int32) + right) / 2
    assert np.abs(heard - mixed[: len(heard)]).max() <= 1
    os.close(read_fd)


@pytest.mark.parametrize("rate", [8000, 11_025, 22_050, 44_100, 48_000, 96_000])
def test_a_stereo_file_of_any_rate_is_sent_at_the_agents(
    tmp_path: Path, clock: FakeClock, rate: int
) -> None:
    said = Resampler(8000, rate, "medium").process(noise(800, 8000, -20))
    path = tmp_path / "in.wav"
    path.write_bytes(stereo_wav(rate, said, said))
    microphone = WavMicrophone(path, clock=clock)
    capture, sent = Capture(microphone, 16_000, clock=clock), b""
    microphone.start()
    for _ in range(100):
        clock.advance(10)
        sent += b"".join(chunk.data for chunk in capture.poll())
    wanted = Resampler(rate, 16_000, "medium").process(said)[: 16_000 // 2]
    at, alike = best_match(np.frombuffer(sent, "<i2"), wanted)
    assert at <= 2
    assert alike > 0.99
    microphone.close()
