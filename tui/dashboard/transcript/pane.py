"""The transcript: what was said, with how long each reply took to be heard.

Knows the fold of lines; not how it is folded. Only lines that changed are wrapped again, and
arrivals are painted ten times a second at most.
"""

import time
from bisect import bisect_right
from collections.abc import Callable
from typing import ClassVar

from rich.segment import Segment
from textual.binding import Binding, BindingType
from textual.strip import Strip

from tui.analysis.transcript.fold import TranscriptFold
from tui.analysis.transcript.line import Line, Role
from tui.backend.base import ReplayState
from tui.commands import SendFeedback
from tui.dashboard.common.cells import wrap
from tui.dashboard.common.key_names import keyed
from tui.dashboard.common.keys import UNABLE
from tui.dashboard.common.messages import Asked, Feed, JournalChanged, NoticeArrived, RecordsArrived
from tui.dashboard.common.pane import Pane
from tui.dashboard.transcript.line_text import Span, line_head, line_spans, wrap_spans
from tui.dashboard.transcript.spoken_replies import SpokenReplies
from tui.journal.reader import JournalReader
from tui.notices import CallState

BEHIND = 20_000
"""Records still to be taken in that take more than a moment: the title says how far it is."""
TICKS_BEHIND = 5
"""Meanwhile every so many ticks are painted: reading goes first."""


class Transcript(Pane):
    """Follows its end until the user scrolls up."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"pane--user", "pane--agent", "pane--cut"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f", "follow", "Follow", id="talk.follow", tooltip="Follow the newest, on and off"),
        Binding("plus", "feedback('like')", "Like", id="talk.like", key_display="+",
                tooltip="Like the last reply in view"),
        Binding("minus", "feedback('dislike')", "Dislike", id="talk.dislike", key_display="-",
                tooltip="Dislike the last reply in view"),
        Binding("0", "feedback('')", "Take back", id="talk.clear", show=False,
                tooltip="Take like or dislike back"),
        Binding("j,down", "scroll_rows(1)", "Down", id="talk.down", show=False),
        Binding("k,up", "scroll_rows(-1)", "Up", id="talk.up", show=False),
        Binding("pagedown", "scroll_pages(1)", "Page down", id="talk.page_down", show=False),
        Binding("pageup", "scroll_pages(-1)", "Page up", id="talk.page_up", show=False),
        Binding("g,home", "scroll_rows(-1000000)", "First", id="talk.first", show=False),
        Binding("G,end", "end", "Last, and follow", id="talk.last", show=False),
    ]  # fmt: skip
    key = "1"

    def __init__(
        self,
        feed: Feed,
        reader: JournalReader,
        *,
        live: bool = True,
        feedback: bool = True,
        clock: Callable[[], int] = time.monotonic_ns,
        id: str | None = None,
    ) -> None:
        super().__init__(id=id)
        self._clock = clock
        self.viewport.jump = False
        self._feed = feed
        self._live = live
        self._feedback = feedback
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
        self._wall_ns = reader.opened().wall_ns - reader.time_ns(0)
        self._wanted = self._taken = self._ticks = 0
        self._was_behind = False
        self._version = 0
        self._rows: list[list[Span]] = []
        self._starts: list[int] = []
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
        self._rewrap(first)

    def _speak(self) -> None:
        """Word by word, as it is heard: only rows that look different are painted."""
        index = self._replies.progress(self._now_ns())
        if index is None or index >= len(self._starts):
            return
        start = self._starts[index]
        rows = self._wrap_line(index)
        end = self._starts[index + 1] if index + 1 < len(self._starts) else len(self._rows)
        if end - start != len(rows):
            self._rewrap(index)
            return
        for row, (old, new) in enumerate(zip(self._rows[start:end], rows, strict=True), start):
            if old != new:
                self._rows[row] = new
                self.repaint_rows(row, row)

    def _rewrap(self, first: int) -> None:
        """Wrap line `first` and all after it again; a reader who paused sees nothing move."""
        line, offset = self._anchor()
        start = self._starts[first] if first < len(self._starts) else len(self._rows)
        del self._rows[start:], self._starts[first:]
        for index in range(first, len(self.fold.lines)):
            self._starts.append(len(self._rows))
            self._rows.extend(self._wrap_line(index))
        top = self.viewport.top
        self.viewport.grow(len(self._rows))
        if not self.viewport.following and line < len(self._starts):
            self.viewport.top = self._starts[line] + offset
        if top != self.viewport.top:
            self.refresh()
        else:
            self.repaint_rows(start, top + self.viewport.height)
        self.repaint_bar()
        self.repaint_title()

    def _anchor(self) -> tuple[int, int]:
        """The line at the top of the view and the row within it."""
        line = bisect_right(self._starts, self.viewport.top) - 1
        return (line, self.viewport.top - self._starts[line]) if line >= 0 else (0, 0)

    def _wrap_line(self, index: int) -> list[list[Span]]:
        line = self.fold.lines[index]
        width = self.size.width - 1
        head = line_head(line, line.time_ns + self._wall_ns, width)
        indent = sum(len(text) for text, _ in head)
        spans = line_spans(line, self._replies.spoken(index, self._now_ns()))
        room = max(width - indent - 1, 8)
        rows = wrap_spans(spans, wrap("".join(text for text, _ in spans), room))
        margin: Span = (" " * indent, "text")
        return [[*(head if n == 0 else [margin]), *row] for n, row in enumerate(rows)]

    def on_resize(self) -> None:
        super().on_resize()
        if self.size.width != self._width:
            self._width = self.size.width
            self._rewrap(0)
        self.repaint()

    # ── Painting ─────────────────────────────────────────────────────────────────────────────────

    def heading(self) -> str:
        return "Transcript"

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
        segments = [Segment(text, self.style_of(style)) for text, style in self._rows[row]]
        return Strip(segments).adjust_cell_length(width, self.style_of("text"))

    # ── Moving ───────────────────────────────────────────────────────────────────────────────────

    def action_scroll_rows(self, rows: int) -> None:
        if rows < 0 and self.viewport.following and self.viewport.last_top > 0:
            self.viewport.pause()
            self._seen = len(self.fold.lines)
        self.viewport.top = max(min(self.viewport.top + rows, self.viewport.last_top), 0)
        self.repaint()

    def action_scroll_pages(self, pages: int) -> None:
        self.action_scroll_rows(pages * max(self.viewport.height - 1, 1))

    def action_follow(self) -> None:
        if self.viewport.following:
            self.viewport.pause()
            self._seen = len(self.fold.lines)
            self.repaint_title()
        else:
            self.action_end()

    def action_end(self) -> None:
        self.viewport.follow()
        self.repaint()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A replay has nobody to tell."""
        return self._live or action != "feedback"

    def action_feedback(self, score: str) -> None:
        if not self._feedback:
            self.app.notify(UNABLE["feedback"], markup=False, timeout=3)
            return
        last = bisect_right(self._starts, self.viewport.bottom) - 1
        reply = self._replies.reply_at(last)
        if reply is None or not self._in_call:
            said = "no reply to judge yet" if self._in_call else "not connected"
            self.app.notify(f"Feedback: {said}.", markup=False, timeout=3)
        else:
            self.post_message(Asked(SendFeedback(reply_id=reply, score=score or None)))
