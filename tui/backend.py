"""What the screen needs behind it: a session process, or a finished journal. Typing only."""

from collections.abc import AsyncIterator
from typing import Protocol

from tui.codec import OpenCodec, Summarize
from tui.commands import Command
from tui.journal.reader import JournalReader
from tui.notices import Notice


class Backend(Protocol):
    @property
    def reader(self) -> JournalReader:
        """The journal that is shown; another one after `restart`, perhaps."""
        ...

    @property
    def open_codec(self) -> OpenCodec: ...

    @property
    def summarize(self) -> Summarize: ...

    @property
    def title(self) -> str:
        """What will be talked to, redacted and short, until a notice names it."""
        ...

    @property
    def live(self) -> bool:
        """False for a replay: there is nobody to talk to."""
        ...

    def notices(self) -> AsyncIterator[Notice]:
        """Snapshots, at most ten a second; ends when the session process is gone.

        Whole records in the file before the notice that counts them. Called again after `restart`.
        """
        ...

    def send(self, command: Command) -> None:
        """Ask the session; never blocks, never raises (a dead session shows by `notices`)."""
        ...

    async def restart(self) -> None:
        """Start the session process again, after `notices` ended. Raises OSError."""
        ...

    async def close(self) -> None:
        """Hang up and end what was started, within 2 s. A second call does nothing."""
        ...
