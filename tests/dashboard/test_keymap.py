"""Keys of the user's own."""

from pathlib import Path

import pytest

from tests.dashboard.conftest import OpenStage
from tests.dashboard.scripted_directory import ScriptedDirectory
from tui.commands import SetMuted
from tui.config import ConfigError
from tui.dashboard.app import VoiceScopeApp
from tui.dashboard.call_screen import CallScreen
from tui.dashboard.common.ascii import ascii_driver
from tui.dashboard.common.key_names import key_name
from tui.dashboard.keymap import checked

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


async def test_every_sentence_that_names_a_key(open_stage: OpenStage, sample: Path) -> None:
    own = {
        "call.mute": "f12", "call.hold": "f5", "call.help": "ctrl+h", "view.back": "ctrl+b",
        "setup.save": "ctrl+s", "setup.connect": "ctrl+l", "pick.back": "ctrl+w",
        "file.back": "ctrl+b", "help.close": "ctrl+h,q", "confirm.yes": "j", "quit.no": "n",
        "prompt.leave": "f11", "view.compare": "D", "tools.close": "ctrl+k", "compose.next": "f9",
    }  # fmt: skip
    async with open_stage(sample, 100, 130, directory=ScriptedDirectory(), keys=own) as stage:
        await stage.until(lambda: "Enter sends, F11 leaves" in stage.text())
        await stage.show(push_to_talk=True, muted=True)
        await stage.until(lambda: " PUSH F12 " in stage.rows()[0])
        await stage.show(held=True)
        await stage.until(lambda: "where it is. F5 goes on. · ^b hides" in stage.text())
        await stage.show(retry_at_ns=10**18, retry_attempt=1)
        await stage.until(lambda: "F3 stops" in stage.text())
        await stage.show()
        await stage.press("f11", "D")
        notes = [one.message for one in stage.app._notifications]
        assert any(" D at another frame compares" in one for one in notes), notes
        for keys, said in (
            (["ctrl+h"], "F12 opens the microphone"),
            (["q", "f6"], "^k closes"),
            (["ctrl+k", "f8"], "^b back"),
            (["ctrl+b", "f7"], "F9 goes to the text"),
            (["escape", "ctrl+o", "f8"], "^w back"),
            (["ctrl+w", "f8", "ctrl+w"], "Set-up"),
        ):
            await stage.press(*keys)
            await stage.until(lambda: said in stage.text(), said)  # noqa: B023


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
