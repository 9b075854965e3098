"""What went wrong in a call, in sentences: in which turn, by how much, and by which setting.

Knows entries and the transcript's lines; no file, no screen. Texts may quote a server: whoever
prints them cleans them. What a figure is compared with is here, and in docs/report.md.
"""

from collections import Counter
from collections.abc import Iterator

import msgspec

from tui.analysis.entry import Entry
from tui.analysis.transcript.fold import TranscriptFold
from tui.analysis.transcript.line import Line, Role
from tui.analysis.transcript.system_lines import ending
from tui.analysis.turns.barge_in import false_cause
from tui.analysis.turns.figures import BARGE_IN_MS, PARTS, is_slow, slow_from_ms
from tui.analysis.turns.segments import barge_in_segments, segments
from tui.analysis.turns.turn import Turn, TurnSource
from tui.analysis.units import duration_text
from tui.catalogue import SIDE_NAMES
from tui.events import (
    AgentCompleted,
    AudioDropped,
    AudioFailed,
    AudioGlitched,
    AudioWarned,
    Event,
    GuardrailTriggered,
    LinkClosed,
    LinkFailed,
    LinkRetrying,
    ProtocolErred,
    ProviderErred,
    RecordingFailed,
    UploadFailed,
    UserTranscriptFailed,
)

TOOL_MS = 2000
_GLITCHES = {
    "gap": ("replies ran dry", "start_buffer_ms"),
    "underrun": ("underruns: the speaker was not given samples in time", "block_ms"),
    "overrun": ("overruns: sound of the microphone was lost here", "block_ms"),
    "unsent": ("pieces of speech were not sent: the network stood still", ""),
}


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`kind` is for programs; `turn` 0 is the call's as a whole, or before the first turn."""

    kind: str
    text: str
    turn: int = 0
    figure_ms: float | None = None
    setting: str = ""
    """What would change it: a key of the configuration, or of the agent."""
    quote: str = ""
    """What the agent, a tool or a device said of it."""
    at_ns: int | None = None
    """Where to look (monotonic)."""

    @property
    def sentence(self) -> str:
        """`turn 4: endpointing took 1.9 s (silence_duration_ms)`"""
        turn = f"turn {self.turn}: " if self.turn else ""
        setting = f" ({self.setting})" if self.setting else ""
        return f"{turn}{self.text}{setting}" + (f": {self.quote}" if self.quote else "")


class ProblemFold:
    """`transcript` is fed by somebody else with the same entries."""

    def __init__(self, transcript: TranscriptFold) -> None:
        self._transcript = transcript
        self._told: list[Problem] = []
        self._glitches: Counter[str] = Counter()
        self._lost_ms: Counter[str] = Counter()
        self._odd = 0
        self._oddity = ""
        self._dropped: dict[tuple[int, object], int] = {}
        self._conversation = 0
        self._ended = False

    def add(self, entry: Entry) -> None:
        for event in entry.events:
            self._add(event, entry)

    def problems(self, slow_ms: int = 0) -> list[Problem]:
        """In the order of their turns, what is of none last. `slow_ms` 0: slow is what takes twice
        the median."""
        turns = self._transcript.turns.turns
        from_ms = slow_from_ms(turns, slow_ms)
        found = [one for turn in turns for one in self._of_turn(turn, from_ms)]
        found += [one for line in self._transcript.lines for one in _of_tool(line)]
        found += [*self._told, *self._counted()]
        return sorted(found, key=lambda one: (not one.turn, one.turn))

    def _add(self, event: Event, entry: Entry) -> None:
        match event:
            case AudioGlitched(what=what, count=count, gap_ms=gap_ms):
                self._glitches[what] += count
                self._lost_ms[what] += round(gap_ms)
            case ProtocolErred(reason=reason):
                self._odd, self._oddity = self._odd + 1, self._oddity or reason
            case AudioDropped(reply_id=reply_id):
                key = entry.turn, reply_id
                self._dropped[key] = self._dropped.get(key, 0) + 1
            case LinkClosed():
                self._ended = True
                if not event.in_order:
                    self._tell(entry, "end", "the conversation did not end in order", ending(event))
            case _:
                kind, text, quote = _told(event)
                if text:
                    self._tell(entry, kind, text, quote)

    def _tell(self, entry: Entry, kind: str, text: str, quote: str) -> None:
        told = Problem(kind=kind, text=text, quote=quote, turn=entry.turn, at_ns=entry.time_ns)
        if all(one.sentence != told.sentence for one in self._told):
            self._told.append(told)

    def _counted(self) -> Iterator[Problem]:
        for what, count in self._glitches.items():
            text, setting = _GLITCHES.get(what, (what, ""))
            lost = self._lost_ms[what]
            silent = f", {duration_text(lost)} in all" if lost else ""
            yield Problem(kind=what, text=f"{count} {text}{silent}", setting=setting)
        if self._odd:
            text = f"{self._odd} frames were not understood; the first"
            yield Problem(kind="protocol", text=text, quote=self._oddity)
        for (turn, _), count in self._dropped.items():
            text = f"{count} pieces of speech came of a reply that was interrupted: dropped"
            yield Problem(kind="dropped", text=text, turn=turn)

    def _of_turn(self, turn: Turn, from_ms: float | None) -> list[Problem]:
        if turn.source is not TurnSource.NOBODY and turn.replied_at_ns is None:
            if turn is self._transcript.turns.turns[-1] and not self._ended:
                return []  # it may still come
            return [
                Problem(
                    kind="unanswered",
                    text="the agent did not answer",
                    turn=turn.number,
                    at_ns=turn.t0_ns or turn.accepted_ns,
                )
            ]
        found = list(_slow_parts(turn))
        if is_slow(turn, from_ms) and not found:
            found.append(_slow(turn))
        return found


def _of(turn: Turn, kind: str, text: str, ms: float | None, setting: str = "") -> Problem:
    figure = None if ms is None else round(ms, 1)
    return Problem(
        kind=kind, text=text, turn=turn.number, figure_ms=figure, setting=setting, at_ns=turn.t0_ns
    )


def _slow_parts(turn: Turn) -> Iterator[Problem]:
    found = segments(turn)
    for words, names, limit_ms in PARTS:
        parts = [one for one in found if one.name in names]
        if (ms := sum(one.ms for one in parts)) > limit_ms:
            setting = max(parts, key=lambda one: one.ms).setting
            yield _of(turn, parts[0].name, f"{words} took {duration_text(ms)}", ms, setting)
    for tool in turn.tools:
        if tool.run and (took := (tool.run[1] - tool.run[0]) / 1e6) > TOOL_MS:
            yield _of(turn, "tool", f"tool {tool.name} took {duration_text(took)}", took)
    barge_in = turn.barge_in_ms
    if barge_in is not None and barge_in > BARGE_IN_MS:
        parts = list(barge_in_segments(turn))
        longest = max(parts, key=lambda one: one.ms, default=None)
        most = f", {longest.name} {duration_text(longest.ms)} of it" if longest else ""
        text = f"silence after you spoke over the reply took {duration_text(barge_in)}{most}"
        yield _of(turn, "barge-in", text, barge_in, longest.setting if longest else "")
    if cause := false_cause(turn):
        yield _of(turn, "false interruption", f"a false interruption: {cause}", None)


def _slow(turn: Turn) -> Problem:
    text, setting = f"{duration_text(turn.own_wait_ms or 0.0)}, slow beside the others", ""
    if found := segments(turn):
        longest = max(found, key=lambda one: one.ms)
        text, setting = f"{text}: {longest.name} {duration_text(longest.ms)}", longest.setting
    return _of(turn, "slow", text, turn.own_wait_ms, setting)


def _of_tool(line: Line) -> Iterator[Problem]:
    if line.role is not Role.TOOL:
        return
    quote = (line.result or "") if line.is_error else ""
    if not line.is_error and not (line.state and line.final):
        return
    state = f" ({line.state})" if line.state else ""
    text = f"tool {line.text} {'failed' if line.is_error else 'did not run'}{state}"
    yield Problem(kind="failed tool", text=text, quote=quote, turn=line.turn, at_ns=line.time_ns)


def _told(event: Event) -> tuple[str, str, str]:  # noqa: PLR0911  one an event
    """What one event says by itself: its kind, the sentence ("" for most), and a quotation."""
    match event:
        case ProviderErred(message=message):
            return "provider", "the agent reports an error", message
        case LinkFailed():
            return "refused", "no conversation came about", ending(event)
        case LinkRetrying(attempt=attempt, reason=reason):
            return "reconnect", f"the connection was lost, attempt {attempt}", reason
        case AudioFailed(side=side, reason=reason, advice=advice):
            return "sound", f"no {SIDE_NAMES.get(side, side)}", f"{reason}; {advice}"
        case AudioWarned(what="bluetooth", text=text, over=False):
            return "bluetooth", "a wireless headset costs time", text  # which names it
        case AudioWarned(what=what, text=text, over=False):
            return what, text, ""
        case GuardrailTriggered(name=name):
            return "guardrail", "a guardrail was triggered", name
        case UserTranscriptFailed(reason=reason):
            return "transcript", "what you said was not transcribed", reason
        case UploadFailed(reason=reason):
            return "upload", "a file was not uploaded", reason
        case RecordingFailed(reason=reason):
            return "recording", "the sound is no longer recorded", reason
        case AgentCompleted(lacking=lacking) if lacking:
            return "short", "the reply was cut short", lacking
        case _:
            return "", "", ""
