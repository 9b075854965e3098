"""The screen's end of the session process: starts it, hears its notices, gives it commands.

Knows pipes and the two vocabularies; no socket, no audio, no Textual. Imports little, so that the
process is started before anything slow is loaded.
"""

import asyncio
import contextlib
import os
import subprocess
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec

from tui.commands import Command, Quit
from tui.notices import Notice
from tui.plan import Plan, encode_plan
from tui.processes.lifetime import environment, python
from tui.processes.logs import open_log

CLOSE_S = 1.4
"""How long a session may take to hang up in order before it is killed."""


class SessionProcess:
    """A running session. Its death, ours, or `close` ends it; it never outlives this process."""

    def __init__(self, plan: Plan, log: Path | None = None) -> None:
        stderr = open_log(log)
        # A session of its own: the terminal's signals are for the screen, which then quits it.
        self._process = subprocess.Popen(  # noqa: S603  words of ours
            python("tui.session"),
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            start_new_session=True,
            pass_fds=[
                fd for fd in (plan.mic_fd, plan.journal_fd, plan.journal_audio_fd) if fd >= 0
            ],
        )
        if stderr != subprocess.DEVNULL:
            os.close(stderr)
        self._newest: Notice | None = None
        self._ended = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._news: asyncio.Event | None = None
        self._write(encode_plan(plan))
        threading.Thread(target=self._listen, name="notices", daemon=True).start()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative for the signal that killed it."""
        return self._process.poll()

    def send(self, command: Command) -> None:
        """Give a command; silently nothing when the session is gone (its end is announced)."""
        self._write(msgspec.json.encode(command))

    async def notices(self, again_s: float | None = None) -> AsyncIterator[Notice]:
        """The newest notice whenever there is a new one; ends when the session process ends.

        `again_s`: for who keeps time, the last one again after so long without another."""
        self._loop = asyncio.get_running_loop()
        self._news = asyncio.Event()
        last = Notice()
        while True:
            notice, self._newest = self._newest, None
            if notice is not None:
                last = notice
                yield notice
            elif self._ended:
                return
            else:
                try:
                    await asyncio.wait_for(self._news.wait(), again_s)
                except TimeoutError:
                    yield last
                self._news.clear()

    async def close(self) -> None:
        """Hang up, end the process and see it gone: within two seconds, whatever it does."""
        self.send(Quit())
        self._hang_up_pipe()
        await asyncio.to_thread(self._wait)

    def abandon(self) -> None:
        """For a screen that must go at once: the closed pipe tells the session to end."""
        self._hang_up_pipe()

    def _wait(self) -> None:
        try:
            self._process.wait(CLOSE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _hang_up_pipe(self) -> None:
        assert self._process.stdin is not None  # noqa: S101
        with contextlib.suppress(OSError, ValueError):
            self._process.stdin.close()

    def _write(self, line: bytes) -> None:
        assert self._process.stdin is not None  # noqa: S101
        with contextlib.suppress(OSError, ValueError):
            self._process.stdin.write(line + b"\n")
            self._process.stdin.flush()

    def _listen(self) -> None:
        """Thread: keeps only the newest notice, so a slow screen never holds up the session."""
        assert self._process.stdout is not None  # noqa: S101
        decode = msgspec.json.Decoder(Notice).decode
        for line in self._process.stdout:
            with contextlib.suppress(msgspec.DecodeError):  # a line cut by the session's death
                self._newest = decode(line)
                self._announce()
        self._ended = True
        self._process.wait()
        self._announce()

    def _announce(self) -> None:
        if self._loop is not None and self._news is not None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody listens any more
                self._loop.call_soon_threadsafe(self._news.set)
