"""The form that tells the agent something without asking for a reply: a contextual update.

Knows the text and its id; what becomes of it in the call is the agent's business.
"""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from tui.commands import SendContext
from tui.dashboard.common.dialogs import Dialog
from tui.dashboard.common.key_names import keyed
from tui.dashboard.common.messages import Asked, Feed, NoticeArrived
from tui.dashboard.common.text_entry import Editor, TextEntry
from tui.notices import CallState, Notice

MEANS = "It is told between turns; a later one with the same id takes its place."
NOBODY = "! Not connected: there is nobody to tell."


class ContextScreen(Dialog[None]):
    """`ids`: those that were used before, newest last; the newest is offered again."""

    AUTO_FOCUS = "Editor"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f5", "send", "Send", id="context.send", priority=True, key_display="F5",
                tooltip="Tell the agent"),
        Binding("escape", "close", "Back", id="context.back", tooltip="Back, nothing is sent"),
        Binding("tab", "app.focus_next", "Text, id", id="context.next", key_display="Tab",
                priority=True),
    ]  # fmt: skip

    def __init__(self, feed: Feed, notice: Notice, ids: list[str]) -> None:
        super().__init__()
        self._feed, self._notice, self._ids = feed, notice, ids

    def compose(self) -> ComposeResult:
        with Vertical(id="context"):
            yield Static("Tell the agent, without a reply", classes="help-heading", markup=False)
            yield Editor(id="context-text")
            hint = "context id (optional)"
            yield TextEntry(self._ids[-1] if self._ids else "", placeholder=hint, id="context-id")
            yield Static(MEANS, id="context-state", markup=False)
            foot = "{context.send|F5} sends   {context.next|Tab} text, id   {context.back|Esc} back"
            yield Static(keyed(self, foot), classes="pick-foot", markup=False)

    def on_mount(self) -> None:
        self._feed.notices.subscribe(self, self._on_notice)

    def _on_notice(self, message: NoticeArrived) -> None:
        self._notice = message.notice

    @on(TextEntry.Submitted)
    def action_send(self) -> None:
        text = self.query_one(Editor).text
        name = self.query_one(TextEntry).value.strip()
        if not self.is_current or not text.strip():
            return
        if self._notice.state is not CallState.LIVE:
            self.query_one("#context-state", Static).update(NOBODY)
            return
        self.post_message(Asked(SendContext(text=text, context_id=name)))
        if name:
            self._ids.append(name)
        self.notify("The agent was told.", markup=False, timeout=3)
        self.dismiss()

    def action_close(self) -> None:
        self.dismiss()
