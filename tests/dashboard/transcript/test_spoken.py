"""A reply is shown as it is heard, and judged, by keyboard alone at 80x24."""

import base64
from pathlib import Path

import msgspec

from tests.dashboard.conftest import OpenStage
from tests.dashboard.sample_call import START_NS, CallScript
from tests.dashboard.scripted import ScriptedClock
from tests.dashboard.stage import Stage
from tui import events
from tui.commands import SendFeedback
from tui.journal.record import Direction
from tui.notices import CallState

TEXT = "One two three"


def begin(script: CallScript, text: str = TEXT) -> None:
    """A reply of a second whose characters are spoken every 100 ms, heard from 1 s on."""
    script.fact(events.LinkOpening(target="local agent", provider="elevenlabs"))
    formats = {"agent_output_audio_format": "pcm_16000", "user_input_audio_format": "pcm_16000"}
    started = {"conversation_id": "c", **formats}
    script.received(
        {
            "type": "conversation_initiation_metadata",
            "conversation_initiation_metadata_event": started,
        }
    )
    script.agent(text, 1)
    alignment = {
        "chars": list(text),
        "char_start_times_ms": [100 * n for n in range(len(text))],
        "char_durations_ms": [100] * len(text),
    }
    audio = bytes(64_000)
    base = base64.b64encode(audio).decode()
    event = {"audio_base_64": base, "event_id": 1, "alignment": alignment}
    frame = msgspec.json.encode({"type": "audio", "audio_event": event}).decode()
    script.writer.frame(Direction.RECEIVED, "audio", frame, turn=0, audio=audio, level=-20)
    script.fact(events.PlaybackStarted(reply_id=1, at_ns=START_NS))


def dim_text(stage: Stage) -> str:
    """What of the transcript is painted as still to be said."""
    dim = stage.talk.style_of("dim").color
    found = ""
    for y in range(1, stage.talk.size.height):
        strip = stage.talk.render_line(y)
        if any("One" in part.text for part in strip):
            found = "".join(p.text for p in strip if p.style and p.style.color == dim)
    return found


async def test_word_by_word(open_stage: OpenStage, script: CallScript) -> None:
    begin(script)
    clock = ScriptedClock()
    clock.now = START_NS + 250_000_000
    async with open_stage(script.path, clock=clock) as stage:
        await stage.show()
        await stage.until(lambda: dim_text(stage).rstrip().endswith("two three"))
        clock.wait(400)
        await stage.until(lambda: "two" not in dim_text(stage))
        assert "three" in dim_text(stage)
        assert TEXT in stage.text()
        clock.wait(5000)
        await stage.until(lambda: "three" not in dim_text(stage))


async def test_hostile_letters_keep_their_places(open_stage: OpenStage, script: CallScript) -> None:
    from tests.dashboard.test_hostile import HOSTILE, assert_harmless

    text = "".join(part.encode("utf-8", "replace").decode() for part in HOSTILE)
    begin(script, text)
    clock = ScriptedClock()
    clock.now = START_NS
    async with open_stage(script.path, clock=clock) as stage:
        await stage.show()
        for _ in range(len(text) // 7):
            clock.wait(700)
            stage.talk.flush()
            assert_harmless(stage)


async def test_a_reply_is_judged(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample) as stage:
        await stage.show()
        await stage.press("escape", "1", "plus", "minus", "0")
        assert stage.backend.asked == [
            SendFeedback(reply_id=4, score="like"),
            SendFeedback(reply_id=4, score="dislike"),
            SendFeedback(reply_id=4, score=None),
        ]
        await stage.press("g", "k", "plus")
        assert stage.backend.asked[-1] != SendFeedback(reply_id=4, score="like")
        assert "+ Like" in stage.rows()[-1]


async def test_nothing_to_judge(open_stage: OpenStage, script: CallScript) -> None:
    async with open_stage(script.path) as stage:
        await stage.show()
        await stage.press("escape", "1", "plus")
        assert stage.backend.asked == []
        await stage.show(state=CallState.IDLE)
        await stage.press("plus")
        assert stage.backend.asked == []


async def test_the_mark_is_seen(open_stage: OpenStage, script: CallScript) -> None:
    begin(script)
    script.sent({"type": "feedback", "event_id": 1, "score": "like"})
    async with open_stage(script.path) as stage:
        await stage.show()
        assert "liked" in stage.text()


async def test_the_spoken_word_stays_in_view(open_stage: OpenStage, script: CallScript) -> None:
    """A reply longer than the pane is read where it is heard, not at its end."""
    text = " ".join(f"word{number}" for number in range(200))
    begin(script, text)
    clock = ScriptedClock()
    clock.now = START_NS + 250_000_000
    async with open_stage(script.path, clock=clock) as stage:
        await stage.show()
        await stage.until(lambda: "word0 word1" in stage.text())
        assert "word199" not in stage.text()
        clock.wait(700)
        # Nothing more is heard at its end than was before.
        await stage.until(lambda: stage.talk._replies.progress(clock.now) is None)
        script.fact(events.PlaybackFinished(reply_id=1, at_ns=clock.now, heard_ms=2000))
        await stage.show()
        await stage.until(lambda: "word199" in stage.text())
