"""The program in a real terminal: a pty whose screen is read by a terminal emulator.

`Terminal.stall` stops reading it, as a dead SSH link does.
"""

import contextlib
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pyte

_NOT_THEIRS = (
    "ELEVENLABS_API_KEY",
    "ELEVENLABS_AGENT_ID",
    "SSH_CONNECTION",
    "NO_COLOR",
    "COLUMNS",
    "LINES",
)
"""Variables of whoever runs the tests. A size given by them would win over the pty's own."""


PATIENT = (
    sys.executable,
    "-c",
    "import tui.processes.lifetime as p, tui.session.process as c\n"
    "p.LEAVE_S, p.KILL_S, c.CLOSE_S = 60, 90, 30\n"
    "from tui.__main__ import main; raise SystemExit(main())",
)
"""The program, whose screen is not killed where a busy machine takes long to end it in order."""


class Terminal:
    """One running `voicescope`, its screen, its processes and its journal."""

    controlling = True
    """When it is closed, a signal tells the program."""

    def __init__(
        self,
        *arguments: str,
        home: Path,
        columns: int = 80,
        rows: int = 24,
        command: Sequence[str] = (sys.executable, "-m", "tui"),
        **env: str,
    ) -> None:
        self.home = home
        self.output = bytearray()
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self._lock = threading.Lock()
        self._shown = ""
        self._stale = True
        self._reading = threading.Event()
        self._reading.set()
        self._done = False
        self._closed = False
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.attributes = termios.tcgetattr(slave)
        self._slave = slave
        variables = {
            **os.environ,
            "HOME": str(home),
            "XDG_STATE_HOME": str(home / "state"),
            "XDG_CONFIG_HOME": str(home / "config"),
            "TERM": "xterm-256color",
            "PULSE_SERVER": "unix:/nonexistent",
            **env,
        }
        for name in _NOT_THEIRS:
            if name not in env:
                variables.pop(name, None)
        self.process = subprocess.Popen(
            [*command, *arguments],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=variables,
            preexec_fn=_own_terminal if self.controlling else None,  # noqa: PLW1509  no threads of ours hold locks here
            start_new_session=True,
        )
        self.master = master
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    # ── What a user does ─────────────────────────────────────────────────────────────────────────

    def type(self, keys: str) -> None:
        os.write(self.master, keys.encode())

    def resize(self, columns: int, rows: int) -> None:
        size = struct.pack("HHHH", rows, columns, 0, 0)
        fcntl.ioctl(self._slave, termios.TIOCSWINSZ, size)
        with self._lock:
            self._screen.resize(rows, columns)
            self._stale = True
        os.killpg(self.process.pid, signal.SIGWINCH)

    def stall(self) -> None:
        """Read no more: the terminal's buffer fills up and the program's writes block."""
        self._reading.clear()

    def resume(self) -> None:
        self._reading.set()

    def hang_up(self) -> None:
        """The terminal is closed."""
        self._done = True
        self._reading.set()
        self._reader.join()
        os.close(self.master)
        os.close(self._slave)
        self._closed = True

    # ── What a user sees ─────────────────────────────────────────────────────────────────────────

    @property
    def text(self) -> str:
        with self._lock:
            if self._stale:  # the emulator takes milliseconds to spell its screen out
                self._shown = "\n".join(line.rstrip() for line in self._screen.display)
                self._stale = False
            return self._shown

    def background_of(self, text: str) -> set[str]:
        """Behind the cells of the first line that holds `text`; `default`, a name, or `rrggbb`."""
        with self._lock:
            rows = [n for n, line in enumerate(self._screen.display) if text in line]
            cells = self._screen.buffer[rows[0]] if rows else {}
            return {cell.bg for cell in cells.values()}

    def cells(self) -> list[list[tuple[str, str, str, str]]]:
        """Each row's (character, foreground, background, attributes), as in `background_of`."""
        with self._lock:
            rows, columns = self._screen.lines, self._screen.columns
            grid = [[self._screen.buffer[y][x] for x in range(columns)] for y in range(rows)]
        names = {"bold": "bold", "italics": "italic", "underscore": "underline"}
        names |= {"reverse": "reverse", "strikethrough": "strike"}
        return [
            [
                (c.data, c.fg, c.bg, " ".join(w for n, w in names.items() if getattr(c, n)))
                for c in row
            ]
            for row in grid
        ]

    def wait_for(self, wanted: str | Callable[[str], object], timeout: float = 100) -> str:
        """The screen once it shows `wanted`."""
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            text = self.text
            if (wanted in text) if isinstance(wanted, str) else wanted(text):
                return text
            if self.process.poll() is not None:
                break
            time.sleep(0.02)  # the emulator has no event to wait for
        raise AssertionError(f"never on the screen: {wanted}\n{self.text}")

    # ── Its processes and its journal ────────────────────────────────────────────────────────────

    @property
    def journal(self) -> Path:
        (path,) = (self.home / "state" / "voicescope" / "journals").glob("*.jsonl")
        return path

    def children(self) -> dict[str, int]:
        """Process ids by role: session, agent."""
        found = {}
        for role in ("session", "agent"):
            for pid in processes(f"tui.{role}"):
                if _ancestor(pid, self.process.pid):
                    found[role] = pid
        return found

    def end(self, timeout: float = 100) -> int:
        """Wait until it has ended by itself; the exit code."""
        return self.process.wait(timeout)

    def close(self) -> None:
        """Whatever is left of it goes."""
        self._done = True
        self._reading.set()
        pids = list(self.children().values())
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        # Before the numbers are free for other files: the reader would read those.
        self._reader.join()
        for fd in () if self._closed else (self.master, self._slave):
            with contextlib.suppress(OSError):
                os.close(fd)

    def _read(self) -> None:
        while not self._done:
            self._reading.wait()
            with contextlib.suppress(OSError, ValueError):
                ready, _, _ = select.select([self.master], [], [], 0.1)
                if ready and self._reading.is_set():
                    data = os.read(self.master, 65536)
                    with self._lock:
                        self.output += data
                        self._stream.feed(data)
                        self._stale = True


@contextlib.contextmanager
def terminal(
    *arguments: str,
    home: Path,
    columns: int = 80,
    rows: int = 24,
    command: Sequence[str] = (sys.executable, "-m", "tui"),
    **env: str,
) -> Iterator[Terminal]:
    screen = Terminal(*arguments, home=home, columns=columns, rows=rows, command=command, **env)
    try:
        yield screen
    finally:
        screen.close()


def processes(marker: str) -> list[int]:
    """Ids of running processes with `marker` as an argument; zombies are not running."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        with contextlib.suppress(OSError):
            arguments = (entry / "cmdline").read_bytes().split(b"\0")
            if marker.encode() in arguments:
                found.append(int(entry.name))
    return found


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def wait_gone(pids: list[int], timeout: float) -> None:
    end = time.monotonic() + timeout
    while any(alive(pid) for pid in pids):
        assert time.monotonic() < end, f"still there: {[pid for pid in pids if alive(pid)]}"
        time.sleep(0.02)


def _ancestor(pid: int, ancestor: int) -> bool:
    while pid > 1:
        try:
            pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            return False
        if pid == ancestor:
            return True
    return False


def _own_terminal() -> None:
    """In the child: make the pty its controlling terminal, so that closing it is a hang-up."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
