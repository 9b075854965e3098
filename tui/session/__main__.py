"""The session process: `python -m tui.session`, started and driven by the screen.

Reads its plan and then commands from standard input, writes notices to standard output.
Knows how a process is set up and ended; what a session does is in `session`.
"""

import asyncio
import gc
import io
import os
import signal
import sys
import traceback
from collections.abc import Callable
from types import FrameType
from typing import TextIO

from tui.journal.redact import Redactor
from tui.plan import Plan, decode_plan
from tui.processes.lifetime import ENDS, Watchdog
from tui.session.http.credentials import hidden
from tui.session.local_agent import LocalAgent


def main() -> int:
    gc.disable()  # while modules load: collections find nothing then and delay the start
    notices_fd = _take_standard_output()
    line = sys.stdin.buffer.readline()
    if not line:
        return 1
    plan = decode_plan(line)
    redact = Redactor()
    sys.stderr = _Log(sys.stderr, redact)  # whatever a library or a trace says
    try:
        asyncio.run(_run(plan, notices_fd, redact))
    except BaseException:
        # A thread still reads standard input, and the interpreter's own end would abort over it.
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)
    return 0


async def _run(plan: Plan, notices_fd: int, redact: Redactor) -> None:
    # The agent's process starts while this one is still loading the rest of itself.
    agent = LocalAgent(plan.agent_log, hidden(plan)) if plan.local else None
    if agent is not None:
        await agent.spawn()
    watchdog = Watchdog(lifeline=0)
    from tui.providers import secret_shapes  # noqa: PLC0415
    from tui.session.pipes import CommandReader, NoticeSender  # noqa: PLC0415
    from tui.session.recorder import open_writer  # noqa: PLC0415
    from tui.session.session import Session  # noqa: PLC0415

    redact.learn(secret_shapes(plan.provider))
    gc.freeze()
    gc.enable()
    writer = open_writer(plan, redact)
    session = Session(plan, writer, redact, agent)
    notices = NoticeSender(notices_fd)
    CommandReader(sys.stdin.buffer, session.handle)
    _end_on_signals(session.end, watchdog)
    await session.run(notices)
    writer.close()
    notices.wait_sent(0.2)
    # The loop's own end waits for its threads, which a resolver or a frozen sound server may hold:
    # nothing is left to wait for.
    sys.stderr.flush()
    os._exit(0)


class _Log(io.TextIOBase):
    """Standard error without secrets: addresses with a login stand in the words of errors."""

    def __init__(self, log: TextIO, redact: Redactor) -> None:
        self._log, self._redact = log, redact

    def write(self, text: str) -> int:
        self._log.write(self._redact(text))
        return len(text)

    def flush(self) -> None:
        self._log.flush()

    def fileno(self) -> int:
        return self._log.fileno()


def _end_on_signals(end: Callable[[], None], watchdog: Watchdog) -> None:
    loop = asyncio.get_running_loop()

    def on_signal(number: int, frame: FrameType | None) -> None:
        watchdog.bark(128 + number)
        loop.call_soon_threadsafe(end)

    for number in ENDS:
        signal.signal(number, on_signal)


def _take_standard_output() -> int:
    """The pipe for notices; what C libraries print goes to standard error, which is a log."""
    fd = os.dup(1)
    os.dup2(2, 1)
    return fd


if __name__ == "__main__":
    sys.exit(main())
