"""The composer: one frame by hand, from a template, a saved or an earlier one, or nothing.

Knows text and a judge of it; the call goes on underneath, and its pings are answered as ever.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, NamedTuple

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tui.analysis.records.json_tree import indented
from tui.analysis.units import bytes_text
from tui.backend.base import Backend, Frames
from tui.commands import SendRaw
from tui.dashboard.common.cells import crop
from tui.dashboard.common.dialogs import ClosedOnce, Confirm, NameDialog
from tui.dashboard.common.key_bar import KeyBar
from tui.dashboard.common.key_names import keyed
from tui.dashboard.common.messages import Asked, Feed, NoticeArrived, RecordsArrived
from tui.dashboard.sending.answer import Answer
from tui.dashboard.sending.external_editor import EditorError, edited
from tui.dashboard.sending.frame_editor import FrameEditor, wrong_place
from tui.dashboard.sending.saved_frames import SavedFrames
from tui.dashboard.status.status_bar import StatusBar
from tui.notices import CallState, Notice
from tui.sanitize import sanitize

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


BREAKPOINTS = [(0, "-narrow"), (120, "-wide")]


class Listed(NamedTuple):
    """A row of the list; `saved` is the name of one that the user keeps."""

    shown: str
    text: str
    saved: str = ""


class ComposerScreen(ClosedOnce[None]):
    """`frames` None: there are no templates, and only JSON is asked for."""

    AUTO_FOCUS = "OptionList"
    HORIZONTAL_BREAKPOINTS = BREAKPOINTS
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f5", "send", "Send", id="compose.send", priority=True, key_display="F5",
                tooltip="Send the frame as it is written"),
        Binding("escape", "back", "Back", id="compose.back", tooltip="Back; the text is kept"),
        Binding("tab", "app.focus_next", "List, text, answer", id="compose.next", key_display="Tab",
                priority=True),
        Binding("f6", "edit", "$EDITOR", id="compose.edit", key_display="F6", priority=True,
                tooltip="Write it in your own editor: $VISUAL, else $EDITOR"),
        Binding("f12", "save", "Save", id="compose.save", key_display="F12", priority=True,
                tooltip="Keep the frame under a name, without its secrets"),
        Binding("delete", "forget", "Forget", id="compose.forget", show=False,
                tooltip="Forget the saved frame that is pointed at in the list"),
    ]  # fmt: skip

    def __init__(
        self,
        feed: Feed,
        backend: Backend,
        notice: Notice,
        drafts: Drafts,
        saved: SavedFrames,
        *,
        clock: Callable[[], int],
    ) -> None:
        super().__init__()
        self._clock = clock
        self._feed = feed
        self._backend = backend
        self._notice = notice
        self._drafts = drafts
        self._saved = saved
        frames = backend if isinstance(backend, Frames) else None
        self._redact: Callable[[str], str] = frames.redact if frames else str
        self._templates: Sequence[tuple[str, str]] = frames.frame_templates if frames else ()
        self._check: Callable[[str], str] = frames.frame_check if frames else json_reason
        self._listed: list[Listed] = []

    def compose(self) -> ComposeResult:
        reader, title = self._backend.reader, self._backend.title
        yield StatusBar(
            self._feed, reader, title, clock=self._clock, notice=self._notice, id="status"
        )
        whom = sanitize(self._notice.target or title, 40)
        yield Static(
            f"Composer: a frame to {whom}, written by hand", id="composer-title", markup=False
        )
        with Horizontal(id="composer"):
            yield OptionList(id="templates", compact=True)
            with Horizontal(id="sheet"):
                yield FrameEditor(self._drafts.text, self._drafts.sent, id="frame")
                with VerticalScroll(id="answers"):
                    yield Answer(reader, self._backend.summarize, id="answer")
        yield Static(id="reason", markup=False)
        yield KeyBar(self._feed, call=("call.help", "call.mute"), id="keys")

    def on_mount(self) -> None:
        self._feed.notices.subscribe(self, self._on_notice)
        self._feed.records.subscribe(self, self._on_records)
        self.query_one("#answers").border_title = "Answer"
        options = self.query_one("#templates", OptionList)
        options.border_title = "Templates, ★ saved, ↺ sent"
        self._list()
        self._judge()

    def _on_notice(self, message: NoticeArrived) -> None:
        self._notice = message.notice

    def _on_records(self, message: RecordsArrived) -> None:
        self.query_one(Answer).take(message.entries)

    @property
    def _editor(self) -> FrameEditor:
        return self.query_one(FrameEditor)

    # ── Templates and what was sent ──────────────────────────────────────────────────────────────

    def _list(self) -> None:
        saved = self._saved.frames.items()
        self._listed = [Listed(name, text) for name, text in self._templates]
        self._listed += [Listed(f"★ {name}", text, name) for name, text in saved]
        self._listed += [
            Listed(f"↺ {' '.join(text.split())}", text) for text in reversed(self._drafts.sent)
        ]
        rows = [Text(crop(sanitize(one.shown, 60), NAME)) for one in self._listed]
        options = self.query_one("#templates", OptionList)
        pointed = options.highlighted
        options.set_options([Option(row) for row in rows])
        options.highlighted = pointed if pointed is not None else 0 if rows else None

    @on(OptionList.OptionSelected)
    def _pick(self, message: OptionList.OptionSelected) -> None:
        self.fill(self._listed[message.option_index].text)
        self._editor.focus()

    def fill(self, text: str) -> None:
        """In place of what is there, a value a line."""
        self._editor.put_in(indented(text))

    def action_save(self) -> None:
        if text := self._editor.text.strip():
            dialog = NameDialog("Save this frame as", list(self._saved.frames))
            self.app.push_screen(dialog, lambda name: self._save(name, text) if name else None)

    def _save(self, name: str, text: str) -> None:
        kept = self._redact(text)
        less = "" if kept == text else " without its secrets"
        self._change(lambda: self._saved.save(name, kept), f"Saved{less} in {self._saved.path}")

    def action_forget(self) -> None:
        options = self.query_one("#templates", OptionList)
        pointed = options.highlighted if options.has_focus else None
        if pointed is not None and (name := self._listed[pointed].saved):
            ask = Confirm(f"“{name}” is a saved frame.", "Forget it?", yes="forget", no="keep")
            gone = f"Forgotten: {name}"
            self.app.push_screen(
                ask,
                lambda yes: self._change(lambda: self._saved.forget(name), gone) if yes else None,
            )

    def _change(self, change: Callable[[], None], done: str) -> None:
        try:
            change()
        except OSError as error:
            self._say(f"! Not saved: {error}", wrong=True)
            return
        self._list()
        self._say(done)

    def action_edit(self) -> None:
        text = self._editor.text
        try:
            after = edited(self.app, text)
        except EditorError as error:
            self._say(f"! {error}", wrong=True)
            return
        if after != text:
            self._editor.put_in(after)
        self._editor.focus()

    # ── Judging and sending ──────────────────────────────────────────────────────────────────────

    @on(FrameEditor.Changed)
    def _judge(self) -> None:
        text = self._editor.text
        self._drafts.text = text
        reason = self._check(text) if text.strip() else ""
        line = self._editor.mark_wrong(wrong_place(reason, text) if reason else None)
        where = f"line {line}: " if line else ""
        self._say(f"! {where}{reason}" if reason else self._praise(text), wrong=bool(reason))

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
        self.query_one(Answer).wait()
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
