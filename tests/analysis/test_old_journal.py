"""A journal of version 0.1 opens as it did: the same rows, the same transcript.

`data/journals/text-over-speech.jsonl` was written when replies had numbers and the embedded agent
was a provider; beside it lies what that version read in it.
"""

import json
from pathlib import Path

from tui.analysis.entry import EntryStream
from tui.analysis.transcript.fold import TranscriptFold
from tui.journal.reader import JournalReader
from tui.journal.record import Direction
from tui.providers import open_codec, provider_of

FOLDER = Path(__file__).parents[1] / "data" / "journals"


def test_a_journal_of_before_is_read_as_it_was_then() -> None:
    reader = JournalReader.open(FOLDER / "text-over-speech.jsonl")
    provider = reader.opened().provider
    summarize, fold, rows = provider_of(provider).summarize, TranscriptFold(), []
    for entry in EntryStream(reader, lambda: open_codec(provider)).advance():
        fold.add(entry)
        fact = entry.direction is Direction.FACT
        said = "" if fact else summarize(entry.kind, reader.text(entry.number))
        rows.append([entry.direction, entry.kind, said, [event.kind for event in entry.events]])
    reader.close()
    lines = [
        [
            line.role,
            line.text,
            line.shown,
            line.interrupted,
            line.first_byte_ms,
            line.ear_ms,
            line.unheard_ms,
        ]
        for line in fold.lines
    ]
    expected = json.loads((FOLDER / "text-over-speech.json").read_text("utf-8"))
    assert json.loads(json.dumps(lines)) == expected["lines"]
    assert json.loads(json.dumps(rows)) == expected["rows"]
