"""Search, marks and jumps in the log, one test each."""

from pathlib import Path

import pytest

from tests.dashboard.conftest import OpenStage
from tests.dashboard.sample_call import CallScript
from tests.dashboard.stage import Stage
from tui.dashboard.events.log import EventLog


async def log_of(stage: Stage) -> EventLog:
    await stage.show()
    stage.log.focus()
    await stage.press("g")
    return stage.log


def kind(stage: Stage) -> str:
    """Of the pointed record."""
    assert stage.log.pointed is not None
    return stage.backend.reader.kind(stage.log.pointed)


def title(stage: Stage) -> str:
    return next(row for row in stage.rows() if row[1:9] == "2 Events")


async def find(stage: Stage, text: str) -> None:
    await stage.press("backslash", *("space" if char == " " else char for char in text), "enter")


async def test_search_points_at_the_first_match_and_goes_around(
    open_stage: OpenStage, sample: Path
) -> None:
    async with open_stage(sample) as stage:
        log = await log_of(stage)
        await find(stage, "kind:ping")
        await stage.press("n")
        await stage.until(lambda: "no match in what is shown; a" in stage.text())
        await stage.press("a")
        await find(stage, "kind:ping")
        seen = [log.pointed]
        assert kind(stage) == "ping"
        assert "\\kind:ping 1/7" in title(stage)
        for _ in range(6):
            await stage.press("n")
            seen.append(log.pointed)
        assert seen == sorted(set(seen), key=lambda n: n or 0)
        assert "\\kind:ping 7/7" in title(stage)
        await stage.press("n")
        assert log.pointed == seen[0]
        assert "went on at the beginning" in stage.text()
        await stage.press("N")
        assert log.pointed == seen[-1]
        await stage.press("N")
        assert log.pointed == seen[-2]


async def test_search_is_inside_the_filtered_view(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample) as stage:
        await log_of(stage)
        await stage.press("slash", *"kind:pong", "enter")
        await find(stage, "8")  # pings say 81 ms … too
        assert kind(stage) != "ping"
        await find(stage, "event_id")
        assert "/7" in title(stage).split("event_id")[1]


async def test_matches_are_lit(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample) as stage:
        await log_of(stage)
        await find(stage, "refund POLICY")
        lit = stage.log.style_of("lit")
        y = stage.log.head + stage.log.cursor.row - stage.log.viewport.top
        segments = list(stage.log.render_line(y))
        assert [s.text for s in segments if s.style == lit] == ["refund", "policy"]
        await stage.press("escape")
        assert not any(s.style == lit for s in stage.log.render_line(y))


async def test_a_match_deep_in_a_frame_lights_its_kind(
    open_stage: OpenStage, script: CallScript
) -> None:
    script.agent("word " * 400 + "needle", 1)
    async with open_stage(script.path) as stage:
        await log_of(stage)
        await find(stage, "needle")
        lit = stage.log.style_of("lit")
        y = stage.log.head + stage.log.cursor.row - stage.log.viewport.top
        assert [s.text for s in stage.log.render_line(y) if s.style == lit] == ["agent_response"]


async def test_escape_goes_back_to_where_the_search_began(
    open_stage: OpenStage, sample: Path
) -> None:
    async with open_stage(sample) as stage:
        log = await log_of(stage)
        await stage.press("j", "j")
        here = log.pointed
        await stage.press("backslash", *"hologram")
        assert kind(stage) == "hologram"
        await stage.press("escape")
        assert log.pointed == here
        assert log.model.search_text == ""


async def test_n_without_a_search_says_how(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample) as stage:
        await log_of(stage)
        await stage.press("n")
        assert "\\ searches" in stage.text()


async def test_marks_are_set_visited_and_taken_away(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample) as stage:
        log = await log_of(stage)
        await stage.press("space", "j", "j", "b", "j", "j", "space", "G", "g", "j")
        first, second, third = log.model.marks.numbers
        assert sum("◆" in row for row in stage.pane_rows(log)) == 3
        visited = []
        for key in ("apostrophe", "apostrophe", "apostrophe", "quotation_mark"):
            await stage.press(key)
            visited.append(log.pointed)
        assert visited == [second, third, first, third]
        await stage.press("space")
        assert log.model.marks.numbers == (first, second)
        assert sum("◆" in row for row in stage.pane_rows(log)) == 2


async def test_marks_are_cleared_from_the_palette(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample) as stage:
        log = await log_of(stage)
        await stage.press("b", "j", "b")
        assert len(log.model.marks) == 2
        await stage.press("ctrl+p", *"clearmarks")
        await stage.until(lambda: "No row is marked any more" in stage.text())
        await stage.press("enter")
        await stage.until(lambda: not len(log.model.marks))
        assert not any("◆" in row for row in stage.pane_rows(log))


async def test_brackets_go_through_one_kind(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample) as stage:
        log = await log_of(stage)
        await find(stage, "kind:agent_response")
        await stage.press("escape")
        seen = []
        for _ in range(3):
            seen.append(log.pointed)
            await stage.press("right_square_bracket")
            assert kind(stage) == "agent_response"
        await stage.press("left_square_bracket")
        assert log.pointed == seen[-1]
        await stage.press("g", "left_square_bracket")
        assert "no other of this kind" in stage.text()


@pytest.mark.parametrize(
    ("typed", "what"),
    [
        ("100", "#100"),
        ("#100", "#100"),
        ("turn 2", "user_transcript"),
        ("t1", "user_transcript"),
        ("+12.4", "user_message"),
        ("12.4s", "user_message"),
        ("+0:12.4", "user_message"),
        ("14:03:48.4", "user_message"),
        ("482", "link_closed"),
    ],
)
async def test_jumps_to_a_number_a_turn_and_a_time(
    open_stage: OpenStage, sample: Path, typed: str, what: str
) -> None:
    async with open_stage(sample) as stage:
        log = await log_of(stage)
        await stage.press("a", "a")  # every record has a row of its own
        await stage.press("colon", *("space" if char == " " else char for char in typed), "enter")
        assert stage.app.focused is log
        assert what in (f"#{log.pointed}", kind(stage))
        assert "▌" in stage.text()


async def test_a_jump_to_a_folded_record_says_where_it_is(
    open_stage: OpenStage, sample: Path
) -> None:
    async with open_stage(sample) as stage:
        log = await log_of(stage)
        ping = next(n for n in range(483) if stage.backend.reader.kind(n) == "ping")
        await stage.press("colon", *str(ping), "enter")
        await stage.until(lambda: f"#{ping} is hidden plumbing; a shows it" in stage.text())
        await stage.press("a")
        folded = next(n for n in range(483) if log.model.rows.number(log.model.rows.row_of(n)) < n)
        await stage.press("colon", *str(folded), "enter")
        await stage.until(lambda: f"#{folded} is in #{log.pointed}" in stage.text())


async def test_moves_begin_at_the_end_after_going_there(
    open_stage: OpenStage, sample: Path
) -> None:
    """Not at what was pointed at before, which is out of view."""
    async with open_stage(sample) as stage:
        log = await log_of(stage)
        assert log.pointed == 0
        await stage.press("G", "enter")
        assert kind(stage) == "link_closed"
        assert "#482" in stage.text()
        await stage.press("escape", "g", "G", "b")
        assert list(log.model.marks.numbers) == [482]


async def test_after_rows_came_moves_begin_at_the_newest(
    open_stage: OpenStage, script: CallScript
) -> None:
    async with open_stage(script.path) as stage:
        for number in range(40):
            script.ping(number, 80)
        log = await log_of(stage)
        await stage.press("a")
        await stage.press("G")
        for number in range(40, 80):
            script.ping(number, 80)
        await stage.show()
        await stage.press("enter")
        assert log.pointed is not None
        assert log.pointed >= 79


async def test_a_jump_to_nowhere_says_what_can_be_typed(
    open_stage: OpenStage, sample: Path
) -> None:
    async with open_stage(sample) as stage:
        await log_of(stage)
        await stage.press("colon", *"soon", "enter")
        assert "▲ a number, turn 7, 14:03:40, or +42.5" in stage.text()
        await stage.press("escape", "colon", *"99999999", "enter")
        assert "▲ the last is #482" in stage.text()
        await stage.press("escape")
        assert stage.app.focused is stage.log


async def test_e_goes_to_errors_and_failed_tools(open_stage: OpenStage, script: CallScript) -> None:
    for n, failed in enumerate((False, True, False)):
        result = {"type": "client_tool_result", "tool_call_id": f"t{n}", "result": "r"}
        script.sent({**result, "is_error": failed})
    script.raw("no JSON")
    async with open_stage(script.path) as stage:
        log = await log_of(stage)
        await stage.press("e")
        assert log.pointed == 2
        await stage.press("e")
        assert kind(stage) == "protocol_error"
        await stage.press("e")
        assert log.pointed == 2
        await stage.press("E")
        assert kind(stage) == "protocol_error"


async def test_capital_t_and_r_go_by_turns(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample) as stage:
        log, turn = await log_of(stage), stage.backend.reader.turn
        begins = []
        for expected in (1, 2, 3):
            await stage.press("T")
            assert log.pointed is not None
            assert turn(log.pointed) == expected
            assert turn(log.pointed - 1) == expected - 1
            begins.append(log.pointed)
        await stage.press("T")
        assert "no other turn" in stage.text()
        await stage.press("j", "j", "R")
        assert log.pointed == begins[2]
        await stage.press("R")
        assert log.pointed == begins[1]


async def test_the_first_row_of_a_turn_is_marked(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample, 80, 70) as stage:
        await stage.show()
        begun = [row for row in stage.pane_rows(stage.log) if row.startswith("┌")]
        assert ["user_transcript", "user_message"] == [row[20:39].strip() for row in begun[-2:]]


@pytest.mark.parametrize(
    ("search", "partner"),
    [
        ("kind:client_tool_call", "client_tool_result"),
        ("kind:ping", "pong"),
        ("kind:conversation_initiation_client_data", "conversation_initiation_metadata"),
    ],
)
async def test_p_goes_to_the_answer_and_back(
    open_stage: OpenStage, sample: Path, search: str, partner: str
) -> None:
    async with open_stage(sample) as stage:
        log = await log_of(stage)
        await stage.press("a")
        await find(stage, search)
        asked = log.pointed
        await stage.press("p")
        assert kind(stage) == partner
        await stage.press("p")
        assert log.pointed == asked


async def test_p_says_why_there_is_none(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample) as stage:
        log = await log_of(stage)
        await find(stage, "hologram")
        await stage.press("p")
        assert "asks for nothing" in stage.text()
        await stage.press("escape", "slash", *"kind:ping", "enter", "g", "p")
        assert "is not shown" in stage.text()
        assert log.pointed is not None


async def test_the_time_column_turns_and_the_sideways_place_stays(
    open_stage: OpenStage, sample: Path
) -> None:
    async with open_stage(sample) as stage:
        log = await log_of(stage)
        await stage.press("l")
        assert "14:03:36.000" in stage.pane_rows(log)[0]
        await stage.press("t")
        assert "0.000 s" in stage.pane_rows(log)[0]
        await stage.press("t")
        assert "+0 ms" in stage.pane_rows(log)[0]
        await stage.press("slash", *"is:talk", "enter", "escape", "a", "t")
        assert log.painter.sideways == 8


async def test_a_jump_where_nothing_is_shown_says_so(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample) as stage:
        await log_of(stage)
        await stage.press("slash", *"nowhere", "enter", "colon", *"483", "enter")
        assert "▲ the last is #482" in stage.text()
        await stage.press("escape", "colon", *"48", "enter")
        assert "#48 is not shown." in stage.text()
        await stage.press("p", "bracketright", "T", "b", "e")
        assert "no error in what is shown" in stage.text()


async def test_who_moves_is_not_taken_to_what_was_sought(
    open_stage: OpenStage, sample: Path
) -> None:
    async with open_stage(sample) as stage:
        log = await log_of(stage)
        log.model.seek("error", log.cursor.here(), 1)
        log.action_point(1)
        log.flush()
        assert log.pointed == 1
