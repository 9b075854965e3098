"""What is sent for a microphone that is wanted and not there."""

import time
from pathlib import Path
from typing import Any

import pytest

from tests.audio.fakes import FakeClock
from tests.conftest import clock
from tests.session.rig import plan_for
from tui.audio.silence import Silence
from tui.events import AudioFormat, Encoding
from tui.session.sound.microphone import Microphone

__all__ = ["clock"]

ULAW = AudioFormat(Encoding.ULAW, 8000)


def microphone(folder: Path, **changes: Any) -> Microphone:
    microphone = Microphone(plan_for(folder, audio=True, **changes), lambda event: None)
    microphone.want(True)
    microphone.agree(ULAW)
    microphone.begin()
    return microphone


def polled(microphone: Microphone, seconds: float = 0.1) -> list[bytes]:
    chunks, end = list[bytes](), time.monotonic() + seconds
    while time.monotonic() < end:
        chunks += microphone.poll()
        time.sleep(0.005)
    return chunks


def test_silence_has_the_pace_of_a_microphone(clock: FakeClock) -> None:
    silence = Silence(16_000, "pcm", 20, clock)
    assert silence.poll() == []
    clock.advance(20)
    assert silence.poll() == [bytes(640)]
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
