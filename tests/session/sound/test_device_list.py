"""Devices as a table, by name, and refused in every way that PortAudio knows.

What no virtual card refuses is refused by a stand-in for sounddevice, driven like the real one.
"""

import os
import subprocess
import sys
from array import array
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tests.audio.fakes import tone
from tests.vsound import VirtualSoundCard
from tui.audio.devices.device import DeviceMicrophone, DeviceSpeaker
from tui.audio.devices.listing import is_wireless, listed
from tui.audio.ports import AudioUnavailable

NO_SERVER = {"PULSE_SERVER": "unix:/nonexistent/socket", "XDG_RUNTIME_DIR": "/nonexistent"}


def devices(environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tui", "devices"],
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def test_the_command_lists_what_there_is(sound_card: VirtualSoundCard) -> None:
    done = devices({})
    head, *rows = done.stdout.splitlines()
    assert head.split() == ["side", "name", "host", "rate", "channels"]
    marked = [row.split() for row in rows if row.startswith("*")]
    assert [row[1] for row in marked] == ["microphone", "speaker"]
    assert [row[-3:] for row in marked] == [["PulseAudio", "48000", "1"]] * 2
    assert "Null Output (speaker)" in done.stdout
    assert (done.stderr, done.returncode) == ("", 0)


def test_the_command_says_what_to_do_where_there_are_none() -> None:
    done = devices(NO_SERVER)
    assert done.stdout == ""
    assert done.stderr.startswith("voicescope: there is no sound device here; plug one in")
    assert (len(done.stderr.splitlines()), done.returncode) == (1, 1)


@pytest.mark.parametrize(
    ("name", "wireless"),
    [("Jabra Elite Buds", True), ("bluez_output.1", True), ("AirPods Pro", True), ("USB", False)],
)
def test_bluetooth_is_warned_of(name: str, wireless: bool) -> None:
    assert is_wireless(name) == wireless
    (one,) = listed([info(name)], [{"name": "ALSA"}], {"input": 0, "output": -1})
    assert ("100 to 200 ms" in one.warning) == wireless
    assert one.is_default


def info(name: str = "card", channels: int = 1) -> dict[str, Any]:
    return {
        "name": name,
        "index": 0,
        "hostapi": 0,
        "max_input_channels": channels,
        "max_output_channels": 0,
        "default_samplerate": 96_000.0,
    }


class StandIn:
    """A card that takes what `accepts` says, with the real error codes for all else."""

    class PortAudioError(Exception):
        pass

    def __init__(self, most: int = 1, **accepts: Any) -> None:
        self._info = {**info("card", most), "max_output_channels": most}
        self._accepts = accepts
        self.tries: list[tuple[int, str, int]] = []
        self.default = SimpleNamespace(device={"input": 0, "output": 0})
        self.RawInputStream = self.RawOutputStream = self._open

    def query_devices(self) -> list[dict[str, Any]]:
        return [self._info]

    def _open(self, **asked: Any) -> SimpleNamespace:
        self.tries.append((asked["samplerate"], asked["dtype"], asked["channels"]))
        for key, code in (("samplerate", -9997), ("dtype", -9994), ("channels", -9998)):
            if asked[key] not in self._accepts.get(key, [asked[key]]):
                raise self.PortAudioError(f"refused: {key}", code)
        if self._accepts.get("busy"):
            raise self.PortAudioError("Device unavailable", -9985)
        self.callback = asked["callback"]
        return SimpleNamespace(latency=0.04, start=lambda: None, abort=list, close=list)


@pytest.fixture
def card(monkeypatch: pytest.MonkeyPatch) -> Any:
    def use(**accepts: Any) -> StandIn:
        stand_in = StandIn(**accepts)
        monkeypatch.setitem(sys.modules, "sounddevice", stand_in)
        return stand_in

    return use


WHEN = SimpleNamespace(currentTime=0.0, inputBufferAdcTime=0.0, outputBufferDacTime=0.0)
FINE = SimpleNamespace(input_overflow=False, output_underflow=False)


@pytest.mark.parametrize("rate", [48_000, 44_100, 16_000])
def test_a_rate_that_is_refused_is_not_the_end(card: Any, rate: int) -> None:
    card(samplerate=[rate])
    assert DeviceMicrophone().rate == rate
    assert DeviceSpeaker().rate == rate


def test_a_device_that_takes_only_floats_hears_and_plays_the_same(card: Any) -> None:
    stand_in = card(dtype=["float32"], samplerate=[16_000])
    pcm = tone(440, 20, 16_000, 20_000)
    microphone = DeviceMicrophone()
    stand_in.callback((pcm / 32768).astype(np.float32).tobytes(), 320, WHEN, FINE)
    (block,) = microphone.read()
    assert np.array_equal(block.pcm, pcm)
    speaker = DeviceSpeaker()
    speaker.write(pcm)
    out = array("f", bytes(4 * 320))
    stand_in.callback(memoryview(out).cast("B"), 320, WHEN, FINE)
    assert np.allclose(np.array(out) * 32768, pcm, atol=0.01)


def test_a_device_that_is_in_use_is_asked_once(card: Any) -> None:
    stand_in = card(busy=True)
    with pytest.raises(AudioUnavailable, match="card is in use or gone") as caught:
        DeviceMicrophone()
    assert "close what else uses it" in caught.value.advice
    assert len(stand_in.tries) == 1


@pytest.mark.parametrize(("channel", "expected"), [(1, 1000), (2, -3000), (0, -1000)])
def test_any_channel_can_be_the_voice(card: Any, channel: int, expected: int) -> None:
    stand_in = card(most=2, channels=[2], samplerate=[16_000])
    microphone = DeviceMicrophone(channel=channel)
    stand_in.callback(np.array([1000, -3000] * 320, np.int16).tobytes(), 320, WHEN, FINE)
    (block,) = microphone.read()
    assert len(block.pcm) == 320
    assert set(block.pcm.tolist()) == {expected}


def test_a_channel_that_is_not_there_is_said(card: Any) -> None:
    card()
    with pytest.raises(AudioUnavailable, match="no channel 3"):
        DeviceMicrophone(channel=3)
