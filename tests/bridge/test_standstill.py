"""A network that stands still: no sound of the past when it moves again. Also --socket."""

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest

from tests.audio.fakes import MS, FakeClock, FakeSource
from tests.bridge.conftest import BridgeProcess
from tests.bridge.test_ports import until
from tests.conftest import clock
from tests.vsound import VirtualSoundCard
from tui.audio.bridge import link
from tui.audio.bridge.ports import BridgeMicrophone, BridgeSpeaker
from tui.audio.bridge.wire import (
    TIMED,
    WINDOW_MS,
    BridgeError,
    BridgeFrame,
    BridgeFrames,
    Kind,
    PortRequest,
    Side,
    encode,
)
from tui.audio.ports import Block
from tui.bridge import devices

__all__ = ["clock"]


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
    served: tuple[BridgeProcess, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link, "SILENT_S", 1000.0)  # however long it lasts
    process, path = served
    microphone = BridgeMicrophone(str(path))
    try:
        until(lambda: bool(microphone.read()))
        os.kill(process.process.pid, signal.SIGSTOP)
        os.waitid(os.P_PID, process.process.pid, os.WSTOPPED | os.WNOWAIT)
        time.sleep(1.5)  # a standstill is what happens in it: nothing
        microphone.read()
        moved_ns, blocks = time.monotonic_ns(), list[Block]()
        os.kill(process.process.pid, signal.SIGCONT)

        def caught_up() -> bool:
            blocks.extend(microphone.read())
            return any(block.capture_ns >= moved_ns for block in blocks)

        until(caught_up)
        assert microphone.failed is None
        past = [block for block in blocks if block.capture_ns < moved_ns]
        # What had waited is at most the window, at the far end and under way.
        assert len(past) <= 2 * WINDOW_MS / microphone.block_ms
    finally:
        microphone.close()


async def test_what_a_sound_server_kept_meanwhile_is_not_sent(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, frames, sent = FakeSource(16_000, clock), BridgeFrames(), list[BridgeFrame]()
    monkeypatch.setattr(devices, "_opened", lambda *_: source)
    opened = asyncio.Event()

    def send(data: bytes) -> None:
        sent.extend(frames.feed(data))
        opened.set()

    far = devices.FarDevices(send)
    far.handle(BridgeFrame(Kind.OPEN, Side.INPUT, msgspec.json.encode(PortRequest("", 20))))
    await opened.wait()
    now_ns, pcm = time.monotonic_ns(), np.zeros(320, np.int16)
    fresh_ns = now_ns + 60_000 * MS  # however long this takes
    for at_ns in (now_ns - 1500 * MS, now_ns - (WINDOW_MS + 1) * MS, fresh_ns):
        source.hand(pcm, at_ns)
    far.tick()
    heard = [TIMED.unpack_from(frame.data) for frame in sent if frame.kind == Kind.MIC]
    assert heard == [(640, fresh_ns)]
    await far.close()


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
