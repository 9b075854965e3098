"""Making files of a call, at a key: in a thread, with notes for the user.

Knows who makes them and the screen it speaks on; no journal.
"""

import time
from collections.abc import Callable

from textual.screen import Screen
from textual.worker import get_current_worker

from tui.backend.base import SavesCalls
from tui.errors import BackendError
from tui.sanitize import sanitize

NOT_KEPT = "Nothing of this call is kept (journal.keep = false): there is nothing to save."
NONE_SHOWN = "No record is shown: there is nothing to save."

PATIENCE_S = 2.0
"""What takes longer says how far it is, so often."""


class SaveActions:
    def __init__(self, screen: Screen[None], take_away: SavesCalls | None) -> None:
        self._screen = screen
        self._take_away = take_away

    def rows(self, numbers: list[int], name: str) -> None:
        """Records as a journal of their own."""
        if self._any(numbers):
            doing = f"Saving {_which(numbers, name)} …"
            self._make(lambda files: str(files.rows(numbers, name)), doing)

    def scenario(self, numbers: list[int], name: str) -> None:
        """Records as a scenario for the local agent."""
        run = "\nvoicescope agent --scenario FILE acts it out."
        if self._any(numbers):
            doing = f"Writing a scenario of {_which(numbers, name)} …"
            self._make(lambda files: f"{files.scenario(numbers, name)}{run}", doing)

    def folder(self) -> None:
        """The whole call."""
        doing = "Saving the whole call …"

        def make(files: SavesCalls) -> str:
            path, lacks = files.folder(self._progress(doing))
            return f"{path}\nWithout its sound: {lacks}" if lacks else str(path)

        self._make(make, doing)

    def _any(self, numbers: list[int]) -> bool:
        """Whether there are any; says so when there are none."""
        if not numbers:
            self._screen.notify(NONE_SHOWN, severity="warning", markup=False)
        return bool(numbers)

    def _progress(self, doing: str) -> Callable[[float], None]:
        """To be told from the thread how much is done; raises when the screen is gone."""
        told = time.monotonic()

        def tell(done: float) -> None:
            nonlocal told
            if get_current_worker().is_cancelled:
                raise BackendError("the program ended")
            if time.monotonic() - told >= PATIENCE_S:
                told = time.monotonic()
                self._say(f"{doing} {done:.0%}", seconds=PATIENCE_S + 1)

        return tell

    def _make(self, make: Callable[[SavesCalls], str], doing: str) -> None:
        """`make` gives what was saved, in words."""
        files = self._take_away
        if files is None:
            self._screen.notify(NOT_KEPT, severity="warning", markup=False)
            return
        self._screen.notify(doing, timeout=2, markup=False)

        def work() -> None:
            try:
                saved = make(files)
            except (BackendError, OSError) as error:
                if not get_current_worker().is_cancelled:
                    self._say(f"Not saved: {error}", wrong=True)
            else:
                self._say(f"Saved as {saved}")

        self._screen.run_worker(work, name="save", group="save", thread=True, exit_on_error=False)

    def _say(self, text: str, *, wrong: bool = False, seconds: float = 6.0) -> None:
        """From the thread."""
        note = sanitize(text, 400, keep_lines=True)
        self._screen.app.call_from_thread(
            self._screen.notify,
            note,
            severity="error" if wrong else "information",
            timeout=seconds,
            markup=False,
        )


def _which(numbers: list[int], name: str) -> str:
    """What is taken, by the name of `FilterModel.selection`."""
    count = f"{len(numbers):,}"
    match name:
        case "marked":
            return f"the {count} marked, and nothing else"
        case "all":
            return f"all {count} records, hidden ones too"
        case _:
            return f"the {count} that pass {sanitize(name, 60)}"
