"""The device picker: what it lists, how levels move, and what Enter asks."""

from pathlib import Path

import pytest

from tests.dashboard.conftest import OpenStage
from tui.catalogue import DeviceChoice
from tui.commands import ChooseDevice, WatchDevices
from tui.dashboard import devices_screen as devices
from tui.dashboard.devices_screen import DevicesScreen

MIC = DeviceChoice("input", "Headset", "ALSA", 48_000, 1, is_default=True, in_use=True, dbfs=-30.0)
OTHER = DeviceChoice("input", "AirPods\x1b[2J", "ALSA", 16_000, 1, dbfs=None, warning="adds 150 ms")
SPEAKER = DeviceChoice("output", "Speakers", "ALSA", 44_100, 2, is_default=True, in_use=True)


async def test_it_lists_and_follows_levels(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample) as stage:
        await stage.show()
        await stage.press("ctrl+d")
        assert isinstance(stage.app.screen, DevicesScreen)
        assert stage.backend.asked == [WatchDevices(on=True)]
        assert "Looking for devices" in stage.text()
        await stage.show(devices=(MIC, OTHER, SPEAKER))
        text = stage.text()
        assert "● Headset" in text
        assert "▄▄▄▄      -30 dB ALSA · 48 kHz · 1 ch · default" in text
        assert "AirPods␛[2J" in text
        assert "not heard" in text
        assert "44.1 kHz · 2 ch" in text
        louder = DeviceChoice("input", "Headset", "ALSA", 48_000, 1, in_use=True, dbfs=-5.0)
        await stage.show(devices=(louder, OTHER, SPEAKER))
        assert "-5 dB" in stage.text()
        await stage.press("escape")
        assert stage.backend.asked[-1] == WatchDevices(on=False)


async def test_enter_changes_and_d_goes_with_the_default(
    open_stage: OpenStage, sample: Path
) -> None:
    async with open_stage(sample) as stage:
        await stage.show()
        await stage.press("ctrl+d")
        await stage.show(devices=(MIC, OTHER, SPEAKER))
        await stage.press("down", "enter")
        assert stage.backend.asked[-1] == ChooseDevice(side="input", device="AirPods\x1b[2J")
        await stage.press("down", "d")
        assert stage.backend.asked[-1] == ChooseDevice(side="output", device="")
        assert isinstance(stage.app.screen, DevicesScreen)


async def test_none_is_said_with_advice(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample) as stage:
        await stage.show()
        await stage.press("ctrl+d")
        await stage.show(devices=(MIC, SPEAKER))
        await stage.show(devices_advice="there is no sound device here; plug one in")
        assert "No sound devices: there is no sound device here; plug one in." in stage.text()
        assert "Headset" not in stage.text()
        await stage.show(devices=(MIC, SPEAKER))
        assert "Headset" in stage.text()
        assert "No sound devices" not in stage.text()


async def test_a_session_that_says_nothing_is_not_waited_for_without_end(
    open_stage: OpenStage, sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(devices, "PATIENCE_S", 0.1)
    async with open_stage(sample) as stage:
        await stage.show()
        await stage.press("ctrl+d")
        await stage.until(lambda: "The sound server does not answer" in stage.text())


async def test_a_wide_terminal_has_room_for_a_long_name(
    open_stage: OpenStage, sample: Path
) -> None:
    long = DeviceChoice("output", "Built-in Audio Digital (HDMI 2)", "PulseAudio", 48_000, 2)
    async with open_stage(sample, 120, 30) as stage:
        await stage.show()
        await stage.press("ctrl+d")
        await stage.show(devices=(MIC, long))
        assert "Built-in Audio Digital (HDMI 2)" in stage.text()
        await stage.pilot.resize_terminal(80, 24)
        await stage.until(lambda: "Built-in Audio Digita…" in stage.text())
