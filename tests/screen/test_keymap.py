"""Keys of the user's own."""

from pathlib import Path

import pytest

from tests.screen.conftest import OpenStage
from tui.app import VoiceScopeApp
from tui.ascii import ascii_driver
from tui.commands import SetMuted
from tui.config import ConfigError
from tui.keymap import checked
from tui.screens.call import CallScreen
from tui.widgets.key_names import key_name

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


async def test_a_key_of_ones_own_keeps_its_place(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample, 160, 45) as stage:
        own = {"events.filter": "f12", "events.follow": "ctrl+k,F", "view.zoom": "Z"}
        stage.app.set_keymap(checked(own, PLACES))
        await stage.show()
        await stage.press("escape")
        assert stage.rows()[-1].startswith(" F12 Filter ⏎ Detail ^k Follow")
        await stage.press("f1")
        keys = ("F12", "Enter", "^k, F", "a")
        places = [stage.text().index(f"  {key}  ") for key in keys]
        assert places == sorted(places)


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("greater_than_sign", ">"),
        ("left_curly_bracket", "{"),
        ("comma", ","),
        ("at", "@"),
        ("minus", "-"),
        ("underscore", "_"),
        ("euro_sign", "€"),
        ("ctrl+right_square_bracket", "^]"),
        ("shift+f12", "shift+F12"),
        ("delete", "Del"),
        ("G", "G"),
    ],
)
def test_keys_are_called_what_is_on_them(key: str, name: str) -> None:
    assert key_name(key) == name


async def test_signs_are_words_in_ascii(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample, 80, 50) as stage:
        stage.app.driver_class = ascii_driver(stage.app.driver_class)
        await stage.show()
        await stage.press("escape")
        assert " / Filter Enter Detail" in stage.rows()[-1]
        await stage.press("f1")
        assert "  j, Down  " in stage.text()
