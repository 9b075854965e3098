"""What a provider cannot do is not offered, and its key says so in one line."""

from pathlib import Path

import pytest

from tests.dashboard.conftest import OpenStage
from tests.dashboard.stage import Stage
from tests.dashboard.test_replay import Clock, replay_of
from tui.dashboard.app import VoiceScopeApp
from tui.dashboard.common.key_bar import KeyBar
from tui.provider import Capabilities

KEYS = {"call.tell", "call.send_file", "talk.like", "talk.dislike"}


def offered(stage: Stage) -> set[str]:
    """By the key bar, were it wide enough, and by what the help is made of."""
    found = {key.id for key in stage.app.screen.query_one(KeyBar).keys()}
    return found | {one.binding.id or "" for one in stage.app.screen.active_bindings.values()}


def palette(stage: Stage) -> set[str]:
    return {one.title for one in stage.app.get_system_commands(stage.app.screen)}


IN_PALETTE = {"session: send a file", "session: tell the agent", "transcript: like"}


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("ctrl+n", "This provider takes no context."),
        ("f8", "This provider takes no files."),
        ("plus", "This provider takes no feedback."),
        ("0", "This provider takes no feedback."),
    ],
)
async def test_what_it_cannot_is_not_offered_and_its_key_says_so(
    open_stage: OpenStage, sample: Path, key: str, said: str
) -> None:
    async with open_stage(sample, able=Capabilities()) as stage:
        await stage.show()
        await stage.press("escape", "1")
        assert not KEYS & offered(stage)
        assert not IN_PALETTE & palette(stage)
        asked = list(stage.backend.asked)
        await stage.press(key)
        await stage.until(lambda: said in stage.text(), said)
        assert len(stage.app.screen_stack) == 1 and stage.backend.asked == asked
        await stage.press("f1")
        await stage.until(lambda: len(stage.app.screen_stack) == 2)
        for words in ("Send an image", "contextual update", "Like the last reply"):
            assert words not in stage.text()


async def test_what_it_can_is_offered(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample) as stage:
        await stage.show()
        await stage.press("escape", "1")
        assert offered(stage) >= KEYS
        assert palette(stage) >= IN_PALETTE


async def test_a_replay_has_nobody_to_tell_whatever_the_provider_can(sample: Path) -> None:
    replay = replay_of(sample, Clock(), playing=False)
    replay.capabilities = Capabilities(context=True, files=True, feedback=True)
    app = VoiceScopeApp(replay)
    async with app.run_test():
        titles = {one.title for one in app.get_system_commands(app.screen)}
    assert not titles & (IN_PALETTE | {"transcript: dislike", "transcript: clear"})
    assert "transcript: follow" in titles
