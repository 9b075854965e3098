"""Samples through a pipe in place of a microphone; other WAV files than our own."""

import io
import os
import struct
import wave
from pathlib import Path

import numpy as np
import pytest

from tests.audio.fakes import FakeClock, Samples, best_match, noise
from tests.audio.files.test_wav import PCM, READABLE, REFUSED, chunk, fmt, riff
from tui.audio.chunks import Chunker
from tui.audio.files.pipe import PipeMicrophone
from tui.audio.files.wavfile import WavMicrophone
from tui.audio.ports import AudioUnavailable
from tui.audio.resample import Resampler


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


def opened(content: bytes, clock: FakeClock) -> PipeMicrophone:
    """One that was given all of `content` and then the end."""
    read_fd, write_fd = os.pipe()
    os.write(write_fd, content)
    os.close(write_fd)
    try:
        microphone = PipeMicrophone(read_fd, 16_000, clock=clock)
        microphone.start()
    except BaseException:
        os.close(read_fd)
        raise
    return microphone


@pytest.mark.parametrize("size", [6400, 0, 0xFFFFFFFF])
def test_sound_ends_where_the_header_says_it_does(clock: FakeClock, size: int) -> None:
    """A title behind the sound is not spoken; a size that nobody knew is to the end."""
    said = noise(200, 16_000, -20)
    head = b"RIFF\0\0\0\0WAVE" + chunk(b"fmt ", fmt(1, 1, 16)) + b"data"
    tail = chunk(b"LIST", b"INFO" * 200) if size == said.nbytes else b""
    microphone = opened(head + struct.pack("<I", size) + said.tobytes() + tail, clock)
    heard = drawn(microphone, clock, 400)
    assert np.array_equal(heard[: len(said)], said)
    assert not heard[len(said) :].any()
    assert microphone.finished


@pytest.mark.parametrize("name", [name for name in READABLE if name != "over 4 GB"])
def test_every_form_that_a_file_may_have_comes_through_a_pipe(name: str, clock: FakeClock) -> None:
    heard = drawn(opened(READABLE[name], clock), clock, 260)
    off = np.abs(heard[: len(PCM)].astype(int) - PCM).max()
    assert off <= (256 if "law" in name else 1)


@pytest.mark.parametrize("name", [name for name in REFUSED if name not in ("empty", "text", "mp3")])
def test_a_wav_stream_that_makes_no_sense_is_refused(name: str, clock: FakeClock) -> None:
    content, reason = REFUSED[name]
    if name == "no sample":
        assert opened(content, clock).read() == []  # to the end, which may be far away
        return
    wanted = "holds no samples" if name == "no format" else reason
    with pytest.raises(AudioUnavailable, match=wanted) as caught:
        opened(content, clock)
    assert "ffmpeg" in caught.value.advice


def test_an_odd_rate_is_spoken_neither_slower_nor_with_gaps(clock: FakeClock) -> None:
    """20 ms of 11025 Hz are 220.5 samples."""
    said = noise(1000, 11_025, -20)
    form = chunk(b"fmt ", fmt(1, 1, 16, rate=11_025))
    microphone = opened(riff(form, chunk(b"data", said.tobytes())), clock)
    assert np.array_equal(drawn(microphone, clock, 1000), said)


def test_a_header_without_end_is_refused(clock: FakeClock) -> None:
    endless = b"RIFF\0\0\0\0WAVELIST\xf0\xff\xff\xff" + bytes(5000)
    with pytest.raises(AudioUnavailable, match="before its samples"):
        opened(endless, clock)


@pytest.mark.parametrize("rate", [8000, 11_025, 22_050, 44_100, 48_000, 96_000])
def test_a_stereo_file_of_any_rate_is_sent_at_the_agents(
    tmp_path: Path, clock: FakeClock, rate: int
) -> None:
    said = Resampler(8000, rate, "medium").process(noise(800, 8000, -20))
    path = tmp_path / "in.wav"
    path.write_bytes(stereo_wav(rate, said, said))
    microphone = WavMicrophone(path, clock=clock)
    chunker, sent = Chunker(rate, 16_000), b""
    microphone.start()
    for _ in range(100):
        clock.advance(10)
        for block in microphone.read():
            sent += b"".join(chunk.data for chunk in chunker.cut(block.pcm))
    wanted = Resampler(rate, 16_000, "medium").process(said)[: 16_000 // 2]
    at, alike = best_match(np.frombuffer(sent, "<i2"), wanted)
    assert at <= 2
    assert alike > 0.99
    microphone.close()
