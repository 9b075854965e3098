"""The statistics: figures by kind, what is missing and how to have it, one kind alone."""

from pathlib import Path

import pytest

from tests.dashboard.conftest import OpenStage
from tests.journals import write_journal
from tui.analysis.records.statistics import BINS, Gaps, KindStatistics, statistics
from tui.dashboard.events.statistics_screen import RATE, StatisticsScreen, heading, rate_line, row
from tui.journal.reader import JournalReader
from tui.journal.record import Direction


def test_counts_bytes_gaps_and_rates(tmp_path: Path) -> None:
    now = 0
    writer = write_journal(tmp_path / "call.jsonl", clock=lambda: now)
    for ms, kind in ((100, "a"), (110, "b"), (120, "a"), (220, "a"), (1000, "c")):
        now = ms * 1_000_000
        writer.frame(Direction.RECEIVED if kind == "a" else Direction.SENT, kind, '{"x":1}')
    reader = JournalReader.open(tmp_path / "call.jsonl")
    found = {one.kind: one for one in statistics(reader, len(reader))}
    a = found["a"]
    assert list(found) == ["journal_opened", "a", "b", "c"]
    assert (a.count, a.bytes, a.direction) == (3, 21, Direction.RECEIVED)
    assert a.per_second == pytest.approx(3)
    assert a.gaps is not None
    assert a.gaps[:2] == pytest.approx((20, 60))
    assert a.gaps.p95 == pytest.approx(96)
    assert a.gaps.max == pytest.approx(100)
    assert found["b"].gaps is None
    assert sum(a.rate) == 3
    assert len(a.rate) == BINS
    assert a.rate[2] == 2
    assert {one.kind: one.count for one in statistics(reader, 3)} == {
        "journal_opened": 1, "a": 1, "b": 1,
    }  # fmt: skip


def test_the_rate_line_is_as_long_as_there_is_room() -> None:
    assert rate_line((0, 1, 2, 4), 4) == " ▃▅█"
    assert rate_line((0, 1, 2, 4), 2) == "▂█"
    assert rate_line((0, 0), 8) == "  "
    assert rate_line((3,), 0) == ""


def test_columns_never_touch_and_all_gaps_are_there() -> None:
    many = KindStatistics(
        kind="conversation_initiation_client_data",
        direction=Direction.SENT,
        count=158_558_138,
        bytes=999_940_000_000,
        per_second=10_000.0,
        gaps=Gaps(0.04, 599_999.0, 5_999_000.0, 360_000_000.0),
        rate=(1,) * BINS,
    )
    gaps = ["0.0", "600s", "100m", "100h"]
    assert RATE == BINS
    assert heading(71).split() == ["kind", "count", "bytes", "per", "s",
                                   "min", "med", "p95", "max", "rate"]  # fmt: skip
    for width in (51, 71, 91, 151):
        figures = row(many, width).split("…" if width < 151 else "data")[1].split()
        assert len(row(many, width)) <= width
        assert len(heading(width)) <= width
        rate = ["10000"] if width > 51 else []
        count = "158,558,138" if width > 71 else "158.6M"
        assert figures[: 6 + len(rate)] == [count, "999.9G", *rate, *gaps]
        assert ("█" in figures[-1]) == (width > 51)


@pytest.mark.parametrize(
    ("per_second", "said"), [(99.7, "100"), (9.96, "10"), (0.46, "0.46"), (0.0004, "<0.01")]
)
def test_a_rate_is_written_out(per_second: float, said: str) -> None:
    one = KindStatistics("ping", Direction.RECEIVED, 2, 1_900_000_000, per_second, None, (1,))
    assert row(one, 71).split()[3:5] == ["1.9G", said]


async def test_enter_shows_one_kind_alone(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample, 80, 60) as stage:
        await stage.show()
        await stage.press("escape", "number_sign")
        await stage.until(lambda: "user_audio_chunk" in stage.text())
        text = stage.text()
        assert "483 records by kind" in text
        ping = next(row for row in stage.rows() if "← ping" in row)
        assert ping.split()[1:7] == ["←", "ping", "7", "392", "0.46", "2.0s"]
        assert "Not sent in this call:" in text
        assert "context_usage" in text
        assert "client events (Advanced" in text
        assert "agent_tool_response  " in text.split("Not sent")[0]
        await stage.press("j", "k", "j", "enter")
        assert stage.log.model.filter_text == "kind:vad_score"
        await stage.press("number_sign")
        await stage.until(lambda: isinstance(stage.app.screen, StatisticsScreen))
        await stage.press("escape")
        assert stage.log.model.filter_text == "kind:vad_score"


async def test_it_fits_at_any_size(open_stage: OpenStage, sample: Path) -> None:
    for width, height in ((60, 16), (80, 24), (160, 45)):
        async with open_stage(sample, width, height) as stage:
            await stage.show()
            await stage.press("escape", "number_sign")
            await stage.until(lambda: "← vad_score" in stage.text())
            ping = next(row for row in stage.rows() if "← ping" in row)
            assert ping.count("2.0s") == 4, "min, median, p95, max"
            assert all(len(row) == width for row in stage.rows())
