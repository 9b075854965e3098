"""The session's end of the pipes: commands in, notices out.

Knows pipes and the two vocabularies. Both directions have a thread of their own: a screen that
stops reading (a stalled terminal) blocks a thread here and never the call.
"""

import asyncio
import os
import threading
from collections.abc import Callable
from typing import BinaryIO

import msgspec

from tui.commands import Command, FromScreen, Quit
from tui.journal.record import plain_json
from tui.notices import Notice


class NoticeSender:
    """Writes the newest notice; one that could not be written yet is replaced by the next."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._newest: Notice | None = None
        self._last: Notice | None = None
        self._wake = threading.Condition()
        self._done = threading.Event()
        threading.Thread(target=self._run, name="notices", daemon=True).start()

    def send(self, notice: Notice) -> None:
        """Queue `notice` if it differs from the last one; never blocks."""
        if notice == self._last:
            return
        self._last = notice
        with self._wake:
            self._newest = notice
            self._wake.notify()

    def wait_sent(self, timeout: float) -> None:
        """After a final notice: until it is written, `timeout` seconds at most."""
        self._done.wait(timeout)

    def _run(self) -> None:
        while True:
            with self._wake:
                while self._newest is None:
                    self._wake.wait()
                notice, self._newest = self._newest, None
            try:
                data = memoryview(plain_json(notice) + b"\n")
                while data:
                    data = data[os.write(self._fd, data) :]
            except OSError:
                return  # the screen is gone: its closed pipe ends the session
            if notice.final:
                self._done.set()


class CommandReader:
    """Reads commands in a thread and hands them to the loop; the pipe's end is a `Quit`."""

    def __init__(self, file: BinaryIO, handle: Callable[[Command], None]) -> None:
        self._file = file
        self._handle = handle
        self._loop = asyncio.get_running_loop()
        threading.Thread(target=self._run, name="commands", daemon=True).start()

    def _run(self) -> None:
        decode = msgspec.json.Decoder(FromScreen).decode
        for line in self._file:
            try:
                command: Command = decode(line)
            except msgspec.DecodeError:
                continue  # cut by the screen's death; the end of the pipe follows
            self._post(command)
        self._post(Quit())

    def _post(self, command: Command) -> None:
        try:
            self._loop.call_soon_threadsafe(self._handle, command)
        except RuntimeError:
            return  # the loop is closed: the session is ending anyway
