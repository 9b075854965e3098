"""The VAD line: the provider's score, the local detector and the agent's speech on one time axis.

Knows notices and entries; how rows look is told in `rows.py`. What is painted moves by whole
cells, a few times a second: a row that moves with every notice would be most of what an idle call
sends over a slow line.

Theory of operation. The axis ends at a moment of the journal: its newest record and the time since
then while a call is live, the replay's own time, or the record that the log points at where that
stands still. A timer looks at it; only what is said in words does not wait for the next cell.
"""

import math
import time
from collections.abc import Callable
from typing import Any, ClassVar, NamedTuple

import msgspec
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from tui.analysis.records.categories import EventsOf
from tui.analysis.units import minutes_text
from tui.analysis.voice_activity import BASE_NS, VoiceActivity
from tui.backend.base import ReplayState
from tui.dashboard.common.messages import Feed, JournalChanged, NoticeArrived, RecordsArrived
from tui.dashboard.vad.levels import Peak, Span, of_agent, of_mic
from tui.dashboard.vad.rows import WIDE, Hearing, Shown, room, rows, told_then
from tui.journal.reader import JournalReader
from tui.notices import CallState, Notice


class Moment(NamedTuple):
    """What the axis ends at."""

    at_ns: int
    records: int
    """How many of the journal count."""
    moves: bool
    pointed: bool = False


FIGURES = ("mic_dbfs", "speaker_dbfs", "buffer_ms", "vad_score")


class Figures(NamedTuple):
    of_notice: dict[str, Any]
    mic_peak_dbfs: float
    agent_peak_dbfs: float


class VadLine(Widget):
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "vad--label",
        "vad--quiet",
        "vad--speech",
        "vad--agent",
        "vad--both",
        "vad--muted",
        "vad--cut",
    }

    def __init__(
        self,
        feed: Feed,
        reader: JournalReader,
        events_of: EventsOf,
        *,
        live: bool = True,
        vad_score: bool = True,
        clock: Callable[[], int] = time.monotonic_ns,
        id: str | None = None,
    ) -> None:
        """`vad_score`: the agent scores what it hears."""
        super().__init__(id=id, classes=None if vad_score else "-unscored")
        self._feed = feed
        self._events_of = events_of
        self._live = live
        self._able = vad_score
        self._clock = clock
        self._notice = Notice()
        self._replay: ReplayState | None = None
        self._begin(reader)
        self._painted: list[list[Span]] = []
        self._said: object = None
        self._moved: object = None
        self._figures = self._sample()

    def _begin(self, reader: JournalReader) -> None:
        self._reader = reader
        self._activity = VoiceActivity(reader, self._events_of)
        self._mic_peak, self._agent_peak = Peak(), Peak()
        self._newest = (0, 0, 0)
        """Records, the time of the last one, and when that was heard of."""
        self._pointed: int | None = None

    @property
    def activity(self) -> VoiceActivity:
        return self._activity

    def on_mount(self) -> None:
        self._feed.notices.subscribe(self, self._on_notice)
        self._feed.records.subscribe(self, self._on_records)
        self._feed.journals.subscribe(self, self._on_journal)
        self._feed.replay.subscribe(self, self._on_replay)
        self.set_interval(BASE_NS / 1e9, self._look)

    def on_resize(self) -> None:
        self._moved = None
        self._look()

    def point(self, record: int | None) -> None:
        """Show the history before `record`; None: before now."""
        self._pointed = record
        self._look()

    # ── What comes ───────────────────────────────────────────────────────────────────────────────

    def _on_journal(self, message: JournalChanged) -> None:
        self._begin(message.reader)

    def _on_replay(self, state: ReplayState) -> None:
        self._replay = state

    def _on_records(self, message: RecordsArrived) -> None:
        for entry in message.entries:
            self._activity.add(entry)

    def _on_notice(self, message: NoticeArrived) -> None:
        before, self._notice = self._notice, message.notice
        notice = self._notice
        self._mic_peak.add(notice.mic_peak_dbfs)
        self._agent_peak.add(notice.speaker_peak_dbfs)
        records = min(notice.records, len(self._reader))
        if records and records != self._newest[0]:
            self._newest = (records, self._reader.time_ns(records - 1), self._clock())
        if self._live and (notice.muted or notice.held) and math.isfinite(notice.mic_dbfs):
            self._activity.hear(self._moment().at_ns, notice.mic_dbfs)
        if _in_words(before) != _in_words(notice):
            self._look()

    # ── The axis ─────────────────────────────────────────────────────────────────────────────────

    def _moment(self) -> Moment:
        records, at_ns, seen_ns = self._newest
        if self._pointed is not None and self._pointed < records and not self._busy:
            return Moment(self._reader.time_ns(self._pointed), self._pointed + 1, False, True)
        if not self._live:
            began = self._reader.time_ns(0)
            state = self._replay
            at_ns = began + state.at_ns if state else at_ns
            return Moment(at_ns, records, state is not None and state.playing)
        is_live = self._notice.state is CallState.LIVE
        return Moment(at_ns + (self._clock() - seen_ns if is_live else 0), records, is_live)

    @property
    def _busy(self) -> bool:
        """What happens now is shown, wherever the log is read."""
        return self._live and self._notice.state.busy

    def _look(self) -> None:
        """Paint what is different: the cells once they moved, the words with them, or at once."""
        moment = self._moment()
        end_ns = self._end(moment)
        moved = (end_ns, moment.pointed)
        if moved != self._moved or not moment.moves:
            self._moved, self._figures = moved, self._sample()
        elif _in_words(self._notice) == self._said:
            return
        self._said = _in_words(self._notice)
        self.set_class(not self._able and self._hearing is Hearing.NOTHING, "-unscored")
        before, self._painted = self._painted, self._rows(moment, end_ns)
        if len(before) != len(self._painted):
            self.refresh()
            return
        for y, (was, row) in enumerate(zip(before, self._painted, strict=True)):
            if was != row:
                self.refresh(Region(0, y, self.size.width, 1))

    def _sample(self) -> "Figures":
        """Figures move with the cells: a word that changes does not send every row again."""
        notice = self._notice
        found = {name: getattr(notice, name) for name in FIGURES}
        return Figures(found, self._mic_peak.dbfs, self._agent_peak.dbfs)

    @property
    def _length_ns(self) -> int:
        return BASE_NS * (2 if self.size.width >= WIDE else 1)

    def _end(self, moment: Moment) -> int:
        """A cell that is not over is not shown while it goes on."""
        length = self._length_ns
        return (moment.at_ns // length + (not moment.moves)) * length

    # ── Rows ─────────────────────────────────────────────────────────────────────────────────────

    def _rows(self, moment: Moment, end_ns: int) -> list[list[Span]]:
        width, length_ns = self.size.width, self._length_ns
        cells = self._activity.cells(end_ns, room(width), length_ns, moment.records)
        figures, hearing = self._figures, self._hearing
        extra = "no score"
        if hearing is Hearing.SCORES:
            extra = "" if width >= WIDE else "thr 0.5"
        score: float | None = figures.of_notice["vad_score"]
        if moment.pointed and cells:
            at = f"at {minutes_text(moment.at_ns - self._reader.time_ns(0))}"
            (mic, agent), score = told_then(cells[-1], at, extra), cells[-1].score
        else:
            notice = msgspec.structs.replace(self._notice, **figures.of_notice)
            mic = of_mic(notice, figures.mic_peak_dbfs, extra)
            agent = of_agent(notice, figures.agent_peak_dbfs)
        shown = Shown(cells, length_ns, hearing, self._able, score, mic, agent)
        return rows(shown, width, self.size.height)

    @property
    def _hearing(self) -> Hearing:
        if self._able and (self._activity.scored or self._notice.vad_score is not None):
            return Hearing.SCORES
        return Hearing.EDGES if self._activity.edged else Hearing.NOTHING

    def render_line(self, y: int) -> Strip:
        row = self._painted[y] if y < len(self._painted) else []
        segments = [Segment(span.text, self._style(span.style)) for span in row]
        # Each segment is a colour's worth of bytes: what looks alike is one.
        return Strip(segments).simplify().adjust_cell_length(self.size.width, self._style("label"))

    def _style(self, name: str) -> Style:
        if name == "clip":
            return self._style("label") + Style(bold=True, reverse=True)
        return self.get_component_rich_style(f"vad--{name}")


def _in_words(notice: Notice) -> object:
    """What is not waited for."""
    return (
        notice.state,
        notice.speaking,
        notice.agent_speaking,
        notice.muted,
        notice.held,
        notice.push_to_talk,
    )
