"""Keys: while typing letters are text and F-keys act; elsewhere letters act."""

from pathlib import Path

import pytest
from textual.events import Key
from textual.widgets import Input

from tests.dashboard.conftest import OpenStage
from tests.dashboard.sample_call import CallScript
from tui.commands import Connect, HangUp, Interrupt, SendActivity, SendText, SetMuted
from tui.dashboard.common.key_bar import KeyBar
from tui.dashboard.common.keys import COVERED
from tui.dashboard.transcript.prompt import Prompt
from tui.notices import CallState


async def test_what_is_typed_goes_to_the_agent(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample) as stage:
        await stage.show()
        await stage.press(*"mx12fz?", "space", "i")
        assert stage.app.screen.query_one(Input).value == "mx12fz? i"
        await stage.press("enter")
        assert stage.backend.asked == [SendActivity(), SendText(text="mx12fz? i")]
        assert stage.app.screen.query_one(Input).value == ""
        await stage.press("up")
        assert stage.app.screen.query_one(Input).value == "mx12fz? i"


async def test_typing_tells_the_agent_now_and_then(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample) as stage:
        await stage.show()
        await stage.press(*"hello there")
        assert stage.backend.asked == [SendActivity()]


async def test_text_is_kept_when_there_is_no_call(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample) as stage:
        await stage.show(state=CallState.IDLE)
        await stage.press("h", "i", "enter")
        assert stage.backend.asked == []
        assert stage.app.screen.query_one(Input).value == "hi"


@pytest.mark.parametrize("key", ["f2", "ctrl+t"])
async def test_mute_while_typing(open_stage: OpenStage, sample: Path, key: str) -> None:
    async with open_stage(sample) as stage:
        await stage.show()
        await stage.press(key)
        await stage.show(muted=True)
        assert "MIC OFF" in stage.text()
        await stage.press(key)
        assert stage.backend.asked == [SetMuted(muted=True), SetMuted(muted=False)]


async def test_letters_act_when_not_typing(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample) as stage:
        await stage.show()
        await stage.press("escape", "m", "x")
        assert stage.backend.asked == [SetMuted(muted=True), Interrupt()]


async def test_interrupt_while_typing(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample) as stage:
        await stage.show()
        await stage.press("f4")
        assert stage.backend.asked == [Interrupt()]


async def test_connect_when_idle_or_failed(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample) as stage:
        for state in (CallState.IDLE, CallState.FAILED):
            await stage.show(state=state)
            await stage.until(lambda: stage.app.notice.state is state)  # noqa: B023
            await stage.press("f3")
        assert stage.backend.asked == [Connect(), Connect()]


async def test_hanging_up_takes_two_presses(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample) as stage:
        await stage.show()
        await stage.press("f3")
        assert stage.backend.asked == []
        assert "F3 Again!" in stage.rows()[-1]
        await stage.press("f3")
        assert stage.backend.asked == [HangUp()]


async def test_panes_by_number_and_escape_never_quits(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample) as stage:
        await stage.show()
        await stage.press("escape")
        for key, name in (("1", "transcript"), ("2", "events"), ("3", "detail"), ("i", "prompt")):
            await stage.press(key)
            assert stage.app.screen.focused is not None
            assert stage.app.screen.focused.id == name
        await stage.press(*["escape"] * 8)
        assert stage.app.is_running


async def test_tab_goes_round(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample) as stage:
        await stage.show()
        seen = []
        for _ in range(3):
            await stage.press("tab")
            seen.append(stage.app.screen.focused.id if stage.app.screen.focused else None)
        assert sorted(map(str, seen)) == ["events", "prompt", "transcript"]


async def test_zoom_and_back(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample) as stage:
        await stage.show()
        await stage.press("escape", "z")
        assert "Transcript" not in stage.text()
        assert stage.log.size.height > 19
        await stage.press("1")
        assert "Events" not in stage.text()
        await stage.press("z")
        assert "Events" in stage.text()
        assert "Transcript" in stage.text()


async def test_help_is_of_the_focused_pane(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample) as stage:
        await stage.show()
        await stage.press("f1")
        assert "Say this to the agent" in stage.text()
        await stage.press("escape", "escape", "question_mark")
        assert "Audio, pings, scores, parts of texts: hidden" in stage.text()
        await stage.press("escape")
        assert "Audio, pings" not in stage.text()


async def test_mute_works_under_a_dialog(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample) as stage:
        await stage.show()
        await stage.press("f1", "f2")
        assert stage.backend.asked == [SetMuted(muted=True)]


async def test_quit_asks_while_a_call_is_live(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample) as stage:
        await stage.show()
        await stage.press("ctrl+q")
        assert "A call is live" in stage.text()
        await stage.press("n")
        assert stage.app.is_running
        await stage.press("ctrl+q", "ctrl+q")
        await stage.until(lambda: stage.app._exit)
    assert stage.app.return_code == 0
    assert stage.app.return_value == 0
    assert stage.backend.closed >= 1


async def test_quit_at_once_when_idle(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample) as stage:
        await stage.show(state=CallState.IDLE)
        await stage.press("ctrl+q")
        await stage.until(lambda: stage.app._exit)


async def test_the_footer_fits_in_80_cells(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample) as stage:
        await stage.show()
        bar = stage.app.screen.query_one(KeyBar)
        for key in ("escape", "1", "2", "3", "i"):
            await stage.press(key)
            row = stage.rows()[-1]
            assert len(row) == 80
            for shown in ("F1 Help", "F2 Mute", "F3 Hang up", "F4 Stop", "^p Menu"):
                assert shown in row
            assert bar.fitting(80) == bar.fitting(79)


async def test_every_binding_has_an_id(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample) as stage:
        await stage.show()
        await stage.press("escape")
        for active in stage.app.screen.active_bindings.values():
            if not active.binding.system and type(active.node).__module__.startswith("tui."):
                known = active.binding.id or active.binding.action in KEPT_OF_TEXTUAL
                assert known, active.binding


KEPT_OF_TEXTUAL = {"command_palette", "help_quit", "screen.copy_text", "copy_to_clipboard"}


async def test_copy_says_that_it_was_sent(
    open_stage: OpenStage, script: CallScript, monkeypatch: pytest.MonkeyPatch
) -> None:
    script.agent("Hello", 1)
    async with open_stage(script.path, 100, 30) as stage:
        await stage.show()
        sent: list[str] = []
        monkeypatch.setattr(stage.app, "copy_to_clipboard", sent.append)
        await stage.press("escape", "y")
        assert '"agent_response":"Hello"' in sent[0]
        await stage.until(lambda: "sent to terminal clipboard" in stage.text())


async def test_what_is_typed_in_one_go_behind_i_is_text(
    open_stage: OpenStage, sample: Path
) -> None:
    """m would mute, x silence the agent, w open the tools, / the filter."""
    async with open_stage(sample) as stage:
        await stage.show()
        await stage.press("escape")
        stage.type("i/mix me, why?\r")
        await stage.until(lambda: stage.backend.asked[-1:] == [SendText(text="/mix me, why?")])
        assert not [a for a in stage.backend.asked if not isinstance(a, (SendText, SendActivity))]


async def test_what_is_typed_in_one_go_behind_escape_is_not_said(
    open_stage: OpenStage, sample: Path
) -> None:
    async with open_stage(sample) as stage:
        await stage.show()
        await stage.press("x")
        stage.app.post_message(Key("escape", None))
        stage.type("/kind:ping\r")
        await stage.until(lambda: stage.log.model.filter_text == "kind:ping")
        assert stage.app.screen.query_one(Prompt).value == "x"
        assert not [asked for asked in stage.backend.asked if isinstance(asked, SendText)]


async def test_a_row_is_copied_as_it_is_listed(
    open_stage: OpenStage, script: CallScript, monkeypatch: pytest.MonkeyPatch
) -> None:
    script.agent("Hello " * 30, 1)
    async with open_stage(script.path, 100, 30) as stage:
        await stage.show()
        sent: list[str] = []
        monkeypatch.setattr(stage.app, "copy_to_clipboard", sent.append)
        await stage.press("escape", "c")
        (row,) = sent
        assert "← agent_response" in row
        assert "Hello " * 29 in row  # not cut where the screen ends
        assert "\n" not in row


async def test_one_note_at_a_time_and_none_that_is_not_true_any_more(
    open_stage: OpenStage, sample: Path
) -> None:
    async with open_stage(sample) as stage:
        await stage.show()
        await stage.press("ctrl+r", "f3")
        assert [note.message for note in stage.app._notifications] == [
            "F3 again within 2 s hangs up."
        ]
        await stage.press("f3")
        assert not list(stage.app._notifications)
        assert stage.backend.asked == [HangUp()]


async def test_a_key_of_the_call_says_why_it_does_nothing_under_a_dialog(
    open_stage: OpenStage, sample: Path
) -> None:
    async with open_stage(sample) as stage:
        await stage.show()
        await stage.press("f6", "f7")
        assert [note.message for note in stage.app._notifications] == [COVERED]


async def test_a_click_in_the_footer_is_its_key(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample) as stage:
        await stage.show()
        await stage.pilot.click(KeyBar, offset=(stage.rows()[-1].index("F2") + 4, 0))
        assert stage.backend.asked == [SetMuted(muted=True)]
        await stage.show(muted=True)
        assert "F2 Unmute" in stage.rows()[-1]


async def test_q_quits_where_no_text_is_typed(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample) as stage:
        await stage.show()
        await stage.press("q")
        assert stage.app.screen.query_one(Prompt).value == "q"
        await stage.press("escape", "q")
        assert "A call is live" in stage.text()
