"""Keys of the user's own."""

from pathlib import Path

import pytest

from tests.screen.conftest import OpenStage
from tui.app import VoiceScopeApp
from tui.commands import SetMuted
from tui.config import ConfigError
from tui.keymap import checked
from tui.screens.call import CallScreen

PLACES = (VoiceScopeApp, CallScreen)


async def test_another_key_mutes_and_the_footer_says_so(
    open_stage: OpenStage, sample: Path
) -> None:
    async with open_stage(sample) as stage:
        stage.app.set_keymap(checked({"call.mute": "f12"}, PLACES))
        await stage.show()
        assert "F12 Mute" in stage.text() or "f12 Mute" in stage.text()
        await stage.press("f2")
        assert not stage.backend.asked
        await stage.press("f12")
        assert stage.backend.asked == [SetMuted(muted=True)]


async def test_sentences_name_the_keys_of_now(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample) as stage:
        own = {"call.connect": "f11", "events.search": "f12", "events.mark": "m"}
        stage.app.set_keymap(checked(own, PLACES))
        await stage.show()
        await stage.press("f11")
        await stage.until(lambda: "F11 again within 2 s" in stage.text())
        await stage.press("escape", "n")
        await stage.until(lambda: "searched for: F12" in stage.text())
        await stage.press("apostrophe")
        await stage.until(lambda: "m marks a row" in stage.text())
        await stage.press("backslash", "x")
        assert "\\x" not in stage.text()
        await stage.press("f12", "x")
        await stage.until(lambda: "\\x" in stage.text())


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"call.mut": "f12"}, "did you mean 'call.mute'"),
        ({"nothing": "f12"}, "docs/keys.md"),
        ({"call.mute": ""}, "no key"),
        ({"call.mute": "f3"}, "'f3' would be both call.connect and call.mute"),
        ({"view.zoom": "?", "view.tools": "question_mark"}, "would be both"),
    ],
)
def test_what_is_wrong_is_said(keys: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        checked(keys, PLACES)


def test_keys_can_change_places() -> None:
    keys = {"call.mute": "f3", "call.connect": "f2"}
    assert checked(keys, PLACES) == keys
