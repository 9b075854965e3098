"""Finding in the event log by keys: the line where expressions are typed, and the keys of jumps.

Knows keys and the line; what an expression does is the filter's, where a jump goes the jumps'.

The keys that open the line have priority: what is typed in one go behind them is forwarded to the
line, which has the focus by then, and not to the log.
"""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding

from tui.analysis.records.jump import JumpError
from tui.dashboard.events.expression_line import ExpressionLine, Mode
from tui.dashboard.events.jumps import JumpingPane

FINDING = (
    Binding("slash", "expression('/')", "Filter", id="events.filter", priority=True,
            tooltip="Show only what passes: word !word /re/ kind: size: gap: turn: id: $.path"),
    Binding("backslash,ctrl+f", "expression('backslash')", "Search", id="events.search",
            show=False, priority=True,
            tooltip="Light up and point at what passes, in what is shown"),
    Binding("n", "match(1)", "Next match", id="events.match", show=False),
    Binding("N", "match(-1)", "Match before", id="events.match_back", show=False),
    Binding("colon", "expression(':')", "Go to", id="events.jump", show=False, priority=True,
            tooltip="Go to a number, a turn, a time of day, or seconds from the beginning"),
    Binding("space,b", "mark", "Mark", id="events.mark", show=False,
            tooltip="Mark this row, again takes the mark away (Space plays in a replay)"),
    Binding("apostrophe", "marked(1)", "Next mark", id="events.marked", show=False),
    Binding("quotation_mark", "marked(-1)", "Mark before", id="events.marked_back", show=False),
    Binding("right_square_bracket", "same_kind(1)", "Next of this kind", id="events.kind",
            show=False),
    Binding("left_square_bracket", "same_kind(-1)", "The one of this kind before",
            id="events.kind_back", show=False),
    Binding("e", "error(1)", "Next error", id="events.error", show=False,
            tooltip="The next error, or tool that failed"),
    Binding("E", "error(-1)", "Error before", id="events.error_back", show=False),
    Binding("T", "turn(1)", "Next turn", id="events.turn", show=False),
    Binding("R", "turn(-1)", "Beginning of this turn, then the one before",
            id="events.turn_back", show=False),
    Binding("p", "partner", "Partner", id="events.partner", show=False,
            tooltip="From a request to its answer and back: tool calls, pings, the start"),
)  # fmt: skip


class FindingPane(JumpingPane):
    def compose(self) -> ComposeResult:
        yield ExpressionLine()

    @property
    def _line(self) -> ExpressionLine:
        return self.query_one(ExpressionLine)

    def action_expression(self, mark: str) -> None:
        mode = Mode.SEARCH if mark == "backslash" else Mode(mark)
        self._origin = self._here() if mode is Mode.SEARCH else None
        row = self.pointed_row()
        if mode is Mode.FILTER and self.pointed is not None and not self.viewport.following:
            shown = self.viewport.top <= row <= self.viewport.bottom
            self._before = (self.pointed, row - self.viewport.top if shown else 0)
        self._line.open(mode, self.filter_text if mode is Mode.FILTER else "")
        self._line_changed()

    def _line_changed(self) -> None:
        self.head = 2 if self._line.is_open else 1
        self.viewport.resize(self.size.height - self.head)
        self.repaint()

    def _close_line(self) -> None:
        self._before = None
        self._line.close()
        self._line_changed()
        self.screen.set_focus(self)

    def _apply(self, message: ExpressionLine.Typed) -> bool:
        """Do what is typed; False where it says nothing, and the line then tells why."""
        from tui.analysis.filter.parser import FilterError  # noqa: PLC0415

        try:
            if message.mode is Mode.FILTER:
                self.set_filter(message.text)
            elif message.mode is Mode.SEARCH:
                self.set_search(message.text)
            elif isinstance(message, ExpressionLine.Kept):
                self.jump(message.text)
        except FilterError as error:
            self._line.complain(error.reason, error.position)
            return False
        except JumpError as error:
            self._line.complain(str(error))
            return False
        self._line.complain(None)
        return True

    @on(ExpressionLine.Typed)
    def _on_typed(self, message: ExpressionLine.Typed) -> None:
        message.stop()
        if self._line.is_open:
            self._apply(message)

    @on(ExpressionLine.Kept)
    def _on_kept(self, message: ExpressionLine.Kept) -> None:
        message.stop()
        text = message.text.strip()
        if not text and message.mode is not Mode.FILTER:
            self._close_line()
            if message.mode is Mode.SEARCH and self.search_text:
                self.action_match(1)
        elif self._apply(message):
            self._line.remember(text)
            self._close_line()

    @on(ExpressionLine.Cleared)
    def _on_cleared(self, message: ExpressionLine.Cleared) -> None:
        message.stop()
        self.clear_found(message.mode)
        self._close_line()
        if message.mode is Mode.SEARCH and self._origin is not None and not self.viewport.following:
            self.point_at_record(self._origin)

    def clear_found(self, mode: Mode) -> None:
        if mode is Mode.FILTER and self.filter_text:
            self.set_filter("")
        elif mode is Mode.SEARCH and self.search_text:
            self.set_search("")

    def step_back(self) -> bool:
        """Escape: the search first, then the filter; False when there is neither."""
        for mode, text in ((Mode.SEARCH, self.search_text), (Mode.FILTER, self.filter_text)):
            if text:
                self.clear_found(mode)
                return True
        return False
