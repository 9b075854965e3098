"""The VAD line of a spoken call, in a real terminal: what moves it, and what that costs.

Needs (Debian): pulseaudio pulseaudio-utils libportaudio2.
"""

import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.terminal import Terminal, terminal
from tests.e2e.test_spoken import SpokenCall
from tests.vsound import VirtualSoundCard
from tui.agent.speech.hibari import HibariVoice, load
from tui.events import PlaybackFinished, PlaybackFlushed, PlaybackStarted

pytestmark = pytest.mark.slow

MOVE = re.compile(rb"\x1b\[(\d+);\d+H")
BUDGET = 4000
"""Bytes a second."""
SPEECH, AGENT, CUT, CLOSED = "▕[▁▂▃▄▅▆▇█]", "▄", "✂", "─"


def vad_rows(screen: str, last: str) -> list[str]:
    """From the row of scores to the one that begins with `last`, wherever a banner put them."""
    rows = screen.split("\n")
    first = next((n for n, row in enumerate(rows) if row.startswith(" vad ")), len(rows))
    end = next((n for n, row in enumerate(rows) if row.startswith(last)), len(rows))
    return rows[first : end + 1]


def spent(output: bytes, rows: range) -> int:
    """Bytes that painted `rows` (from 1)."""
    parts = MOVE.split(output)
    numbered = zip(parts[1::2], parts[2::2], strict=True)
    return sum(len(text) + len(b"\x1b[24;80H") for row, text in numbered if int(row) in rows)


@pytest.fixture(scope="module")
def voice() -> HibariVoice:
    return load()


@pytest.mark.parametrize(("columns", "rows", "last"), [(80, 24, " ▀you"), (160, 45, " agent ")])
def test_a_spoken_turn_is_seen_by_both_detectors_and_costs_little(
    tmp_path: Path, voice: HibariVoice, columns: int, rows: int, last: str
) -> None:
    # A machine without a core for it tears speech: one call of three is to come whole.
    for attempt in range(3):
        home = tmp_path / str(attempt)
        home.mkdir()
        try:
            return check_a_spoken_turn(home, voice, columns, rows, last)
        except AssertionError:
            if attempt == 2:
                raise


def check_a_spoken_turn(
    tmp_path: Path, voice: HibariVoice, columns: int, rows: int, last: str
) -> None:
    with (
        VirtualSoundCard() as card,
        terminal("--local", home=tmp_path, columns=columns, rows=rows, **card.environ) as screen,
        card.listen() as speaker,
    ):

        def seen(pattern: str, row: int) -> Callable[[str], object]:
            def found(text: str) -> object:
                lines = vad_rows(text, last)
                cells = columns - 25 if columns == 80 else columns - 28
                return len(lines) > 1 and re.search(pattern, lines[row][12:cells])

            return found

        screen.wait_for("LIVE")
        call = SpokenCall(screen, card, speaker)
        screen.wait_for(seen("⣀", 0))  # the agent hears
        call.wait_for(PlaybackFinished)
        screen.type("tell me a story\r")
        call.wait_for(PlaybackStarted, 2)
        time.sleep(1.5)  # the user listens; the line then has several cells of the story
        begun, before = time.monotonic(), len(screen.output)
        card.speak(voice.synthesise("Stop please, that is enough."), voice.rate, wait=False)
        call.wait_for(PlaybackFlushed)
        screen.wait_for(seen(f"{AGENT}.?{CUT}", -1))
        screen.wait_for(seen(f"{SPEECH}.*▏", 0))  # the provider's, with both edges
        elapsed = time.monotonic() - begun
        # Where it is without a banner: that one comes and goes, and costs nothing while it stays.
        cost = spent(bytes(screen.output[before:]), range(2, 2 + len(vad_rows(screen.text, last))))
        assert cost / elapsed < BUDGET, f"{cost} bytes in {elapsed:.1f} s"
        local = "▀.*▏" if columns == 80 else f"{SPEECH}.*▏"
        with speaking_on(card, voice):
            screen.wait_for(seen(local, 1))
        check_mute(screen, seen)


@contextmanager
def speaking_on(card: VirtualSoundCard, voice: HibariVoice) -> Iterator[None]:
    """Somebody says something now and then: a machine that is late may lose blocks of sound, and
    the detector by level the speech in them."""
    over = threading.Event()
    pcm = voice.synthesise("What time is it?")

    def speak() -> None:
        while not over.is_set():
            card.speak(pcm, voice.rate)
            over.wait(3)

    thread = threading.Thread(target=speak)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def check_mute(screen: Terminal, seen: Callable[[str, int], Callable[[str], object]]) -> None:
    screen.type("\x1bOQ")  # F2
    screen.wait_for(lambda text: seen(f"{CLOSED}{{2}}", 0)(text) and "MUTED" in text)
    screen.type("\x1bOQ")
    screen.wait_for(seen(f"{CLOSED}⣀", 0))


@pytest.mark.parametrize("columns", [80, 60])
def test_in_ascii_and_without_colour_it_says_the_same(tmp_path: Path, columns: int) -> None:
    """A replay, whose line has all there is: read again cell by cell."""
    from tests.dashboard.sample_call import write_call

    path = write_call(tmp_path / "call.jsonl")
    config = tmp_path / "config.toml"
    config.write_text('[screen]\nascii = "always"\n')
    with terminal(
        *("replay", str(path), "--config", str(config)),
        home=tmp_path, columns=columns, rows=24, NO_COLOR="1",
    ) as screen:  # fmt: skip
        screen.wait_for("REPLAY")
        screen.type("\x1b[F")  # End
        text = screen.wait_for(lambda text: "#%" in text)
        top, below = vad_rows(text, ' "you=agent')
        assert re.search(r"\|[#*]+\|\.+-", top), top
        assert re.search(r'=+#%"+\| +=+ +=+', below), below
        assert text.isascii()
