"""What a device's blocks become, sample for sample and without memory of their own; and what
becomes of a stream whose callback fails."""

import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.audio.fakes import noise
from tests.vsound import VirtualSoundCard
from tui.audio.devices.device import DeviceMicrophone, DeviceSpeaker
from tui.audio.devices.sample_format import CaptureFormat, PlaybackFormat

RATE, FRAMES = 48_000, 960


def block(channels: int, *, is_float: bool) -> Any:
    """Interleaved noise, each channel its own, some of it beyond full scale where that can be."""
    pcm = np.stack([noise(20, RATE, -6, seed=n) for n in range(channels)], axis=1)
    return (pcm / 32768 * 1.5).astype(np.float32) if is_float else pcm


@pytest.mark.parametrize("is_float", [False, True])
@pytest.mark.parametrize(("channels", "channel"), [(1, 0), (1, 1), (2, 0), (2, 2), (3, 1)])
def test_a_channel_of_a_microphones_block(channels: int, channel: int, is_float: bool) -> None:
    data = block(channels, is_float=is_float)
    shape = CaptureFormat(RATE, channels, channel, is_float=is_float)
    wanted = data if channel == 0 else data[:, channel - 1]
    if is_float:
        wanted = np.clip(np.rint(wanted * 32768), -32768, 32767).astype(np.int16)
    for _ in range(2):  # the same memory again
        taken = np.frombuffer(shape.take(data.data.cast("B")), np.int16)
        assert np.array_equal(taken, wanted.reshape(-1))


@pytest.mark.parametrize("is_float", [False, True])
@pytest.mark.parametrize("channels", [1, 2, 3])
def test_a_speakers_channels_are_all_alike(channels: int, is_float: bool) -> None:
    shape = PlaybackFormat(RATE, channels, is_float=is_float)
    said = noise(20, RATE, -6)
    out = np.zeros((FRAMES, channels), np.float32 if is_float else np.int16)
    data = out.data.cast("B")
    shape.room(data, FRAMES)[:] = said.data
    shape.give(data, FRAMES)
    wanted = said.astype(np.float32) / 32768 if is_float else said
    for channel in range(channels):
        assert np.array_equal(out[:, channel], wanted)


def test_a_block_takes_no_memory_for_its_samples() -> None:
    """Views are made for each block and piece; a copy of one block's samples would be 1920 B."""
    inward = CaptureFormat(RATE, 2, 2, is_float=True)
    outward = PlaybackFormat(RATE, 2, is_float=True)
    heard = block(2, is_float=True).data.cast("B")
    spoken = np.zeros((FRAMES, 2), np.float32).data.cast("B")
    said = noise(20, RATE, -6).data

    def both() -> None:
        inward.take(heard)
        outward.room(spoken, FRAMES)[:] = said
        outward.give(spoken, FRAMES)

    both()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        both()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak - before < 1500


def until(reached: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 100
    while not reached():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_a_mistake_in_a_callback_is_counted_and_ends_no_stream(
    sound_card: VirtualSoundCard, capfd: pytest.CaptureFixture[str]
) -> None:
    microphone, speaker = DeviceMicrophone(), DeviceSpeaker()
    working = [microphone._queue.put, speaker._queue.fill]

    def broken(*_: object) -> int:
        raise ValueError("no such sample")

    try:
        for port in (microphone, speaker):
            port.start()
            until(lambda port=port: port.calls > 2)  # type: ignore[misc]
        microphone._queue.put = speaker._queue.fill = broken  # type: ignore[assignment,method-assign]
        until(lambda: microphone.faults > 2 and speaker.faults > 2)
        assert microphone.fault == speaker.fault == "ValueError: no such sample"
        assert microphone.overruns >= microphone.faults - 1
        assert speaker.underruns > 2
        microphone._queue.put, speaker._queue.fill = working  # type: ignore[assignment,method-assign]
        for port in (microphone, speaker):
            calls = port.calls
            until(lambda port=port, calls=calls: port.calls > calls)  # type: ignore[misc]
            assert port.failed is None
        speaker._queue.fill = broken  # type: ignore[assignment,method-assign]
        until(lambda: speaker.failed is not None)
        assert "cannot be handled: ValueError: no such sample" in str(speaker.failed)
    finally:
        microphone.close()
        speaker.close()
    assert capfd.readouterr() == ("", "")
