"""Hold, push-to-talk and what is said of the sound: keys, status bar, banner, help."""

from pathlib import Path

import pytest
from textual.events import Key
from textual.widgets import Input

from tests.dashboard.conftest import OpenStage
from tests.dashboard.sample_call import CallScript
from tests.dashboard.scripted_directory import ScriptedDirectory
from tests.dashboard.test_hostile import HOSTILE, assert_harmless
from tui.commands import Command, SetHeld, SetMuted, SetPushToTalk
from tui.notices import CallState


async def test_hold_while_typing(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample) as stage:
        await stage.show()
        await stage.press("h", "f9")
        assert stage.backend.asked[-1] == SetHeld(held=True)
        await stage.show(held=True)
        await stage.until(lambda: " HELD " in stage.rows()[0])
        assert "On hold: the agent hears silence" in stage.text()
        await stage.press("f9")
        assert stage.backend.asked[-1] == SetHeld(held=False)
        await stage.show()
        await stage.until(lambda: "On hold" not in stage.text())


async def test_nothing_to_hold(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample) as stage:
        await stage.show(state=CallState.IDLE, live_ns=0)
        await stage.until(lambda: stage.app.notice.state is CallState.IDLE)
        await stage.press("f9")
        await stage.until(lambda: "There is no call to hold." in stage.text())
        assert stage.backend.asked == []


async def test_push_to_talk(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample) as stage:
        await stage.show()
        await stage.press("f10")
        await stage.until(lambda: "F2 opens the microphone" in stage.text())
        await stage.show(push_to_talk=True, muted=True)
        await stage.until(lambda: " PUSH F2 " in stage.rows()[0])
        assert "F2 Talk" in stage.rows()[-1]
        await stage.press("f2")
        await stage.show(push_to_talk=True)
        await stage.until(lambda: "TALK" in stage.rows()[0])
        assert "F2 Close mic" in stage.rows()[-1]
        await stage.press("f2", "ctrl+g")
        assert stage.backend.asked == [
            SetPushToTalk(on=True),
            SetMuted(muted=False),
            SetMuted(muted=True),
            SetPushToTalk(on=False),
        ]


@pytest.mark.parametrize(
    ("key", "asked", "words"),
    [
        ("f2", [SetMuted(muted=True), SetMuted(muted=False), SetMuted(muted=True)],
         (" MIC OFF ", "MIC ON")),
        ("f9", [SetHeld(held=True), SetHeld(held=False), SetHeld(held=True)],
         (" HELD ", "MIC ON")),
        ("f10", [SetPushToTalk(on=True), SetPushToTalk(on=False), SetPushToTalk(on=True)],
         (" PUSH F2 ", "MIC ON")),
    ],
)  # fmt: skip
async def test_each_press_is_a_change_and_is_seen_at_once(
    open_stage: OpenStage, sample: Path, key: str, asked: list[Command], words: tuple[str, str]
) -> None:
    async with open_stage(sample) as stage:
        await stage.show()
        for word in (*words, words[0]):
            await stage.press(key)
            await stage.until(lambda: word in stage.rows()[0])  # noqa: B023
            stage.backend.say(switched=0)  # on its way before the session heard of any
            await stage.pilot.pause()
            assert word in stage.rows()[0]
        assert stage.backend.asked == asked
        await stage.show(switched=3)  # what the session says in the end is what holds
        await stage.until(lambda: words[1] in stage.rows()[0])


async def test_presses_in_one_go_and_by_name(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample) as stage:
        await stage.show()
        for _ in range(4):
            stage.app.post_message(Key("f2", None))
        await stage.until(lambda: len(stage.backend.asked) == 4)
        await stage.app.run_action("mute")
        assert [c.muted for c in stage.backend.asked if isinstance(c, SetMuted)] == [
            True, False, True, False, True,
        ]  # fmt: skip


async def test_a_dead_session_is_switched_for_the_next_one(
    open_stage: OpenStage, sample: Path
) -> None:
    async with open_stage(sample) as stage:
        await stage.show()
        await stage.press("f2")
        stage.backend.die()
        await stage.until(lambda: "The session process ended" in stage.text())
        assert " MIC OFF " in stage.rows()[0]
        await stage.press("f2", "f2")
        assert [c.muted for c in stage.backend.asked if isinstance(c, SetMuted)] == [
            True, False, True,
        ]  # fmt: skip
        await stage.until(lambda: " MIC OFF " in stage.rows()[0])


async def test_letters_are_typed(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample) as stage:
        await stage.show()
        await stage.press(*"push")
        assert stage.app.screen.query_one(Input).value == "push"


async def test_set_up_keeps_its_own_keys(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample, directory=ScriptedDirectory()) as stage:
        await stage.show()
        await stage.press("ctrl+o", "f9")
        assert "Save as a profile" in stage.text()
        await stage.press("f9", "f10", "escape")
        await stage.press("f8")
        await stage.until(lambda: "Profile" in stage.text())
        assert stage.backend.asked == []


async def test_the_help_tells_of_the_toggle(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample, 100, 60) as stage:
        await stage.show()
        await stage.press("f1")
        text = " ".join(stage.text().replace("┃", " ").split())
        assert "F9 Hold the call, go on" in text
        assert "F10, ^g Push-to-talk on, off" in text
        assert "F8 Send an image" in text
        assert "A terminal does not tell when a key is let go" in text
        assert text.count("Write a frame by hand") == 1


@pytest.mark.parametrize("width", [40, 50, 60, 80, 100, 160])
async def test_state_and_microphone_are_never_dropped(
    open_stage: OpenStage, script: CallScript, width: int
) -> None:
    script.received(
        {
            "type": "context_usage",
            "context_usage_event": {
                "model": "m",
                "context_tokens": 900,
                "context_limit_tokens": 1000,
                "event_id": 1,
            },
        }
    )
    busy = {
        "round_trip_ms": 84.0,
        "bridge_ms": 23.4,
        "buffer_ms": 80,
        "echo": "cancel",
        "recording": "/tmp/call.wav",
        "duration_limit_s": 900_000,
        "stalled_ms": 5000,
    }
    async with open_stage(script.path, width) as stage:
        for fields, word in (
            ({"held": True}, " HELD "),
            ({"push_to_talk": True, "muted": True}, " PUSH F2 "),
            ({"push_to_talk": True}, "TALK"),
            ({"muted": True}, " MIC OFF "),
        ):
            await stage.show(**busy, **fields)
            await stage.until(lambda: word in stage.rows()[0])  # noqa: B023
            assert "● LIVE" in stage.rows()[0]
        assert ("bridge 23 ms" in stage.rows()[0]) is (width == 160)
        assert ("echo cancel" in stage.rows()[0]) is (width == 160)
        assert ("● REC" in stage.rows()[0]) is (width >= 100)


async def test_the_sound_where_there_is_room(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample, 120) as stage:
        await stage.show(buffer_ms=80, echo="gate", bridge_ms=23.4)
        await stage.until(lambda: "bridge 23 ms  buf 80 ms  echo gate" in stage.rows()[0])


async def test_how_sure_the_agent_is_of_the_turn(open_stage: OpenStage, script: CallScript) -> None:
    frame = {"turn_probability": 0.5}
    script.received({"type": "internal_turn_probability", "turn_probability_internal_event": frame})
    async with open_stage(script.path, 120) as stage:
        await stage.show()
        await stage.pilot.pause(1.1)  # figures are said once a second
        await stage.show()
        await stage.until(lambda: "turn 0.50" in stage.rows()[0])


async def test_the_context_is_told_and_warned_of(open_stage: OpenStage, script: CallScript) -> None:
    def used(tokens: int) -> None:
        event = {
            "model": "m",
            "context_tokens": tokens,
            "context_limit_tokens": 128_000,
            "event_id": 1,
        }
        script.received({"type": "context_usage", "context_usage_event": event})

    used(12_800)
    async with open_stage(script.path) as stage:
        await stage.show()
        assert "ctx 10%" in stage.rows()[0]
        used(110_000)
        await stage.show()
        await stage.until(lambda: "ctx 86%" in stage.rows()[0])


async def test_warnings_of_the_sound(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample) as stage:
        said = ("The microphone is silent.", "The agent hears itself.")
        await stage.show(audio_warnings=said)
        await stage.until(lambda: "The microphone is silent. · The agent hears" in stage.text())
        await stage.press("escape")
        assert "The microphone is silent." not in stage.text()


@pytest.mark.parametrize("text", HOSTILE)
async def test_hostile_words(open_stage: OpenStage, script: CallScript, text: str) -> None:
    safe = text.encode("utf-8", "backslashreplace").decode()
    meta = {"event_id": 1, "metadata": {safe: safe}}
    script.received({"type": "agent_response_metadata", "agent_response_metadata_event": meta})
    guess = {"tentative_agent_response": safe}
    script.received(
        {
            "type": "internal_tentative_agent_response",
            "tentative_agent_response_internal_event": guess,
        }
    )
    async with open_stage(script.path) as stage:
        await stage.show(audio_warnings=(text,), echo=text, recording=text)
        await stage.pilot.pause()
        assert_harmless(stage)
