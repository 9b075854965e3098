"""What can fail between the parts of the program, in words; how far long work has come.

Knows nothing else, so that everything may import it.
"""

from collections.abc import Callable

from tui.events import Failure


class LinkError(Exception):
    """No connection came about: `reason` in words, `advice` what to do.

    `transient`: the network's doing, which may have passed in a moment. `wait_ms`: the server has
    too much to do and asks for so long a pause, 0 where it names none.
    """

    def __init__(
        self,
        reason: str,
        advice: str,
        *,
        transient: bool = False,
        wait_ms: int | None = None,
        failure: Failure = Failure.OTHER,
    ) -> None:
        reason = reason.removesuffix(".")  # a server's sentence goes on here
        super().__init__(f"{reason}; {advice}")
        self.reason = reason
        self.advice = advice
        self.transient = transient
        self.wait_ms = wait_ms
        self.failure = failure


class BackendError(Exception):
    """What was asked cannot be had; one sentence that says why and what to do."""


Progress = Callable[[float], None]
"""Takes how much of a work is done, from 0 to 1."""
