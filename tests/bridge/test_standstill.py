"""A network that stands still: no sound of the past when it moves again. Also --socket."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.audio.fakes import MS
from tests.bridge.conftest import BridgeProcess
from tests.bridge.test_ports import until
from tests.vsound import VirtualSoundCard
from tui.audio.bridge.ports import BridgeMicrophone, BridgeSpeaker
from tui.audio.bridge.wire import BridgeError, BridgeFrames, Kind, Side, encode


@pytest.fixture
def served(
    sound_card: VirtualSoundCard, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[BridgeProcess, Path]]:
    folder = tmp_path_factory.mktemp("s")
    process = BridgeProcess(["--socket", str(folder / "b.sock")], folder)
    process.wait_for("listening at")
    yield process, folder / "b.sock"
    os.kill(process.process.pid, signal.SIGCONT)
    process.stop()


def test_after_a_standstill_nothing_of_the_past_is_heard(
    served: tuple[BridgeProcess, Path],
) -> None:
    process, path = served
    microphone = BridgeMicrophone(str(path))
    try:
        until(lambda: bool(microphone.read()))
        os.kill(process.process.pid, signal.SIGSTOP)
        time.sleep(1.5)  # a standstill is what happens in it: nothing
        os.kill(process.process.pid, signal.SIGCONT)
        blocks = []
        end = time.monotonic() + 1
        while time.monotonic() < end:
            blocks += microphone.read()
            time.sleep(0.005)
        ages = [(time.monotonic_ns() - block.capture_ns) / MS for block in blocks]
        assert microphone.failed is None
        assert ages[-1] < 300
        # What had waited is at most the window of 600 ms.
        assert sum(age > 1300 for age in ages) <= 60
    finally:
        microphone.close()


def test_a_bridge_that_never_moves_again_is_a_lost_device(
    served: tuple[BridgeProcess, Path],
) -> None:
    process, path = served
    speaker = BridgeSpeaker(str(path))
    try:
        speaker.write(np.zeros(speaker.rate, np.int16))
        os.kill(process.process.pid, signal.SIGSTOP)
        began = time.monotonic()
        speaker.flush()
        assert time.monotonic() - began < 10
        until(lambda: speaker.failed is not None)
        assert "stands still" in str(speaker.failed)
    finally:
        speaker.close()


def test_frames_may_be_cut_anywhere_and_rubbish_is_refused() -> None:
    data = b"".join(encode(Kind.OUT, Side.OUTPUT, bytes(n)) for n in range(50))
    for size in (1, 5, 7, 1000):
        frames = BridgeFrames()
        got = [f for at in range(0, len(data), size) for f in frames.feed(data[at : at + size])]
        assert [len(frame.data) for frame in got] == list(range(50))
    with pytest.raises(BridgeError):
        BridgeFrames().feed(b"HTTP/1.1 400 Bad Request\r\n")
