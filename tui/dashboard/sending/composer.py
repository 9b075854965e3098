"""The composer: one frame by hand, from a template, an earlier one or nothing.

Knows text and a judge of it; the call goes on underneath, and its pings are answered as ever.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.screen import Screen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tui.analysis.units import bytes_text
from tui.backend.base import Backend, Frames
from tui.commands import SendRaw
from tui.dashboard.common.cells import crop
from tui.dashboard.common.dialogs import Confirm
from tui.dashboard.common.key_bar import KeyBar
from tui.dashboard.common.key_names import keyed
from tui.dashboard.common.messages import Asked, Feed, NoticeArrived
from tui.dashboard.common.text_entry import Editor
from tui.dashboard.status.status_bar import StatusBar
from tui.notices import CallState, Notice
from tui.sanitize import sanitize


class FrameEditor(Editor):
    """`history` is oldest first."""

    def __init__(self, text: str, history: Sequence[str], *, id: str | None = None) -> None:
        super().__init__(text, id=id)
        self.history_is(history)

    def history_is(self, history: Sequence[str]) -> None:
        self._sent = list(history)
        self._back = 0
        """How many steps back the shown text is; 0 is none of them."""

    def put_in(self, text: str) -> None:
        """In place of what is there, which undo brings back."""
        self.clear()
        self.insert(text)
        self.move_cursor((0, 0))

    def action_cursor_up(self, select: bool = False) -> None:
        if not select and self._recalls():
            self._back += 1
            self.put_in(self._sent[-self._back])
        else:
            super().action_cursor_up(select)

    def _recalls(self) -> bool:
        """Nothing is written, or what was brought back is unchanged."""
        if not self.text:
            self._back = 0
        unchanged = self._back and self.text == self._sent[-self._back]
        at_top = self.cursor_location[0] == 0
        return self._back < len(self._sent) and at_top and (not self.text or bool(unchanged))


KEPT = 50
NAME = 28
"""Cells of a name in the list."""


@dataclass(slots=True)
class Drafts:
    """What outlives the screen: the text that was being written, and what was sent."""

    text: str = ""
    sent: list[str] = field(default_factory=list)

    def keep(self, text: str) -> None:
        self.sent = [*(old for old in self.sent if old != text), text][-KEPT:]


class ComposerScreen(Screen[None]):
    """`frames` None: there are no templates, and only JSON is asked for."""

    AUTO_FOCUS = "OptionList"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f5", "send", "Send", id="compose.send", priority=True, key_display="F5",
                tooltip="Send the frame as it is written"),
        Binding("escape", "back", "Back", id="compose.back", tooltip="Back; the text is kept"),
        Binding("tab", "app.focus_next", "List, text", id="compose.next", key_display="Tab",
                priority=True),
    ]  # fmt: skip

    def __init__(
        self,
        feed: Feed,
        backend: Backend,
        notice: Notice,
        drafts: Drafts,
        frames: Frames | None,
        *,
        clock: Callable[[], int],
    ) -> None:
        super().__init__()
        self._clock = clock
        self._feed = feed
        self._backend = backend
        self._notice = notice
        self._drafts = drafts
        self._templates: Sequence[tuple[str, str]] = frames.frame_templates if frames else ()
        self._check: Callable[[str], str] = frames.frame_check if frames else json_reason
        self._listed: list[str] = []

    def compose(self) -> ComposeResult:
        reader, title = self._backend.reader, self._backend.title
        yield StatusBar(
            self._feed, reader, title, clock=self._clock, notice=self._notice, id="status"
        )
        with Horizontal(id="composer"):
            yield OptionList(id="templates", compact=True)
            yield FrameEditor(self._drafts.text, self._drafts.sent, id="frame")
        yield Static(id="reason", markup=False)
        yield KeyBar(self._feed, call=("call.help", "call.mute"), id="keys")

    def on_mount(self) -> None:
        self._feed.notices.subscribe(self, self._on_notice)
        self._list()
        self._judge()
        if self._drafts.text:
            self._editor.focus()

    def _on_notice(self, message: NoticeArrived) -> None:
        self._notice = message.notice

    @property
    def _editor(self) -> FrameEditor:
        return self.query_one(FrameEditor)

    # ── Templates and what was sent ──────────────────────────────────────────────────────────────

    def _list(self) -> None:
        sent = list(reversed(self._drafts.sent))
        self._listed = [text for _, text in self._templates] + sent
        names = [sanitize(name, 60) for name, _ in self._templates]
        names += [f"↺ {sanitize(text, 60)}" for text in sent]
        rows = [Text(crop(name, NAME)) for name in names]
        options = self.query_one("#templates", OptionList)
        pointed = options.highlighted
        options.set_options([Option(row) for row in rows])
        options.highlighted = pointed if pointed is not None else 0 if rows else None

    @on(OptionList.OptionSelected)
    def _pick(self, message: OptionList.OptionSelected) -> None:
        self._editor.put_in(self._listed[message.option_index])
        self._editor.focus()

    # ── Judging and sending ──────────────────────────────────────────────────────────────────────

    @on(FrameEditor.Changed)
    def _judge(self) -> None:
        text = self._editor.text
        self._drafts.text = text
        reason = self._check(text) if text.strip() else ""
        self._say(f"! {reason}" if reason else self._praise(text), wrong=bool(reason))

    def _praise(self, text: str) -> str:
        if not text.strip():
            goes = keyed(self, "{compose.next|Tab} goes to the text")
            return f"Enter takes what is pointed at; {goes}; ↑ there: what was sent"
        return f"a valid frame of {bytes_text(len(text.encode()))}"

    def _say(self, text: str, *, wrong: bool = False) -> None:
        reason = self.query_one("#reason", Static)
        reason.update(sanitize(text, 300))
        reason.set_class(wrong, "-wrong")

    def action_send(self) -> None:
        text = self._editor.text
        if not self.is_current or not text.strip():
            return
        if self._notice.state is not CallState.LIVE:
            self._say("! Not connected: there is nobody to send it to.", wrong=True)
        elif reason := self._check(text):
            ask = Confirm(reason, "Send it anyway?", yes="send", no="back to the text")
            self.app.push_screen(ask, lambda yes: self._send(text) if yes else None)
        else:
            self._send(text)

    def _send(self, text: str) -> None:
        self.post_message(Asked(SendRaw(text=text)))
        self._drafts.keep(text)
        self._editor.history_is(self._drafts.sent)
        self._list()
        with self.prevent(FrameEditor.Changed):
            self._editor.put_in("")
        self._drafts.text = ""
        self._say(f"Sent, {bytes_text(len(text.encode()))}. ↑ brings it back.")

    def action_back(self) -> None:
        self.dismiss()


def json_reason(text: str) -> str:
    """What keeps `text` from being JSON, where nobody knows better."""
    try:
        json.loads(text)
    except (ValueError, RecursionError) as error:
        return f"not JSON: {error}"
    return ""
