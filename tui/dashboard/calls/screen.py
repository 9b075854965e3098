"""The list of recorded calls: found, opened, tagged, exported, deleted.

Knows the calls of a folder and what is asked of one; no journal. They are read in a thread, the
newest first, and each is listed as soon as it is read.
"""

import asyncio
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option
from textual.worker import get_current_worker

from tui.backend.recorded import Calls, RecordedCall, forget
from tui.dashboard.calls.rows import details, heading, row, when
from tui.dashboard.common.dialogs import Confirm, Dialog, NameDialog
from tui.dashboard.common.text_entry import TextEntry
from tui.journal.about import About, write_about
from tui.processes.lifetime import environment, python
from tui.sanitize import sanitize

REST_S = 0.002
"""What the screen's own loop gets between two short pieces of reading."""
SHOW_S = 0.1
"""Calls that are read in this time are listed together."""
MARGIN = 1
"""Cells at the right of a row."""
HINT = "said or called in it, tag, note, yesterday, monday, 2026-11-28"


@dataclass(slots=True)
class Look:
    """What the list was left with: it comes back so."""

    calls: Calls
    words: str = ""
    pointed: Path | None = None


class CallList(OptionList):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "select", "Open", id="calls.open",
                tooltip="Over the call on the screen; Esc comes back"),
    ]  # fmt: skip


class CallsScreen(Dialog[Path | None]):
    """Gives the journal to open, or None."""

    AUTO_FOCUS = "#calls-list"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "Filter", id="calls.filter", priority=True,
                tooltip="Those in which all of these words are: said, called, tag, note, day"),
        Binding("t", "tag", "Tag", id="calls.tag", tooltip="A tag, kept beside its journal"),
        Binding("n", "note", "Note", id="calls.note", tooltip="A note, kept beside its journal"),
        Binding("w", "export", "Export", id="calls.export",
                tooltip="As one file: the whole call (.jsonl), or its sound (.wav, .flac, .ogg)"),
        Binding("d,delete", "delete", "Delete", id="calls.delete",
                tooltip="Delete the call and what belongs to it, after asking"),
        Binding("escape,q", "back", "Back", id="calls.back", key_display="Esc",
                tooltip="Clear the filter; close"),
        Binding("j,down", "move('cursor_down')", "Down", id="calls.down", show=False),
        Binding("k,up", "move('cursor_up')", "Up", id="calls.up", show=False),
        Binding("pagedown", "move('page_down')", "Page down", id="calls.page_down", show=False),
        Binding("pageup", "move('page_up')", "Page up", id="calls.page_up", show=False),
        Binding("g,home", "move('first')", "First", id="calls.first", show=False),
        Binding("G,end", "move('last')", "Last", id="calls.last", show=False),
    ]  # fmt: skip

    class Read(Message):
        """One more of the files was read; None: it was no journal."""

        def __init__(self, call: RecordedCall | None) -> None:
            super().__init__()
            self.call = call

    def __init__(self, look: Look, is_own: Callable[[Path], bool]) -> None:
        """`is_own`: it is the call on the screen."""
        super().__init__()
        self._look = look
        self._is_own = is_own
        self._order: list[Path] = []
        self._found: dict[Path, RecordedCall] = {}
        self._shown: list[RecordedCall] = []
        self._left = 0
        """Files that are still to be read."""
        self._coming = False

    def compose(self) -> ComposeResult:
        with Vertical(id="calls"):
            yield Static("", id="calls-title", markup=False)
            entry = TextEntry(self._look.words, placeholder=HINT, id="calls-filter")
            entry.display = bool(self._look.words)
            yield entry
            yield Static("", id="calls-head", markup=False)
            yield CallList(id="calls-list", compact=True)
            yield Static("", id="calls-details", markup=False)

    def on_mount(self) -> None:
        calls = self._look.calls
        self._order = calls.paths()
        waiting = [path for path in self._order if not calls.known(path)]
        self._left = len(waiting)
        for path in self._order:
            if calls.known(path) and (call := calls.call(path)):
                self._found[path] = call
        self.run_worker(lambda: self._read(waiting), thread=True, exit_on_error=False)
        self.call_after_refresh(self._show)

    @property
    def _list(self) -> OptionList:
        return self.query_one("#calls-list", OptionList)

    @property
    def _entry(self) -> TextEntry:
        return self.query_one("#calls-filter", TextEntry)

    @property
    def _words(self) -> list[str]:
        return self._entry.value.split()

    # ── Reading ──────────────────────────────────────────────────────────────────────────────────

    def _read(self, waiting: list[Path]) -> None:
        """In a thread."""
        worker = get_current_worker()

        def rest() -> None:
            if worker.is_cancelled:
                raise InterruptedError
            time.sleep(REST_S)

        for path in waiting:
            try:
                self.post_message(self.Read(self._look.calls.call(path, rest)))
            except InterruptedError:
                return

    @on(Read)
    def _take(self, message: Read) -> None:
        message.stop()
        self._left -= 1
        if message.call is not None:
            self._found[message.call.path] = message.call
        if not self._coming:
            self._coming = True
            self.set_timer(SHOW_S, self._show)

    # ── The list ─────────────────────────────────────────────────────────────────────────────────

    def _show(self) -> None:
        self._coming = False
        words, today = self._words, date.today()
        known = (self._found[path] for path in self._order if path in self._found)
        self._shown = [call for call in known if call.holds(words, today)]
        width = self._list.size.width - MARGIN
        self.query_one("#calls-head", Static).update(heading(width))
        options = [
            Option(row(call, width, today, own=self._is_own(call.path))) for call in self._shown
        ]
        paths = [call.path for call in self._shown]
        pointed = self._look.pointed  # which the list forgets
        self._list.set_options(options)
        self._list.highlighted = paths.index(pointed) if pointed in paths else 0 if paths else None
        self._title()
        self._tell()

    def _title(self) -> None:
        count = f"{len(self._found):,}"
        if self._words:
            count = f"{len(self._shown):,} of {count}"
        reading = f" · {self._left:,} to read" if self._left else ""
        place = sanitize(str(self._look.calls.place), 200)
        self.query_one("#calls-title", Static).update(f"Recorded calls {count}{reading} · {place}")

    def _tell(self) -> None:
        call = self._pointed
        width = self._list.size.width - MARGIN
        said = details(call, self._words, width) if call else ""
        if call is None and not self._left:
            said = "None passes the filter." if self._words else "There are no recorded calls yet."
        self.query_one("#calls-details", Static).update(said)

    @property
    def _pointed(self) -> RecordedCall | None:
        index = self._list.highlighted
        return self._shown[index] if index is not None and index < len(self._shown) else None

    @on(OptionList.OptionHighlighted)
    def _point(self, message: OptionList.OptionHighlighted) -> None:
        message.stop()
        if call := self._pointed:
            self._look.pointed = call.path
            self._tell()

    def on_resize(self) -> None:
        self.call_after_refresh(self._show)

    def action_move(self, way: str) -> None:
        getattr(self._list, f"action_{way}")()

    # ── The filter ───────────────────────────────────────────────────────────────────────────────

    def action_filter(self) -> None:
        self._entry.display = True
        self.set_focus(self._entry)  # at once: what is typed in one go behind this key is text

    @on(TextEntry.Changed)
    def _filter(self, message: TextEntry.Changed) -> None:
        message.stop()
        self._look.words, self._look.pointed = message.value, None
        self._show()

    def action_back(self) -> None:
        """Out of the filter, which clears it, then out of the list."""
        if self._entry.has_focus or self._entry.value:
            self._entry.value = ""
            self._entry.display = False
            self._list.focus()
        else:
            self.dismiss(None)

    # ── What is done with the pointed one ────────────────────────────────────────────────────────

    @on(OptionList.OptionSelected)
    @on(TextEntry.Submitted)
    def _open(self, message: Message) -> None:
        message.stop()
        if call := self._pointed:
            self.dismiss(call.path)

    def action_tag(self) -> None:
        if call := self._pointed:
            about = call.about
            dialog = NameDialog("Tag of this call; empty: none", value=about.tag, optional=True)
            self.app.push_screen(
                dialog, lambda tag: self._say_of(call, tag, About(tag or "", about.note))
            )

    def action_note(self) -> None:
        if call := self._pointed:
            about = call.about
            dialog = NameDialog("Note on this call; empty: none", value=about.note, optional=True)
            self.app.push_screen(
                dialog, lambda note: self._say_of(call, note, About(about.tag, note or ""))
            )

    def _say_of(self, call: RecordedCall, typed: str | None, about: About) -> None:
        if typed is None:
            return
        try:
            write_about(call.path, about)
        except OSError as error:
            self._note(f"Not saved: {error.strerror}", wrong=True)
            return
        self._found[call.path] = replace(call, about=about)
        self._show()

    def action_delete(self) -> None:
        call = self._pointed
        if call is None:
            return
        if self._is_own(call.path):
            self._note("This is the call on the screen: it cannot be deleted from here.")
            return

        def answer(delete: bool | None) -> None:
            if delete:
                self._delete(call)

        what = f"{when(call, date.today())}, {call.whom}, {call.path.name}"
        question = "Delete its journal, audio, recordings, tag and note? Nothing brings them back."
        self.app.push_screen(Confirm(what, question, "delete", "keep"), answer)

    def _delete(self, call: RecordedCall) -> None:
        if why := forget(call.path):
            self._note(f"Not deleted: {why}.", wrong=True)
            return
        place = self._shown.index(call) if call in self._shown else 0
        beside = self._shown[place + 1 : place + 2] or self._shown[place - 1 : place]
        self._look.pointed = beside[0].path if beside else None
        self._found.pop(call.path, None)
        self._show()

    def action_export(self) -> None:
        call = self._pointed
        if call is None:
            return

        def answer(name: str | None) -> None:
            if name:
                out = Path(name).expanduser().absolute()
                work = self._export(call.path.absolute(), out)
                self.app.run_worker(work, exit_on_error=False)

        stem = call.path.stem
        heading = "Export to a new file: .jsonl, or .wav, .flac, .ogg, .opus for the sound"
        self.app.push_screen(NameDialog(heading, value=f"{stem}-export.jsonl"), answer)

    async def _export(self, journal: Path, out: Path) -> None:
        """By the command that does it: it may take long."""
        self._note(f"Exporting to {out} …")
        command = (*python("tui"), "export", str(journal), str(out))
        process = await asyncio.create_subprocess_exec(
            *command,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        try:
            told, failed = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
        said = (told or failed).decode(errors="replace").strip().removeprefix("voicescope: ")
        wrong = process.returncode != 0
        self._note(f"Not exported: {said}" if wrong else f"Exported: {said}", wrong=wrong)

    def _note(self, text: str, *, wrong: bool = False) -> None:
        self.app.notify(
            sanitize(text, 400),
            severity="error" if wrong else "information",
            markup=False,
            timeout=5,
        )
