"""The terminal and the signals of the screen's process.

Knows file descriptors and signals; nothing of what is painted.

Theory of operation: Textual dies of SIGTERM and SIGHUP without a clean-up, and a terminal that is
not read blocks its whole loop. So a signal asks the app to leave through its front door, and a
watchdog thread leaves through the window when that takes longer than `LEAVE_S`: it gives the
terminal back as far as it can without blocking and ends the process. The session process notices
by its pipe.
"""

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from types import FrameType

from tui.config import ConfigError

LEAVE_S = 1.8

# What Textual switched on: mouse, bracketed paste, focus events, kitty keys, the alternate screen.
RESTORE = (
    b"\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l\x1b[?2004l\x1b[?1004l"
    b"\x1b[<u\x1b[?1049l\x1b[?25h\x1b[0m"
)


def check_terminal(env: Mapping[str, str] | None = None) -> None:
    """Raises ConfigError, in one line that names the way out, where no screen can be painted."""
    env = os.environ if env is None else env
    hint = "use `voicescope run` for a call without a screen"
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise ConfigError(f"this is not a terminal; {hint}")
    if env.get("TERM", "") in ("", "dumb", "unknown") and os.name == "posix":
        raise ConfigError(f"TERM={env.get('TERM', '')} cannot paint a screen; {hint}")


def prepare_environment() -> None:
    """Spare a thin line, and let Textual, which paints on standard error, find the terminal.

    Must run before Textual is imported.
    """
    if not os.isatty(2):
        sys.__stderr__ = os.fdopen(os.dup(1), "w")  # type: ignore[misc]
    if "SSH_CONNECTION" in os.environ:
        os.environ.setdefault("TEXTUAL_FPS", "15")
        os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")


class SignalExit:
    """Ends the app on SIGTERM, SIGHUP and SIGINT: in order, or after `LEAVE_S` anyhow."""

    def __init__(self, abandon: Callable[[], None]) -> None:
        """`abandon` lets go of the session process without waiting."""
        self._abandon = abandon
        self._leave: Callable[[], object] | None = None
        self._saved = _terminal_state()
        self.number = 0
        """The signal that came, 0 for none."""
        for number in (signal.SIGTERM, signal.SIGINT, getattr(signal, "SIGHUP", signal.SIGTERM)):
            signal.signal(number, self._on_signal)

    def when_asked(self, leave: Callable[[], object]) -> None:
        """`leave` asks the running app to end; it may be called from any thread."""
        self._leave = leave
        if self.number:
            leave()

    @property
    def exit_code(self) -> int:
        return 128 + self.number if self.number else 0

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self.number:
            return
        self.number = number
        watchdog = threading.Timer(LEAVE_S, self._leave_anyhow)
        watchdog.daemon = True
        watchdog.start()
        if self._leave is not None:
            self._leave()

    def _leave_anyhow(self) -> None:
        self._abandon()
        restore_terminal(self._saved)
        os._exit(self.exit_code)


def _terminal_state() -> list[object] | None:
    with contextlib.suppress(ImportError, OSError, ValueError):
        import termios  # noqa: PLC0415  not on Windows

        return list(termios.tcgetattr(sys.__stdin__.fileno())) if sys.__stdin__ else None
    return None


def restore_terminal(saved: list[object] | None) -> None:
    """Give the terminal back without ever waiting for it."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import termios  # noqa: PLC0415

        fd = sys.__stdin__.fileno() if sys.__stdin__ else 0
        if saved is not None:
            termios.tcsetattr(fd, termios.TCSANOW, saved)  # type: ignore[arg-type]
        os.set_blocking(2, False)
        os.write(2, RESTORE)
