"""The event log while it follows a spoken call, looked at ten times a second: full, and slow enough
to be read.
"""

import re
import threading
import time
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.e2e.terminal import Terminal, terminal
from tests.vsound import VirtualSoundCard
from tui.agent.speech.hibari import HibariVoice
from tui.analysis.entry import EntryStream
from tui.events import AgentResponded, UserTranscribed
from tui.journal.reader import JournalReader
from tui.providers import open_codec

pytestmark = pytest.mark.slow
TURNS = 10
READABLE_S = 3.0
NEWER = 10
ROW = re.compile(r"^.(\d\d:\d\d:\d\d\.\d{3}).")


class Look(NamedTuple):
    at: float
    rows: list[str]
    """Of the log, from the top."""


class Observer(threading.Thread):
    def __init__(self, screen: Terminal) -> None:
        super().__init__(daemon=True)
        self.looks: list[Look] = []
        self._screen = screen
        self._done = threading.Event()

    def run(self) -> None:
        while not self._done.wait(0.1):
            lines = self._screen.text.split("\n")
            heads = [n for n, line in enumerate(lines) if "2 Events" in line]
            if heads:
                rows = lines[heads[0] + 1 : -1]
                self.looks.append(Look(time.monotonic(), rows))

    def end(self) -> None:
        self._done.set()
        self.join()


def test_what_was_said_stays_to_be_read_and_no_row_is_blank(
    tmp_path: Path, sound_card: VirtualSoundCard, voice: HibariVoice
) -> None:
    with terminal(home=tmp_path, **sound_card.environ) as screen:  # type: ignore[arg-type]
        screen.wait_for("LIVE")
        observer = Observer(screen)
        observer.start()
        for turn in range(TURNS):
            sound_card.speak(voice.synthesise("hello there"), voice.rate)
            told(screen.journal, AgentResponded, turn + 2)  # behind the greeting
        time.sleep(READABLE_S)  # how long the last one has to stand: a look, not a wait
        observer.end()
        said = told(screen.journal, AgentResponded | UserTranscribed, 0)
        looks = observer.looks

    filled = next(n for n, look in enumerate(looks) if not blank(look))
    # One look may fall between two pieces of a picture that is being written.
    blanks = [b.rows for a, b in pairwise(looks[filled:]) if blank(a) and blank(b)]
    assert blanks == []
    assert [problem for text in said if (problem := unreadable(text, looks))] == []


def blank(look: Look) -> bool:
    return not all(map(str.strip, look.rows))


def unreadable(text: str, looks: list[Look]) -> str:
    """Why somebody could miss that row; "" where nobody does."""
    seen = [n for n, look in enumerate(looks) if any(text in row for row in look.rows)]
    if not seen:
        return f"{text}: never shown"
    first = looks[seen[0]]
    for look in looks[seen[0] :]:
        if look.at - first.at >= READABLE_S or newer(text, look) >= NEWER:
            return ""
        if not any(text in row for row in look.rows):
            return f"{text}: gone after {look.at - first.at:.1f} s"
    return ""


def newer(time_of: str, look: Look) -> int:
    """How many rows came since, at least."""
    times = [found[1] for row in look.rows if (found := ROW.match(row))]
    return sum(at > time_of for at in times)


def told(journal: Path, kind: object, count: int) -> list[str]:
    """The time of each such record as a row has it, once there are so many."""
    while True:
        reader = JournalReader.open(journal)
        stream = EntryStream(reader, lambda: open_codec("elevenlabs"))
        entries = [e for e in stream.advance()]
        found = [e for e in entries if any(isinstance(v, kind) for v in e.events)]  # type: ignore[arg-type]
        if len(found) >= count:
            wall = reader.wall_ns(0)
            return [clock(e.time_ns + wall) for e in found]
        time.sleep(0.1)  # the journal is a file of another process


def clock(unix_ns: int) -> str:
    seconds = time.strftime("%H:%M:%S", time.localtime(unix_ns // 1_000_000_000))
    return f"{seconds}.{unix_ns // 1_000_000 % 1000:03}"
