import numpy as np
import pytest

from tests.audio.fakes import MS, FakeClock, FakeSource, Samples, noise, tone
from tui.audio import g711
from tui.audio.capture import Capture, Chunk
from tui.audio.level import FLOOR_DBFS, dbfs
from tui.audio.ports import Block


def speak(source: FakeSource, pcm: Samples, clock: FakeClock) -> None:
    """Hands `pcm` over in blocks of 20 ms, each 40 ms after its capture."""
    size = source.rate // 50
    for at in range(0, len(pcm) - size + 1, size):
        clock.advance(20)
        source.hand(pcm[at : at + size], clock() - 40 * MS)


def pcm_of(chunks: list[Chunk]) -> Samples:
    return np.frombuffer(b"".join(chunk.data for chunk in chunks), "<i2")


@pytest.mark.parametrize("rate", [8000, 16000, 44100, 48000])
@pytest.mark.parametrize("chunk_ms", [20, 40])
def test_chunks_are_equal_and_know_their_time(rate: int, chunk_ms: int, clock: FakeClock) -> None:
    source = FakeSource(rate, clock)
    capture = Capture(source, 16000, chunk_ms=chunk_ms)
    begin = clock() + 20 * MS - 40 * MS
    pcm = tone(500, 1000, rate)
    speak(source, pcm, clock)
    chunks = capture.poll()
    assert 960 <= len(chunks) * chunk_ms <= 1000
    for number, chunk in enumerate(chunks):
        assert len(chunk.data) == 32 * chunk_ms
        assert chunk.capture_ns == pytest.approx(begin + number * chunk_ms * MS, abs=100_000)
        assert chunk.dbfs == pytest.approx(dbfs(pcm), abs=0.3) or number == 0
    wanted = tone(500, 1000, 16000)[: len(pcm_of(chunks))]
    assert np.abs(pcm_of(chunks)[800:].astype(int) - wanted[800:]).max() < 40


def test_a_jump_in_capture_time_is_kept(clock: FakeClock) -> None:
    source = FakeSource(16000, clock)
    capture = Capture(source, 16000)
    speak(source, noise(40, 16000, -20), clock)
    clock.advance(500)
    speak(source, noise(40, 16000, -20), clock)
    times = [chunk.capture_ns for chunk in capture.poll()]
    assert np.diff(times).tolist() == [20 * MS, 520 * MS, 20 * MS]


@pytest.mark.parametrize(
    ("encoding", "silence"),
    [("pcm", b"\0" * 640), ("ulaw", b"\xff" * 320), ("alaw", b"\xd5" * 320)],
)
def test_muted_sends_silence_at_the_same_pace(
    encoding: str, silence: bytes, clock: FakeClock
) -> None:
    source, seen = FakeSource(48000, clock), list[Block]()
    capture = Capture(source, 16000, encoding, on_block=seen.append)
    capture.muted = True
    speak(source, noise(200, 48000, -20), clock)
    chunks = capture.poll()
    assert len(chunks) == 9
    assert {chunk.data for chunk in chunks} == {silence}
    assert {chunk.dbfs for chunk in chunks} == {FLOOR_DBFS}
    assert capture.level == pytest.approx(-20, abs=0.5)
    assert seen == []


def test_nothing_said_while_muted_is_ever_sent(clock: FakeClock) -> None:
    source, seen = FakeSource(48000, clock), list[Block]()
    capture = Capture(source, 16000, on_block=seen.append, clock=clock)
    capture.muted = True
    speak(source, noise(200, 48000, -10), clock)
    capture.muted = False
    # Captured before unmuting, given out by the driver after it.
    clock.advance(20)
    source.hand(noise(20, 48000, -10), clock() - 40 * MS)
    assert not pcm_of(capture.poll()).any()
    assert seen == []
    clock.advance(100)
    speak(source, noise(100, 48000, -20), clock)
    assert dbfs(pcm_of(capture.poll())[320:]) > -26
    assert len(seen) == 5


def test_muting_silences_what_was_not_sent_yet(clock: FakeClock) -> None:
    source = FakeSource(16000, clock)
    capture = Capture(source, 16000, chunk_ms=40)
    speak(source, noise(20, 16000, -10), clock)
    assert capture.poll() == []
    capture.muted = True
    speak(source, noise(20, 16000, -10), clock)
    assert not pcm_of(capture.poll()).any()


def test_ulaw_goes_out_at_the_telephone_rate(clock: FakeClock) -> None:
    source = FakeSource(48000, clock)
    capture = Capture(source, 8000, "ulaw")
    speak(source, tone(500, 500, 48000), clock)
    sent = g711.ulaw_decode(b"".join(chunk.data for chunk in capture.poll()))
    wanted = tone(500, 500, 8000)[: len(sent)]
    assert np.abs(sent[80:].astype(int) - wanted[80:]).max() < 500


def test_an_unknown_encoding_is_refused(clock: FakeClock) -> None:
    with pytest.raises(ValueError, match="not 'mp3'"):
        Capture(FakeSource(48000, clock), 16000, "mp3")
