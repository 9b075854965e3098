"""A replay of a long journal: its whole transcript, with progress, and keys in between."""

import asyncio
from dataclasses import astuple
from pathlib import Path

from bench.make_journal import repeat
from tests.dashboard.stage import WAIT_S
from tui.analysis.entry import EntryStream
from tui.analysis.transcript.fold import TranscriptFold
from tui.analysis.units import bytes_text
from tui.backend.replay import Replay
from tui.dashboard.app import VoiceScopeApp
from tui.dashboard.status.status_bar import StatusBar
from tui.dashboard.transcript.pane import BEHIND, Transcript
from tui.journal.reader import JournalReader
from tui.providers.elevenlabs.codec import ElevenLabsCodec
from tui.providers.elevenlabs.summary import summarize

RECORDS = 4 * BEHIND


async def test_the_transcript_of_a_long_journal_comes_whole_and_says_how_far_it_is(
    sample: Path, tmp_path: Path
) -> None:
    path = tmp_path / "long.jsonl"
    repeat(sample, path, RECORDS)
    reader = JournalReader.open(path, in_steps=True)
    app = VoiceScopeApp(Replay(reader, ElevenLabsCodec, summarize, speed=0.0))
    titles: set[str] = set()
    async with app.run_test(size=(80, 24)), asyncio.timeout(2 * WAIT_S):
        talk = app.screen.query_one(Transcript)
        app.simulate_key("1")
        answered_at = None
        while app._journal_feed.records < RECORDS:
            titles.add(talk.badge())
            if talk.has_focus and answered_at is None:
                answered_at = app._journal_feed.records
            await asyncio.sleep(0.005)
        assert answered_at is not None, "a key on the way waited for the end"
        while talk._taken < RECORDS or talk.fold.first_changed(talk._version) is not None:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        assert talk.badge() == ""
        shown = [astuple(line) for line in talk.fold.lines]
        assert len(talk._lines.starts) == len(shown)
        size = bytes_text(path.stat().st_size)
        assert ("long.jsonl " + size, "dim") in app.screen.query_one(StatusBar)._arrange(200)
    assert any(title.endswith("%") for title in titles)
    fold = TranscriptFold()
    for entry in EntryStream(reader, ElevenLabsCodec).advance():
        fold.add(entry)
    assert shown == [astuple(line) for line in fold.lines]
    assert len(shown) > 1000
