"""Every process of ours ends when it is told to, also when it hangs; a terminal is given back.

A time limit here only stops a test: without what is tested, these processes stay for ever.
"""

import contextlib
import os
import pty
import signal
import subprocess
import sys
import termios
import time
import tty
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from tests.e2e.terminal import Terminal, alive, processes, terminal, wait_gone
from tests.e2e.test_processes import ALT_SCREEN_OFF, check_closed_in_order, live_call
from tui.journal.writer import create
from tui.plan import Audio, Plan
from tui.processes.lifetime import environment, python
from tui.processes.sentinel import RESTORE

FOR_EVER = {
    "held": "import re; re.match('(a+)+$', 'a' * 99 + 'b')",  # the interpreter itself
    "looping": "while True: pass",
    "waiting": "import time; time.sleep(1e6)",
}
LIMIT_S = 60.0

SESSION = """
import tui.processes.lifetime as p; p.KILL_S = {kill}
import os, tui.session.__main__ as session, tui.session.session as worker
async def run(self, notices):
    os.write(2, b'up')
    {hang}
worker.Session.run = run
session.main()
"""
AGENT = """
import os, sys, tui.agent.server as server
async def until_stopped(self):
    os.write(2, b'up')
    {hang}
server.Server._until_stopped = until_stopped
from tui.agent.main import main
sys.exit(main({arguments}))
"""
SOUND = """
import os, sys, tui.export.sound as sound, tui.export.sound_process as process
def sound_of(*arguments):
    os.write(2, b'up')
    {hang}
sound.sound_of = sound_of
from tui.journal.reader import JournalReader
JournalReader.open = lambda path: None
sys.argv[1:] = ['a', {target!r}]
process.main()
"""
HELPER = """
import os
from tui.processes.lifetime import end_with_parent
end_with_parent()
os.write(2, b'up')
{hang}
"""


@contextlib.contextmanager
def hanging(code: str, first: bytes = b"") -> Iterator["subprocess.Popen[bytes]"]:
    """A process that hangs by now."""
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    assert process.stdin and process.stderr
    try:
        process.stdin.write(first)
        process.stdin.flush()
        assert process.stderr.read(2) == b"up"
        if FOR_EVER["held"] in code:
            _until_it_works(process.pid)
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stderr.close()


def _until_it_works(pid: int) -> None:
    """What it said last let other threads of it run, which may not hold it yet."""

    def cpu_time() -> int:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return int(fields[11])  # ticks in user mode

    begin = cpu_time()
    while cpu_time() < begin + 5:
        time.sleep(0.01)


def told(process: "subprocess.Popen[bytes]", how: str) -> int:
    """Its exit code once it was told to end."""
    assert process.stdin
    if how == "orphaned":
        process.stdin.close()
    else:
        process.send_signal(getattr(signal, how))
    return process.wait(LIMIT_S)


@pytest.mark.slow
@pytest.mark.parametrize("how", ["SIGTERM", "SIGHUP", "SIGINT", "orphaned"])
@pytest.mark.parametrize("hang", FOR_EVER)
def test_a_session_that_hangs_ends(tmp_path: Path, hang: str, how: str) -> None:
    journal = tmp_path / "call.jsonl"
    os.close(create(journal))
    plan = Plan(
        provider="local",
        journal=str(journal),
        base_url="http://127.0.0.1:1",
        audio=Audio(enabled=False),
    )
    kill = 1.95 if hang == "held" else 1e6  # which of the two it is that ends it
    code = SESSION.format(hang=FOR_EVER[hang], kill=kill)
    with hanging(code, msgspec.json.encode(plan) + b"\n") as process:
        number = 0 if how == "orphaned" else getattr(signal, how)
        wanted = -signal.SIGKILL if hang == "held" else 128 + (number or signal.SIGHUP)
        assert told(process, how) == wanted


@pytest.mark.parametrize("arguments", [["--parent"], []])
def test_an_agent_that_hangs_ends(arguments: list[str]) -> None:
    with hanging(AGENT.format(hang=FOR_EVER["held"], arguments=arguments)) as process:
        assert told(process, "orphaned" if arguments else "SIGINT") == -signal.SIGKILL


def test_an_export_that_hangs_ends_with_its_parent(tmp_path: Path) -> None:
    code = SOUND.format(hang=FOR_EVER["held"], target=str(tmp_path / "a.wav"))
    with hanging(code) as process:
        assert told(process, "orphaned") == -signal.SIGKILL


def test_a_helper_that_hangs_ends_with_its_parent() -> None:
    with hanging(HELPER.format(hang=FOR_EVER["held"])) as process:
        assert told(process, "orphaned") == -signal.SIGIO


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("tui.session.sound.device_list", b""),
        (
            "tui.session.http.catalogue_process",
            b'{"do":"agents","provider":"elevenlabs","base_url":"http://127.0.0.1:9","text":""}\n',
        ),
        ("tui.session.sound.clip_player", b'{"size":2,"rate":8000}\n\0\0'),
    ],
)
def test_each_helper_has_a_lifeline(module: str, line: bytes, tmp_path: Path) -> None:
    """Before it does what may take for ever."""
    code = (
        f"import os, {module} as module\n"
        "module.end_with_parent = lambda: os._exit(77)\nmodule.main()"
    )
    done = subprocess.run([sys.executable, "-c", code], input=line, env=environment(), check=False)
    assert done.returncode == 77
    assert python(module)[1] == "-P"


def test_a_sentinel_ends_with_whom_it_watches() -> None:
    code = "from tui.processes.lifetime import Watchdog; w = Watchdog(); print(w._sentinel.pid)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    wait_gone([int(said.stdout)], LIMIT_S)


def test_a_sentinel_harms_nobody_whose_process_ended_in_time() -> None:
    """Killed is only its own parent, and only while it is that."""
    code = (
        "import os, signal, time; from tui.processes.lifetime import Watchdog; w = Watchdog()\n"
        "signal.signal(signal.SIGTERM, lambda *_: os._exit(7))\n"
        "print(w._sentinel.pid, flush=True)\n"
        "time.sleep(1e6)"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    with process:
        assert process.stdout
        sentinel = int(process.stdout.readline())
        process.terminate()
        assert process.wait(LIMIT_S) == 7
    wait_gone([sentinel], LIMIT_S)


# ── The screen ──────────────────────────────────────────────────────────────────────────────────


NOT_KILLED = (
    sys.executable,
    "-c",
    "import tui.processes.lifetime as p; p.KILL_S = 1e6\n"
    "import sys; del sys.argv[1:]; from tui.__main__ import main; raise SystemExit(main())",
)
"""The program without its sentinel's last step, which a busy machine could make the first."""


class Silent(Terminal):
    controlling = False


@pytest.mark.slow
@pytest.mark.parametrize("moment", [0, 2, 4, 5, 7, 9])
@pytest.mark.parametrize("signalled", [True, False])
def test_a_closed_terminal_leaves_nobody(tmp_path: Path, moment: int, signalled: bool) -> None:
    """At any moment of the start and of a call, whether or not a signal comes with it."""
    screen = (Terminal if signalled else Silent)(home=tmp_path, command=NOT_KILLED)
    try:
        if moment > 4:
            live_call(screen)
        time.sleep(0.15 * (moment % 5))  # a moment is what is tested
        started = screen.children()
        screen.hang_up()
        code = screen.end(LIMIT_S)
        # Before it listens, the signal itself ends it, or it finds no terminal.
        assert code in (128 + signal.SIGHUP, -signal.SIGHUP, 2)
        wait_gone(list(started.values()), LIMIT_S)
        if moment > 4:
            assert code == 128 + signal.SIGHUP
            check_closed_in_order(screen.journal)
    finally:
        screen.close()


@pytest.mark.parametrize(
    ("hang", "kill_s", "code"),
    [("held", 1.95, -signal.SIGKILL), ("waiting", 1e6, 128 + signal.SIGTERM)],
)
def test_a_screen_that_hangs_ends_and_gives_the_terminal_back(
    tmp_path: Path, hang: str, kill_s: float, code: int
) -> None:
    marker = tmp_path / "hangs"
    program = (
        "import pathlib, tui.dashboard.app as app, tui.processes.lifetime as p\n"
        f"p.KILL_S = {kill_s}\n"
        f"def hang(self):\n    pathlib.Path({str(marker)!r}).touch()\n    {FOR_EVER[hang]}\n"
        "app.VoiceScopeApp.action_mute = hang\n"
        "from tui.__main__ import main; raise SystemExit(main())"
    )
    with terminal(home=tmp_path, command=(sys.executable, "-c", program)) as screen:
        children = live_call(screen)
        screen.type("\x1bOQ")  # F2
        wait_until(marker.exists)
        screen.process.send_signal(signal.SIGTERM)
        assert screen.end(LIMIT_S) == code
        wait_gone(list(children.values()), LIMIT_S)
        wait_restored(screen)


def test_a_screen_that_fails_tells_no_locals_and_gives_the_terminal_back(tmp_path: Path) -> None:
    code = (
        "import tui.dashboard.app as app\n"
        "def fail(self):\n"
        "    key = 'sk_' + 'value'\n"
        "    raise ValueError('A\\x1b]52;c;cm0=\\x07B')\n"
        "app.VoiceScopeApp.action_mute = fail\n"
        "from tui.__main__ import main; raise SystemExit(main())"
    )
    with terminal(home=tmp_path, command=(sys.executable, "-c", code)) as screen:
        children = live_call(screen)
        screen.type("\x1bOQ")  # F2
        assert screen.end(LIMIT_S) == 1
        wait_gone(list(children.values()), LIMIT_S)
        wait_restored(screen)
        told = bytes(screen.output).rpartition(ALT_SCREEN_OFF)[2]
        assert b"ValueError" in told and b"]52;c;" in told
        assert b"\x1b]52" not in told and b"\x07" not in told
        assert b"sk_value" not in told


def wait_until(reached: Callable[[], bool]) -> None:
    end = time.monotonic() + LIMIT_S
    while not reached():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_stalled_terminal_is_given_back_once_it_is_read_again(tmp_path: Path) -> None:
    with terminal(home=tmp_path, columns=160, rows=45, command=NOT_KILLED) as screen:
        live_call(screen)
        screen.stall()
        for _ in range(40):
            screen.resize(120, 40)
            screen.resize(160, 45)
        screen.process.send_signal(signal.SIGTERM)
        assert screen.end(LIMIT_S) == 128 + signal.SIGTERM
        screen.resume()
        wait_restored(screen)


def wait_restored(screen: Terminal) -> None:
    end = time.monotonic() + LIMIT_S
    while (
        ALT_SCREEN_OFF not in screen.output or termios.tcgetattr(screen._slave) != screen.attributes
    ):
        assert time.monotonic() < end, screen.output[-200:]
        time.sleep(0.02)


def test_a_full_terminal_is_given_back_without_waiting_for_it() -> None:
    master, slave = pty.openpty()
    saved = termios.tcgetattr(slave)
    tty.setraw(slave)
    os.set_blocking(slave, False)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(slave, b"\x1b[1;1H" * 100)
    os.set_blocking(slave, True)
    code = (
        f"import tui.processes.sentinel as s; s.reset_modes({saved!r})\n"
        "try:\n    s.leave_screen()\nexcept BlockingIOError:\n    s.leave_screen(discard=True)"
    )
    command = [sys.executable, "-c", code]
    subprocess.run(command, stdin=slave, stderr=slave, timeout=LIMIT_S, check=True)
    assert termios.tcgetattr(slave) == saved
    assert os.get_blocking(slave)  # whoever shares it finds it as it was
    os.set_blocking(master, False)
    said = b""
    with contextlib.suppress(BlockingIOError):
        while True:
            said += os.read(master, 1 << 16)
    assert said.endswith(RESTORE)
    os.close(slave)
    os.close(master)


def test_a_screen_in_the_background_ends_too(tmp_path: Path) -> None:
    """It would be stopped for every change of the terminal, and by Textual when it goes on."""
    shell = (
        "import os, signal, sys, time\n"
        "child = os.fork()\n"
        "if not child:\n    os.setpgid(0, 0)\n    signal.signal(signal.SIGTTOU, signal.SIG_IGN)\n"
        "    os.tcsetpgrp(0, os.getpid()); signal.signal(signal.SIGTTOU, signal.SIG_DFL)\n"
        "    os.execv(sys.executable, [sys.executable, '-m', 'tui'])\n"
        "os.waitpid(child, os.WUNTRACED)\n"  # until it is suspended
        "signal.signal(signal.SIGTTOU, signal.SIG_IGN); os.tcsetpgrp(0, os.getpid())\n"
        "os.kill(child, signal.SIGTERM); os.kill(child, signal.SIGCONT)\n"
        "_, status = os.waitpid(child, 0)\n"
        "sys.exit(abs(os.waitstatus_to_exitcode(status)))\n"
    )
    with terminal(home=tmp_path, command=(sys.executable, "-c", shell)) as screen:
        screen.wait_for("LIVE")
        (pid,) = [p for p in processes("tui") if parent(p) == screen.process.pid]
        os.kill(pid, signal.SIGSTOP)
        # It may have stopped itself once more before it heard: then the sentinel ends it.
        assert screen.end(LIMIT_S) in (128 + signal.SIGTERM, signal.SIGKILL)
        assert not alive(pid)


def parent(pid: int) -> int:
    with contextlib.suppress(OSError):
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return 0


# ── A call without a screen ─────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_ends_a_call_in_order_and_is_the_exit_code(tmp_path: Path, name: str) -> None:
    journal = tmp_path / "call.jsonl"
    with run_call(tmp_path, journal, ("env", "--default-signal=HUP")) as call:
        assert call.stdout and b"local agent" in call.stdout.readline()
        call.send_signal(getattr(signal, name))
        assert call.wait(LIMIT_S) == 128 + getattr(signal, name)
    check_closed_in_order(journal)


def test_a_call_whose_output_is_not_read_ends_too(tmp_path: Path) -> None:
    """Its loop waits for a pipe that is full."""
    code = (
        "import tui.cli.headless as h\n"
        "print_line = h.Headless._print\n"
        "def much(self, line):\n    self._write(self._out, 'x' * (1 << 20))\n"
        "h.Headless._print = much\n"
        "from tui.__main__ import main; raise SystemExit(main())"
    )
    with run_call(tmp_path, tmp_path / "call.jsonl", command=("-c", code)) as call:
        assert call.stdout and call.stdout.read(1) == b"x"
        call.terminate()
        assert call.wait(LIMIT_S) == 128 + signal.SIGTERM


def test_nohup_is_respected(tmp_path: Path) -> None:
    with run_call(tmp_path, tmp_path / "call.jsonl", prefix=("nohup",)) as call:
        assert call.stdout and b"local agent" in call.stdout.readline()
        call.send_signal(signal.SIGHUP)
        call.send_signal(signal.SIGINT)
        assert call.wait(LIMIT_S) == 128 + signal.SIGINT


@contextlib.contextmanager
def run_call(
    home: Path,
    journal: Path,
    prefix: tuple[str, ...] = (),
    command: tuple[str, ...] = ("-m", "tui"),
) -> Iterator["subprocess.Popen[bytes]"]:
    call = subprocess.Popen(
        [
            *(*prefix, sys.executable, *command, "run", "--provider", "local", "--no-audio"),
            *("--journal", str(journal)),
        ],
        env={**os.environ, "HOME": str(home)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield call
    finally:
        call.kill()
        call.wait()
        assert call.stdout
        call.stdout.close()
