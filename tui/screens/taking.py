"""Making files of a call, at a key: in a thread, with notes for the user.

Knows who makes them and the screen it speaks on; no journal.
"""

from collections.abc import Callable
from pathlib import Path

from textual.screen import Screen

from tui.backend import BackendError, TakesAway
from tui.clean import clean

NOT_KEPT = "Nothing of this call is kept (journal.keep = false): there is nothing to save."


class Taking:
    def __init__(self, screen: Screen[None], take_away: TakesAway | None) -> None:
        self._screen = screen
        self._take_away = take_away

    def rows(self, numbers: list[int], name: str) -> None:
        """Records as a journal of their own."""
        self._make(lambda files: files.rows(numbers, name), f"Saving {len(numbers):,} records …")

    def scenario(self, numbers: list[int], name: str) -> None:
        """Records as a scenario for the local agent."""
        run = "\nvoicescope agent --scenario FILE acts it out."
        self._make(lambda files: files.scenario(numbers, name), "Writing a scenario …", run)

    def folder(self) -> None:
        """The whole call."""
        self._make(lambda files: files.folder(), "Saving the whole call …")

    def _make(self, make: Callable[[TakesAway], Path], doing: str, after: str = "") -> None:
        files = self._take_away
        if files is None:
            self._screen.notify(NOT_KEPT, severity="warning", markup=False)
            return
        self._screen.notify(doing, timeout=2, markup=False)

        def work() -> None:
            try:
                path = make(files)
            except (BackendError, OSError) as error:
                self._say(f"Not saved: {error}", wrong=True)
            else:
                self._say(f"Saved as {path}{after}")

        self._screen.run_worker(work, name="save", group="save", thread=True, exit_on_error=False)

    def _say(self, text: str, *, wrong: bool = False) -> None:
        """From the thread."""
        note = clean(text, 400, keep_lines=True)
        self._screen.app.call_from_thread(
            self._screen.notify,
            note,
            severity="error" if wrong else "information",
            timeout=6,
            markup=False,
        )
