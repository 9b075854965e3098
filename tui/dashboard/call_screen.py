"""The dashboard's one screen: which panes there are, where the focus is, what detail shows.

Knows widgets and the journal; the call itself is asked of the app by messages.

Theory of operation. Two classes decide the layout: `-wide` (120 columns and more: two columns,
detail always open) and `-low` (under 16 rows: VAD line and transcript fold away). The focus wins
over folding: a pane that is focused is always shown. `-detail` is set while detail stands in the
transcript's place, `-zoom` while one pane has the screen for itself.
"""

import time
from bisect import bisect_left
from collections.abc import Callable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

from tui.analysis.records.categories import EventsOf
from tui.analysis.transcript.line import Line
from tui.backend.base import Replayed, SavesCalls, Sounds
from tui.dashboard.calls.opened import Opened
from tui.dashboard.common.clipboard import copy
from tui.dashboard.common.key_bar import KeyBar
from tui.dashboard.common.key_names import key_hint
from tui.dashboard.common.keys import not_offered
from tui.dashboard.common.messages import CopyAsked, Feed, JournalChanged
from tui.dashboard.common.pane import Pane
from tui.dashboard.common.search import SearchPane
from tui.dashboard.detail.compare_screen import Compared, CompareScreen
from tui.dashboard.detail.frame_text import frame_title, whole_lines
from tui.dashboard.detail.pane import Detail, copy_text
from tui.dashboard.detail.play_actions import PlayActions
from tui.dashboard.events.log import EventLog
from tui.dashboard.pane_sizes import PaneSizes
from tui.dashboard.save_actions import SaveActions
from tui.dashboard.status.banner import Banner
from tui.dashboard.status.status_bar import StatusBar
from tui.dashboard.status.summary_line import SummaryLine
from tui.dashboard.tools.panel import ToolPanel
from tui.dashboard.transcript.pane import Transcript
from tui.dashboard.transcript.prompt import Prompt
from tui.dashboard.transcript.replay_bar import ReplayBar, ReplayKeys
from tui.dashboard.turns.barge_in_screen import BargeInAsked, BargeInScreen
from tui.dashboard.turns.pane import TurnTable
from tui.dashboard.vad.vad_line import VadLine
from tui.journal.reader import JournalReader
from tui.provider import NO_CAPABILITIES, Capabilities, Summarize

WIDTHS = [(0, "-tiny"), (40, "-narrow"), (120, "-wide")]
HEIGHTS = [(0, "-flat"), (10, "-low"), (16, "-high")]


class CallScreen(Screen[None]):
    """`live` False: a replay's bar stands where the prompt would be."""

    AUTO_FOCUS = "Prompt, EventLog"
    HORIZONTAL_BREAKPOINTS = WIDTHS
    VERTICAL_BREAKPOINTS = HEIGHTS
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("1", "focus_pane('transcript')", "Transcript", id="focus.transcript", show=False),
        Binding("2", "focus_pane('events')", "Events", id="focus.events", show=False),
        Binding("3", "focus_pane('detail')", "Detail", id="focus.detail", show=False),
        Binding("i", "type", "Type", id="focus.prompt", show=False, priority=True,
                tooltip="Type to the agent"),
        Binding("tab", "app.focus_next", "Next pane", id="focus.next", show=False,
                priority=True),
        Binding("shift+tab", "app.focus_previous", "Previous pane", id="focus.back", show=False,
                priority=True),
        Binding("z", "zoom", "Zoom", id="view.zoom", tooltip="This pane alone; again restores"),
        Binding("greater_than_sign", "share(1)", "Wider talk", id="view.talk_more", show=False,
                tooltip="More room for the transcript"),
        Binding("less_than_sign", "share(-1)", "Narrower talk", id="view.talk_less", show=False,
                tooltip="More room for the events"),
        Binding("right_curly_bracket", "share_detail(1)", "Larger detail", id="view.detail_more",
                show=False, tooltip="More room for the detail"),
        Binding("left_curly_bracket", "share_detail(-1)", "Smaller detail", id="view.detail_less",
                show=False, tooltip="Less room for the detail"),
        Binding("f5", "turns", "Turns", id="view.turns", priority=True, key_display="F5",
                tooltip="Each turn: how long it took, and where the time went"),
        Binding("4", "turns", "Turns", id="view.turns", show=False,
                tooltip="Each turn: how long it took, and where the time went"),
        Binding("f6", "tools", "Tools", id="view.tools", priority=True, key_display="F6",
                tooltip="Each tool call, its arguments and its result"),
        Binding("w", "tools", "Tools", id="view.tools", show=False,
                tooltip="Each tool call, its arguments and its result"),
        Binding("v", "listen", "Listen", id="sound.play", show=False,
                tooltip="Play the sound of this frame here; again stops"),
        Binding("V", "listen(True)", "Listen to the turn", id="sound.play_turn", show=False,
                tooltip="Play what the agent said in this turn; again stops"),
        Binding("W", "save_sound", "Save sound", id="sound.save", show=False,
                tooltip="Save the sound of this frame as a WAV file"),
        Binding("d", "compare", "Compare", id="view.compare", show=False,
                tooltip="Remember this frame; again at another one shows both"),
        Binding("s", "save_rows", "Save rows", id="save.rows", show=False,
                tooltip="Save the marked rows, else what the filter shows, as a journal (JSONL)"),
        Binding("S", "save_scenario", "Save scenario", id="save.scenario", show=False,
                tooltip="The same as a scenario that `voicescope agent` acts out"),
        Binding("X", "save_folder", "Save call", id="save.folder", show=False,
                tooltip="Save the whole call as a folder: journal with audio, transcript"),
        Binding("number_sign", "statistics", "Statistics", id="view.statistics", show=False,
                tooltip="Each kind in numbers, and what the agent does not send"),
        Binding("escape", "back", "Back", id="view.back", show=False, tooltip="One step back"),
    ]  # fmt: skip

    def __init__(
        self,
        feed: Feed,
        reader: JournalReader,
        summarize: Summarize,
        events_of: EventsOf,
        title: str,
        *,
        live: bool = True,
        clock: Callable[[], int] = time.monotonic_ns,
        sounds: Sounds | None = None,
        able: Capabilities = NO_CAPABILITIES,
        take_away: SavesCalls | None = None,
        slow_ms: int = 0,
    ) -> None:
        super().__init__()
        self._slow_ms = slow_ms
        self._left: Widget | None = None
        """What had the focus before the table of turns."""
        self._sounds = sounds
        self._listening = PlayActions(self, sounds)
        self._save_actions = SaveActions(self, take_away)
        self._sizes = PaneSizes(self, WIDTHS[-1][0])
        self._kept: Compared | None = None
        self._clock = clock
        self._feed = feed
        self._reader = reader
        self._summarize = summarize
        self._events_of = events_of
        self._able = able
        self._title = title
        self._live = live

    def compose(self) -> ComposeResult:
        feed, reader = self._feed, self._reader
        yield StatusBar(feed, reader, self._title, live=self._live, clock=self._clock, id="status")
        yield Banner(feed, clock=self._clock, id="banner")
        yield VadLine(
            feed,
            reader,
            self._events_of,
            live=self._live,
            vad_score=self._able.vad_score,
            clock=self._clock,
            id="vad",
        )
        with Horizontal(id="panes"):
            with Vertical(id="talk"):
                yield Transcript(
                    feed,
                    reader,
                    live=self._live,
                    feedback=self._able.feedback,
                    slow_ms=self._slow_ms,
                    clock=self._clock,
                    id="transcript",
                )
                if self._live:
                    with Horizontal(id="say"):
                        yield Static(">", id="say-mark", markup=False)
                        yield Prompt(feed, clock=self._clock, id="prompt")
                else:
                    yield ReplayBar(feed, id="replay")
            with Vertical(id="wire"):
                yield EventLog(feed, reader, self._summarize, self._events_of, id="events")
                yield Detail(feed, self._events_of, self._sounds, id="detail")
                yield TurnTable(
                    lambda: self.query_one(Transcript).fold.turns,
                    self._slow_ms,
                    live=self._live,
                    clock=self._clock,
                    id="turns",
                )
        yield KeyBar(feed, id="keys")
        yield SummaryLine(feed, self._title, id="summary")

    @property
    def active_bindings(self) -> dict[str, ActiveBinding]:
        """What the key bar and the help show. A key that is not there still says why."""
        hidden = not_offered(self._able)
        found = super().active_bindings
        return {key: one for key, one in found.items() if one.binding.id not in hidden}

    def on_mount(self) -> None:
        self._feed.journals.subscribe(self, self._on_journal)

    def _on_journal(self, message: JournalChanged) -> None:
        self._reader = message.reader

    # ── Focus, zoom and the way back ─────────────────────────────────────────────────────────────

    def action_focus_pane(self, name: str) -> None:
        self._make_room(name)
        if name == "detail":
            self.query_one(EventLog).point_somewhere()
            self.add_class("-detail")
        elif name == "transcript":
            self.remove_class("-detail")
        for widget in self.query(f"#{name}"):
            self._unfold(widget)
            widget.focus()

    def action_type(self) -> None:
        self._make_room("prompt")
        for prompt in self.query(Prompt):
            self._unfold(prompt)
            self.set_focus(prompt)  # at once: what is typed in one go behind this key is text

    def action_turns(self) -> None:
        """Open the table of turns; again, where it has the focus: as before."""
        table = self.query_one(TurnTable)
        if self.focused is table:
            self._close_turns()
            return
        if not self.has_class("-turns"):
            self._left = self.focused
        self.add_class("-turns")
        self._unfold(table)
        self._show_table()
        table.flush()
        self.set_focus(table)  # at once: the next key is the table's

    def _close_turns(self) -> None:
        left, self._left = self._left, None
        self.remove_class("-turns", "-zoom")
        self._show_table()
        self.set_focus(left if left is not None and left.focusable else self.query_one(EventLog))

    def _make_room(self, name: str) -> None:
        """The table of turns gives way to what it hides: where the screen is narrow to all else,
        where it is wide to detail."""
        if self.has_class("-turns") and (name == "detail" or not self.has_class("-wide")):
            self.remove_class("-turns", "-zoom")
            self._show_table()

    def _show_table(self) -> None:
        """At once, before styles are applied: what is not shown takes no focus."""
        table = self.query_one(TurnTable)
        alone = self.has_class("-zoom")
        table.display = self.has_class("-turns") and (not alone or table.has_class("-zoomed"))

    @on(TurnTable.Chosen)
    def _show_turn(self, message: TurnTable.Chosen) -> None:
        """From its first record on, alone in the log."""
        self._make_room("events")
        log, reader = self.query_one(EventLog), self._reader
        log.set_filter(f"turn:{message.number}")
        log.point_at_record(bisect_left(range(len(reader)), message.number, key=reader.turn))
        self._unfold(log)
        self.set_focus(log)

    @on(BargeInAsked)
    def _show_barge_in(self, message: BargeInAsked) -> None:
        activity = self.query_one(VadLine).activity
        self.app.push_screen(BargeInScreen(message.turn, activity, len(self._reader)))

    @on(Transcript.Pointed)
    def _show_line(self, message: Transcript.Pointed) -> None:
        log, records = self.query_one(EventLog), message.line.records
        log.select(frozenset(records))
        shown = next((number for number in records if log.model.rows.holds(number)), None)
        if shown is not None:
            log.point_at_record(shown)
        elif message.go:
            self.notify("The filter hides its records.", timeout=4, markup=False)
        if message.go and shown is not None:
            self.action_focus_pane("events")

    def _unfold(self, widget: Widget) -> None:
        """A zoomed screen shows what is focused."""
        if self.has_class("-zoom"):
            self._zoom(widget)

    def action_zoom(self) -> None:
        if self.has_class("-zoom"):
            self.remove_class("-zoom")
        elif isinstance(self.focused, Pane):
            self._zoom(self.focused)
        self._show_table()

    def _zoom(self, widget: Widget) -> None:
        if isinstance(widget, Pane):
            self.query(Pane).remove_class("-zoomed")
            widget.add_class("-zoomed")
            self.set_class(widget.id == "transcript", "-zoom-talk")
            self.add_class("-zoom")
        else:
            self.remove_class("-zoom")

    def action_back(self) -> None:
        """Search, filter, zoom, detail, banner, then the events: never out of the program."""
        self.step_back()

    def step_back(self) -> bool:
        """False: there was nothing to go back from."""
        focused, log = self.focused, self.query_one(EventLog)
        if isinstance(focused, EventLog | SearchPane) and focused.step_back():
            return True
        if self.focused is self.query_one(TurnTable):
            self._close_turns()
        elif self.has_class("-zoom"):
            self.remove_class("-zoom")
        elif self.focused is self.query_one(Detail):
            self._close_detail()
        elif self.has_class("-detail") and not self.has_class("-wide"):
            self.remove_class("-detail")
        elif not self.query_one(Banner).dismiss():
            at_home = self.focused is log
            log.focus()
            return not at_home
        return True

    def action_share(self, steps: int) -> None:
        self._sizes.change_talk(steps)

    def action_share_detail(self, steps: int) -> None:
        self._sizes.change_detail(steps)

    def on_resize(self) -> None:
        self.call_after_refresh(self._resized)

    def _resized(self) -> None:
        """A screen that became wide has a detail: of the row that is pointed at."""
        self._sizes.apply()
        if self.focused is None:  # what had it is not shown at this size
            self.set_focus(self.query_one(EventLog))
        if self.has_class("-wide"):
            log, detail = self.query_one(EventLog), self.query_one(Detail)
            if log.pointed is not None and log.pointed != detail.number:
                self._show(log.pointed, log.cursor.count)

    def on_descendant_focus(self) -> None:
        """Tab can reach a pane that a zoom hides."""
        if self.has_class("-zoom") and self.focused:
            within = self.focused.ancestors_with_self
            if not any(node.has_class("-zoomed") for node in within if isinstance(node, Widget)):
                self._unfold(self.focused)

    def action_leave_prompt(self) -> None:
        self.query_one(Banner).dismiss()
        self.set_focus(self.query_one(EventLog))  # at once, as for `i`

    # ── Detail and copying ───────────────────────────────────────────────────────────────────────

    @on(EventLog.Pointed)
    def _point(self, message: EventLog.Pointed) -> None:
        following = self.query_one(EventLog).viewport.following
        self.query_one(VadLine).point(None if following else message.number)
        self._link(message.number)
        if message.number is None:
            self.query_one(Detail).clear()
        elif self.has_class("-wide") or self.has_class("-detail"):
            self._show(message.number, message.count)

    def _link(self, number: int | None) -> None:
        """The line of the transcript that a record is of, unless the line led there."""
        log, talk = self.query_one(EventLog), self.query_one(Transcript)
        if self.focused is not talk:
            line = talk.show_record(number, following=log.viewport.following)
            log.select(frozenset(line.records if line else ()))

    def _show(self, number: int, count: int) -> None:
        self.query_one(Detail).show(self._reader, number, count)

    @on(EventLog.DetailAsked)
    def _toggle_detail(self) -> None:
        log = self.query_one(EventLog)
        self._make_room("detail")
        if self.has_class("-wide"):
            self.query_one(Detail).focus()
        elif self.has_class("-detail"):
            self.remove_class("-detail")
            return
        self.add_class("-detail")
        if log.pointed is not None:
            self._show(log.pointed, log.cursor.count)

    def action_statistics(self) -> None:
        from tui.dashboard.events.statistics_screen import StatisticsScreen  # noqa: PLC0415

        log = self.query_one(EventLog)
        if self.is_current and log.model.rows.records:
            records = max(min(log.model.wanted, len(self._reader)), 1)
            self.app.push_screen(
                StatisticsScreen(self._reader, records, self._able.sent_kinds), self._show_kind
            )

    def _show_kind(self, kind: str | None) -> None:
        if kind is not None:
            self.action_show_events(f'kind:"{kind}"' if " " in kind else f"kind:{kind}")

    def action_show_events(self, expression: str) -> None:
        self._make_room("events")
        log = self.query_one(EventLog)
        log.focus()
        log.set_filter(expression)

    def action_clear_marks(self) -> None:
        self.query_one(EventLog).clear_marks()

    def action_tools(self) -> None:
        if self.is_current:
            self.app.push_screen(ToolPanel(self.query_one(Transcript).tool_lines), self._show_call)

    def _show_call(self, line: Line | None) -> None:
        """The frame that a line of the transcript began with."""
        if line is None:
            return
        number = line.records[0]
        self.query_one(EventLog).point_at_record(number)
        self.action_focus_pane("detail")
        self._show(number, 1)

    # ── Sound and comparison of the pointed frame ────────────────────────────────────────────────

    def _pointed(self) -> Detail:
        """Detail, at the record that the log points at, shown or not."""
        log, detail = self.query_one(EventLog), self.query_one(Detail)
        log.point_somewhere()
        if log.pointed is not None and log.pointed != detail.number:
            self._show(log.pointed, log.cursor.count)
        return detail

    def action_listen(self, turn: bool = False) -> None:
        self._listening.play(self._pointed().sound, turn=turn)

    def action_save_sound(self) -> None:
        detail = self._pointed()
        stem = f"{self._reader.name.removesuffix('.jsonl')}-{detail.number}"
        self._listening.save(detail.sound, stem)

    def action_compare(self) -> None:
        number = self._pointed().number
        if number is None:
            return
        reader, events_of = self._reader, self._events_of
        this = Compared(
            frame_title(reader, number),
            lambda view: whole_lines(reader, number, view, events_of(number)),
        )
        kept, self._kept = self._kept, this
        if kept is None or kept.title == this.title:
            key = key_hint(self, "view.compare", "d")
            note = f"{this.title} is remembered: {key} at another frame compares the two."
            self.notify(note, timeout=4, markup=False)
        else:
            self._kept = None
            self.app.push_screen(CompareScreen(kept, this))

    # ── Saving ───────────────────────────────────────────────────────────────────────────────────

    def action_save_rows(self) -> None:
        if not self._is_looking():
            self._save_actions.rows(*self.query_one(EventLog).model.selection())

    def action_save_scenario(self) -> None:
        if not self._is_looking():
            self._save_actions.scenario(*self.query_one(EventLog).model.selection())

    def _is_looking(self) -> bool:
        """What the filter has not found yet would be missing from a file."""
        percent = self.query_one(EventLog).model.looked_at()
        if percent < 100:
            said = f"The filter is still looking ({percent} %): save when it is done."
            self.notify(said, timeout=4, markup=False)
        return percent < 100

    def action_save_folder(self) -> None:
        self._save_actions.folder()

    @on(Detail.CloseAsked)
    def _close_detail(self) -> None:
        self.remove_class("-detail")
        self.query_one(EventLog).focus()

    @on(CopyAsked)
    def _copy(self, message: CopyAsked) -> None:
        text = copy_text(self._reader, message.number, message.whole)
        copy(self.app, text, f"#{message.number}")


class ReplayScreen(ReplayKeys, CallScreen):
    """The same panes over a finished journal."""


class OpenedCall(Opened, ReplayScreen):
    """A recorded call over the one on the screen, which goes on beneath: Esc comes back to it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Back to your call", id="view.back",
                tooltip="One step back, at last to your call"),
    ]  # fmt: skip

    def __init__(self, replay: Replayed, clock: Callable[[], int], slow_ms: int) -> None:
        self.takes_from(replay)
        super().__init__(
            self.feed,
            replay.reader,
            replay.summarize,
            self.journal_feed.events_of,
            replay.title,
            live=False,
            clock=clock,
            sounds=replay.sounds,
            able=replay.capabilities,
            take_away=replay.take_away,
            slow_ms=slow_ms,
        )

    def action_back(self) -> None:
        if not self.step_back():
            self.dismiss()
