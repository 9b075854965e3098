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
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tui.clean import clean
from tui.codec import SentKind
from tui.journal.reader import JournalReader
from tui.journal.record import Direction
from tui.widgets.event_row import ARROWS
from tui.widgets.paint import crop, fit, size_text

if TYPE_CHECKING:  # the arrays are loaded when they are asked for
    from tui.analysis.statistics import KindStatistics

STEPS = "▁▂▃▄▅▆▇█"
KIND = 25
WIDE = 85
"""Under this width the smallest gap goes."""


class StatisticsScreen(ModalScreen[str | None]):
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
            yield Static(f"{self._records:,} records by kind", classes="help-heading", markup=False)
            yield Static("counting…", id="statistics-head", markup=False)
            yield OptionList(id="statistics-list", compact=True)
            foot = "Enter shows this kind alone   Esc closes"
            yield Static(foot, classes="pick-foot", markup=False)

    def on_mount(self) -> None:
        self.query_one(OptionList).focus()
        self.run_worker(self._count())

    async def _count(self) -> None:
        from tui.analysis.statistics import statistics  # noqa: PLC0415

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
    columns = f"  {'kind':<{KIND}}{'count':>8}{'bytes':>7}{'per s':>6}"
    low = f"{'gap min':>8}{'med':>6}" if width >= WIDE else f"{'gap':>7}"
    return fit(f"{columns}{low}{'p95':>6}{'max':>6}  rate", width)


def row(one: "KindStatistics", width: int) -> str:
    """One line of the table; what is left of `width` is the rate over the call."""
    low, median, p95, high = [_ms(ms) for ms in one.gaps] if one.gaps else [""] * 4
    text = f"{ARROWS[one.direction]} {fit(clean(one.kind, 64), KIND)}{one.count:>8,}"
    text += f"{size_text(one.bytes):>7}{_rate(one.per_second):>6}"
    text += f"{low:>8}{median:>6}" if width >= WIDE else f"{median:>7}"
    text += f"{p95:>6}{high:>6}  "
    return crop(text + rate_line(one.rate, max(width - len(text), 0)), width)


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
    return f"{per_second:.0f}" if per_second >= 100 else f"{per_second:.2g}"


def _ms(ms: float) -> str:
    """`12`, `0.3`, `1.2s`, `14m`."""
    if ms >= 600_000:
        return f"{ms / 60_000:.0f}m"
    if ms >= 10_000:
        return f"{ms / 1000:.0f}s"
    if ms >= 1000:
        return f"{ms / 1000:.1f}s"
    return f"{ms:.0f}" if ms >= 10 else f"{ms:.1f}"
