"""What the event inspector costs with a million records held.

    python bench/inspector.py call.jsonl [--records 1000000] [--seconds 5]

`call.jsonl` is a recorded call (`voicescope run --provider local --journal call.jsonl …`), which is
repeated to the length asked for. First the parts without a screen: index, memory, filters. Then the
dashboard in a real pty with all records held and more coming at each rate, beside Textual's own
RichLog, Log and DataTable, which begin empty because they could not hold as many. What was folded
before (the transcript) is left out at the start: a call of that length folded it hours ago.
"""
# ruff: noqa: PLC0415  each child imports only what it measures

import argparse
import gc
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.make_journal import repeat  # noqa: E402
from bench.screen import LETTERS, Terminal  # noqa: E402

RATES = (100, 5000)
FLOODS = (5000, 10_000, 20_000)
SIZE = (80, 24)
EXPRESSIONS = {
    "kind": "kind:agent*|tool*",
    "columns": "size:>4k gap:>5",
    "turn": "turn:300",
    "text": "refund",
    "text, most": "audio",
    "regex": "/order \\d+/",
    "regex, no literal": "/\\d{5}/",
    "jsonpath": '$.client_tool_call.tool_name == "lookup_order"',
    "tools": "is:tool",
    "errors": "is:error",
}
SAID = '{"type": "client_tool_result", "tool_call_id": "t_%d", "result": "ok", "is_error": false}'


def row(what: str, value: float, unit: str) -> None:
    print(f"{what:<58} {value:>12,.1f} {unit}", flush=True)


# ── Without a screen ────────────────────────────────────────────────────────────────────────────


def bench_open(path: Path) -> None:
    from tui.journal.reader import JournalReader

    begin = time.perf_counter()
    reader = JournalReader.open(path, in_steps=True)
    row("open: first records", (time.perf_counter() - begin) * 1e3, "ms")
    worst = 0.0
    while reader.indexed < 1:
        step = time.perf_counter()
        reader.refresh()
        worst = max(worst, time.perf_counter() - step)
    row(f"open: all {len(reader):,} indexed", (time.perf_counter() - begin) * 1e3, "ms")
    row("open: longest step", worst * 1e3, "ms")
    row("index", reader.index.bytes / len(reader), "bytes/record")


def bench_memory(path: Path) -> None:
    """In a process of its own: what it has resident."""
    done = subprocess.run(
        [sys.executable, __file__, "--child", "memory", str(path)],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    for line in done.stdout.splitlines():
        what, value = line.split("\t")
        row(what, float(value), "bytes/record")


def resident() -> int:
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def memory(path: Path) -> None:
    from tui.analysis.filter.parser import parse
    from tui.analysis.filter.view import FilteredRecords
    from tui.dashboard.events.rows import EventRows
    from tui.journal.reader import JournalReader

    traits(JournalReader.open(path, in_steps=True))  # what is loaded once is no record's
    begin = resident()
    reader = JournalReader.open(path)
    rows = EventRows(reader, traits(reader))
    rows.extend(len(reader))
    rows.take_changed()  # as the screen does ten times a second
    print(f"memory: index and rows\t{(resident() - begin) / len(reader)}")
    passed = FilteredRecords(reader, rows.traits, parse(">"))
    filtered = EventRows(reader, rows.traits, passed)
    filtered.extend(len(reader))
    filtered.take_changed()
    print(f"memory: and a filter that most pass\t{(resident() - begin) / len(reader)}")


def traits(reader):  # type: ignore[no-untyped-def]
    from tui.analysis.records.categories import Categories
    from tui.dashboard.journal_feed import JournalFeed
    from tui.providers import open_codec

    class Backend:
        pass

    backend = Backend()
    backend.reader, backend.open_codec = reader, lambda: open_codec("local")  # type: ignore[attr-defined]
    return Categories(reader, JournalFeed(backend, print).events_of)  # type: ignore[arg-type]


def bench_filters(path: Path) -> None:
    from tui.analysis.filter.parser import parse
    from tui.analysis.filter.view import FilteredRecords
    from tui.journal.reader import JournalReader

    reader = JournalReader.open(path)
    judged = traits(reader)
    print(f"\n{'filter':<52} {'first ms':>9} {'all ms':>8} {'slice ms':>9} {'found':>9}")
    for name, text in EXPRESSIONS.items():
        found = FilteredRecords(reader, judged, parse(text))
        begin, first, worst, done = time.perf_counter(), 0.0, 0.0, False
        while not done:
            slice_began = time.perf_counter()
            done = found.advance(len(reader), 0.004)
            now = time.perf_counter()
            worst = max(worst, now - slice_began)
            first = first or (now - begin if len(found) else 0.0)
        took = time.perf_counter() - begin
        print(
            f"{name + ': ' + text:<52} {first * 1e3:9.1f} {took * 1e3:8.1f} {worst * 1e3:9.1f} "
            f"{len(found):>9,}",
            flush=True,
        )


# ── A replay ────────────────────────────────────────────────────────────────────────────────────


def bench_replay(path: Path) -> None:
    """The dashboard with all of it shown at once: until the transcript is whole."""
    import asyncio

    from tui.backend.replay import Replay
    from tui.dashboard.app import VoiceScopeApp
    from tui.dashboard.transcript.pane import Transcript
    from tui.journal.reader import JournalReader
    from tui.providers import open_codec, summarizer

    async def run() -> None:
        begin = time.perf_counter()
        reader = JournalReader.open(path, in_steps=True)
        replay = Replay(reader, lambda: open_codec("local"), summarizer("local"), speed=0.0)
        app = VoiceScopeApp(replay)
        late: list[float] = []
        async with app.run_test(size=(120, 40)):
            talk = app.screen_stack[0].query_one(Transcript)
            row("replay: first paint", (time.perf_counter() - begin) * 1e3, "ms")
            while reader.indexed < 1 or app._intake.records < len(reader):
                step = time.perf_counter()
                await asyncio.sleep(0.005)
                late.append(time.perf_counter() - step - 0.005)
            row("replay: whole transcript", (time.perf_counter() - begin) * 1e3, "ms")
            row("replay: lines of it", len(talk.fold.lines), "")
        late.sort()
        row("replay: meanwhile a key waits, p50", late[len(late) // 2] * 1e3, "ms")
        row("replay: meanwhile a key waits, p95", late[int(len(late) * 0.95)] * 1e3, "ms")

    asyncio.run(run())


# ── In a terminal ───────────────────────────────────────────────────────────────────────────────


class Appender:
    """Writes records behind those that are there, `rate` a second as time goes by."""

    def __init__(self, path: Path, rate: int) -> None:
        self.count = sum(1 for _ in path.open("rb"))
        self.file = path.open("ab", buffering=0)
        self.rate = rate
        self.done = 0
        self.begin = time.perf_counter()

    def feed(self) -> None:
        due = int((time.perf_counter() - self.begin) * self.rate)
        self.file.write(b"".join(self._lines(due)))
        self.done = max(due, self.done)

    def _lines(self, due: int) -> Iterator[bytes]:
        from tui.journal.record import Direction, Header, encode_line

        at = time.monotonic_ns()
        for n in range(self.done, due):
            text = SAID % n
            header = Header(self.count + n, at, Direction.SENT, "client_tool_result", len(text), 0)
            yield encode_line(header, text)


def bench_screens(path: Path, seconds: float) -> None:
    print(f"\n{'ev/s':>6} {'screen':<12} {'held':>9} {'kB/s':>7} {'CPU %':>6} "
          f"{'key p50':>8} {'p95 ms':>7} {'max':>7} {'behind':>8}")  # fmt: skip
    for rate in RATES:
        for name in CHILDREN:
            if name != "memory":
                measure(name, path, rate, seconds)
    for rate in FLOODS[1:]:
        measure("voicescope", path, rate, seconds)


def measure(name: str, path: Path, rate: int, seconds: float) -> None:
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "bench.jsonl"
        if name == "voicescope":
            shutil.copyfile(path, copy)
        else:
            with path.open("rb") as source:
                copy.write_bytes(source.readline())
        terminal = Terminal(name, copy, *SIZE, script=__file__)
        terminal.until(b"Enter sends", 60)
        appender = Appender(copy, 0)
        held = appender.count
        tail = Tail()
        listen(terminal, appender, tail, 4.0)  # all rows are taken in, nothing comes
        appender.rate, appender.begin = rate, time.perf_counter()
        listen(terminal, appender, tail, 1.0)
        counted, cpu, begin = terminal.count, terminal.cpu(), time.perf_counter()
        listen(terminal, appender, tail, seconds)
        took = time.perf_counter() - begin
        kilobytes, load = (terminal.count - counted) / took / 1e3, (terminal.cpu() - cpu) / took
        keys = sorted(key_time(terminal, appender, tail, letter) for letter in LETTERS[:24])
        behind = held + appender.done - tail.shown if tail.shown else -1
        terminal.end()
        print(
            f"{rate:>6} {name:<12} {held:>9,} {kilobytes:7.1f} {load * 100:6.1f} "
            f"{keys[len(keys) // 2] * 1e3:8.1f} {keys[int(len(keys) * 0.95)] * 1e3:7.1f} "
            f"{keys[-1] * 1e3:7.1f} {behind:>8,}",
            flush=True,
        )


class Tail:
    """What the title says is shown."""

    def __init__(self) -> None:
        self.shown = 0
        self._rest = b""

    def read(self, data: bytes) -> None:
        text = self._rest + data
        for found in re.finditer(rb"Events ([\d,]+) ", text):
            self.shown = int(found[1].replace(b",", b""))
        self._rest = text[-40:]


def listen(terminal: Terminal, appender: Appender, tail: Tail, seconds: float) -> None:
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        appender.feed()
        tail.read(terminal.read(0.01))


def key_time(terminal: Terminal, appender: Appender, tail: Tail, letter: str) -> float:
    """Seconds from a key to its paint; 2 when it did not come by then."""
    listen(terminal, appender, tail, 0.137)
    begin, mark, seen = time.perf_counter(), letter.encode(), b""
    os.write(terminal.master, mark)
    while time.perf_counter() - begin < 2:
        data = terminal.read(0.002)
        tail.read(data)
        seen = seen[-8:] + data
        if mark in seen:
            break
        appender.feed()
    return time.perf_counter() - begin


# ── The children ────────────────────────────────────────────────────────────────────────────────


def voicescope(path: Path) -> None:
    import asyncio
    import math

    from tests.dashboard.scripted import ScriptedBackend
    from tui.dashboard.app import VoiceScopeApp

    class Growing(ScriptedBackend):
        async def notices(self):  # type: ignore[no-untyped-def]
            began, tick = time.monotonic_ns(), 0
            while True:
                await asyncio.sleep(0.1)
                tick += 1
                loud = -40 + 20 * math.sin(tick / 3)
                self.say(mic_dbfs=loud, speaking=tick % 20 < 10, live_ns=began, vad_score=0.5)
                notice = self._notices.get_nowait()
                assert notice
                yield notice

    app = VoiceScopeApp(Growing(path))
    app._intake._entries.position = len(app._backend.reader)
    app.run()


def peer(fill: str) -> Callable[[Path], None]:
    """One of Textual's own, fed with the same lines from the same journal."""

    def run(path: Path) -> None:
        from textual.app import App, ComposeResult
        from textual.widgets import DataTable, Input, Log, RichLog

        from tui.journal.reader import JournalReader

        widget = {"RichLog": RichLog, "Log": Log, "DataTable": DataTable}[fill]

        class Peer(App[None]):
            CSS = "RichLog, Log, DataTable { height: 1fr; } Input { height: 1; border: none; }"

            def compose(self) -> ComposeResult:
                yield widget(id="log")
                yield Input(placeholder="type — Enter sends")

            def on_mount(self) -> None:
                self.reader, self.shown = JournalReader.open(path), 0
                if fill == "DataTable":
                    self.query_one(DataTable).add_columns("time", "kind", "text")
                self.query_one(Input).focus()
                self.set_interval(0.1, self.take)

            def take(self) -> None:
                self.reader.refresh()
                log = self.query_one("#log")
                for number in range(self.shown, len(self.reader)):
                    at, kind = self.reader.time_ns(number), self.reader.kind(number)
                    text = self.reader.elided(number)
                    if isinstance(log, DataTable):
                        log.add_row(f"{at / 1e9:.3f}", kind, text)
                    elif isinstance(log, RichLog):
                        log.write(f"{at / 1e9:14.3f} → {kind:<20} {text}")
                    elif isinstance(log, Log):
                        log.write_line(f"{at / 1e9:14.3f} → {kind:<20} {text}")
                if isinstance(log, DataTable) and self.shown < len(self.reader):
                    log.move_cursor(row=log.row_count - 1)
                self.shown = len(self.reader)

        Peer().run()

    return run


CHILDREN: dict[str, Callable[[Path], None]] = {
    "voicescope": voicescope,
    "RichLog": peer("RichLog"),
    "Log": peer("Log"),
    "DataTable": peer("DataTable"),
    "memory": memory,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("call", type=Path, nargs="?")
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--child", nargs=2)
    options = parser.parse_args()
    if options.child:
        name, path = options.child
        CHILDREN[name](Path(path))
        return
    if options.call is None:
        parser.error("which recorded call?")
    with tempfile.TemporaryDirectory(prefix="voicescope-bench-") as folder:
        path = Path(folder) / "long.jsonl"
        repeat(options.call, path, options.records)
        bench_open(path)
        bench_memory(path)
        bench_filters(path)
        bench_replay(path)
        bench_screens(path, options.seconds)


if __name__ == "__main__":
    main()
