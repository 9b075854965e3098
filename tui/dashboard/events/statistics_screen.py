"""Each kind of record in numbers, and what the agent does not send though it could.

Knows the journal's statistics and what a codec says of its kinds; counts nothing itself.
"""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tui.analysis.units import size_text
from tui.dashboard.common.cells import ARROWS, crop, fit
from tui.dashboard.common.dialogs import Dialog
from tui.dashboard.common.key_names import keyed
from tui.journal.reader import JournalReader
from tui.journal.record import Direction
from tui.provider import SentKind
from tui.sanitize import sanitize

if TYPE_CHECKING:  # the arrays are loaded when they are asked for
    from tui.analysis.records.statistics import KindStatistics

STEPS = "▁▂▃▄▅▆▇█"
RATE = 24
"""Cells that a line of the rate can take: the parts of the call that are counted."""
WIDE = 90
"""From this width on kinds are longer and counts are written out."""
NARROW = 70
"""Under this width the figure and the line of the rate go."""


class StatisticsScreen(Dialog[str | None]):
    """Gives the kind to show alone, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,number_sign,q", "close", "Close", id="statistics.close"),
        Binding("j", "move(1)", "Down", show=False, id="statistics.down"),
        Binding("k", "move(-1)", "Up", show=False, id="statistics.up"),
    ]

    def __init__(self, reader: JournalReader, records: int, kinds: Sequence[SentKind]) -> None:
        """`kinds`: what the agent can send."""
        super().__init__()
        self._reader = reader
        self._records = records
        self._kinds = kinds
        self._shown: list[str] = []

    def compose(self) -> ComposeResult:
        with Vertical(id="statistics"):
            head = f"{self._records:,} records by kind · gaps (min to max) in ms"
            yield Static(head, classes="help-heading", markup=False)
            yield Static("counting…", id="statistics-head", markup=False)
            yield OptionList(id="statistics-list", compact=True)
            foot = "Enter shows this kind alone   {statistics.close|Esc} closes"
            yield Static(keyed(self, foot), classes="pick-foot", markup=False)

    def on_mount(self) -> None:
        self.query_one(OptionList).focus()
        self.run_worker(self._count())

    async def _count(self) -> None:
        from tui.analysis.records.statistics import statistics  # noqa: PLC0415

        found: list[KindStatistics] = []
        for one in statistics(self._reader, self._records):
            found.append(one)
            await asyncio.sleep(0.001)
        self._show(sorted(found, key=lambda one: -one.count))

    def _show(self, found: "Sequence[KindStatistics]") -> None:
        width = self.query_one(OptionList).size.width - 5  # its scrollbar and its margins
        self.query_one("#statistics-head", Static).update(heading(width))
        options = [Option(Text(row(one, width), no_wrap=True)) for one in found]
        self._shown = [one.kind for one in found]
        sent = {one.kind for one in found if one.direction is Direction.RECEIVED}
        missing = [kind for kind in self._kinds if kind.name not in sent]
        if missing:
            options.append(Option(Text("Not sent in this call:", "bold"), disabled=True))
            for kind in missing:
                text = crop(f"  {fit(kind.name, 33)}{kind.tells}", width)
                options.append(Option(Text(text, no_wrap=True), disabled=True))
                hint = crop(f"    to have it: {kind.setting}", width)
                options.append(Option(Text(hint, "dim", no_wrap=True), disabled=True))
        chosen = self.query_one(OptionList)
        chosen.set_options(options)
        chosen.highlighted = 0 if found else None

    @on(OptionList.OptionSelected)
    def _choose(self, message: OptionList.OptionSelected) -> None:
        message.stop()
        if message.option_index < len(self._shown):
            self.dismiss(self._shown[message.option_index])

    def action_close(self) -> None:
        self.dismiss(None)

    def action_move(self, rows: int) -> None:
        chosen = self.query_one(OptionList)
        if rows > 0:
            chosen.action_cursor_down()
        else:
            chosen.action_cursor_up()


def heading(width: int) -> str:
    gaps = "gap min" if width >= WIDE else "min"
    return _line(width, "  kind", ["count", "bytes", "per s", gaps, "med", "p95", "max"], "rate")


def row(one: "KindStatistics", width: int) -> str:
    """One line of the table; what is left of `width` is the rate over the call."""
    count = f"{one.count:,}" if width >= WIDE or one.count < 1_000_000 else size_text(one.count)
    gaps = [_ms(ms) for ms in one.gaps] if one.gaps else [""] * 4
    figures = [count, size_text(one.bytes), _rate(one.per_second), *gaps]
    return _line(width, f"{ARROWS[one.direction]} {sanitize(one.kind, 64)}", figures, one.rate)


def _line(width: int, kind: str, figures: list[str], rate: str | Sequence[int]) -> str:
    """Columns that never touch: each is a cell wider than what it holds at most."""
    cells = [12, 8, 7, 9, 6, 6, 6] if width >= WIDE else [8, 7, 6, 5, 5, 5, 5]
    if width < NARROW:
        del cells[2]
        figures = figures[:2] + figures[3:]
    room = width - sum(cells)
    names = 21 if width < WIDE else min(max(room - 2 - RATE, 27), 37)
    text = fit(kind, min(names, room))
    text += "".join(f"{figure:>{size}}" for figure, size in zip(figures, cells, strict=True))
    rest = max(width - len(text) - 2, 0) if width >= NARROW else 0
    text += f"  {rate if isinstance(rate, str) else rate_line(rate, rest)}" if rest else ""
    return crop(text, width)


def rate_line(rate: Sequence[int], width: int) -> str:
    """The rates in at most `width` cells, the highest as a whole block; a space is none."""
    cells = min(width, len(rate))
    if not cells:
        return ""
    parts = [rate[n * len(rate) // cells : (n + 1) * len(rate) // cells] for n in range(cells)]
    sums = [sum(part) / len(part) for part in parts]
    top = max(sums) or 1
    return "".join(STEPS[min(int(s / top * 8), 7)] if s else " " for s in sums)


def _rate(per_second: float) -> str:
    """`22`, `1.2`, `0.066`, `<0.01`."""
    if per_second >= 10:
        return f"{per_second:.0f}"
    return f"{per_second:.2g}" if per_second >= 0.01 else "<0.01"


def _ms(ms: float) -> str:
    """`12`, `0.3`, `1.2s`, `14m`, `2.5h`: four cells."""
    if ms >= 6_000_000:
        return f"{ms / 3_600_000:.1f}h" if ms < 35_000_000 else f"{ms / 3_600_000:.0f}h"
    if ms >= 600_000:
        return f"{ms / 60_000:.0f}m"
    if ms >= 9950:
        return f"{ms / 1000:.0f}s"
    if ms >= 999.5:
        return f"{ms / 1000:.1f}s"
    return f"{ms:.0f}" if ms >= 9.95 else f"{ms:.1f}"
