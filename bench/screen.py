"""What the screen costs: bytes to the terminal, CPU, keys to paint, start to first paint.

    python bench/screen.py [--seconds 6]

Each line is one run in a real pty: a journal grows at the given rate, written by this process as a
session would; the child shows it. The peer is what one would build first, Textual's RichLog with a
line an event and its Sparkline at 10 Hz, fed from the same journal. A key is painted when a letter
that was on no screen before comes back.
"""
# ruff: noqa: PLC0415  each child imports only what it measures

import argparse
import asyncio
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

LETTERS = "абвгдежзийклмнопрстуфхцчшщъыьэюя"
SIZES = [(80, 24), (120, 40)]
RATES = [0, 10, 100, 5000]


# ── The parent: a terminal with a clock ─────────────────────────────────────────────────────────


class Terminal:
    """A pty with a program in it; counts what comes."""

    def __init__(
        self, name: str, journal: Path, columns: int, rows: int, script: str = __file__
    ) -> None:
        """`script --child name journal` is what runs in it."""
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.started = time.perf_counter()
        self.process = subprocess.Popen(
            [sys.executable, script, "--child", name, str(journal)],
            stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
            env={k: v for k, v in os.environ.items() if k not in ("COLUMNS", "LINES")}
            | {"TERM": "xterm-256color", "COLORTERM": "truecolor"},
        )  # fmt: skip
        os.close(slave)
        self.count = 0

    def read(self, seconds: float) -> bytes:
        if not select.select([self.master], [], [], max(seconds, 0))[0]:
            return b""
        data = os.read(self.master, 65536)
        self.count += len(data)
        return data

    def until(self, mark: bytes, seconds: float) -> float | None:
        """Seconds until `mark` is painted."""
        begin, seen = time.perf_counter(), b""
        while (waited := time.perf_counter() - begin) < seconds:
            seen = seen[-64:] + self.read(seconds - waited)
            if mark in seen:
                return time.perf_counter() - begin
        return None

    def cpu(self) -> float:
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def end(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        os.close(self.master)


class Feeder:
    """Appends `rate` records a second, as time goes by."""

    def __init__(self, path: Path, rate: int) -> None:
        from tests.dashboard.sample_call import CallScript

        self.script = CallScript(path)
        self.rate = rate
        self.done = 0
        self.begin = time.perf_counter()

    def feed(self) -> None:
        from tui.journal.record import Direction

        due = int((time.perf_counter() - self.begin) * self.rate)
        for number in range(self.done, due):
            self.script.now_ns = time.monotonic_ns()
            said = f'"tool_call_id": "t_{number}", "result": "delivered", "is_error": false'
            text = f'{{"type": "client_tool_result", {said}}}'
            self.script.writer.frame(Direction.SENT, "client_tool_result", text)
        self.done = due


def measure(name: str, columns: int, rows: int, rate: int, seconds: float) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench.jsonl"
        feeder = Feeder(path, rate)
        terminal = Terminal(name, path, columns, rows)
        terminal.until(b"Enter sends", 20)
        first = time.perf_counter() - terminal.started
        listen(terminal, feeder, 1.5)
        counted, cpu, begin = terminal.count, terminal.cpu(), time.perf_counter()
        listen(terminal, feeder, seconds)
        took = time.perf_counter() - begin
        bytes_s = (terminal.count - counted) / took
        load = (terminal.cpu() - cpu) / took
        keys = [key_time(terminal, feeder, letter) for letter in LETTERS[:24]]
        terminal.end()
        keys.sort()
        return {
            "first": first * 1e3,
            "kB": bytes_s / 1e3,
            "cpu": load * 100,
            "p50": keys[len(keys) // 2] * 1e3,
            "p95": keys[int(len(keys) * 0.95)] * 1e3,
        }


def listen(terminal: Terminal, feeder: Feeder, seconds: float) -> None:
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        feeder.feed()
        terminal.read(0.01)


def key_time(terminal: Terminal, feeder: Feeder, letter: str) -> float:
    """Seconds from a key to its paint; 2 when it did not come by then."""
    listen(terminal, feeder, 0.137)
    begin, mark, seen = time.perf_counter(), letter.encode(), b""
    os.write(terminal.master, mark)
    while time.perf_counter() - begin < 2:
        seen = seen[-8:] + terminal.read(0.002)
        if mark in seen:
            break
        feeder.feed()
    return time.perf_counter() - begin


# ── The children ────────────────────────────────────────────────────────────────────────────────


def voicescope(path: Path) -> None:
    import math

    from tests.dashboard.scripted import ScriptedBackend
    from tui.dashboard.app import VoiceScopeApp

    class Growing(ScriptedBackend):
        async def notices(self):  # type: ignore[no-untyped-def]
            began, tick, peak = time.monotonic_ns(), 0, -12
            while True:
                await asyncio.sleep(0.1)
                tick += 1
                # Two who take turns of three seconds, in a room that is never quite still.
                speaking = tick % 60 < 30
                loud = (-35 if speaking else -52) + 8 * math.sin(tick / 3)
                agent = -120.0 if speaking else -25 + 8 * math.sin(tick / 2)
                peak = round(loud / 4 - 8) if tick % 10 == 0 else peak
                self.say(
                    live_ns=began,
                    mic_dbfs=loud,
                    mic_peak_dbfs=peak,
                    speaking=speaking,
                    vad_score=0.5 + 0.4 * math.sin(tick / 7),
                    speaker_dbfs=agent,
                    speaker_peak_dbfs=peak - 3,
                    agent_speaking=not speaking,
                )
                notice = self._notices.get_nowait()
                assert notice
                yield notice

    VoiceScopeApp(Growing(path)).run()


def richlog(path: Path) -> None:
    import math

    from textual.app import App, ComposeResult
    from textual.widgets import Input, RichLog, Sparkline

    from tui.journal.reader import JournalReader

    class Peer(App[None]):
        CSS = "Sparkline { height: 1; } RichLog { height: 1fr; } Input { height: 1; border: none; }"

        def compose(self) -> ComposeResult:
            yield Sparkline([0.0] * 80)
            yield RichLog()
            yield Input(placeholder="type — Enter sends")

        def on_mount(self) -> None:
            self.reader, self.shown, self.tick = JournalReader.open(path), 0, 0
            self.levels = [0.0] * 80
            self.query_one(Input).focus()
            self.set_interval(0.1, self.meter)
            self.set_interval(0.01, self.take)

        def meter(self) -> None:
            self.tick += 1
            self.levels = [*self.levels[1:], 1 + math.sin(self.tick / 3)]
            self.query_one(Sparkline).data = self.levels

        def take(self) -> None:
            self.reader.refresh()
            log = self.query_one(RichLog)
            for number in range(self.shown, len(self.reader)):
                at, kind = self.reader.time_ns(number), self.reader.kind(number)
                log.write(f"{at / 1e9:14.3f} → {kind:<20} {self.reader.elided(number)}")
            self.shown = len(self.reader)

    Peer().run()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seconds", type=float, default=6)
    parser.add_argument("--child", nargs=2)
    options = parser.parse_args()
    if options.child:
        name, path = options.child
        {"voicescope": voicescope, "RichLog": richlog}[name](Path(path))
        return
    head = f"{'size':>7} {'ev/s':>5} {'screen':<11} {'kB/s':>7} {'CPU %':>6} "
    print(head + f"{'key p50':>8} {'p95 ms':>7} {'first paint ms':>15}")
    for columns, rows in SIZES:
        for rate in RATES:
            for name in ("voicescope", "RichLog"):
                got = measure(name, columns, rows, rate, options.seconds)
                print(
                    f"{columns}x{rows:<3} {rate:>5} {name:<11} {got['kB']:7.1f} {got['cpu']:6.1f} "
                    f"{got['p50']:8.1f} {got['p95']:7.1f} {got['first']:15.0f}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
