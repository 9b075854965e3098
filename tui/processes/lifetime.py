"""Processes of ours: how they are started, and how they end whatever they are doing.

Knows the interpreter, signals and standard input; nothing of what a process is for.

Theory of operation: a process is told to end by a signal or by the end of its lifeline, which is
its standard input. From then on it has `LEAVE_S`; after that a thread ends it. When that cannot run
either, because a regular expression or a C library holds the interpreter, a second process that
has nothing else to do kills it (`sentinel`). So nobody hangs for longer than two seconds, and
nobody outlives a parent that was killed.
"""

import contextlib
import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable
from importlib.machinery import PathFinder
from pathlib import Path

from tui.processes.sentinel import HAND_OVER

LEAVE_S = 1.6
KILL_S = 1.95
"""Later, for a machine on which the thread has to wait for its turn."""
ENDS = tuple(
    getattr(signal, name) for name in ("SIGTERM", "SIGINT", "SIGHUP") if hasattr(signal, name)
)
"""Signals that ask a process to end."""
_ROOT = Path(__file__).parents[2]
_SENTINEL = Path(__file__).with_name("sentinel.py")


# ── Starting ────────────────────────────────────────────────────────────────────────────────────


def python(module: str, *arguments: str) -> list[str]:
    """The command of a child that imports nothing from the folder it stands in."""
    return [sys.executable, "-P", "-m", module, *arguments]


def environment(given: dict[str, str] | None = None) -> dict[str, str]:
    """`given`, or our own, for such a child: it finds the same program as we are, and what it
    prints is UTF-8 in every locale."""
    env = dict(os.environ if given is None else given)
    folders = outside(env.get("PYTHONPATH", "").split(os.pathsep))
    if PathFinder.find_spec("tui", outside(sys.path)) is None:
        folders.append(str(_ROOT))  # not installed, or we stand in it
    env["PYTHONPATH"] = os.pathsep.join(folders)  # "" is none
    env["PYTHONIOENCODING"] = "utf-8:backslashreplace"
    return env


def outside(folders: Iterable[str]) -> list[str]:
    """Those of `folders`, absolute, that are not the one we stand in."""
    with contextlib.suppress(FileNotFoundError):  # it was removed: nothing is imported from it
        here = os.path.realpath(os.getcwd())
        return [os.path.abspath(one) for one in folders if one and os.path.realpath(one) != here]
    return [one for one in folders if os.path.isabs(one)]


# ── Ending ──────────────────────────────────────────────────────────────────────────────────────


class Watchdog:
    """Ends this process `LEAVE_S` after the first of `ENDS`, `bark` or the end of `lifeline`.

    To be made in the main thread, by who handles those signals. `asked` is called, in a thread,
    when the lifeline ends; `last` before the end comes. `terminal` is how it is to be left.
    """

    def __init__(
        self,
        *,
        lifeline: int | None = None,
        asked: Callable[[], None] = lambda: None,
        last: Callable[[], None] = lambda: None,
        terminal: object = None,
    ) -> None:
        self._lifeline = lifeline
        self._asked = asked
        self._last = last
        self._code = 0
        self._barked = False
        self._heard, self._bark = os.pipe()
        self._sentinel, self._signals = _start_sentinel(lifeline, terminal)
        threading.Thread(target=self._watch, name="watchdog", daemon=True).start()

    def bark(self, code: int) -> None:
        """From any thread and from a signal handler: takes no lock."""
        if not self._barked:
            self._barked = True
            self._code = code
            os.write(self._bark, b"!")

    def hand_over(self) -> None:
        """The sentinel tells the terminal, once this process is gone."""
        os.write(self._signals, HAND_OVER)

    def _watch(self) -> None:
        poller = select.poll()
        poller.register(self._heard, select.POLLIN)
        if self._lifeline is not None:
            poller.register(self._lifeline, 0)
        ((fd, _), *_) = poller.poll()
        if fd == self._lifeline:
            self._asked()
            if not self._barked:
                self._barked = True
                self._code = 128 + signal.SIGHUP
        threading.Event().wait(LEAVE_S)
        # Somebody else's thread may hold what `last` waits for.
        last = threading.Thread(target=self._last, daemon=True)
        last.start()
        last.join(0.1)
        os._exit(self._code)


def _start_sentinel(
    lifeline: int | None, terminal: object
) -> "tuple[subprocess.Popen[bytes] | None, int]":
    """The process, and what it is told by."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    words = (os.getpid(), KILL_S, reader, ",".join(str(int(one)) for one in ENDS))
    rest = (int(lifeline is not None), "" if terminal is None else repr(terminal))
    sentinel = None
    with contextlib.suppress(OSError):  # no process to be had: then there is the thread
        sentinel = subprocess.Popen(  # noqa: S603  words of ours
            [sys.executable, "-I", "-S", str(_SENTINEL), *map(str, (*words, *rest))],
            stdin=subprocess.DEVNULL if lifeline is None else lifeline,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL if terminal is None else None,
            pass_fds=(reader,),
            start_new_session=True,
        )
    os.close(reader)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    return sentinel, writer


def end_with_parent() -> None:
    """For a child that has nothing to finish: it is gone when its standard input ends, at once.

    Reads nothing more of it. Linux sends a signal, which needs no interpreter; elsewhere a thread
    looks.
    """
    if sys.platform == "linux":
        import fcntl  # noqa: PLC0415

        signal.signal(signal.SIGIO, signal.SIG_DFL)
        fcntl.fcntl(0, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(0, fcntl.F_SETFL, fcntl.fcntl(0, fcntl.F_GETFL) | os.O_ASYNC)
    threading.Thread(target=_await_end, name="lifeline", daemon=True).start()


def _await_end() -> None:
    poller = select.poll()
    poller.register(0, 0)
    poller.poll()
    os._exit(128 + signal.SIGHUP)
