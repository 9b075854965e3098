"""What a session would have said at a record of its journal. A pure fold over entries."""

from collections.abc import Iterator

from tui import events
from tui.analysis.entry import Entry
from tui.analysis.formats import FormatFold
from tui.analysis.stream_selection import LeftOut
from tui.backend.replay_levels import WINDOW_NS, LevelSpan
from tui.events import Event, ReplyId
from tui.notices import SILENT_DBFS, CallState, Notice

LEFT_OUT = LeftOut(
    all=frozenset({events.PongSent, events.ActivitySent}),
    but_newest=frozenset({events.AudioSent, events.VadScored}),
)
"""A level and a score are of the moment."""
SILENT_NS = 400_000_000
"""A level is of the moment: without new audio the meter falls after this time."""


class _Playback:
    """The sound of one reply over time: its audio comes faster than it is played."""

    def __init__(self) -> None:
        self._started_ns = 0
        self._ended_ns: int | None = None
        self._reply_id: ReplyId | None = None
        self._pieces: list[tuple[float, float, int]] = []

    def queue(self, reply_id: ReplyId, dbfs: float, ms: float, number: int) -> None:
        """Record `number` is `ms` long, and as loud as `dbfs`."""
        if reply_id != self._reply_id:
            self._reply_id, self._pieces = reply_id, []
        self._pieces.append((dbfs, ms, number))

    def start(self, at_ns: int) -> None:
        self._started_ns, self._ended_ns = at_ns, None

    def end(self, at_ns: int) -> None:
        self._ended_ns = at_ns

    def newest(self, at_ns: int) -> Iterator[LevelSpan]:
        """What sounded in the window before `at_ns`."""
        end_ns = at_ns if self._ended_ns is None else min(at_ns, self._ended_ns)
        begin = (at_ns - WINDOW_NS - self._started_ns) / 1e6
        end = (end_ns - self._started_ns) / 1e6
        for _, ms, number in self._pieces:
            if begin < ms and end > 0:
                yield LevelSpan(number, max(begin, 0.0), min(end, ms))
            begin, end = begin - ms, end - ms

    def level(self, at_ns: int) -> float:
        """dBFS of the piece that is played at `at_ns`; the last one's when all has been."""
        left = (at_ns - self._started_ns) / 1e6
        for dbfs, ms, _ in self._pieces:
            left -= ms
            if left < 0:
                return dbfs
        return self._pieces[-1][0] if self._pieces else SILENT_DBFS


class NoticeFold:
    """`add` entries in order; `notice` is then the present."""

    def __init__(self) -> None:
        self.formats = FormatFold()
        self._state = CallState.IDLE
        self._detail = ""
        self._target = ""
        self._live_at = 0
        self._muted = False
        self._mic_available = False
        self._advice = ""
        self._mic = (SILENT_DBFS, 0)
        self._speaker = _Playback()
        self._speaking = False
        self._agent_speaking = False
        self._score: float | None = None
        self._round_trip: float | None = None

    def add(self, entry: Entry) -> None:
        self.formats.add(entry)
        for event in entry.events:
            match event:
                case events.AudioSent() if entry.level is not None:
                    self._mic = (entry.level, entry.time_ns)
                case events.AudioReceived(reply_id=reply_id) if entry.level is not None:
                    ms = entry.audio_ms or 0.0
                    self._speaker.queue(reply_id, entry.level, ms, entry.number)
                case events.VadScored(score=score):
                    self._score = score
                case events.Pinged(ping_ms=ping_ms) if ping_ms is not None:
                    self._round_trip = ping_ms
                case _:
                    self._add_fact(event, entry.time_ns)

    def _add_fact(self, event: Event, time_ns: int) -> None:
        match event:
            case (
                events.LinkOpening()
                | events.LinkOpened()
                | events.LinkClosed()
                | events.LinkFailed()
            ):
                self._add_link(event, time_ns)
            case events.MicMuted(muted=muted):
                self._muted = muted
            case events.AudioOpened(side="input"):
                self._mic_available = True
            case events.AudioFailed(side=side, reason=reason, advice=advice):
                self._mic_available = self._mic_available and side != "input"
                self._advice = f"{side}: {reason}. {advice}"
            case events.SpeechStarted() | events.SpeechStopped():
                self._speaking = isinstance(event, events.SpeechStarted)
            case events.PlaybackStarted(at_ns=at_ns):
                self._agent_speaking = True
                self._speaker.start(at_ns)
            case events.PlaybackFinished(at_ns=at_ns) | events.PlaybackFlushed(at_ns=at_ns):
                self._agent_speaking = False
                self._speaker.end(at_ns)

    def _add_link(self, event: Event, time_ns: int) -> None:
        self._speaking = self._agent_speaking = False
        match event:
            case events.LinkOpening(target=target):
                self._state, self._detail, self._target = CallState.CONNECTING, "", target
            case events.LinkOpened():
                self._state, self._live_at = CallState.LIVE, time_ns
            case events.LinkClosed(by=by, code=code, reason=reason):
                why = f": {reason}" if reason else ""
                self._state = CallState.IDLE if by != events.Closer.ERROR else CallState.FAILED
                self._detail = f"The call was ended by the {by} ({code}){why}"
            case events.LinkFailed(reason=reason, advice=advice):
                self._state, self._detail = CallState.FAILED, f"{reason}. {advice}"

    def newest_of_reply(self, at_ns: int) -> Iterator[LevelSpan]:
        """What the speaker gave shortly before `at_ns`."""
        return self._speaker.newest(at_ns)

    def notice(self, position: int, at_ns: int, clock_ns: int) -> Notice:
        """The present at `at_ns` of the journal, which is `clock_ns` on this machine."""
        live = self._state is CallState.LIVE
        return Notice(
            state=self._state,
            detail=self._detail,
            records=position,
            target=self._target,
            live_ns=clock_ns - (at_ns - self._live_at) if live else 0,
            muted=self._muted,
            mic_available=self._mic_available,
            audio_advice=self._advice,
            mic_dbfs=_now(self._mic, at_ns),
            speaker_dbfs=self._speaker.level(at_ns) if self._agent_speaking else SILENT_DBFS,
            speaking=self._speaking,
            agent_speaking=self._agent_speaking,
            vad_score=self._score if live else None,
            round_trip_ms=self._round_trip,
        )


def _now(level: tuple[float, int], at_ns: int) -> float:
    return level[0] if at_ns - level[1] <= SILENT_NS else SILENT_DBFS
