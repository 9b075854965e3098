"""What ends the agent's process: signals, and for a child the end of its parent.

Knows signals and standard input; no server.
"""

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType

from tui.processes.lifetime import Watchdog


def stop_when_told(stop: Callable[[], None], *, child: bool) -> None:
    """Call `stop` in this loop then. A key in the terminal signals a child as well as its parent,
    who has calls to end first."""
    loop = asyncio.get_running_loop()
    watchdog = Watchdog(lifeline=0 if child else None)

    def on_signal(number: int, frame: FrameType | None) -> None:
        watchdog.bark(0)
        loop.call_soon_threadsafe(stop)

    for name in ("SIGTERM", "SIGINT", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is None:
            continue
        ignored = child and name != "SIGTERM"
        signal.signal(number, signal.SIG_IGN if ignored else on_signal)
    if child:
        threading.Thread(target=_await_parent, args=(loop, stop, watchdog), daemon=True).start()


def _await_parent(
    loop: asyncio.AbstractEventLoop, stop: Callable[[], None], watchdog: Watchdog
) -> None:
    """Standard input ends when the parent is gone, however it went."""
    try:
        while os.read(sys.stdin.fileno(), 4096):
            pass
    except (OSError, ValueError, AttributeError):
        pass  # no standard input at all: as good as ended
    # A model that is being loaded cannot be hurried; nobody is left to wait for it.
    watchdog.bark(0)
    if not loop.is_closed():
        loop.call_soon_threadsafe(stop)
