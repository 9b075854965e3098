"""A record is judged by what it means itself, not by the first of its kind."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.journals import write_journal
from tui import events as e
from tui.analysis.filter.parser import parse
from tui.analysis.filter.view import FilteredRecords
from tui.analysis.records.categories import Categories, Category, judge
from tui.analysis.records.pairing import partner
from tui.dashboard.events.rows import EventRows, PlumbingView
from tui.events import Event
from tui.journal.reader import JournalReader
from tui.journal.record import Direction

ERR = e.ProviderErred(message="no more credit")
SOUND = e.AudioReceived(audio=b"", reply_id="a")


def answer(failed: bool) -> Event:
    return e.ToolAnswered(call_id="t1", result="", is_error=failed)


MEANT: list[tuple[str, tuple[Event, ...]]] = [
    ("response.done", (e.AgentCompleted(reply_id="a"),)),
    ("response.done", (e.AgentCompleted(reply_id="b"), ERR)),
    ("response.done", (e.AgentCompleted(reply_id="c"),)),
    ("tool.answer", (answer(False),)),
    ("tool.answer", (answer(True),)),
    ("session.updated", (e.OtherReceived(type="session.updated", known=True),)),
    ("session.updated", (ERR,)),
    ("item.done", (e.AgentResponded(text="Hi", reply_id="a"),)),
    ("item.done", (e.ToolCalled(name="n", call_id="t2", parameters={}),)),
    ("item.done", (e.ToolAnswered(call_id="t2", result="", is_error=False),)),
    *[("delta", (SOUND,))] * 50,
    *[("mixed", (e.OtherReceived(type="mixed", known=True),)), ("mixed", (SOUND,))] * 2,
]


class Call:
    """Frames that mean what is said above, then facts of the same kind that differ."""

    def __init__(self, path: Path) -> None:
        writer = write_journal(path)
        self.read: list[int] = []
        for kind, meant in MEANT:
            level = -20 if meant == (SOUND,) else None
            writer.frame(Direction.RECEIVED, kind, "{}", level=level, time_ns=1)
        for by, code in ((e.Closer.USER, 1000), (e.Closer.AGENT, 1008), (e.Closer.ERROR, 1000)):
            writer.fact(e.LinkClosed(by=by, code=code, reason="", elapsed_ms=1))
        writer.close()
        self.reader = JournalReader.open(path)
        self.first = len(self.reader) - len(MEANT) - 3
        self.categories = Categories(self.reader, self.events_of)

    def events_of(self, number: int) -> Sequence[Event]:
        self.read.append(number)
        fact = self.reader.fact(number)
        return (fact,) if fact else MEANT[number - self.first][1]

    def passing(self, text: str) -> list[int]:
        found = FilteredRecords(self.reader, self.categories, parse(text))
        assert found.advance(len(self.reader), 1e9)
        return [number - self.first for number in found.numbers]


@pytest.fixture
def call(tmp_path: Path) -> Call:
    return Call(tmp_path / "call.jsonl")


CLOSES = len(MEANT)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("is:error", [1, 4, 6, CLOSES + 1, CLOSES + 2]),
        ("is:tool", [3, 4, 8, 9]),
        ("is:talk", [7]),
        ("is:audio kind:mixed", [61, 63]),
    ],
)
def test_each_is_judged_by_what_it_means(call: Call, text: str, found: list[int]) -> None:
    assert call.passing(text) == found
    backwards = list(reversed(range(call.first, len(call.reader))))
    by_hand = Categories(call.reader, call.events_of)
    names = [by_hand.of(number) for number in backwards][::-1]
    assert names == [call.categories.of(number) for number in reversed(backwards)]


def test_a_stream_is_judged_once_and_the_rest_once_each(call: Call) -> None:
    for _ in range(2):
        call.passing("is:error")
        call.passing("is:talk")
    deltas = range(call.first + 10, call.first + 60)
    assert len(call.read) == len(set(call.read))
    assert len(set(call.read) & set(deltas)) == 1


def test_sound_of_a_kind_that_is_more_is_hidden_with_the_rest(call: Call) -> None:
    rows = EventRows(call.reader, call.categories)
    rows.extend(len(call.reader))
    rows.view = PlumbingView.HIDDEN
    shown = {rows.number(row) - call.first for row in range(len(rows))}
    assert {60, 62} <= shown and not {10, 61, 63} & shown
    rows.view = PlumbingView.FOLDED
    assert all(rows.holds(number) for number in range(len(call.reader)))


def test_a_partner_is_found_behind_another_of_its_kind(call: Call) -> None:
    """The call and its answer are of one kind, and one before them is neither."""
    found = partner(call.first + 8, call.reader, call.categories)
    assert found == (call.first + 9, "")


@pytest.mark.parametrize(
    ("found", "category"),
    [
        ((), Category.PLAIN),
        ((e.AgentResponded(text="a", reply_id=1), e.ProtocolErred(reason="x")), Category.ERROR),
        ((answer(True), e.AgentEnded()), Category.FAILED_TOOL),
        ((e.AgentEnded(), answer(False)), Category.TOOL),
        ((e.QueueMoved(status="timed_out"),), Category.ERROR),
        ((e.QueueMoved(status="waiting"),), Category.PLAIN),
    ],
)
def test_a_record_of_several_events(found: tuple[Event, ...], category: Category) -> None:
    assert judge(found) is category
