"""The table of turns: how long each took and where the time went; Enter leads to its records.

Knows the fold of turns, which somebody else feeds; not the log. The screen's whole height where it
is narrow, a pane where it is wide.
"""

import time
from collections.abc import Callable
from typing import ClassVar

from textual import events as ui
from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip

from tui.analysis.turns.figures import is_slow, slow_from_ms
from tui.analysis.turns.fold import TurnFold
from tui.analysis.turns.segments import segments
from tui.analysis.turns.turn import Turn
from tui.analysis.turns.warnings import warnings
from tui.dashboard.common.cells import wrap
from tui.dashboard.common.pane import Pane
from tui.dashboard.turns import table_text as text
from tui.dashboard.turns import waterfall
from tui.dashboard.turns.barge_in_screen import BargeInAsked

FOOT = 4
"""Rows under the table: the pointed turn as a bar, and why it took so long."""
WIDE = 90
"""From so many columns on each row is a bar, where the reader does not want it otherwise."""
DIGITS_NS = 1_000_000_000
"""Digits that come within this time are one number."""


class TurnTable(Pane):
    """`turns` gives the present fold."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "Its records", id="turns.records",
                tooltip="Show this turn alone in the event log"),
        Binding("o", "sort(1)", "Sort", id="turns.sort", tooltip="Sort by the next column"),
        Binding("O", "reverse", "Reverse", id="turns.reverse", show=False,
                tooltip="Sort the other way round"),
        Binding("w", "waterfall", "Bars", id="turns.waterfall",
                tooltip="A bar for each turn, or its figures"),
        Binding("b", "barge_in", "Interruption", id="turns.barge_in",
                tooltip="How this reply was cut, on one time axis"),
        Binding("e", "slow(1)", "Slow", id="turns.slow", tooltip="The next slow turn"),
        Binding("E", "slow(-1)", "Slow one before", id="turns.slow_back", show=False),
        Binding("0,1,2,3,4,5,6,7,8,9", "digit", "To a turn", id="turns.digit", show=False,
                tooltip="To the turn with this number; digits in a row are one"),
        Binding("j,down", "move(1)", "Down", id="turns.down", show=False),
        Binding("k,up", "move(-1)", "Up", id="turns.up", show=False),
        Binding("pagedown", "move_pages(1)", "Page down", id="turns.page_down", show=False),
        Binding("pageup", "move_pages(-1)", "Page up", id="turns.page_up", show=False),
        Binding("g,home", "move(-1000000)", "First", id="turns.first", show=False),
        Binding("G,end", "move(1000000)", "Last, and follow", id="turns.last", show=False),
    ]  # fmt: skip
    key = "4"

    class Chosen(Message):
        """The reader wants the records of this turn."""

        def __init__(self, number: int) -> None:
            super().__init__()
            self.number = number

    def __init__(
        self,
        turns: Callable[[], TurnFold],
        slow_ms: int = 0,
        *,
        live: bool = True,
        clock: Callable[[], int] = time.monotonic_ns,
        id: str | None = None,
    ) -> None:
        super().__init__(id=id)
        self._read = turns
        self._slow_ms = slow_ms
        self._clock = clock
        self._live = live
        self._wanted: bool | None = None
        """Bars, or figures; None: as the width has it."""
        self._scale_ms = 1.0
        self._flow = self._now = ""
        self._seen: tuple[TurnFold | None, int] = (None, -1)
        self._turns: list[Turn] = []
        """In the order of the table."""
        self._slow_from: float | None = None
        self._slow = 0
        """How many are slow."""
        self.at = 0
        """The row that is pointed at."""
        self._head: list[str] = []
        self._column, self._back = 0, False
        self.pointed: Turn | None = None
        """None while it follows the newest."""
        self._pressed = ""
        self._typed = ""
        self._typed_ns = 0
        self.head = 3 + len(text.LABELS)

    def on_mount(self) -> None:
        self.set_interval(0.2, self.flush)

    def on_show(self) -> None:
        self.flush()

    def flush(self) -> None:
        """Take in what came, while anybody looks."""
        fold = self._read()
        if not self.display:
            return
        if self._seen == (fold, fold.version):
            self._look_at_now(fold)
            return
        if self._seen[0] is not fold:
            self.pointed = None
        self._seen = fold, fold.version
        self._lay_out()

    def _lay_out(self) -> None:
        turns = self._seen[0].turns if self._seen[0] else []
        self._turns = text.ordered(turns, self._column, back=self._back)
        self._slow_from = slow_from_ms(turns, self._slow_ms)
        self._slow = sum(is_slow(turn, self._slow_from) for turn in turns)
        names = text.head_names(self._column, back=self._back)
        self._head = [text.table_row(row) for row in (names, *text.head_figures(turns))]
        if self._bars:
            self._head = waterfall.head(turns)
        self._scale_ms = waterfall.scale_ms(turns)
        if self._seen[0] is not None:
            self._flow = waterfall.flow_text(self._seen[0].flow, turns, warnings(turns))
            self._look_at_now(self._seen[0])
        self.viewport.following = self.pointed is None and not self._column and not self._back
        self.viewport.grow(len(self._turns))
        found = (n for n, turn in enumerate(self._turns) if turn is self.pointed)
        self.at = next(found, len(self._turns) - 1 if not self._back else 0)
        if self.pointed is not None:
            self.viewport.show(self.at)
        self.repaint()

    def _look_at_now(self, fold: TurnFold) -> None:
        """The turn that runs, in the row of the flow."""
        width = self.size.width - 3
        now = waterfall.running(fold.turns, self._clock(), width) if self._live else ""
        if now != self._now:
            self._now = now
            self.refresh(Region(0, self.head - 1, self.size.width, 1))

    @property
    def _bars(self) -> bool:
        return self.size.width >= WIDE if self._wanted is None else self._wanted

    # ── Painting ─────────────────────────────────────────────────────────────────────────────────

    def heading(self) -> str:
        order = text.COLUMNS[self._column].name
        return f"Turns {len(self._turns)} · {self._slow} slow · by {order} · ms"

    def badge(self) -> str:
        return "FOLLOW" if self.viewport.following else ""

    def empty_text(self) -> str:
        return "A turn is listed here as soon as you have said or typed something."

    def on_resize(self) -> None:
        self.viewport.resize(self.size.height - self.head - FOOT)
        self._lay_out()

    def render_line(self, y: int) -> Strip:
        width, foot = self.size.width, y - (self.size.height - FOOT)
        if y == self.head - 1:
            raised = self._flow.startswith("▲") and not self._now
            style = "slow" if raised else "strong" if self._now else "dim"
            return self.text_strip(f"  {self._now or self._flow}", width, style)
        if 0 < y < self.head:
            line = self._head[y - 1] if y <= len(self._head) else ""
            return self.text_strip(f"  {line}", width, "strong" if y == 1 else "dim")
        if foot >= 0 and y:
            said = [*self._bar_of_pointed(width - 2), *self._why(width)]
            return self.text_strip(f" {said[foot] if foot < len(said) else ''}", width, "strong")
        return super().render_line(y)

    def _bar_of_pointed(self, width: int) -> list[str]:
        return [waterfall.labelled(segments(self._turns[self.at]), width)] if self._turns else []

    def _why(self, width: int) -> list[str]:
        if not self._turns:
            return []
        said = text.why(self._turns[self.at], self._slow_from, self._slow_ms)
        if len(said) > 1:  # the first may need the row for itself
            return [*wrap(said[0], width - 2)[: FOOT - 2], " ".join(said[1:])]
        return wrap(said[0], width - 2)

    def paint_row(self, row: int, width: int) -> Strip:
        turn = self._turns[row]
        slow = is_slow(turn, self._slow_from)
        mark = ("▲" if slow else " ") + ("☻" if turn.is_human else " ")
        bars = self._bars
        said = waterfall.row(turn, width - 2, self._scale_ms) if bars else ""
        line = mark + (said or text.table_row(text.cells(turn)))
        if row == self.at:
            return self.text_strip(line, width, "pointed")
        return self.text_strip(line, width, "slow" if slow else "text")

    # ── Moving ───────────────────────────────────────────────────────────────────────────────────

    async def on_key(self, event: ui.Key) -> None:
        self._pressed = event.character or ""
        await super().on_key(event)

    def _go(self, row: int) -> None:
        """Below the last one is the newest, whichever that will be."""
        row = max(min(row, len(self._turns) - 1), 0)
        self.pointed, self.at = self._turns[row] if self._turns else None, row
        self.viewport.following = False
        self.viewport.show(row)
        self.repaint()

    def action_move(self, rows: int) -> None:
        last = self.at + rows >= len(self._turns) - 1
        if rows > 0 and last and not self._column and not self._back:
            self.pointed, self.at = None, len(self._turns) - 1
            self.viewport.follow()
            self.repaint()
        else:
            self._go(self.at + rows)

    def action_move_pages(self, pages: int) -> None:
        self.action_move(pages * max(self.viewport.height - 1, 1))

    def action_digit(self) -> None:
        now = self._clock()
        self._typed = self._typed if now - self._typed_ns < DIGITS_NS else ""
        self._typed, self._typed_ns = self._typed + self._pressed, now
        wanted = int(self._typed) if self._typed.isdecimal() else -1
        found = [n for n, turn in enumerate(self._turns) if turn.number == wanted]
        asked = (n for n in found if self._turns[n].source.value)
        if found:
            self._go(next(asked, found[0]))

    def action_slow(self, step: int) -> None:
        count = len(self._turns)
        near = ((self.at + step * n) % count for n in range(1, count + 1))
        found = next((n for n in near if is_slow(self._turns[n], self._slow_from)), None)
        if found is None:
            self.app.notify("No turn was slow.", markup=False, timeout=3)
        else:
            self._go(found)

    def action_waterfall(self) -> None:
        self._wanted = not self._bars
        self._lay_out()

    def action_sort(self, step: int) -> None:
        self._sort((self._column + step) % len(text.COLUMNS))

    def action_reverse(self) -> None:
        self._sort(self._column, back=not self._back)

    def _sort(self, column: int, *, back: bool = False) -> None:
        if self._turns and self.pointed is None:
            self.pointed = self._turns[self.at]
        self._column, self._back = column, back
        self._lay_out()

    def action_barge_in(self) -> None:
        turn = self._turns[self.at] if self._turns else None
        if turn is not None and turn.cut is not None:
            self.post_message(BargeInAsked(turn))
        else:
            self.app.notify("Nothing cut the reply of this turn.", markup=False, timeout=3)

    def action_choose(self) -> None:
        if self._turns:
            self.post_message(self.Chosen(self._turns[self.at].number))

    def on_click(self, event: ui.Click) -> None:
        row = self.viewport.top + event.y - self.head
        if event.y == 1 and not self._bars:
            self._click_head(event.x - 2)
        elif self.head <= event.y < self.size.height - FOOT and row < self.viewport.total:
            self._go(row)

    def _click_head(self, x: int) -> None:
        end = 0
        for place, column in enumerate(text.COLUMNS):
            end += column.width or self.size.width
            if x < end:
                self._sort(place, back=place == self._column and not self._back)
                return

    def action_scroll_rows(self, rows: int) -> None:
        self.action_move(rows)
