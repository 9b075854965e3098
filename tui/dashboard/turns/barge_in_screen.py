"""An interruption on one time axis: microphone, provider, agent and each mark, and what was heard.

Knows one turn and who spoke when; no journal. All is told by shape and words.
"""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.message import Message
from textual.widgets import Static

from tui.analysis.turns.barge_in import false_cause, heard_text, unheard_text
from tui.analysis.turns.turn import NS_PER_MS, Turn
from tui.analysis.units import duration_text
from tui.analysis.voice_activity import Cell, VoiceActivity
from tui.dashboard.common.cells import wrap
from tui.dashboard.common.dialogs import Dialog
from tui.dashboard.common.key_names import keyed
from tui.dashboard.vad import traces
from tui.sanitize import sanitize

CELL_NS = 50_000_000
LABEL = 13
AFTER = 3
"""The last of so many parts of the axis is after the silence."""
TICK_MS = 500
LONGEST = 600
"""Characters of a text that are shown."""


class BargeInAsked(Message):
    """The reader wants to see how this reply was cut."""

    def __init__(self, turn: Turn) -> None:
        super().__init__()
        self.turn = turn


class BargeInScreen(Dialog[None]):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,b,q,enter", "dismiss", "Close", id="barge_in.close"),
    ]

    def __init__(self, turn: Turn, activity: VoiceActivity, records: int) -> None:
        super().__init__()
        self._turn = turn
        self._activity = activity.zoomed(CELL_NS)
        self._records = records

    def compose(self) -> ComposeResult:
        with Vertical(id="compare"):
            title = f"Interruption of the reply in turn #{self._turn.number}"
            yield Static(title, classes="help-heading", markup=False)
            with VerticalScroll():
                yield Static(id="barge-in", markup=False)
            foot = "a cell is 50 ms   {barge_in.close|Esc} closes"
            yield Static(keyed(self, foot), classes="help-foot", markup=False)

    def on_resize(self) -> None:
        width = max(self.app.size.width - 6, 40)
        count = width - LABEL
        end_ns = (silent_ns(self._turn) // CELL_NS + count // AFTER) * CELL_NS
        cells = self._activity.cells(end_ns, count, CELL_NS, self._records)
        told = lines(self._turn, cells, end_ns, width, scored=self._activity.scored)
        self.query_one("#barge-in", Static).update("\n".join(told))


def silent_ns(turn: Turn) -> int:
    """Where the axis is centred."""
    return turn.flushed_ns or (turn.cut.cut_ns if turn.cut else 0)


def lines(turn: Turn, cells: Sequence[Cell], end_ns: int, width: int, *, scored: bool) -> list[str]:
    """`cells` end at `end_ns`; times are from the onset, or from the agent's word."""
    begin_ns = end_ns - len(cells) * CELL_NS
    marks = _marks(turn)
    zero_ns = marks[0][1] if marks else silent_ns(turn)
    provider = traces.scores(cells) if scored else traces.levels(cells, by_provider=True)
    rows = [
        _row("you, local", traces.levels(cells)),
        _row("vad score" if scored else "agent hears", provider),
        _row("agent sounds", traces.agent(cells)),
        f"{'':{LABEL}}{_axis(begin_ns, zero_ns, len(cells))}",
    ]
    for name, at_ns in marks:
        place = max((at_ns - begin_ns) // CELL_NS, 0)
        rows.append(f"{name:<{LABEL}}{' ' * place}▼ {_after(at_ns, zero_ns)}"[:width])
    for name, text in (("heard", heard_text(turn)), ("unheard", unheard_text(turn))):
        told = "not told by the agent" if text is None else f'"{sanitize(text, LONGEST)}"'
        first, *more = wrap(told, width - LABEL)
        rows += ["", f"{name:<{LABEL}}{first}", *(f"{'':{LABEL}}{one}" for one in more)]
    return [*rows, "", *wrap(sentence(turn), width)]


def sentence(turn: Turn) -> str:
    """Who cut it, how long that took, and whether it was meant."""
    cut = turn.cut
    if cut is None:
        return "What cut it is not on record."
    words = f' ("{sanitize(cut.words, 60)}")' if cut.words else ""
    spoke = f"You spoke over the reply{words}."
    if turn.onset_ns is None:
        spoke = f"The agent gave way to a voice{words} that the local detector did not hear then."
    said = {
        "user": "You stopped the reply by key.",
        "text": "You typed over the reply.",
        "call ended": "The call ended while the reply was being given.",
    }.get(cut.cause, spoke)
    steps = []
    if cut.noticed_ns is not None and turn.onset_ns is not None:
        steps.append(f"the agent's word came after {_ms(cut.noticed_ns - turn.onset_ns)}")
    if cut.noticed_ns is not None:
        steps.append(f"playback was cut {_ms(cut.cut_ns - cut.noticed_ns)} later")
    if turn.barge_in_ms is not None:
        steps.append(f"it was silent {_ms(round(turn.barge_in_ms * NS_PER_MS))} after the onset")
    if turn.unheard_ms:
        steps.append(f"{duration_text(turn.unheard_ms)} of it were never heard")
    told = "; ".join(steps)
    cause = false_cause(turn)
    wrong = f" A false interruption: {cause}." if cause else ""
    return said + (f" {told[0].upper()}{told[1:]}." if told else "") + wrong


def _marks(turn: Turn) -> list[tuple[str, int]]:
    cut = turn.cut
    found = [
        ("onset", turn.onset_ns),
        ("notice", cut.noticed_ns if cut else None),
        ("cut", cut.cut_ns if cut else None),
        ("silence", turn.flushed_ns),
    ]
    return [(name, at_ns) for name, at_ns in found if at_ns is not None]


def _row(name: str, glyphs: Sequence[traces.Glyph]) -> str:
    return f"{name:<{LABEL}}" + "".join(glyph.text for glyph in glyphs)


def _axis(begin_ns: int, zero_ns: int, count: int) -> str:
    """A tick every half second from the zero on."""
    row = [" "] * count
    step = TICK_MS * NS_PER_MS
    first = -(-(begin_ns - zero_ns) // step)
    for tick in range(first, first + count * CELL_NS // step + 1):
        place = (zero_ns + tick * step - begin_ns) // CELL_NS
        label = f"{traces.TICK}{tick * TICK_MS / 1000:+.1f}s" if tick else f"{traces.TICK}0"
        if 0 <= place and place + len(label) <= count:
            row[place : place + len(label)] = label
    return "".join(row)


def _after(at_ns: int, zero_ns: int) -> str:
    return f"{(at_ns - zero_ns) / NS_PER_MS:+,.0f} ms" if at_ns != zero_ns else "0"


def _ms(ns: int) -> str:
    return f"{ns / NS_PER_MS:,.0f} ms"
