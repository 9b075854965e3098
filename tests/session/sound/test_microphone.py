"""What is sent of a microphone, and for one that is wanted and not there."""

import time
from pathlib import Path
from typing import Any

import pytest

from tests.audio.fakes import FakeClock, FakeSource, noise
from tests.conftest import clock
from tests.session.rig import plan_for
from tui.audio.chunks import Chunk
from tui.audio.level import FLOOR_DBFS
from tui.audio.silence import Silence
from tui.events import AudioFormat, Encoding
from tui.session.sound.call_recording import CallRecording
from tui.session.sound.echo_guard import EchoGuard
from tui.session.sound.microphone import Microphone

__all__ = ["clock"]

ULAW = AudioFormat(Encoding.ULAW, 8000)


def microphone(folder: Path, **changes: Any) -> Microphone:
    plan, emit = plan_for(folder, enabled=True, **changes), lambda event: None
    echo = EchoGuard(plan.audio.echo, lambda text, over: None)
    microphone = Microphone(plan, emit, CallRecording(plan, emit), echo)
    microphone.want(True)
    microphone.agree(ULAW)
    microphone.begin()
    return microphone


def polled(microphone: Microphone, seconds: float = 0.1) -> list[bytes]:
    chunks, end = list[bytes](), time.monotonic() + seconds
    while time.monotonic() < end:
        chunks += [chunk.data for chunk in microphone.poll()]
        time.sleep(0.005)
    return chunks


def test_silence_has_the_pace_of_a_microphone(clock: FakeClock) -> None:
    silence = Silence(16_000, "pcm", 20, clock)
    assert silence.poll() == []
    clock.advance(20)
    assert silence.poll() == [Chunk(bytes(640), FLOOR_DBFS)]
    assert silence.poll() == []
    clock.advance(50)
    assert len(silence.poll()) == 2
    clock.advance(10)
    assert len(silence.poll()) == 1
    clock.advance(5000)  # a standstill: no burst of the past
    assert len(silence.poll()) == 1
    clock.advance(19)
    assert silence.poll() == []


def test_a_microphone_that_is_wanted_and_not_there_sends_silence(tmp_path: Path) -> None:
    chunks = polled(microphone(tmp_path))
    assert chunks
    assert set(chunks) == {b"\xff" * 160}  # nothing, in u-law


def test_a_closed_one_that_sends_nothing_sends_nothing_either(tmp_path: Path) -> None:
    silent = microphone(tmp_path, mute="nothing")
    assert polled(silent) == []
    silent.hold(True)  # a call on hold keeps its rhythm
    assert polled(silent)


@pytest.mark.parametrize("change", [{"mic_file": "/nowhere.wav"}, {"mic_fd": 3}])
def test_a_file_is_no_microphone_that_may_come(tmp_path: Path, change: dict[str, Any]) -> None:
    assert polled(microphone(tmp_path, **change)) == []


def test_a_call_in_text_sends_nothing(tmp_path: Path) -> None:
    silent = microphone(tmp_path)
    silent.want(False)
    assert polled(silent) == []


def spoken(microphone: Microphone, source: FakeSource, captured_ns: int) -> list[Chunk]:
    """What is sent of 200 ms of noise, the first of it captured then."""
    source.hand(noise(200, source.rate, -10), captured_ns)
    return microphone.poll()


def test_nothing_said_while_muted_is_ever_sent(tmp_path: Path, clock: FakeClock) -> None:
    source, heard = FakeSource(8000, clock), microphone(tmp_path)
    heard.use(source)
    assert max(chunk.dbfs for chunk in spoken(heard, source, time.monotonic_ns())) > -20
    heard.mute(True)
    muted = spoken(heard, source, time.monotonic_ns())
    assert muted == [Chunk(b"\xff" * 160, FLOOR_DBFS)] * 10
    assert heard.level == pytest.approx(-10, abs=1), "the meter shows it all the same"
    before_ns = time.monotonic_ns()
    heard.mute(False)
    # Captured before unmuting, given out by the driver after it.
    assert {chunk.dbfs for chunk in spoken(heard, source, before_ns)} == {FLOOR_DBFS}
    assert max(chunk.dbfs for chunk in spoken(heard, source, time.monotonic_ns())) > -20


def test_held_within_mute_stays_closed_until_both_are_over(
    tmp_path: Path, clock: FakeClock
) -> None:
    source, heard = FakeSource(8000, clock), microphone(tmp_path, mute="nothing")
    heard.use(source)
    heard.mute(True)
    assert spoken(heard, source, time.monotonic_ns()) == []
    heard.hold(True)  # a call on hold keeps its rhythm
    assert {chunk.dbfs for chunk in spoken(heard, source, time.monotonic_ns())} == {FLOOR_DBFS}
    heard.mute(False)
    before_ns = time.monotonic_ns()
    assert {chunk.dbfs for chunk in spoken(heard, source, before_ns)} == {FLOOR_DBFS}
    heard.hold(False)
    assert {chunk.dbfs for chunk in spoken(heard, source, before_ns)} == {FLOOR_DBFS}
    assert max(chunk.dbfs for chunk in spoken(heard, source, time.monotonic_ns())) > -20
