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


HAND_OVER = b"\0"
"""What the parent writes when it leaves a terminal that nobody reads: the rest is ours."""


def main() -> None:
    parent, grace, pipe = int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])
    asks, lifeline = {int(word) for word in sys.argv[4].split(",") if word}, sys.argv[5] == "1"
    ended, handed_over = _watch(pipe, asks, lifeline, grace)
    if not ended and os.getppid() == parent:
        if sys.argv[6]:
            import ast  # noqa: PLC0415  only now: it takes time

            reset_modes(ast.literal_eval(sys.argv[6]))
        os.kill(parent, signal.SIGKILL)
        while os.read(pipe, 4096):  # until it is gone
            pass
        handed_over = bool(sys.argv[6])
    if handed_over:
        with contextlib.suppress(Exception):
            leave_screen(discard=True)


def _watch(pipe: int, asks: set[int], lifeline: bool, grace: float) -> tuple[bool, bool]:
    """Whether it ended by itself, and whether it left its terminal to us; or it is overdue."""
    poller = select.poll()
    poller.register(pipe, select.POLLIN)
    if lifeline:
        poller.register(0, 0)  # its end is told in any case
    deadline: float | None = None
    handed_over = False
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
                return True, handed_over
            handed_over = handed_over or HAND_OVER in signals
            told = told or not asks.isdisjoint(signals)
        if told and deadline is None:
            deadline = time.monotonic() + grace
    return False, False


def reset_modes(saved: object) -> None:
    """The line discipline as it was, whatever the terminal is by now."""
    with contextlib.suppress(Exception):  # not a terminal, or not one any more
        import termios  # noqa: PLC0415  not on Windows

        # Who is in the background would be stopped for it.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTOU})
        termios.tcsetattr(0, termios.TCSANOW, saved)  # type: ignore[arg-type]


def leave_screen(*, discard: bool = False) -> None:
    """Tell the terminal, without ever waiting for it. Raises BlockingIOError where it is full,
    unless what it has not read yet, of a screen that is gone, is to be discarded."""
    try:
        _write_now(RESTORE)
    except BlockingIOError:
        if not discard:
            raise
        import termios  # noqa: PLC0415

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
