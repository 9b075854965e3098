"""The status bar: how the call stands, in glyphs and words as well as colours.

Knows notices, entries and totals. When it gets narrow it drops what matters least; the state and
the microphone are never dropped.
"""

import socket
import time
from collections.abc import Callable
from os import environ
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from tui.analysis.agent_state import AgentStateFold
from tui.analysis.cost import Cost, CostFold, cost_text
from tui.analysis.traffic import Traffic
from tui.analysis.units import bytes_text, minutes_text
from tui.dashboard.common.cells import crop
from tui.dashboard.common.key_names import key_hint
from tui.dashboard.common.messages import Feed, JournalChanged, NoticeArrived, RecordsArrived
from tui.journal.reader import JournalReader
from tui.notices import CallState, Notice
from tui.sanitize import sanitize

STATES = {
    CallState.IDLE: ("○ IDLE", "idle"),
    CallState.CONNECTING: ("◐ CONNECTING", "busy"),
    CallState.LIVE: ("● LIVE", "live"),
    CallState.CLOSING: ("◌ CLOSING", "busy"),
    CallState.FAILED: ("✖ FAILED", "failed"),
}
STALLED_MS = 1000
"""A shorter silence of the line is not worth alarming anybody."""
ENDING_NS = 60_000_000_000
"""So near to the agent's limit the time that is left is never dropped."""
RATED_NS = 900_000_000
"""A little less than `RATED_S`, so that each tick counts anew."""
RATED_S = 1.0
RATE_NS = 2_000_000_000
"""Rates are of the newest two seconds."""
DROPS = tuple(
    """host file buffer turn rates tokens bridge rtt cost context echo left tape rec quiet elapsed
    target""".split()
)
"""What goes first when there is no room for all."""


class StatusBar(Widget):
    """One row. `clock` is monotonic ns, as in notices."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "status--idle",
        "status--busy",
        "status--live",
        "status--failed",
        "status--text",
        "status--dim",
        "status--rec",
        "status--mic-off",
    }

    def __init__(
        self,
        feed: Feed,
        reader: JournalReader,
        title: str,
        *,
        live: bool = True,
        clock: Callable[[], int] = time.monotonic_ns,
        notice: Notice | None = None,
        id: str | None = None,
    ) -> None:
        super().__init__(id=id)
        self._feed = feed
        self._reader = reader
        self._title = title
        self._live = live
        self._clock = clock
        self._notice = notice or Notice()
        self._traffic = Traffic(reader)
        self._arrived_ns = 0
        self._told_ns = clock()
        self._rated_ns = 0
        self._rates = ""
        self._bytes_said = ""
        self._standing = AgentStateFold()
        self._costs = CostFold()
        self._cost_said = ""
        self._turn_said = ""
        self._host = sanitize(socket.gethostname(), 40) if "SSH_CONNECTION" in environ else ""
        self._painted: list[tuple[str, str]] = []

    def on_mount(self) -> None:
        self._feed.notices.subscribe(self, self._on_notice)
        self._feed.records.subscribe(self, self._on_records)
        self._feed.journals.subscribe(self, self._on_journal)
        self.set_interval(RATED_S, self._repaint)  # rates fall when nothing comes any more

    def _on_notice(self, message: NoticeArrived) -> None:
        self._notice = message.notice
        self._told_ns = self._clock()
        self._repaint()

    def _repaint(self) -> None:
        if self._arrange(self.size.width) != self._painted:
            self.refresh()

    def _on_records(self, message: RecordsArrived) -> None:
        self._arrived_ns = self._clock()
        self._traffic.take(message.records)
        for entry in message.entries:
            for event in entry.events:
                self._standing.add(event)
                self._costs.add(event, entry.time_ns)
        self._repaint()

    def _on_journal(self, message: JournalChanged) -> None:
        self._reader = message.reader
        self._traffic = Traffic(message.reader)
        self._standing, self._costs = AgentStateFold(), CostFold()
        self._rates = ""

    def _size_up(self) -> None:
        """Rates and size, once a second: figures that flicker are not read, and cost a row."""
        now = self._clock()
        if now - self._rated_ns >= RATED_NS or not self._rates:
            self._rated_ns, self._rates = now, self._rate_text()
            self._bytes_said = bytes_text(self._reader.file_size)
            if shown := self._traffic.records:  # time passes in records that tell of nothing, too
                self._costs.pass_time(self._reader.time_ns(shown - 1))
            self._cost_said = _cost_said(self._costs.total.cost)
            score = self._standing.turn_over
            self._turn_said = "" if score is None else f"turn {score:.2f}"

    def _rate_text(self) -> str:
        quiet = self._clock() - self._arrived_ns > RATE_NS
        sent, received = (0, 0) if quiet else self._traffic.newest(RATE_NS)
        return f"→{_rate(sent)}/s ←{_rate(received)}/s"

    def _parts(self) -> dict[str, tuple[str, str]]:
        """All that could be said, in order, by the names that `DROPS` uses."""
        notice = self._notice
        self._size_up()
        state, style = STATES[notice.state]
        parts = {"state": (state, style)}
        if target := self._target():
            parts["target"] = (target, "text")
        if notice.state is CallState.LIVE:
            parts |= self._time()
            if notice.stalled_ms >= STALLED_MS:
                said = f"no agent frame for {notice.stalled_ms // 1000} s"
                parts["quiet"] = (said, "busy")
            parts |= self._figures()
            parts["rates"] = (self._rates, "dim")
            parts |= self._sound()
        if notice.journal_error:
            parts["lost"] = ("✖ NOT RECORDED", "failed")
        elif self._live:
            parts["rec"] = ("● JOURNAL", "dim" if notice.state is CallState.IDLE else "rec")
        else:
            parts["rec"] = ("▶ REPLAY", "rec")
        if self._notice.recording:
            parts["tape"] = ("● REC", "rec")
        if self._reader.name:
            parts["file"] = (f"{sanitize(self._reader.name, 60)} {self._bytes_said}", "dim")
        parts["mic"] = self._mic()
        return parts

    def _time(self) -> dict[str, tuple[str, str]]:
        """How long the call is, and how much longer the agent lets it be."""
        now = self._clock() if self._live else self._told_ns  # a replay may stand still
        elapsed = now - self._notice.live_ns
        parts = {"elapsed": (minutes_text(elapsed), "text")}
        if limit := self._notice.duration_limit_s:
            left = limit * 1_000_000_000 - elapsed
            soon = left <= ENDING_NS
            said = f"left {minutes_text(left)}"
            parts["ending" if soon else "left"] = (said, "busy" if soon else "dim")
        return parts

    def _figures(self) -> dict[str, tuple[str, str]]:
        """Of the line and of the agent, as far as they are known."""
        notice, parts = self._notice, {}
        if notice.round_trip_ms is not None:
            parts["rtt"] = (f"rtt {notice.round_trip_ms:.0f} ms", "dim")
        if self._turn_said:
            parts["turn"] = (self._turn_said, "dim")
        if tokens := self._standing.tokens:
            parts["tokens"] = (f"tok {_thousands(tokens)}", "dim")
        if self._cost_said:
            parts["cost"] = (self._cost_said, "text")
        if notice.limit:
            parts["limit"] = (f"▲ {notice.limit}", "busy")
        share = self._standing.context_share
        if share is not None:
            full = self._standing.nearly_full
            # Nearly full it is never dropped: the agent is about to forget.
            parts["full" if full else "context"] = (f"ctx {share:.0%}", "busy" if full else "dim")
        return parts

    def _sound(self) -> dict[str, tuple[str, str]]:
        """How the sound goes about, where that is not as usual."""
        notice, parts = self._notice, {}
        if notice.bridge_ms is not None:
            parts["bridge"] = (f"bridge {notice.bridge_ms:.0f} ms", "dim")
        if notice.buffer_ms:
            parts["buffer"] = (f"buf {notice.buffer_ms} ms", "dim")
        if notice.echo:
            parts["echo"] = (f"echo {sanitize(notice.echo, 12)}", "dim")
        return parts

    def _target(self) -> str:
        return crop(sanitize(self._notice.target or self._title, 60), 32)

    def _mic(self) -> tuple[str, str]:
        return mic_state(self._notice, key_hint(self, "call.mute", "F2"), live=self._live)

    def _arrange(self, width: int) -> list[tuple[str, str]]:
        parts = self._parts()
        host = f"ssh {self._host}" if self._host else ""
        room = width - 1
        for name in DROPS:
            used = sum(cell_len(text) for text, _ in parts.values()) + 2 * (len(parts) - 1)
            if used + (len(host) + 2 if host else 0) <= room:
                break
            if name == "host":
                host = ""
            parts.pop(name, None)
        line = [part for pair in parts.values() for part in (pair, ("  ", "dim"))][:-1]
        used = sum(cell_len(text) for text, _ in line)
        line.append((host.rjust(max(room - used - 1, 0)), "dim"))
        return [(" ", "dim"), *line]

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        self._painted = self._arrange(width)
        segments = [
            Segment(text, self.get_component_rich_style(f"status--{style}"))
            for text, style in self._painted
        ]
        base = self.get_component_rich_style("status--dim")
        return Strip(segments).adjust_cell_length(width, base)


def mic_state(notice: Notice, key: str, *, live: bool = True) -> tuple[str, str]:
    """What becomes of what is said now: words, and the style's name. `key`: the talk key's. In a
    replay, what became of it then."""
    if not live:
        return "mic was off" if notice.muted else "mic was on", "dim"
    if notice.held:
        return " HELD ", "mic-off"
    if notice.push_to_talk and notice.mic_available:
        return (f" PUSH {key} ", "mic-off") if notice.muted else ("TALK", "live")
    if notice.muted:
        return " MIC OFF ", "mic-off"
    if not notice.mic_available:
        # Between calls the devices are given back: nobody listens, nothing is wrong.
        in_call = notice.state in (CallState.LIVE, CallState.CONNECTING)
        missing = in_call or notice.audio_advice
        return ("NO MIC", "failed") if missing else ("MIC IDLE", "dim")
    return "MIC ON", "live" if notice.state is CallState.LIVE else "dim"


def _cost_said(cost: Cost) -> str:
    """`$0.0103`, `cost 0 (local)`, `≥$0.01 stale`."""
    said = cost_text(cost)
    if said and not said.lstrip("≥~<").startswith("$"):
        said = f"cost {said}"
    return f"{said} stale" if cost.stale else said


def _rate(count: int) -> str:
    return _thousands(count * 1_000_000_000 / RATE_NS)


def _thousands(count: float) -> str:
    return f"{count / 1000:.1f}k" if count >= 1000 else f"{count:.0f}"
