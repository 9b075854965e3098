"""The form that sends a file: which one, and what to say with it.

Knows this machine's folders through `tui.upload_rules`; the upload is the session's. Folders are
read in a thread: a network drive that hangs keeps no key waiting.
"""

import asyncio
import os
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tui.analysis.units import bytes_text
from tui.commands import SendFile
from tui.dashboard.common.dialogs import Dialog
from tui.dashboard.common.key_names import keyed
from tui.dashboard.common.messages import Asked, Feed, NoticeArrived
from tui.dashboard.common.text_entry import TextEntry
from tui.notices import CallState, Notice
from tui.sanitize import sanitize
from tui.upload_rules import Entry, FileMissing, FileRefused, Sendable, common, entries, examine


class PathEntry(TextEntry):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "complete", "Complete", id="path.complete", key_display="Tab",
                tooltip="Go on as far as it is clear, then with the pointed name"),
        Binding("down", "point(1)", "Next", id="path.next", show=False),
        Binding("up", "point(-1)", "Previous", id="path.previous", show=False),
    ]  # fmt: skip

    class Completing(Message):
        """Tab."""

    class Pointing(Message):
        """Another of the list, `rows` further."""

        def __init__(self, rows: int) -> None:
            super().__init__()
            self.rows = rows

    def put(self, path: str) -> None:
        self.value = path
        self.cursor_position = len(self.value)

    def action_complete(self) -> None:
        self.post_message(self.Completing())

    def action_point(self, rows: int) -> None:
        self.post_message(self.Pointing(rows))


MOST = 200
ASKED = "Type a path, or choose below. Images, PDF and text, 20 MiB at most."
NOBODY = "Not connected: there is nobody to send it to."


class SendFileScreen(Dialog[None]):
    """Sends, or leaves everything as it was."""

    AUTO_FOCUS = "PathEntry"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f5", "send", "Send", id="file.send", priority=True, key_display="F5",
                tooltip="Send the file, with the text"),
        Binding("escape", "close", "Back", id="file.back", tooltip="Back, nothing is sent"),
        Binding("up", "app.focus_previous", "Previous", id="file.previous", show=False),
    ]  # fmt: skip

    def __init__(self, feed: Feed, notice: Notice) -> None:
        super().__init__()
        self._feed = feed
        self._notice = notice
        self._found: list[Entry] = []
        self._looked = ""
        """The path that `_found` is of."""
        self._complete_next = False

    def compose(self) -> ComposeResult:
        with Vertical(id="file"):
            yield Static("Send a file to the agent", classes="help-heading", markup=False)
            yield PathEntry(placeholder="path of the file", id="file-path")
            yield OptionList(id="file-list", compact=True)
            yield Static(ASKED, id="file-state", markup=False)
            yield TextEntry(placeholder="what to say with it (optional)", id="file-text")
            foot = "{path.complete|Tab} completes   {path.previous|↑} {path.next|↓} point   "
            foot += "Enter goes on, then sends   {file.back|Esc} back"
            yield Static(keyed(self, foot), classes="pick-foot", markup=False)

    def on_mount(self) -> None:
        self.query_one("#file-list").can_focus = False
        self._feed.notices.subscribe(self, self._on_notice)
        self._look()

    def _on_notice(self, message: NoticeArrived) -> None:
        self._notice = message.notice

    @property
    def _entry(self) -> PathEntry:
        return self.query_one(PathEntry)

    @property
    def _list(self) -> OptionList:
        return self.query_one("#file-list", OptionList)

    def _say(self, text: str, *, wrong: bool = False) -> None:
        state = self.query_one("#file-state", Static)
        state.update(sanitize(f"! {text}" if wrong else text, 300))
        state.set_class(wrong, "-wrong")

    # ── What there is ────────────────────────────────────────────────────────────────────────────

    @on(TextEntry.Changed, "#file-path")
    def _look(self) -> None:
        self.run_worker(self._read(self._entry.value), group="look", exclusive=True)

    async def _read(self, path: str) -> None:
        found = await asyncio.to_thread(entries, path)
        self._found, self._looked = found[:MOST], path
        self._list.set_options([Option(Text(_row(entry))) for entry in self._found])
        self._list.highlighted = 0 if self._found else None
        if self._complete_next:
            self._complete()
        else:
            await self._judge(path)

    async def _judge(self, path: str) -> Sendable | None:
        """Says what the file is, or why it cannot be sent."""
        if not path.strip():
            self._say(ASKED)
            return None
        try:
            file = await asyncio.to_thread(examine, path)
        except FileRefused as error:
            begun = bool(self._found) and isinstance(error, FileMissing)
            self._say("…" if begun else str(error), wrong=not begun)
            return None
        name = os.path.basename(file.path)
        self._say(f"{name}: {bytes_text(file.size)}, {file.mime}")
        return file

    # ── Choosing ─────────────────────────────────────────────────────────────────────────────────

    @on(PathEntry.Pointing)
    def _point(self, message: PathEntry.Pointing) -> None:
        if self._found:
            now = self._list.highlighted or 0
            self._list.highlighted = max(min(now + message.rows, len(self._found) - 1), 0)

    @on(PathEntry.Completing)
    def _complete(self) -> None:
        """As far as all names agree, then the pointed one; before the list has come, with it."""
        path = self._entry.value
        self._complete_next = path != self._looked
        if self._complete_next or not self._found:
            return
        shared = common(self._found)
        pointed = self._list.highlighted or 0
        if len(self._found) > 1 and pointed == 0 and len(shared) > len(path):
            self._entry.put(shared)
        else:
            self._take(self._found[pointed])

    @on(OptionList.OptionSelected)
    def _clicked(self, message: OptionList.OptionSelected) -> None:
        self._take(self._found[message.option_index])

    def _take(self, entry: Entry) -> None:
        self._entry.put(entry.path + os.sep if entry.is_folder else entry.path)

    # ── Sending ──────────────────────────────────────────────────────────────────────────────────

    @on(TextEntry.Submitted, "#file-path")
    async def _go_on(self) -> None:
        if await self._judge(self._entry.value):
            self.query_one("#file-text").focus()

    @on(TextEntry.Submitted, "#file-text")
    async def action_send(self) -> None:
        if not self.is_current:
            return
        file = await self._judge(self._entry.value)
        if file is None:
            self._entry.focus()
        elif self._notice.state is not CallState.LIVE:
            self._say(NOBODY, wrong=True)
        else:
            text = self.query_one("#file-text", TextEntry).value
            self.post_message(Asked(SendFile(path=file.path, text=text)))
            name = sanitize(os.path.basename(file.path), 40)
            self.notify(f"Sending {name}, {bytes_text(file.size)}.", markup=False, timeout=3)
            self.dismiss()

    def action_close(self) -> None:
        self.dismiss()


def _row(entry: Entry) -> str:
    return sanitize(entry.name, 200) + ("/" if entry.is_folder else "")
