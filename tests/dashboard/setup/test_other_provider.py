"""The set-up screen of a provider unlike the first: no agents, no card, options of its own."""

from pathlib import Path

import pytest

from tests.dashboard.conftest import OpenStage
from tests.dashboard.scripted_directory import ScriptedDirectory
from tests.dashboard.setup.test_setup import choose, connects, go_to, open_setup
from tui.dashboard.setup.fields import Field
from tui.setup import Setup, SetupField

FIELDS = (
    SetupField(name="prompt", label="instructions", kind="long", none="the service's own"),
    SetupField(name="mode", label="turns", kind="choice", choices=("calm", "eager"), none="calm"),
    SetupField(name="pace", label="pace", kind="number", low=0.25, high=1.5, group="speech"),
    SetupField(name="speed", label="speed", kind="number", low=0.1, high=0.5, group="speech"),
    SetupField(name="loud", label="loud", kind="yes_no", hint="and clear", none="no"),
    SetupField(name="names", label="names", kind="words", group="advanced"),
    SetupField(name="tokens", label="longest, tokens", kind="integer", low=1, group="advanced"),
)


def other(setup: Setup | None = None) -> ScriptedDirectory:
    directory = ScriptedDirectory(None)
    directory.fields = FIELDS
    directory.setup = setup or Setup()
    return directory


async def test_its_rows_are_its_fields_in_their_order(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample, directory=other()) as stage:
        await open_setup(stage)
        rows = stage.app.screen.query(Field)
        assert [row.field for row in rows] == [field.name for field in FIELDS]
        text = stage.text()
        for words in ("agent", "voice", "variables", "!", "asked", "configured"):
            assert words not in text.replace("Set-up of the next call", ""), words
        shown = [row.strip() for row in stage.rows()]
        speech = next(n for n, row in enumerate(shown) if row == "speech")
        assert shown[speech + 1].startswith("pace") and shown[speech + 2].startswith("speed")
        assert "▸ advanced   names, longest" in text
        assert stage.app.screen.focused is rows.first().editor()


async def test_what_is_entered_becomes_options(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample, directory=(directory := other())) as stage:
        await open_setup(stage)
        await stage.press(*"Be brief")
        await go_to(stage, "mode")
        await stage.press("enter")
        await choose(stage, *"eag")
        await go_to(stage, "pace")
        await stage.press(*"1.25")
        await go_to(stage, "loud")
        await stage.press("enter")
        await choose(stage, *"yes")
        await stage.press("f6", *"Ada, Bo")
        await go_to(stage, "tokens")
        await stage.press(*"9")
        await stage.press("f9", *"mine", "enter")
        await stage.until(lambda: "mine" in directory.profiles)
        await stage.press("f5")
        options = {"mode": "eager", "pace": 1.25, "loud": True, "names": ("Ada", "Bo"), "tokens": 9}
        assert connects(stage) == [Setup(prompt="Be brief", options=options)]
        assert connects(stage) == [directory.profiles["mine"]]


@pytest.mark.parametrize(
    ("name", "typed", "said"),
    [
        ("pace", "1.6", "at most 1.5"),
        ("pace", "fast", "a number, 0.25 to 1.5"),
        ("speed", "0.7", "at most 0.5"),
        ("tokens", "0", "at least 1"),
        ("tokens", "9" * 30, "a smaller number"),
    ],
)
async def test_its_ranges_are_judged(
    open_stage: OpenStage, sample: Path, name: str, typed: str, said: str
) -> None:
    async with open_stage(sample, directory=other()) as stage:
        await open_setup(stage)
        if name == "tokens":
            await stage.press("f6")
        await go_to(stage, name)
        await stage.press(*typed)
        await stage.until(lambda: f"! {said}" in stage.text())
        await stage.press("f5")
        assert connects(stage) == []


async def test_a_set_up_comes_out_as_it_was(open_stage: OpenStage, sample: Path) -> None:
    options = {"mode": "eager", "pace": 1, "loud": False, "names": ["Ada"], "tokens": 9}
    setup = Setup(prompt="x", speed=0.3, options=options)
    async with open_stage(sample, directory=other(setup)) as stage:
        await open_setup(stage)
        assert "no" in stage.text() and "!" not in stage.text()
        await stage.press("f5")
        assert connects(stage) == [setup]


async def test_what_it_has_not_is_said_and_left_out(open_stage: OpenStage, sample: Path) -> None:
    """A profile of another provider."""
    directory = other()
    directory.profiles["other"] = Setup(prompt="x", voice_id="v", options={"warmth": 2})
    async with open_stage(sample, directory=directory) as stage:
        await open_setup(stage)
        await stage.press("f8")
        await choose(stage, *"oth")
        assert "this provider has no voice_id: it is left out" in stage.text()
        assert "this provider has no warmth: it is left out" in stage.text()
        await stage.press("f5")
        assert connects(stage) == [] and "F5 again connects all the same" in stage.text()
        await stage.press("f5")
        assert connects(stage) == [Setup(prompt="x")]


async def test_without_anything_folded_away_there_is_no_key_for_it(
    open_stage: OpenStage, sample: Path
) -> None:
    directory = other()
    directory.fields = FIELDS[:2]
    async with open_stage(sample, directory=directory) as stage:
        await open_setup(stage)
        assert "advanced" not in stage.text().lower()
        await stage.press("f6", "f5")
        assert connects(stage) == [Setup()]


async def test_with_nothing_to_set_up_it_still_connects(
    open_stage: OpenStage, sample: Path
) -> None:
    directory = other()
    directory.fields = ()
    async with open_stage(sample, directory=directory) as stage:
        await open_setup(stage)
        await stage.press("f5")
        assert connects(stage) == [Setup()]
