"""What connecting and hanging up mean just now: F3, F3 twice, a set-up for the next call.

Knows notices and commands; not how they are shown.
"""

from collections.abc import Callable

from tui.commands import Command, Connect, HangUp
from tui.notices import CallState, Notice

AGAIN_S = 2.0


class ConnectKey:
    """`clock` is monotonic ns. One press hangs up a try, two within 2 s a call."""

    def __init__(self, send: Callable[[Command], None], clock: Callable[[], int]) -> None:
        self._send = send
        self._clock = clock
        self._armed_ns = 0
        self._next: Connect | None = None

    @property
    def armed(self) -> bool:
        return self._armed_ns > 0 and self._clock() - self._armed_ns <= AGAIN_S * 1e9

    def disarm(self) -> None:
        self._armed_ns = 0

    def press(self, notice: Notice) -> bool:
        """F3; True when a second press is now waited for."""
        if notice.retry_at_ns or notice.state is CallState.CONNECTING or self.armed:
            self.disarm()
            self._next = None
            self._send(HangUp())
        elif notice.state is CallState.LIVE:
            self._armed_ns = self._clock()
        elif notice.state is not CallState.CLOSING:
            self._send(Connect())
        return self.armed

    def connect(self, command: Connect, notice: Notice) -> None:
        """Now, or when the call before has ended."""
        if notice.state.busy or notice.retry_at_ns:
            self._next = command
            self._send(HangUp())
        else:
            self._send(command)

    def hear(self, notice: Notice) -> None:
        if self._next is not None and not notice.state.busy and not notice.retry_at_ns:
            self._send(self._next)
            self._next = None
