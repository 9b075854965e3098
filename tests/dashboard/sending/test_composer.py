"""The composer, by keyboard alone at 80x24: templates, validation, history, hostile text."""

import json
from pathlib import Path

import pytest
from textual.events import Paste

from tests.dashboard.conftest import OpenStage
from tests.dashboard.sample_call import CallScript
from tests.dashboard.stage import Stage
from tests.dashboard.test_hostile import HOSTILE, assert_harmless
from tui.analysis.records.json_tree import indented
from tui.commands import SendRaw, SetMuted
from tui.dashboard.sending.composer import ComposerScreen
from tui.dashboard.sending.frame_editor import FrameEditor, wrong_place
from tui.events import RawSent
from tui.notices import CallState


async def open_composer(stage: Stage) -> None:
    await stage.show()
    await stage.press("f7")
    await stage.until(lambda: isinstance(stage.app.screen, ComposerScreen))
    await stage.pilot.pause()


def text_of(stage: Stage) -> str:
    return stage.app.screen.query_one(FrameEditor).text


async def test_from_template_to_the_wire(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample) as stage:
        await open_composer(stage)
        names = [name for name, _ in stage.backend.frame_templates]
        for name in names[:15]:
            assert name[:20] in stage.text()
        assert "● LIVE" in stage.rows()[0]
        await stage.press(*["down"] * names.index("user_message"), "enter")
        template = dict(stage.backend.frame_templates)["user_message"]
        assert text_of(stage) == '{\n  "type": "user_message",\n  "text": "Hello"\n}'
        assert "a valid frame of" in stage.text()
        await stage.press("f5")
        assert stage.backend.asked == [SendRaw(text=indented(template))]
        assert text_of(stage) == ""
        assert "Sent," in stage.text()


async def test_every_template_is_valid(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample) as stage:
        for name, text in stage.backend.frame_templates:
            assert stage.backend.frame_check(text) == "", name


async def test_send_anyway(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample) as stage:
        await open_composer(stage)
        await stage.press("tab", *'{"type":"pong"}')
        assert "! " in stage.rows()[-2]
        await stage.press("f5")
        assert "Send it anyway?" in stage.text()
        await stage.press("n")
        assert stage.backend.asked == []
        assert text_of(stage) == '{"type":"pong"}'
        await stage.press("f5", "y")
        assert stage.backend.asked == [SendRaw(text='{"type":"pong"}')]


async def test_history(open_stage: OpenStage, sample: Path) -> None:
    first, second = '{"type":"user_activity"}', '{"type":"user_message","text":"hi"}'
    async with open_stage(sample) as stage:
        await open_composer(stage)
        await stage.press("tab")
        for text in (first, second):
            await stage.press(*text, "f5")
        await stage.press("up")
        assert text_of(stage) == second
        await stage.press("up")
        assert text_of(stage) == first
        await stage.press("up")
        assert text_of(stage) == first
        await stage.press("escape")
        assert stage.app.screen is stage.app.screen_stack[0]
        await stage.press("f7")  # the draft is still there, and the list has both
        assert text_of(stage) == first
        await stage.press("end", "enter")  # the list has the focus at every opening
        assert text_of(stage) == indented(first)
        await stage.press("shift+tab", "up", "enter")
        assert text_of(stage) == indented(second)
        await stage.press("f7")
        assert stage.app.screen is stage.app.screen_stack[0]


async def test_the_call_goes_on(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample) as stage:
        await open_composer(stage)
        await stage.press("f2")
        await stage.show(muted=True)
        assert "MIC OFF" in stage.rows()[0]
        assert stage.backend.asked == [SetMuted(muted=True)]
        for key in ("F5 Send", "Esc Back", "F1 Help", "F2 Unmute"):
            assert key in stage.rows()[-1]
        assert [len(row) for row in stage.rows()] == [80] * 24


async def test_letters_in_the_list_do_nothing_to_the_call(
    open_stage: OpenStage, sample: Path
) -> None:
    async with open_stage(sample) as stage:
        await open_composer(stage)
        await stage.press("m", "x", "question_mark")
        assert stage.backend.asked == []
        assert isinstance(stage.app.screen, ComposerScreen)
        await stage.press("escape", "escape", "m")
        assert stage.backend.asked == [SetMuted(muted=True)]


@pytest.mark.parametrize(
    ("text", "wrong", "says"),
    [
        ('{\n "type": "user_message",\n "text": 5}', "5", "line 3: user_message: text: Expected"),
        ('{\n "type": "user_mesage"}', '"user_mesage"', "line 2: no client message is called"),
        ('{\n "type": }', "}", "line 2: not JSON"),
        ('{"type": "ü", "b"', '"', "line 1: not JSON"),
        ("[1]", None, "! a frame is a JSON object"),
    ],
)
async def test_what_is_wrong_is_marked_where_it_is(
    open_stage: OpenStage, sample: Path, text: str, wrong: str | None, says: str
) -> None:
    async with open_stage(sample) as stage:
        await open_composer(stage)
        editor = stage.app.screen.query_one(FrameEditor)
        editor.put_in(text)
        await stage.until(lambda: says in stage.text(), says)
        place = wrong_place(stage.backend.frame_check(text), text)
        assert (text[slice(*place)] if place else None) == wrong
        lines = range(text.count("\n") + 1)
        styles = [str(span.style) for n in lines for span in editor.get_line(n).spans]
        assert any("underline" in style for style in styles) == (wrong is not None)


async def test_the_answer_stands_beside(open_stage: OpenStage, script: CallScript) -> None:
    async with open_stage(script.path) as stage:
        await open_composer(stage)
        await stage.press("tab", *'{"type":"pong"}', "f5", "y")
        script.agent("of before", 1)
        script.fact(RawSent(problem="no event_id"))
        script.sent({"type": "pong"})
        script.received({"type": "ping", "ping_event": {"event_id": 1}})
        error = {"message": "Invalid \x1b[31mpong", "code": 1008, "error_type": "bad"}
        script.received({"type": "error", "error_event": error})
        await stage.show()
        await stage.until(lambda: "←!error" in stage.text())
        rows = stage.text()
        assert "→!pong" in rows and "Invalid" in rows and "1008" in rows
        assert "of before" not in rows and "ping_event" not in rows
        assert_harmless(stage)


async def test_saved_frames(open_stage: OpenStage, sample: Path, tmp_path: Path) -> None:
    kept = tmp_path / "state" / "voicescope" / "frames.json"
    async with open_stage(sample) as stage:
        await open_composer(stage)
        await stage.press("tab", *'{"k":"sk-secret"}', "f12", *"mine", "enter")
        assert "Saved without its secrets" in stage.text()
        assert json.loads(kept.read_text()) == {"mine": '{"k":"***"}'}
        assert kept.stat().st_mode & 0o777 == 0o600
        await stage.press("escape", "f7")
        assert "★ mine" in stage.text()
        await stage.press("end", "enter")
        assert json.loads(text_of(stage)) == {"k": "***"}
        await stage.press("shift+tab", "end", "delete", "y")
        assert json.loads(kept.read_text()) == {}
        assert "★ mine" not in stage.text()
        kept.write_text("[]")
        await stage.press("escape", "f7", "f12", *"other", "enter")
        assert "Not saved" in stage.text()
        assert kept.read_text() == "[]"


async def test_send_again_from_a_row(open_stage: OpenStage, script: CallScript) -> None:
    script.agent("Hi", 1)
    script.sent({"type": "user_message", "text": "again"})
    async with open_stage(script.path) as stage:
        await stage.show()
        await stage.press("escape", "end", "r")
        await stage.until(lambda: isinstance(stage.app.screen, ComposerScreen))
        assert text_of(stage) == '{\n  "type": "user_message",\n  "text": "again"\n}'
        assert stage.backend.asked == []
        await stage.press("escape", "g", "r")
        assert "Only what was sent from here" in stage.text()


async def test_an_editor_of_ones_own_needs_a_terminal(
    open_stage: OpenStage, sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VISUAL", "no-such-editor -w")
    async with open_stage(sample) as stage:
        await open_composer(stage)
        await stage.press("f6")
        assert "there is no editor 'no-such-editor'" in stage.text()
        monkeypatch.setenv("VISUAL", "true")
        await stage.press("f6")
        assert "true cannot be started" in stage.text()


async def test_nobody_to_send_to(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample) as stage:
        await open_composer(stage)
        await stage.press("enter")
        await stage.show(state=CallState.IDLE)
        await stage.press("f5")
        assert stage.backend.asked == []
        assert "Not connected" in stage.text()


@pytest.mark.parametrize("text", [*HOSTILE, "[" * 20_000, "x" * 50_000])
async def test_hostile_text(open_stage: OpenStage, sample: Path, text: str) -> None:
    async with open_stage(sample) as stage:
        await open_composer(stage)
        await stage.press("tab")
        safe = text.encode("utf-8", "replace").decode()
        stage.app.post_message(Paste(safe))
        await stage.until(lambda: text_of(stage))
        await stage.pilot.pause()
        assert_harmless(stage)
        await stage.press("f5")
        assert_harmless(stage)
        await stage.press("y")
        assert_harmless(stage)
        await stage.press("up")
        assert_harmless(stage)
