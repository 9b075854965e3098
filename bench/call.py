"""A whole call, measured from outside: start, latency, interruption, CPU, bytes to the terminal.

Runs the dashboard in a pseudo terminal at 80x24, with a virtual sound card, on the local agent:

    python -m bench.call

Prints a table; nothing is asserted. Beside the start stands the same for the smallest Textual app
there can be, beside the latencies stand the parts they are made of.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from tests.e2e.terminal import Terminal, processes, terminal
from tests.vsound import VirtualSoundCard
from tui.analysis.entry import EntryStream
from tui.analysis.turns.fold import TurnFold
from tui.events import Interrupted, PlaybackFinished, PlaybackFlushed, PlaybackStarted, TextSent
from tui.journal.reader import JournalReader
from tui.providers import open_codec

STARTS = 7
QUESTIONS = 10
INTERRUPTIONS = 10
IDLE_S = 10.0
TICKS = os.sysconf("SC_CLK_TCK")

SMALLEST_APP = """
from textual.app import App
from textual.widgets import Static
class Smallest(App):
    def compose(self):
        yield Static("Transcript")
Smallest().run()
"""


def main() -> None:
    report("start to first paint, ms", starts("Transcript"))
    report("start to LIVE, ms", starts("LIVE"))
    report("smallest Textual app to first paint, ms", smallest_starts())
    with VirtualSoundCard() as card, tempfile.TemporaryDirectory() as home:
        with terminal(home=Path(home), **card.environ) as screen:
            measure_call(screen)


def starts(wanted: str) -> list[float]:
    times = []
    for _ in range(STARTS):
        with tempfile.TemporaryDirectory() as home:
            began = time.perf_counter()
            with terminal(home=Path(home)) as screen:
                screen.wait_for(wanted)
                times.append((time.perf_counter() - began) * 1000)
    return times


def smallest_starts() -> list[float]:
    times = []
    for _ in range(STARTS):
        with tempfile.TemporaryDirectory() as home:
            began = time.perf_counter()
            command = [sys.executable, "-c", SMALLEST_APP]
            with terminal(home=Path(home), command=command) as screen:
                screen.wait_for("Transcript")
                times.append((time.perf_counter() - began) * 1000)
    return times


def measure_call(screen: Terminal) -> None:
    call = Watched(screen)
    call.wait(lambda: call.count(PlaybackFinished) >= 1)
    usage = Usage(screen)
    time.sleep(IDLE_S)
    usage.report("listening")

    usage = Usage(screen)
    for number in range(QUESTIONS):
        call.do(screen, f"what is {number} plus two", PlaybackFinished)
    usage.report("typing and being answered")
    typed = [turn for turn in call.turns.turns if turn.first_byte_ms is not None]
    report("text typed to first audio byte, ms", [turn.first_byte_ms for turn in typed])
    report("text typed to first sample at the DAC, ms", [turn.ear_ms for turn in typed])

    for _ in range(INTERRUPTIONS):
        call.do(screen, "tell me a story", PlaybackStarted)
        time.sleep(2.0)  # so that there is something to interrupt
        call.do(screen, "what is two plus two", PlaybackFlushed)
        time.sleep(2.0)
    report("interruption frame to silence at the DAC, ms", call.silences(Interrupted))
    report("text sent to silence at the DAC, ms", call.silences(TextSent))


class Watched:
    """The journal of a call that is under way."""

    def __init__(self, screen: Terminal) -> None:
        screen.wait_for("LIVE")
        self._reader = JournalReader.open(screen.journal)
        self._stream = EntryStream(self._reader, lambda: open_codec("local"))
        self._events: list[tuple[int, object]] = []
        self.turns = TurnFold()

    def do(self, screen: Terminal, text: str, outcome: type[object]) -> None:
        """Type `text` and wait for one more `outcome`."""
        before = self.count(outcome)
        screen.type(f"{text}\r")
        self.wait(lambda: self.count(outcome) > before)

    def wait(self, reached: Callable[[], object], timeout: float = 60) -> None:
        end = time.monotonic() + timeout
        while not reached():
            if time.monotonic() > end:
                raise TimeoutError("the call did not go as it should")
            time.sleep(0.02)

    def count(self, kind: type[object]) -> int:
        self._reader.refresh()
        for entry in self._stream.advance():
            self.turns.add(entry)
            self._events += [(entry.time_ns, event) for event in entry.events]
        return sum(isinstance(event, kind) for _, event in self._events)

    def silences(self, cause: type[object]) -> list[float]:
        """From the newest `cause` before each flush to the end of the last sample played."""
        found, arrived = [], 0
        for time_ns, event in self._events:
            if isinstance(event, cause):
                arrived = time_ns
            elif isinstance(event, PlaybackFlushed):
                found.append((event.at_ns - arrived) / 1e6)
        return found


class Usage:
    """Processor time and terminal bytes from now on."""

    def __init__(self, screen: Terminal) -> None:
        self._screen = screen
        self._pids = {"screen": screen.process.pid, **screen.children()}
        self._cpu = {name: cpu_s(pid) for name, pid in self._pids.items()}
        self._bytes = len(screen.output)
        self._began = time.monotonic()

    def report(self, doing: str) -> None:
        seconds = time.monotonic() - self._began
        for name, pid in self._pids.items():
            share = (cpu_s(pid) - self._cpu[name]) / seconds * 100
            print(f"{f'CPU of the {name} while {doing}, % of a core':<60} {share:8.1f}")
        rate = (len(self._screen.output) - self._bytes) / seconds / 1000
        print(f"{f'to the terminal while {doing}, kB/s at 80x24':<60} {rate:8.1f}")


def cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def report(what: str, figures: Iterable[float | None]) -> None:
    known = sorted(figure for figure in figures if figure is not None)
    if not known:
        print(f"{what:<60} not seen")
        return
    p95 = known[min(len(known) - 1, round(0.95 * len(known)))]
    print(f"{what:<60} {statistics.median(known):8.1f} p50 {p95:8.1f} p95   n={len(known)}")


if __name__ == "__main__":
    assert not processes("tui.session"), "another voicescope runs here and would be counted"
    main()
