"""One meaning of a gap: what the log's column shows is what `gap:` filters."""

from collections.abc import Sequence
from pathlib import Path

from tests.journals import write_journal
from tui import events as e
from tui.analysis.filter.parser import parse
from tui.analysis.filter.view import FilteredRecords
from tui.analysis.records.categories import Categories, Gaps
from tui.events import Event
from tui.journal.reader import JournalReader
from tui.journal.record import Direction

MS = 1_000_000
SOUND = e.AudioReceived(audio=b"", reply_id="a")
CALL: list[tuple[int, str, Event]] = [
    (0, "talk", e.TextSent(text="one")),
    *[(20 * n, "audio", SOUND) for n in range(1, 150)],
    (2985, "ping", e.Pinged(ping_id=1)),
    (3397, "talk", e.AgentResponded(text="two", reply_id="a")),
    (3398, "audio", SOUND),
    (3390, "talk", e.AgentResponded(text="back", reply_id="b")),
]
TEXT_TWO, LATE_AUDIO, BACK = len(CALL) - 3, len(CALL) - 2, len(CALL) - 1


def test_plumbing_does_not_cut_a_silence_into_pieces(tmp_path: Path) -> None:
    path = tmp_path / "call.jsonl"
    writer = write_journal(path)
    for at, kind, _ in CALL:
        writer.frame(Direction.RECEIVED, kind, "{}", time_ns=10**10 + at * MS)
    writer.close()
    reader = JournalReader.open(path)
    first = len(reader) - len(CALL)

    def events_of(number: int) -> Sequence[Event]:
        return (CALL[number - first][2],) if number >= first else ()

    categories = Categories(reader, events_of)
    gaps = Gaps(reader, categories)
    assert gaps.of(first + TEXT_TWO) == 3397 * MS
    assert gaps.of(first + LATE_AUDIO) == 1 * MS
    assert gaps.of(first + 100) == 20 * MS  # jitter of a stream
    assert gaps.of(first + BACK) == -7 * MS
    assert gaps.of(0) == 0

    def passing(text: str, slices: int) -> list[int]:
        found = FilteredRecords(reader, categories, parse(text))
        found._slice = slices
        assert found.advance(len(reader), 1e9)
        return list(found.numbers)

    for least in (-7, 0, 20, 400, 3000, 4000):
        by_hand = [n for n in range(len(reader)) if gaps.of(n) >= least * MS]
        for slices in (7, 512):
            assert passing(f"gap:>={least}" if least >= 0 else "!gap:<0 or gap:<0", slices) == (
                by_hand if least >= 0 else list(range(len(reader)))
            )
    assert passing("gap:>3000", 512)[-1] == first + TEXT_TWO
