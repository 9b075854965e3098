"""The transcript: what was said, with how long each reply took to be heard.

Knows the fold of lines; not how it is folded. Only lines that changed are wrapped again, and
arrivals are painted ten times a second at most. While it follows, the end is in view, or the word
that is being spoken where a reply is longer than the pane. A reader points at lines; which records
they are of is told to whoever shows those.
"""

import time
from collections.abc import Callable
from typing import ClassVar

from textual import events as ui
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.strip import Strip

from tui.analysis.transcript.fold import TranscriptFold
from tui.analysis.transcript.line import Line, Role
from tui.backend.base import ReplayState
from tui.commands import SendFeedback
from tui.dashboard.common.clipboard import copy
from tui.dashboard.common.key_names import keyed
from tui.dashboard.common.keys import UNABLE
from tui.dashboard.common.messages import Asked, Feed, JournalChanged, NoticeArrived, RecordsArrived
from tui.dashboard.common.search import Lines, SearchPane
from tui.dashboard.transcript.spoken_replies import SpokenReplies
from tui.dashboard.transcript.wrapped_lines import WrappedLines
from tui.dashboard.turns.barge_in_screen import BargeInAsked
from tui.journal.reader import JournalReader
from tui.notices import CallState

BEHIND = 20_000
"""Records still to be taken in that take more than a moment: the title says how far it is."""
TICKS_BEHIND = 5
"""Meanwhile every so many ticks are painted: reading goes first."""


class Transcript(SearchPane):
    """Follows its end until the user moves up."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"pane--user", "pane--agent", "pane--cut"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f", "follow", "Follow", id="talk.follow", tooltip="Follow the newest, on and off"),
        Binding("plus", "feedback('like')", "Like", id="talk.like", key_display="+",
                tooltip="Like the last reply in view"),
        Binding("minus", "feedback('dislike')", "Dislike", id="talk.dislike", key_display="-",
                tooltip="Dislike the last reply in view"),
        Binding("0", "feedback('')", "Take back", id="talk.clear", show=False,
                tooltip="Take like or dislike back"),
        Binding("enter", "records", "Its records", id="talk.records",
                tooltip="To the records of this line in the event log"),
        Binding("b", "barge_in", "Interruption", id="talk.barge_in", show=False,
                tooltip="How this reply was cut, on one time axis"),
        Binding("y,c", "copy", "Copy", id="talk.copy", tooltip="Copy the text of this line"),
        Binding("j,down", "point(1)", "Down", id="talk.down", show=False),
        Binding("k,up", "point(-1)", "Up", id="talk.up", show=False),
        Binding("pagedown", "scroll_pages(1)", "Page down", id="talk.page_down", show=False),
        Binding("pageup", "scroll_pages(-1)", "Page up", id="talk.page_up", show=False),
        Binding("g,home", "point(-1000000)", "First", id="talk.first", show=False),
        Binding("G,end", "end", "Last, and follow", id="talk.last", show=False),
    ]  # fmt: skip
    key = "1"

    class Pointed(Message):
        """The reader points at this line."""

        def __init__(self, line: Line, *, go: bool = False) -> None:
            super().__init__()
            self.line = line
            self.go = go
            """The reader wants to be at its records."""

    def __init__(
        self,
        feed: Feed,
        reader: JournalReader,
        *,
        live: bool = True,
        feedback: bool = True,
        slow_ms: int = 0,
        clock: Callable[[], int] = time.monotonic_ns,
        id: str | None = None,
    ) -> None:
        super().__init__(id=id)
        self._clock = clock
        self._feed = feed
        self._live = live
        self._feedback = feedback
        self._slow_ms = slow_ms
        self._in_call = False
        self._width = 0
        """That the rows are wrapped for."""
        self._open_journal(reader)

    def _open_journal(self, reader: JournalReader) -> None:
        self._reader = reader
        self.fold = TranscriptFold()
        self._replies = SpokenReplies(self.fold)
        self._first_ns = reader.time_ns(0)
        self._at_ns: int | None = None
        wall_ns = reader.opened().wall_ns - reader.time_ns(0)
        self._lines = WrappedLines(self.fold, self._replies.spoken, wall_ns)
        self._pointed: Line | None = None
        self._at = 0
        """Where that was found last."""
        self._row = -1
        """The row of it that a search has led to."""
        self._led = False
        """Another pane's pointing has ended the following: it goes on when that lets go."""
        self._wanted = self._taken = self._ticks = 0
        self._was_behind = False
        self._version = 0
        self._seen = 0

    def on_mount(self) -> None:
        self._feed.records.subscribe(self, self._on_records)
        self._feed.journals.subscribe(self, self._on_journal)
        self._feed.replay.subscribe(self, self._on_replay)
        self._feed.notices.subscribe(self, self._on_notice)
        self.set_interval(0.1, self.flush)

    def _on_notice(self, message: NoticeArrived) -> None:
        self._in_call = message.notice.state is CallState.LIVE
        self._wanted = message.notice.records

    def _on_replay(self, state: ReplayState) -> None:
        self._at_ns = self._first_ns + state.at_ns

    def _now_ns(self) -> int:
        """In the journal's time: a replay has its own."""
        return self._clock() if self._at_ns is None else self._at_ns

    def _on_records(self, message: RecordsArrived) -> None:
        for entry in message.entries:
            self._replies.before(entry)
            self.fold.add(entry)
        self._taken = message.records
        if message.records:
            self.fold.wait(self._reader.time_ns(message.records - 1))

    def _on_journal(self, message: JournalChanged) -> None:
        self._open_journal(message.reader)
        self.viewport.grow(0)
        self.repaint()

    def tool_lines(self) -> list[Line]:
        return [line for line in self.fold.lines if line.role is Role.TOOL]

    # ── Wrapping what changed ────────────────────────────────────────────────────────────────────

    def flush(self) -> None:
        self._ticks += 1
        behind = self._wanted - self._taken > BEHIND
        if behind and self._was_behind and self._ticks % TICKS_BEHIND:
            return
        if behind or self._was_behind:
            self._was_behind = behind
            self.repaint_title()
        first = self.fold.first_changed(self._version)
        if first is None:
            self._speak()
            return
        self._version = self.fold.version
        slow = None if behind else self._lines.find_slow(self._slow_ms)
        self._rewrap(first if slow is None else min(first, slow))

    def _speak(self) -> None:
        """Word by word, as it is heard: only rows that look different are painted."""
        index = self._replies.progress(self._now_ns())
        if index is None or index >= len(self._lines.starts):
            return
        changed = self._lines.speak(index, self.size.width - 1, self._now_ns())
        if changed is None:
            self._rewrap(index)
            return
        for row in changed:
            self.repaint_rows(row, row)
        self._follow()

    def _rewrap(self, first: int) -> None:
        """Wrap line `first` and all after it again; a reader who paused sees nothing move."""
        line, offset = self._anchor()
        start = self._lines.wrap(first, self.size.width - 1, self._now_ns())
        self.hits.scan(self.lines_from(start), start)
        top = self.viewport.top
        self.viewport.grow(len(self._lines.rows))
        if not self.viewport.following and line < len(self._lines.starts):
            self.viewport.top = self._lines.starts[line] + offset
        self._follow(top)
        if top == self.viewport.top:
            self.repaint_rows(start, top + self.viewport.height)
        self.repaint_bar()
        self.repaint_title()

    def _follow(self, painted: int | None = None) -> None:
        """The end in view, or the spoken word; all is painted where that moves the view from row
        `painted`."""
        view = self.viewport
        painted = view.top if painted is None else painted
        if view.following:
            view.top = view.last_top
            speaking = self._replies.speaking
            row = None if speaking is None else self._lines.spoken_row(speaking)
            if row is not None:  # a row of what comes next stays in view below it
                view.top = max(min(view.top, row + 2 - view.height), 0)
        if view.top != painted:
            self.repaint()

    def _anchor(self) -> tuple[int, int]:
        """The line at the top of the view and the row within it."""
        line = self._lines.line_at(self.viewport.top)
        return (line, self.viewport.top - self._lines.starts[line]) if line >= 0 else (0, 0)

    def on_resize(self) -> None:
        super().on_resize()
        if self.size.width != self._width:
            self._width = self.size.width
            self._rewrap(0)
        self.repaint()

    # ── Painting ─────────────────────────────────────────────────────────────────────────────────

    def heading(self) -> str:
        return f"Transcript{self.searched()}"

    def badge(self) -> str:
        if self._was_behind:
            return f"{self._taken * 100 // self._wanted}%"
        if self.viewport.following:
            return ""
        return f"PAUSED +{max(len(self.fold.lines) - self._seen, 0)}"

    def empty_text(self) -> str:
        if self._live:
            return keyed(self, "Say something, or type below. {call.help|F1} help")
        return keyed(
            self,
            "{replay.toggle|Space} plays, {replay.step|.} steps, "
            "{replay.end|End} shows all at once. {call.help|F1} help",
        )

    def paint_row(self, row: int, width: int) -> Strip:
        lead, text = self._lines.parts(row)
        pointed = self._pointed is not None and row in self._lines.of(self._index)
        return self.lit_strip(row, lead, text, width, pointed=pointed)

    # ── Searching ────────────────────────────────────────────────────────────────────────────────

    def lines_from(self, row: int) -> Lines:
        return self._lines.texts(max(self._lines.line_at(row), 0))

    def place(self) -> int:
        rows = self._lines.of(self._index)
        if not rows:
            return self.viewport.top
        return self._row if self._row in rows else rows.start

    def go_to(self, row: int) -> None:
        self._go(self._lines.line_at(row))
        self._row = row
        self.viewport.show(row)

    def remember(self) -> Callable[[], None]:
        if self.viewport.following:
            return self.action_end
        top, index, row = self.viewport.top, self._index, self._row

        def back() -> None:
            self._point(index)
            self._row, self.viewport.top = row, min(top, self.viewport.last_top)
            self.repaint()

        return back

    # ── Pointing at lines ────────────────────────────────────────────────────────────────────────

    @property
    def _index(self) -> int:
        """Of the pointed line; -1 where there is none."""
        lines, pointed = self.fold.lines, self._pointed
        if pointed is None:
            return -1
        if self._at >= len(lines) or lines[self._at] is not pointed:
            self._at = next((n for n, line in enumerate(lines) if line is pointed), -1)
        return self._at

    def _point(self, index: int) -> None:
        self._repaint_pointed()
        self._pointed = self.fold.lines[index] if 0 <= index < len(self.fold.lines) else None
        self._repaint_pointed()

    def _repaint_pointed(self) -> None:
        if rows := self._lines.of(self._index):
            self.repaint_rows(rows.start, rows.stop - 1)

    def _show_pointed(self) -> None:
        """All of it, or as much as there is room for from its beginning."""
        rows, top = self._lines.of(self._index), self.viewport.top
        if rows:
            self.viewport.show(rows.stop - 1)
            self.viewport.show(rows.start)
        if self.viewport.top != top:
            self.repaint()

    def show_record(self, number: int | None, *, following: bool) -> Line | None:
        """Another pane points at a record: point at its line, and give it. Where that pane follows
        its end, so does this one, unless the reader had left it."""
        index = None
        if number is not None and not following:
            index = self._lines.of_record(number, self._reader.turn(number))
        self._point(-1 if index is None else index)
        if index is None:
            if self._led:
                self.action_end()
            return None
        if self.viewport.following:
            self._pause()
            self._led = True
        self._show_pointed()
        self.repaint_title()
        return self._pointed

    def action_point(self, lines: int) -> None:
        """From the pointed line, or from the last one in view; through one that is longer than the
        view row by row."""
        if not self._lines.starts:
            return
        index, view = self._index, self.viewport
        rows = self._lines.of(index)
        in_view = rows and rows.start <= view.bottom and rows.stop > view.top
        if in_view and lines > 0 and rows.stop - 1 > view.bottom:
            self.action_scroll_rows(1)
        elif in_view and lines < 0 and rows.start < view.top:
            self.action_scroll_rows(-1)
        else:
            after = self._lines.line_at(view.bottom) + (lines < 0)
            last = len(self._lines.starts) - 1
            self._go(max(min((index if in_view else after) + lines, last), 0))

    def _go(self, index: int) -> None:
        self._pause()
        self._point(index)
        self._show_pointed()
        self.repaint_title()
        self._tell(go=False)

    def action_barge_in(self) -> None:
        number = None if self._pointed is None else self._pointed.turn
        cut = (turn for turn in self.fold.turns.turns if turn.number == number and turn.cut)
        if turn := next(cut, None):
            self.post_message(BargeInAsked(turn))
        else:
            self.app.notify("Nothing cut a reply here.", markup=False, timeout=3)

    def _tell(self, *, go: bool) -> None:
        if self._pointed is not None:
            self.post_message(self.Pointed(self._pointed, go=go))

    def _point_somewhere(self) -> None:
        rows = self._lines.of(self._index)
        if not rows or rows.start > self.viewport.bottom or rows.stop <= self.viewport.top:
            self._go(self._lines.line_at(self.viewport.bottom))

    def action_records(self) -> None:
        self._point_somewhere()
        self._tell(go=True)

    def action_copy(self) -> None:
        self._point_somewhere()
        if line := self._pointed:
            copy(self.app, line.shown, f"Line of turn #{line.turn}")

    def on_click(self, event: ui.Click) -> None:
        row = self.viewport.top + event.y - self.head
        if event.y >= self.head and row < self.viewport.total:
            self._go(self._lines.line_at(row))

    # ── Moving ───────────────────────────────────────────────────────────────────────────────────

    def _pause(self) -> None:
        if self.viewport.following:
            self.viewport.pause()
            self._seen = len(self.fold.lines)
        self._led = False

    def action_scroll_rows(self, rows: int) -> None:
        if rows < 0 and self.viewport.last_top > 0:
            self._pause()
        self.viewport.top = max(min(self.viewport.top + rows, self.viewport.last_top), 0)
        self.repaint()

    def action_scroll_pages(self, pages: int) -> None:
        self.action_scroll_rows(pages * max(self.viewport.height - 1, 1))

    def action_follow(self) -> None:
        if self.viewport.following:
            self._pause()
            self.repaint_title()
        else:
            self.action_end()

    def action_end(self) -> None:
        self._led = False
        self._point(-1)
        self.viewport.follow()
        self._follow()
        self.repaint()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A replay has nobody to tell."""
        return self._live or action != "feedback"

    def action_feedback(self, score: str) -> None:
        if not self._feedback:
            self.app.notify(UNABLE["feedback"], markup=False, timeout=3)
            return
        last = self._lines.line_at(self.viewport.bottom)
        reply = self._replies.reply_at(last if self._index < 0 else self._index)
        if reply is None or not self._in_call:
            said = "no reply to judge yet" if self._in_call else "not connected"
            self.app.notify(f"Feedback: {said}.", markup=False, timeout=3)
        else:
            self.post_message(Asked(SendFeedback(reply_id=reply, score=score or None)))
