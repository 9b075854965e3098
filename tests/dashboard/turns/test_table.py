"""The table of turns, and the transcript's lines linked to the log: by keyboard and by click."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.dashboard.conftest import OpenStage
from tests.dashboard.sample_call import CallScript
from tests.dashboard.stage import Stage
from tests.entries import ns
from tui import events
from tui.analysis.turns.segments import Name, segments
from tui.analysis.turns.tool_span import ToolSpan
from tui.analysis.turns.turn import Turn, TurnSource
from tui.analysis.turns.warnings import warnings
from tui.dashboard.common.ascii import to_ascii
from tui.dashboard.transcript.prompt import Prompt
from tui.dashboard.turns import table_text as text
from tui.dashboard.turns import waterfall
from tui.dashboard.turns.pane import TurnTable


def table(stage: Stage) -> TurnTable:
    return stage.app.screen_stack[0].query_one(TurnTable)


def long_call(script: CallScript, waits: list[int]) -> None:
    """Typed turns, each answered after so many ms."""
    script.fact(events.LinkOpening(target="local agent", provider="elevenlabs"))
    formats = {"agent_output_audio_format": "pcm_16000", "user_input_audio_format": "pcm_16000"}
    metadata = {"conversation_id": "c", **formats}
    kind = "conversation_initiation_metadata"
    script.received({"type": kind, f"{kind}_event": metadata})
    for number, wait in enumerate(waits, 1):
        begin = number * 20_000
        script.turn = number
        script.at(begin)
        script.sent({"type": "user_message", "text": f"question {number}"})
        script.at(begin + wait)
        script.agent(f"answer {number}", number)
        script.speech(number)


async def test_why_was_turn_2_slow_in_three_keys(open_stage: OpenStage, script: CallScript) -> None:
    long_call(script, [700, 3425, 800])
    async with open_stage(script.path) as stage:
        await stage.show()
        talk = "".join(stage.pane_rows(stage.talk))
        assert "▲ 3,425 ms" in talk and talk.count("▲") == 1
        await stage.press("f5")
        rows = stage.rows()
        assert any(row.startswith("━4 Turns 3 · 1 slow · by turn") for row in rows)
        assert "Transcript" not in stage.text()
        lit = next(row for row in rows if "3,425" in row and "#2" in row)
        assert lit.startswith("▲")
        assert "#3 took 800 ms to the first byte: thinking 800 ms." in stage.text()
        await stage.press("2")
        assert "#2 took 3,425 ms to the first byte: thinking 3,425 ms." in stage.text()
        assert "▲ Slow: more than 2 × the median (1,600 ms)." in stage.text()
        await stage.press("enter")
        await stage.until(lambda: "turn:2" in stage.text())
        assert stage.app.focused is stage.log
        assert stage.log.pointed is not None
        reader = stage.backend.reader
        assert reader.turn(stage.log.pointed) == 2
        assert reader.turn(stage.log.pointed - 1) == 1
        assert {reader.turn(number) for number in stage.log.model.selection()[0]} == {2}


async def test_the_head_sums_up_and_sorting_goes_round(
    open_stage: OpenStage, script: CallScript
) -> None:
    long_call(script, [700, 3425, 800])
    async with open_stage(script.path) as stage:
        await stage.show()
        await stage.press("f5")
        head = {row.split()[0]: row.split()[1:] for row in stage.rows() if row.strip()}
        assert head["p50"][-2:] == ["800", "–"]
        assert head["p95"][-2] == head["max"][-2] == "3,425"
        assert head["of"][-2:] == ["n=3", "n=0"]
        await stage.press(*["o"] * 6)
        assert "1st byte▼" in stage.text()
        rows = [row.split()[0].strip("▲") for row in stage.pane_rows(table(stage))[5:8]]
        shown = [part for row in stage.pane_rows(table(stage)) for part in row.split()[:2]]
        order = [part for part in shown if part.startswith("#") and part[1:].isdigit()][:3]
        assert order == ["#2", "#3", "#1"], rows
        await stage.press("O")
        assert "1st byte▲" in stage.text()
        await stage.press("e")
        assert "#2 took" in stage.text()


async def test_it_goes_back_to_where_the_reader_was(
    open_stage: OpenStage, script: CallScript
) -> None:
    long_call(script, [700])
    async with open_stage(script.path) as stage:
        await stage.show()
        for back in ("f5", "escape"):
            await stage.press("h", "f5", back, "o")
            assert stage.app.focused is not None and stage.app.focused.id == "prompt"
        assert stage.app.screen.query_one(Prompt).value == "hoho"
        await stage.press("escape", "4", "escape", "1")
        assert stage.app.focused is stage.talk
        assert "2 Events" in stage.text()


async def test_a_pane_on_a_wide_screen(open_stage: OpenStage, script: CallScript) -> None:
    long_call(script, [700, 3425, 800])
    async with open_stage(script.path, 160, 45) as stage:
        await stage.show()
        await stage.press("f5")
        text = stage.text()
        assert "1 Transcript" in text and "2 Events" in text and "4 Turns" in text
        assert "3 Detail" not in text
        await stage.press("2", "enter")
        await stage.until(lambda: "turn:2" in stage.text())
        assert "4 Turns" in stage.text()
        await stage.press("enter")
        assert "3 Detail" in stage.text() and "4 Turns" not in stage.text()
        assert "turn #2 " in stage.text()


async def test_it_grows_with_the_call(open_stage: OpenStage, script: CallScript) -> None:
    long_call(script, [700])
    async with open_stage(script.path) as stage:
        await stage.show()
        await stage.press("f5")
        script.turn = 2
        script.sent({"type": "user_message", "text": "more"})
        await stage.show()
        await stage.until(lambda: "#2 has no reply yet" in stage.text())


async def test_a_person_is_told_apart(open_stage: OpenStage, script: CallScript) -> None:
    long_call(script, [700])
    script.turn = 2
    script.at(50_000)
    script.sent({"type": "user_message", "text": "look it up"})
    call = {"tool_name": "lookup", "tool_call_id": "c", "parameters": {}, "event_id": 2}
    script.at(50_100)
    script.received({"type": "client_tool_call", "client_tool_call": call})
    script.fact(events.ToolAsked(name="lookup", call_id="c", deadline_ns=script.ns(70_000)))
    script.at(51_900)
    script.fact(events.ToolDecided(call_id="c", approved=True, by="user"))
    script.at(52_175)
    done = events.ToolFinished(
        name="lookup", call_id="c", outcome="ok", elapsed_ms=275, waited_ms=1800
    )
    script.fact(done)
    script.sent(
        {"type": "client_tool_result", "tool_call_id": "c", "result": "", "is_error": False}
    )
    script.at(52_311)
    script.speech(2)
    script.agent("found", 2)
    async with open_stage(script.path) as stage:
        await stage.show()
        assert "ran 275 ms, waited 1.8 s for you" in stage.text()
        talk = "".join(stage.pane_rows(stage.talk))
        assert "2,311 ms" in talk
        assert "1.8 s of it waited for you" in " ".join(talk.split())
        await stage.press("f5")
        row = next(row for row in stage.rows() if "#2" in row and "2,311" in row)
        assert row.startswith(" ☻")
        assert row.split()[1:] == ["text", "–", "236", "275", "1,800", "2,311", "–"]
        said = " ".join(stage.text().split())
        assert "your approval 1,800 ms (approve), lookup 275 ms, thinking 236 ms" in said
        assert "☻ 1 left out" in said
        await stage.press("f5", "f6")
        assert "275 ms" in stage.text()


# ── Transcript and log, linked ──────────────────────────────────────────────────────────────────


def is_pointed(stage: Stage, words: str) -> bool:
    """The transcript paints the line with these words as the one that is pointed at."""
    pointed = stage.talk.style_of("pointed").bgcolor
    for y in range(1, stage.talk.size.height):
        strip = stage.talk.render_line(y)
        if words in strip.text:
            return any(part.style and part.style.bgcolor == pointed for part in strip)
    return False


async def test_a_line_leads_to_its_records(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample) as stage:
        await stage.show()
        await stage.press("escape", "a", "1", "k", "k", "k")
        assert is_pointed(stage, "Thanks, that is all.")
        reader = stage.backend.reader
        assert stage.log.pointed is not None
        assert reader.kind(stage.log.pointed) == "user_message"
        await stage.press("j")
        assert is_pointed(stage, "You are welcome.")
        assert reader.kind(stage.log.pointed) == "agent_response"
        selected = [row for row in stage.pane_rows(stage.log) if row.startswith("▎")]
        assert any("playback_started" in row for row in selected)
        assert any(" audio " in row for row in selected)
        await stage.press("enter")
        assert stage.app.focused is stage.log
        assert is_pointed(stage, "You are welcome.")


async def test_a_record_leads_to_its_line(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample) as stage:
        await stage.show()
        reader = stage.backend.reader
        kinds = [reader.kind(number) for number in range(len(reader))]
        stage.log.focus()
        stage.log.point_at_record(kinds.index("client_tool_result"))
        await stage.pilot.pause()
        assert is_pointed(stage, "lookup_order")
        stage.log.point_at_record(kinds.index("interruption"))
        await stage.until(lambda: is_pointed(stage, "You can return"))
        assert stage.talk.badge().startswith("PAUSED")
        await stage.press("G")
        await stage.until(lambda: stage.talk.badge() == "")
        assert "the agent ended the call" in stage.text()


async def test_a_click_points(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample, 160, 45) as stage:
        await stage.show()
        row = next(
            y for y, text in enumerate(stage.pane_rows(stage.talk)) if "lookup_order" in text
        )
        await stage.pilot.click(stage.talk, offset=(20, row + 1))
        await stage.pilot.pause()
        assert is_pointed(stage, "lookup_order")
        assert stage.log.pointed is not None
        assert stage.backend.reader.kind(stage.log.pointed) == "client_tool_call"


async def test_a_filter_that_hides_its_records_is_told(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample) as stage:
        await stage.show()
        stage.log.set_filter("is:tool")
        await stage.press("escape", "1", "k", "enter")
        assert "The filter hides its records." in stage.text()


async def test_a_line_is_copied(
    open_stage: OpenStage, sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_stage(sample) as stage:
        await stage.show()
        await stage.press("escape", "1", "k", "k", "k", "y")
        assert stage.app.clipboard == "Thanks, that is all."


# ── Waterfall ───────────────────────────────────────────────────────────────────────────────────


def marks(**ms: float) -> Turn:
    turn = Turn(7, 1, TurnSource.VOICE)
    for name, at in ms.items():
        setattr(turn, name, ns(at))
    return turn


SLOW = marks(
    stopped_ns=1000, accepted_ns=2900, reply_ns=3000, first_audio_ns=3200, queued_ns=3260,
    heard_ns=3300, audible_ns=3450,
)  # fmt: skip


def test_a_bar_has_as_many_cells_as_a_segment_takes_and_a_glyph_for_each() -> None:
    found = segments(SLOW)
    assert waterfall.bar(found, 49, 2450) == "░" * 38 + "▒" * 2 + "█" * 4 + "▪" + "│" + "·" * 3
    assert waterfall.bar(found, 20, 1000)[-1] == "»" and len(waterfall.bar(found, 20, 1000)) == 20
    told = waterfall.labelled(found, 100)
    assert len(told) == 100 and told.startswith("░endpointing 1,900░")
    drawn = [to_ascii(glyph) for glyph in waterfall.GLYPHS.values()]
    assert len(set(drawn)) == len(set(waterfall.GLYPHS.values())) == len(Name) - 2
    assert "?" not in drawn


def test_the_sentence_names_the_longest_segment_and_its_setting() -> None:
    turn = replace(SLOW, endpointing="silence_duration_ms = 500")
    [said] = text.why(turn, None, 0)
    assert said == (
        "#7 took 2,300 ms to the ear: endpointing 1,900 ms (silence_duration_ms = 500), "
        "synthesis 200 ms, thinking 100 ms, start buffer 60 ms, device 40 ms, "
        "then 150 ms of silence."
    )


def test_the_head_has_a_trend() -> None:
    waits = [500, 500, 500, 500, 500, 500, 900, 900, 900]
    turns = [
        Turn(n, 1, TurnSource.TEXT, typed_ns=1, first_audio_ns=ns(ms))
        for n, ms in enumerate(waits, 1)
    ]
    names, p50, p95, last, count = waterfall.head(turns)
    assert names.split() == ["total", "▒think"]
    assert [row.split()[-1] for row in (p50, p95, last, count)] == ["500", "900", "↑900", "n=9"]


def test_a_warning_comes_with_three_of_five_and_goes_with_less_than_two() -> None:
    def slow(*over: int) -> list[str]:
        return warnings(
            Turn(n, 1, TurnSource.VOICE, stopped_ns=1, accepted_ns=ns(2000 if one else 300),
                 endpointing="turn_eagerness")
            for n, one in enumerate(over)
        )  # fmt: skip

    raised = ["endpointing over 1,500 ms in 3 of 5 turns (turn_eagerness)"]
    assert slow(1, 1) == []
    assert slow(1, 0, 1, 0, 1) == slow(1, 1, 1) == raised
    assert slow(1, 1, 1, 0, 0, 0) == raised, "two of five are not few enough"
    assert slow(1, 1, 1, 0, 0, 0, 0) == []
    assert slow(0, 0, 0, 1, 1) == [], "two of five are not enough"


def test_the_turn_that_runs_says_what_it_waits_for() -> None:
    typed = Turn(3, 1, TurnSource.TEXT, typed_ns=ns(1000))
    assert waterfall.running([typed], ns(1730), 40).startswith("now #3 thinking 700 ms ▒▒")
    typed.tools.append(ToolSpan("lookup", ns(1200), asked_ns=ns(1210)))
    assert "now #3 your approval" in waterfall.running([typed], ns(1730), 40)
    typed.tools[0].decided_ns = ns(1400)
    assert "now #3 lookup" in waterfall.running([typed], ns(1730), 40)
    typed.heard_ns = ns(1700)
    assert waterfall.running([typed], ns(1730), 40) == ""
    assert waterfall.running([marks(stopped_ns=100)], ns(400), 40).startswith("now #7 endpointing")


async def test_bars_on_a_wide_screen_and_by_a_key(
    open_stage: OpenStage, script: CallScript
) -> None:
    long_call(script, [700, 3425, 800])
    async with open_stage(script.path, 160, 45) as stage:
        await stage.show()
        await stage.press("f5")
        rows = stage.pane_rows(table(stage))
        bars = {row.strip("▲ ").split()[0]: row.count("▒") for row in rows if " text " in row}
        assert bars["#2"] > 4 * bars["#1"] > 0
        assert any("▒think" in row for row in rows)
        assert any("underruns 0 · talk-over" in row for row in rows)
        await stage.press("w")
        assert "1st byte" in stage.text()
        await stage.press("w", "2")
        assert "▒thinking 3,425▒" in stage.text()


async def test_tokens_and_cost_by_turn(open_stage: OpenStage, script: CallScript) -> None:
    long_call(script, [700, 900])
    script.fact(events.Priced(part="plan", minute=0.1, date="2025-12-01"))
    async with open_stage(script.path, 160, 45) as stage:
        await stage.show()
        fold = table(stage)._read()
        used = events.UsageReported(
            model="m",
            input=events.Tokens(119, 68),
            cached=events.Tokens(64, 64),
            output=events.Tokens(28, 136),
        )
        priced = events.Priced(
            model="m", text=(4.0, 0.4, 24.0), audio=(32.0, 0.4, 64.0), date="2025-12-01"
        )
        for event in (priced, used):
            fold.cost.add(event, 0, its=fold._spent(fold.turns[-1]))
        fold.version += 1
        await stage.press("f5")
        await stage.until(lambda: "cost $0.0098." in stage.text())
        said = "Tokens: 187 in (68% cached), 164 out; cost $0.0098."
        assert said in stage.text()
        row = text.table_row(text.cells(fold.turns[-1]))
        assert row.split()[-3:] == ["187", "68%", "$0.0098"]


async def test_how_a_reply_was_cut_is_one_key_away(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample) as stage:
        await stage.show()
        cut = next(turn for turn in stage.talk.fold.turns.turns if turn.cut)
        await stage.press("f5", str(cut.number), "b")
        await stage.until(lambda: "Interruption of the reply" in stage.text())
        said = stage.text()
        assert all(name in said for name in ("onset", "notice", "silence", "heard", "unheard"))
        marked = {row.split()[1]: row.index("▼") for row in stage.rows() if "▼" in row}
        assert marked["onset"] <= marked["notice"] <= marked["silence"]
        assert "You spoke over the reply" in said
        await stage.press("b")
        assert "Interruption of the reply" not in stage.text()
