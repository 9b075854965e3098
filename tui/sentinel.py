"""Kills its parent when that was told to end and did not: `python -I -S sentinel.py`.

Runs by itself and imports nothing of this program. The interpreter writes each signal that comes
into a pipe before it does anything else, also while a regular expression or a C library holds it;
the end of standard input, where that is a lifeline, is seen here as well.
"""

import contextlib
import os
import select
import signal
import sys
import time

# What Textual switched on: mouse, bracketed paste, focus events, kitty keys, in-band sizes, no
# wrapping, the alternate screen. The first byte ends a sequence that was cut.
RESTORE = (
    b"\x18\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l\x1b[?1016l\x1b[?2004l\x1b[?1004l"
    b"\x1b[?2048l\x1b[?7h\x1b[<u\x1b[?1049l\x1b[?25h\x1b[0m"
)


def main() -> None:
    parent, grace, pipe = int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])
    asks, lifeline = {int(word) for word in sys.argv[4].split(",") if word}, sys.argv[5] == "1"
    if not _told_and_overdue(pipe, asks, lifeline, grace) or os.getppid() != parent:
        return
    os.kill(parent, signal.SIGKILL)
    if sys.argv[6]:
        _wait_gone(pipe)
        import ast  # noqa: PLC0415  only now: it takes time

        restore_terminal(ast.literal_eval(sys.argv[6]))


def _told_and_overdue(pipe: int, asks: set[int], lifeline: bool, grace: float) -> bool:
    """False when the parent ended by itself."""
    poller = select.poll()
    poller.register(pipe, select.POLLIN)
    if lifeline:
        poller.register(0, 0)  # its end is told in any case
    deadline: float | None = None
    while deadline is None or time.monotonic() < deadline:
        left = None if deadline is None else max(0.0, deadline - time.monotonic()) * 1000
        told = False
        for fd, _ in poller.poll(left):
            if fd == 0:
                poller.unregister(0)
                told = True
                continue
            signals = os.read(pipe, 4096)
            if not signals:
                return False
            told = told or not asks.isdisjoint(signals)
        if told and deadline is None:
            deadline = time.monotonic() + grace
    return True


def _wait_gone(pipe: int) -> None:
    while os.read(pipe, 4096):
        pass


def restore_terminal(saved: object) -> None:
    """Give the terminal back without ever waiting for it, whatever it is by now."""
    with contextlib.suppress(Exception):  # not a terminal, or not one any more
        import termios  # noqa: PLC0415  not on Windows

        # Who is in the background would be stopped for it.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTOU})
        if saved is not None:
            termios.tcsetattr(0, termios.TCSANOW, saved)  # type: ignore[arg-type]
        try:
            _write_now(RESTORE)
        except BlockingIOError:  # not read for long: what waits is for a screen that is gone
            termios.tcflush(2, termios.TCOFLUSH)
            _write_now(RESTORE)


def _write_now(data: bytes) -> None:
    """On a descriptor of its own: others share the one we were given, and must not find it
    non-blocking."""
    fd = os.open(os.ttyname(2), os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
    try:
        while data:
            data = data[os.write(fd, data) :]
    finally:
        os.close(fd)


if __name__ == "__main__":
    main()
