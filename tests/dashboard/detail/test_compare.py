"""Two frames beside each other; the sound of a frame saved."""

from pathlib import Path

import pytest

from tests.dashboard.conftest import OpenStage
from tests.dashboard.sample_call import CallScript
from tests.frames import METADATA
from tui.audio.files.wav import WavReader
from tui.dashboard.detail.compare_screen import CompareScreen


async def test_the_second_press_shows_both_frames(
    open_stage: OpenStage, script: CallScript
) -> None:
    script.ping(31, 84)
    script.ping(32, 90)
    async with open_stage(script.path, 100, 30) as stage:
        await stage.show()
        await stage.press("escape", "a", "k", "k", "d")
        assert "is remembered" in stage.text()
        await stage.press("k", "k", "d")
        assert isinstance(stage.app.screen, CompareScreen)
        text = stage.text()
        assert "2 lines differ" in text
        assert "is remembered" not in text
        assert "n N differences   r tree, meaning, raw, hex   Esc closes" in text
        changed = [row for row in text.splitlines() if "≠" in row]
        assert any('"event_id": 32' in row and '"event_id": 31' in row for row in changed)
        assert any('"ping_ms": 90' in row and '"ping_ms": 84' in row for row in changed)
        await stage.press("r")
        assert '"event": "Pinged"' in stage.text()
        await stage.press("escape")
        assert not isinstance(stage.app.screen, CompareScreen)


async def test_sound_is_saved_from_the_log(
    open_stage: OpenStage, script: CallScript, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    script.raw(METADATA)
    script.speech(1, ms=250)
    async with open_stage(script.path) as stage:
        await stage.show()
        await stage.press("escape", "a", "k", "k", "W")
        assert "has no sound" in stage.text()
        await stage.press("j", "W")
        reader = WavReader(tmp_path / "growing-2.wav")
        assert (reader.rate, len(reader.read(100_000))) == (16_000, 4000)
