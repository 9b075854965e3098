"""What a user takes away of a call: some records as a journal, as a scenario, or a folder of all.

Knows the journal, the folds, the codecs and who writes sound; no widget. Works on a reader of its
own, so that it can run in a thread beside the screen.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tui.analysis.entry import EntryStream
from tui.analysis.transcript.fold import TranscriptFold
from tui.analysis.transcript.plain_text import transcript_text
from tui.errors import BackendError, Progress
from tui.export.sound_process import write_sound
from tui.journal.export import write_records
from tui.journal.new_file import new_file, new_folder, slug
from tui.journal.reader import JournalError, JournalReader
from tui.journal.record import Direction
from tui.provider import OpenCodec, Recorded
from tui.providers import provider_of

MOST_STEPS = 5000
"""Records of a scenario: more is nothing that anybody reads or waits for."""


class CallFiles:
    """Files made from one journal, in the folder where the program was started."""

    def __init__(self, journal: Path, open_codec: OpenCodec, provider: str) -> None:
        self._journal = journal
        self._open_codec = open_codec
        self._provider = provider

    def rows(self, numbers: Sequence[int], name: str) -> Path:
        """These records as a journal of their own. Raises BackendError."""
        with _opened(self._journal) as reader:
            stem = f"{Path(reader.name).stem}-{slug(name)}"
            with _saving(), new_file(Path.cwd(), stem, "jsonl") as (fd, named):
                with os.fdopen(fd, "wb") as file:
                    write_records(reader, file, numbers)
        return named[0]

    def scenario(self, numbers: Sequence[int], name: str) -> Path:
        """These records as a scenario of the local agent. Raises BackendError."""
        if len(numbers) > MOST_STEPS:
            raise BackendError(f"a scenario of {len(numbers):,} records: filter or mark fewer")
        with _opened(self._journal) as reader:
            frames = [
                Recorded(
                    reader.direction(number) is Direction.RECEIVED,
                    reader.kind(number),
                    reader.text(number),
                    reader.time_ns(number),
                )
                for number in numbers
                if reader.direction(number) is not Direction.FACT
            ]
            stem = f"{Path(reader.name).stem}-{slug(name)}"
            about = f"From {reader.name}: {name}."
        write = provider_of(self._provider).scenario
        if write is None:
            raise BackendError(f"calls of {self._provider} cannot be made scenarios")
        try:
            text = write(about, frames)
        except ValueError as error:
            raise BackendError(str(error)) from error
        with _saving(), new_file(Path.cwd(), stem, "toml") as (fd, named):
            with os.fdopen(fd, "w", encoding="utf-8", errors="replace") as file:
                file.write(text)
        return named[0]

    def folder(self, progress: Progress = lambda done: None) -> tuple[Path, str]:
        """The whole call: journal with its audio, transcript, and the sound of both sides.

        Gives the folder, and why there is no sound in it, or "". Raises BackendError.
        """
        with _opened(self._journal) as reader, _saving():
            fold = TranscriptFold()
            for entry in EntryStream(reader, self._open_codec).advance():
                fold.add(entry)
            text = transcript_text(fold.lines, reader.time_ns(0))
            with new_folder(Path.cwd(), Path(reader.name).stem) as (part, named):
                (part / "transcript.txt").write_text(text, encoding="utf-8", errors="replace")
                with (part / "call.jsonl").open("xb") as file:
                    write_records(reader, file, range(len(reader)))
                lacks = ""
                try:
                    write_sound(self._journal, part / "call.wav", progress)
                except BackendError as error:
                    lacks = str(error)
        return named[0], lacks


@contextmanager
def _opened(journal: Path) -> Iterator[JournalReader]:
    """A reader that nobody else uses. Raises BackendError."""
    try:
        reader = JournalReader.open(journal)
    except JournalError as error:
        raise BackendError(str(error)) from error
    try:
        yield reader
    finally:
        reader.close()


@contextmanager
def _saving() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise BackendError(f"cannot write to this folder: {error.strerror}") from error
