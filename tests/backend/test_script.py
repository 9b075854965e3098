"""Calls by script: what is said when, and when it is over."""

from tui.analysis.entry import Entry
from tui.backend.script import (
    ANSWER_NS,
    END_NS,
    QUIET_FILE_NS,
    QUIET_FIRST_NS,
    QUIET_NS,
    QUIET_VOICE_NS,
    Script,
)
from tui.commands import HangUp, SendText
from tui.events import AgentCompleted, AgentResponded, AudioReceived, Event, LinkOpened, TextSent
from tui.journal.record import Direction
from tui.notices import CallState, Notice

S = 1_000_000_000
LIVE = Notice(state=CallState.LIVE, live_ns=100 * S)
T0 = LIVE.live_ns
TICK = 1


def entry(time_ns: int, event: Event) -> Entry:
    return Entry(0, time_ns, Direction.RECEIVED, event.kind, 0, 0, None, (event,))


def reply(time_ns: int) -> Entry:
    return entry(time_ns, AgentResponded(text="hi", reply_id=1))


def test_texts_wait_for_quiet_and_for_their_answers() -> None:
    script = Script(["one", "two"], has_file=False, seconds=None, text_only=True)
    script.read([reply(T0)])
    assert script.next(LIVE, T0 + QUIET_NS) == []
    said = T0 + QUIET_NS + TICK
    assert script.next(LIVE, said) == [SendText(text="one")]
    script.read([entry(said, TextSent(text="one"))])
    assert script.next(LIVE, said + 5 * S) == [], "not before the agent answered"
    answered = said + 6 * S
    script.read([reply(answered)])
    assert script.next(LIVE, answered + TICK) == []
    assert script.next(LIVE, answered + QUIET_NS + TICK) == [SendText(text="two")]
    script.read([reply(answered + 2 * QUIET_NS)])
    assert script.next(LIVE, answered + 4 * QUIET_NS) == [HangUp()]
    assert script.next(LIVE, answered + 9 * QUIET_NS) == [], "once"


def test_a_reply_whose_voice_is_still_to_come_is_not_cut() -> None:
    for end, pause in (
        (None, QUIET_VOICE_NS),
        (AudioReceived(audio=b"", reply_id=1), QUIET_NS),
        (AgentCompleted(reply_id=1), QUIET_NS),
    ):
        script = Script(["one"], has_file=False, seconds=None)
        script.read([reply(T0), *([entry(T0, end)] if end else [])])
        assert script.next(LIVE, T0 + pause) == []
        assert script.next(LIVE, T0 + pause + TICK) == [SendText(text="one")]


def test_an_agent_that_waits_for_the_user_is_spoken_to() -> None:
    script = Script(["one"], has_file=False, seconds=None, text_only=True)
    assert script.next(LIVE, T0 + QUIET_FIRST_NS) == []
    assert script.next(LIVE, T0 + QUIET_FIRST_NS + TICK) == [SendText(text="one")]


def test_a_reply_that_is_being_played_is_not_quiet() -> None:
    script = Script(["one"], has_file=False, seconds=None, text_only=True)
    script.read([reply(T0)])
    playing = Notice(state=CallState.LIVE, live_ns=T0, agent_speaking=True)
    assert script.next(playing, T0 + 9 * S) == []
    assert script.next(LIVE, T0 + 9 * S + QUIET_NS) == []
    assert script.next(LIVE, T0 + 9 * S + QUIET_NS + TICK) == [SendText(text="one")]


def test_a_text_without_an_answer_is_given_up_and_named() -> None:
    script = Script(["one"], has_file=False, seconds=None, text_only=True)
    said = T0 + QUIET_FIRST_NS + TICK
    script.next(LIVE, said)
    assert script.next(LIVE, said + ANSWER_NS - TICK) == []
    assert script.next(LIVE, said + ANSWER_NS) == [HangUp()]
    assert script.unanswered == ["one"]


def test_a_file_is_heard_to_its_end_and_answered() -> None:
    script = Script([], has_file=True, seconds=None, text_only=True)
    assert script.next(LIVE, T0 + 60 * S) == []
    finished = Notice(state=CallState.LIVE, live_ns=T0, mic_file_finished=True)
    assert script.next(finished, T0 + 61 * S) == []
    assert script.next(finished, T0 + 61 * S + QUIET_FILE_NS) == []
    assert script.next(finished, T0 + 61 * S + QUIET_FILE_NS + TICK) == [HangUp()]


def test_a_given_time_is_kept_whatever_happens() -> None:
    script = Script(["one"], has_file=False, seconds=10)
    script.next(LIVE, T0 + QUIET_FIRST_NS + TICK)
    script.read([reply(T0 + 2 * S)])
    assert script.next(LIVE, T0 + 9 * S) == []
    assert script.next(LIVE, T0 + 10 * S + TICK) == [HangUp()]


def test_a_given_time_counts_from_the_first_conversation_of_the_run() -> None:
    script = Script([], has_file=False, seconds=10)
    trying = Notice(state=CallState.CONNECTING)
    assert script.next(trying, T0 - 60 * S) == [], "nothing has begun"
    assert script.next(LIVE, T0 + TICK) == []
    again = Notice(state=CallState.LIVE, live_ns=T0 + 7 * S)
    assert script.next(again, T0 + 8 * S) == []
    assert script.next(again, T0 + 10 * S + TICK) == [HangUp()], "and not from the second"


def test_a_given_time_ends_a_run_that_is_being_connected_again() -> None:
    script = Script([], has_file=False, seconds=10)
    assert script.next(LIVE, T0 + TICK) == []
    trying = Notice(state=CallState.CONNECTING)
    assert script.next(trying, T0 + 9 * S) == []
    assert script.next(trying, T0 + 11 * S) == [HangUp()]
    assert script.next(trying, T0 + 12 * S) == [], "once"


def test_without_anything_to_do_it_never_hangs_up() -> None:
    script = Script([], has_file=False, seconds=None, text_only=True)
    assert not script.wanted
    assert script.next(LIVE, T0 + 3600 * S) == []


CONNECTING = Notice(state=CallState.CONNECTING)
OPENED = Entry(0, T0, Direction.FACT, "link_opened", 0, 0, None, (LinkOpened(elapsed_ms=1),))


def test_a_given_time_is_kept_by_an_agent_that_never_begins() -> None:
    script = Script([], has_file=False, seconds=3)
    script.read([OPENED])
    assert script.next(CONNECTING, T0 + 3 * S) == []
    assert script.next(CONNECTING, T0 + 3 * S + TICK) == [HangUp()]
    assert not script.overdue(T0 + 3 * S + TICK + END_NS)
    assert script.overdue(T0 + 3 * S + END_NS + 2 * TICK)


def test_a_given_time_is_kept_where_nothing_is_on_record() -> None:
    script = Script([], has_file=False, seconds=3)
    assert script.next(CONNECTING, T0) == []
    assert script.next(CONNECTING, T0 + ANSWER_NS + 3 * S + TICK) == [HangUp()]


def test_an_agent_that_never_begins_does_not_answer() -> None:
    script = Script(["one", "two"], has_file=False, seconds=None, text_only=True)
    script.read([OPENED])
    assert script.next(CONNECTING, T0 + ANSWER_NS) == []
    assert script.next(CONNECTING, T0 + ANSWER_NS + TICK) == [HangUp()]
    assert script.unanswered == ["one"]
