"""Who spoke when: the same cells from a whole journal, whatever else streams through it."""

from pathlib import Path

import pytest

from tests.dashboard.sample_call import START_NS, CallScript, write_call
from tui import events
from tui.analysis.entry import Entry, EntryStream, events_of
from tui.analysis.stream_selection import STREAMS
from tui.analysis.voice_activity import BASE_NS, DECODED, LOOKED_AT, Cell, Spans, VoiceActivity
from tui.events import Event
from tui.journal.reader import JournalReader
from tui.journal.record import Direction
from tui.providers.elevenlabs.codec import ElevenLabsCodec

MS = 1_000_000


class Heard:
    """A journal's activity, and how many records were decoded for it."""

    def __init__(self, path: Path) -> None:
        self.reader = JournalReader.open(path)
        self.decoded = 0
        self.activity = VoiceActivity(self.reader, self._events_of)
        for entry in EntryStream(self.reader, ElevenLabsCodec, STREAMS).advance():
            self.activity.add(entry)

    def _events_of(self, number: int) -> tuple[Event, ...]:
        self.decoded += 1
        return events_of(self.reader, ElevenLabsCodec, number)

    def cells(self, until_ms: int, count: int, each: int = 1, records: int = -1) -> list[Cell]:
        records = len(self.reader) if records < 0 else records
        return self.activity.cells(START_NS + until_ms * MS, count, each * BASE_NS, records)


def script_of(path: Path) -> CallScript:
    """A call that is live from 0.1 s on."""
    script = CallScript(path)
    script.at(100)
    script.fact(events.LinkOpening(target="agent", provider="elevenlabs"))
    script.fact(events.LinkOpened(elapsed_ms=10))
    return script


def test_the_sample_call_is_who_spoke_when(tmp_path: Path) -> None:
    heard = Heard(write_call(tmp_path / "call.jsonl"))
    cells = heard.cells(16_000, 64)
    # You: 3.02 to 4.6 s and 7.01 to 7.96 s. The agent was cut at 7.266 s.
    assert [n for n, cell in enumerate(cells) if cell.user] == [*range(12, 19), *range(28, 32)]
    agent = [*range(1, 10), *range(21, 30), *range(36, 47), *range(51, 56)]
    assert [n for n, cell in enumerate(cells) if cell.agent] == agent
    assert [n for n, cell in enumerate(cells) if cell.cut] == [29]
    assert [n for n, cell in enumerate(cells) if cell.closed] == [55]
    assert cells[60:] == [Cell(score=cells[60].score), Cell(), Cell(), Cell()]  # ended at 15.2 s
    loud = [n for n, cell in enumerate(cells) if (cell.score or 0) >= 0.5]
    assert (loud[0], loud[-1]) == (12, 31)
    assert all(cell.level and -30 <= cell.level <= -18 for cell in cells[13:18])
    assert all(cell.level and cell.level < -50 for cell in cells[20:27])


def test_long_cells_hold_what_short_ones_do(tmp_path: Path) -> None:
    heard = Heard(write_call(tmp_path / "call.jsonl"))
    short, long = heard.cells(16_000, 64), heard.cells(16_000, 32, each=2)
    for at, cell in enumerate(long):
        pair = short[2 * at : 2 * at + 2]
        assert cell.user == any(one.user for one in pair)
        assert cell.cut == any(one.cut for one in pair)
        assert cell.score == max((one.score for one in pair if one.score is not None), default=None)


def test_no_record_from_there_on_counts(tmp_path: Path) -> None:
    """Also later, when there are more: a cell that was not over is read again."""
    heard = Heard(write_call(tmp_path / "call.jsonl"))
    until = next(n for n in range(483) if heard.reader.time_ns(n) > START_NS + 3_300 * MS)
    assert heard.cells(3_500, 1, records=until)[0].level in range(-30, -17)
    assert heard.cells(3_500, 1) == Heard(tmp_path / "call.jsonl").cells(3_500, 1)


def test_a_score_stands_for_a_second(tmp_path: Path) -> None:
    script = script_of(tmp_path / "call.jsonl")
    for ms, score in ((1000, 0.9), (4000, 0.2)):
        script.at(ms)
        script.vad(score)
    script.at(9000)
    script.ping(1, 1)
    script.close()
    scores = [cell.score for cell in Heard(script.path).cells(6000, 24)]
    assert scores == [None] * 4 + [0.9] * 4 + [None] * 8 + [0.2] * 4 + [None] * 4


def test_of_a_flood_the_newest_of_each_cell_are_read(tmp_path: Path) -> None:
    script = script_of(tmp_path / "call.jsonl")
    for n in range(3000):
        script.at(1000 + n / 10)
        script.vad(n / 3000)
    script.at(2000)
    script.ping(1, 1)
    script.close()
    heard = Heard(script.path)
    assert [cell.score for cell in heard.cells(1500, 2)] == pytest.approx(
        [2499 / 3000, 2999 / 3000]
    )
    assert heard.decoded < 3 * DECODED
    heard.cells(1500, 2)
    assert heard.decoded < 3 * DECODED, "what was read is remembered"


def test_of_a_journal_that_is_all_one_moment_only_its_end_is_looked_at(tmp_path: Path) -> None:
    script = script_of(tmp_path / "call.jsonl")
    script.at(1000)
    script.mic(-10.0)
    for _ in range(LOOKED_AT):
        script.mic(-50.0)
    script.close()
    assert Heard(script.path).cells(1250, 1)[0].level == -50


def flushed(reply: int, at_ns: int, cause: str) -> Event:
    return events.PlaybackFlushed(
        reply_id=reply, at_ns=at_ns, heard_ms=500, dropped_ms=500, cause=cause
    )


def test_an_interruption_is_marked_once_however_often_it_is_told(tmp_path: Path) -> None:
    script = script_of(tmp_path / "call.jsonl")
    script.at(1000)
    script.fact(events.PlaybackStarted(reply_id=1, at_ns=script.ns(1000)))
    script.at(2000)
    script.fact(flushed(1, script.ns(2000), "text"))
    script.at(2600)
    script.received({"type": "interruption", "interruption_event": {"event_id": 1}})
    script.at(3000)
    script.fact(events.PlaybackStarted(reply_id=2, at_ns=script.ns(3000)))
    script.at(3500)
    script.fact(flushed(2, script.ns(3500), "call ended"))
    script.close()
    cells = Heard(script.path).cells(4000, 16)
    assert [n for n, cell in enumerate(cells) if cell.cut] == [8]


def test_what_a_closed_microphone_hears_is_told_by_nobody_but_the_moment(tmp_path: Path) -> None:
    script = script_of(tmp_path / "call.jsonl")
    script.at(1000)
    script.fact(events.MicMuted(muted=True))
    script.at(2000)
    script.fact(events.MicMuted(muted=False))
    script.fact(events.CallHeld(held=True))
    script.at(2500)
    script.fact(events.CallHeld(held=False))
    script.close()
    heard = Heard(script.path)
    assert [cell.closed for cell in heard.cells(3000, 8)] == [True] * 6 + [False] * 2
    heard.activity.hear(START_NS + 1500 * MS, -20.0)
    heard.activity.hear(START_NS + 1510 * MS, -30.0)
    levels = [cell.level for cell in heard.cells(3000, 8)]
    assert levels == [None, None, -20.0, None, None, None, None, None]


def test_outside_a_call_nobody_is_closed_or_speaks(tmp_path: Path) -> None:
    """The switch may stand as it was: it closes nothing before the call and after it."""
    script = CallScript(tmp_path / "call.jsonl")
    script.fact(events.MicMuted(muted=True))
    script.at(1000)
    script.fact(events.LinkOpened(elapsed_ms=10))
    script.fact(events.SpeechStarted(at_ns=script.ns(1000)))
    script.at(2000)
    script.fact(closed())
    script.at(4000)
    script.fact(events.MicMuted(muted=False))
    script.close()
    cells = Heard(script.path).cells(4000, 16)
    assert [n for n, cell in enumerate(cells) if cell.closed] == [4, 5, 6, 7]
    assert [n for n, cell in enumerate(cells) if cell.user] == [4, 5, 6, 7]


def closed() -> Event:
    return events.LinkClosed(by=events.Closer.USER, code=1000, reason="", elapsed_ms=1000)


def test_spans_keep_their_order_whatever_times_are_told() -> None:
    spans = Spans()
    spans.end(5)
    spans.begin(10)
    spans.begin(12)
    spans.end(8)
    assert not spans.touches(11, 20) and not spans.touches(0, 10)
    spans.begin(7)
    assert spans.open and spans.touches(100, 200) and not spans.touches(0, 10)


def test_what_the_agent_says_that_it_hears_is_told_apart(tmp_path: Path) -> None:
    """Of a provider that tells edges instead of scores."""
    script = script_of(tmp_path / "call.jsonl")
    script.at(5000)
    script.ping(1, 1)
    script.close()
    heard = Heard(script.path)
    assert not heard.activity.edged
    started = events.AgentHeardStart(user_turn_id="a")
    for ms, event in ((1000, started), (2000, events.AgentHeardEnd(user_turn_id="a"))):
        found = (START_NS + ms * MS, Direction.RECEIVED, "x", 1, 0, None, (event,))
        heard.activity.add(Entry(1, *found))
    assert heard.activity.edged
    cells = heard.cells(4000, 16)
    assert [n for n, cell in enumerate(cells) if cell.heard] == [4, 5, 6, 7]
    assert not any(cell.user for cell in cells)
