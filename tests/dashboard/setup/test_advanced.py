"""The folded part of the set-up, by keyboard alone at 80x24."""

from pathlib import Path

import msgspec
import pytest

from tests.dashboard.conftest import OpenStage
from tests.dashboard.scripted_directory import SUPPORT, ScriptedDirectory
from tests.dashboard.setup.test_setup import connects, go_to, open_setup
from tests.dashboard.test_hostile import HOSTILE, assert_harmless
from tui.dashboard.setup.fields import Field
from tui.dashboard.setup.screen import SetupScreen
from tui.setup import Setup

pytestmark = pytest.mark.slow

ALL = SUPPORT.permitted | {"keywords", "soft_timeout_message", "max_duration_seconds"}
OPEN = msgspec.structs.replace(SUPPORT, permitted=ALL, variables=())
FULL = Setup(
    keywords=("Łódź", "VoiceScope"),
    soft_timeout_message="One moment.",
    max_duration_seconds=90,
    user_id="u-7",
    environment="staging",
    branch_id="b_1",
    extra_body={"top_p": 0.9, "tags": ["a"]},
)


async def test_all_rows_by_keys(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample, directory=ScriptedDirectory(OPEN)) as stage:
        await open_setup(stage)
        await stage.press("f6")
        await stage.press(*"Łódź, VoiceScope,")
        for name, typed in (
            ("soft_timeout_message", "One moment."),
            ("max_duration_seconds", "90"),
            ("user_id", "u-7"),
            ("environment", "staging"),
            ("branch_id", "b_1"),
            ("extra_body", '{"top_p": 0.9, "tags": ["a"]}'),
        ):
            await stage.press("down")
            field = stage.app.screen.query_one(f"#f-{name}", Field)
            assert stage.app.screen.focused is field.editor()
            await stage.press(*typed)
        assert "!" not in stage.text()
        await stage.press("f6")
        assert "▸ advanced   set: keywords, soft timeout" in stage.text()
        assert "u-7" not in stage.text()
        await stage.press("f5")
        assert connects(stage) == [FULL]


async def test_enter_on_the_line_opens_and_closes(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample, directory=ScriptedDirectory(OPEN)) as stage:
        await open_setup(stage)
        await stage.press("shift+tab")
        while "▸ advanced" not in stage.text():
            await stage.press("shift+tab")
        await stage.press("enter")
        await stage.until(lambda: "of your own user" in stage.text())
        await stage.press("enter")
        assert "of your own user" not in stage.text()


@pytest.mark.parametrize(
    ("name", "typed", "said"),
    [
        ("extra_body", '{"top_p": }', "no JSON from character 11"),
        ("extra_body", "[1]", 'an object: {"name": …}'),
        ("extra_body", '{"a": NaN}', "JSON has no NaN"),
        ("extra_body", "[" * 3000, "nested too deep"),
        ("max_duration_seconds", "0", "at least 1"),
    ],
)
async def test_what_is_wrong_is_told_and_gone_to(
    open_stage: OpenStage, sample: Path, name: str, typed: str, said: str
) -> None:
    async with open_stage(sample, directory=ScriptedDirectory(OPEN)) as stage:
        await open_setup(stage)
        await stage.press("f6")
        await go_to(stage, name)
        field = next(f for f in stage.app.screen.query("Field") if getattr(f, "field", "") == name)
        entry = field.query_one("TextEntry")
        entry.value = typed  # type: ignore[attr-defined]
        await stage.until(lambda: f"! {said}" in stage.text())
        await stage.press("f6")
        assert "▸ advanced   set: !" in stage.text()
        await stage.press("f5")
        assert connects(stage) == []
        assert isinstance(stage.app.screen, SetupScreen)
        assert stage.app.screen.focused is entry


async def test_a_profile_keeps_them_and_clearing_takes_them_away(
    open_stage: OpenStage, sample: Path
) -> None:
    directory = ScriptedDirectory(OPEN)
    directory.setup = FULL
    async with open_stage(sample, directory=directory) as stage:
        await open_setup(stage)
        await stage.press("f9", *"all", "enter")
        assert directory.profiles["all"] == FULL
        await stage.press("f6")
        assert "Łódź, VoiceScope" in stage.text()
        await stage.until(lambda: '{"top_p": 0.9, "tags": ["a"]}' in stage.text())
        for name in ("keywords", "user_id", "extra_body"):
            await go_to(stage, name)
            await stage.press("end", "ctrl+u")
        await stage.press("f5")
        emptied = msgspec.structs.replace(FULL, keywords=(), user_id=None, extra_body={})
        assert connects(stage) == [emptied]


async def test_what_is_not_permitted_is_said_there(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample, directory=ScriptedDirectory()) as stage:
        await open_setup(stage)
        await stage.press("f6", *"x")
        assert "not permitted" in stage.text()
        assert "this agent does not allow keywords to be overridden" in stage.text()


@pytest.mark.parametrize("text", HOSTILE)
async def test_hostile_values(open_stage: OpenStage, sample: Path, text: str) -> None:
    directory = ScriptedDirectory(OPEN)
    directory.setup = Setup(keywords=(text, "b"), user_id=text, extra_body={"k": text})
    async with open_stage(sample, directory=directory) as stage:
        await open_setup(stage)
        assert_harmless(stage)
        await stage.press("f6")
        assert_harmless(stage)
        await stage.press("f5")
        assert connects(stage) == [directory.setup]
