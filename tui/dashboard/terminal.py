"""The terminal and the signals of the screen's process.

Knows file descriptors and signals; nothing of what is painted.

Theory of operation: Textual dies of SIGTERM and SIGHUP without a clean-up, and a terminal that is
not read blocks its whole loop. So a signal, or a terminal that is no more, asks the app to leave
through its front door; the watchdog (`processes`) leaves by itself when that takes too
long, and gives the terminal back as far as it can without waiting. The session process notices by
its pipe.
"""

import contextlib
import os
import signal
import sys
from collections.abc import Callable, Mapping
from types import FrameType

from tui.config import ConfigError
from tui.processes.lifetime import ENDS, Watchdog
from tui.processes.sentinel import leave_screen, reset_modes


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
    """Ends the app on SIGTERM, SIGHUP, SIGINT and with its terminal: in order, or anyhow."""

    def __init__(self, abandon: Callable[[], None]) -> None:
        """`abandon` lets go of the session process without waiting."""
        self._abandon = abandon
        self._leave: Callable[[], object] | None = None
        self._saved = _terminal_state()
        self.number = 0
        """The signal that came, 0 for none."""
        self._watchdog = Watchdog(
            lifeline=0, asked=self._hung_up, last=self._let_go, terminal=self._saved
        )
        for number in ENDS:
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
        # Whoever is in the background would be stopped while it gives the terminal back, and
        # Textual stops itself there when it is told to go on.
        signal.signal(signal.SIGTTOU, signal.SIG_IGN)
        signal.signal(signal.SIGCONT, lambda *_: None)
        self._end(number)

    def _hung_up(self) -> None:
        """Thread: the terminal is gone, and nobody need have sent a signal."""
        self._end(signal.SIGHUP)

    def _end(self, number: int) -> None:
        if self.number:
            return
        self.number = number
        self._watchdog.bark(128 + number)
        if self._leave is not None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: it is leaving anyway
                self._leave()

    def _let_go(self) -> None:
        reset_modes(self._saved)
        try:
            leave_screen()
        except BlockingIOError:  # a thread of ours is writing, and will be until we are gone
            self._watchdog.hand_over()
        except OSError:
            pass  # the terminal is gone
        self._abandon()


def _terminal_state() -> list[object] | None:
    with contextlib.suppress(Exception):
        import termios  # noqa: PLC0415  not on Windows

        return list(termios.tcgetattr(0))
    return None
