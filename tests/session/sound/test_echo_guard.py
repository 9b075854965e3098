"""An agent that hears itself: that it does, that it is said, and that it need not."""

import sys
from pathlib import Path

import pytest

from tests.agent.conftest import voice
from tests.conftest import sound_card
from tests.echo import tell_a_story
from tests.vsound import VirtualSoundCard
from tui.agent.speech.hibari import HibariVoice
from tui.audio.resample import Resampler
from tui.events import AgentResponded, UserTranscribed
from tui.session.sound.echo_guard import EchoGuard

__all__ = ["sound_card", "voice"]

SAID = "I hear you. Your order is on its way, and it will be there on Monday before noon."


class Warnings:
    def __init__(self) -> None:
        self.told: list[tuple[str, bool]] = []

    def __call__(self, text: str, over: bool) -> None:
        self.told.append((text, over))


def conversation(*users: str) -> list[bool]:
    """What a guard warned of: True when it began, False when it was over."""
    warnings = Warnings()
    guard = EchoGuard("off", warnings)
    for text in users:
        guard.observe(AgentResponded(text=SAID, reply_id=1))
        guard.observe(UserTranscribed(text=text, user_turn_id=2))
    return [not over for _, over in warnings.told]


@pytest.mark.parametrize(
    ("users", "warned"),
    [
        (["your order is on its way and it will be there"], [True]),
        (["Your older is on its way. And it will be their on Monday."], [True]),
        (["on its way", "What about the other one?", "Before noon."], [True]),
        (["on its way"], []),
        (["When will my order be there?", "And can it be there before Tuesday?"], []),
        (["yes", "no", "yes", "Monday"], []),
        (["your order is on its way and it will be there", *["is that the red one then"] * 3],
         [True, False]),
    ],
)  # fmt: skip
def test_a_user_who_says_what_the_agent_says_is_its_echo(
    users: list[str], warned: list[bool]
) -> None:
    assert conversation(*users) == warned


def test_without_the_package_the_call_begins_with_advice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pywebrtc_audio", None)
    warnings = Warnings()
    guard = EchoGuard("cancel", warnings)
    guard.begin()
    assert guard.mode == ""
    assert "voicescope[audio]" in warnings.told[0][0]


async def test_without_a_headset_the_agent_interrupts_itself_and_that_is_said(
    tmp_path: Path, sound_card: VirtualSoundCard
) -> None:
    outcome = await tell_a_story(tmp_path, sound_card, "off", 120, 12)
    assert outcome.interruptions > 0
    assert outcome.warned, outcome


async def test_it_does_not_when_its_voice_is_taken_out_and_still_hears_the_user(
    tmp_path: Path, sound_card: VirtualSoundCard, voice: HibariVoice
) -> None:
    """All modes and delays: python -m bench.echo."""
    stop = Resampler(voice.rate, 48_000).process(voice.synthesise("Stop please, that is enough."))
    # What a busy server tears cannot be taken out: once in three it is to come whole.
    outcomes = []
    for attempt in range(3):
        folder = tmp_path / str(attempt)
        folder.mkdir()
        outcomes.append(await tell_a_story(folder, sound_card, "cancel", 250, 3, say=stop))
        if outcomes[-1].interruptions == 0:
            break
    assert outcomes[-1].interruptions == 0, outcomes
    assert not outcomes[-1].warned, outcomes
    assert outcomes[-1].heeded
