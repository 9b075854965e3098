"""A recorded call as data: all that its folds know, for a page, for programs, for a terminal.

Knows journals, folds and codecs; nothing of how it is shown. Times are seconds from the journal's
first record; texts are as they came.
"""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from tui.analysis.cost import cost_notes, cost_text
from tui.analysis.entry import Entry, EntryStream, events_of
from tui.analysis.problems import Problem, ProblemFold
from tui.analysis.records.categories import AUDIO, NAMES, Categories
from tui.analysis.records.fact_text import fact_text, report_text
from tui.analysis.records.statistics import KindStatistics, statistics
from tui.analysis.transcript.fold import TranscriptFold
from tui.analysis.transcript.plain_text import line_fields
from tui.analysis.transcript.system_lines import ending
from tui.analysis.transcript.word_times import WordTimes
from tui.analysis.turns.figures import is_slow, slow_from_ms
from tui.analysis.turns.segments import reason, segments
from tui.analysis.turns.summary import CallSummary, Summary
from tui.analysis.turns.turn import Turn
from tui.analysis.units import moment
from tui.audio.loopback import last_measured
from tui.config import ConfigError, state_folder
from tui.events import (
    AudioOpened,
    BufferChanged,
    CallReported,
    ConversationStarted,
    DurationLimited,
    Event,
    InitiationSent,
    LinkClosed,
    LinkFailed,
    LinkOpening,
    SetupChosen,
)
from tui.journal.reader import JournalError, JournalReader
from tui.journal.record import Direction
from tui.provider import Codec, Provider
from tui.providers import UnknownProvider, open_codec, provider_of

SUMMARY_LIMIT = 1000
FIGURES = (
    *("endpointing_ms", "agent_ms", "tools_ms", "waited_ms", "first_byte_ms", "ear_ms"),
    *("audible_ms", "reply_text_ms", "barge_in_ms", "unheard_ms"),
)


class Row(NamedTuple):
    """A record as the event log has it."""

    n: int
    t: float
    direction: str
    kind: str
    size: int
    turn: int
    summary: str
    marks: tuple[str, ...]
    """What a filter's `is:` calls it."""

    @property
    def is_wrong(self) -> bool:
        return "error" in self.marks


class CallData:
    """One journal, read to its end. Close it after use."""

    def __init__(self, path: Path) -> None:
        """Raises ConfigError with what to do."""
        try:
            self.reader = JournalReader.open(path)
            self.opened = self.reader.opened()
            self.provider: Provider = provider_of(self.opened.provider)
        except JournalError as error:
            raise ConfigError(str(error)) from error
        except UnknownProvider as error:
            raise ConfigError(f"{path.name} cannot be read: {error}") from error
        self.path = path
        self.begin_ns = self.reader.time_ns(0)
        self.whom = self.opened.provider
        self.ended = "it has no end on record"
        self.transcript = TranscriptFold()
        self.settings = Settings(provider=self.opened.provider, version=self.opened.version)
        self.categories = Categories(
            self.reader, lambda number: events_of(self.reader, self.open_codec, number)
        )
        self._summary = CallSummary(self.transcript.turns)
        self._problems = ProblemFold(self.transcript)
        self.words = WordTimes(self.transcript)
        self.reports: list[CallReported] = []
        self._ids: dict[str, int] = {}
        """Conversations by the agent's ids."""
        self._read()

    def open_codec(self) -> Codec:
        return open_codec(self.opened.provider)

    def entries(self) -> Iterator[Entry]:
        yield from EntryStream(self.reader, self.open_codec).advance()

    def _read(self) -> None:
        for entry in self.entries():
            self.transcript.add(entry)
            self._summary.add(entry)
            self._problems.add(entry)
            self.words.add(entry)
            for event in entry.events:
                self._learn(event)
                if isinstance(event, InitiationSent):
                    self.settings.asked.append(self.reader.elided(entry.number))

    def _learn(self, event: Event) -> None:
        match event:
            case LinkOpening(target=target):
                self.whom, self.ended = target, "it has no end on record"
            case LinkClosed() | LinkFailed():
                self.ended = ending(event)
            case CallReported():
                self.reports.append(event)
            case _:
                if isinstance(event, ConversationStarted):
                    self._ids[event.conversation_id] = self.transcript.turns.conversation
                self.settings.learn(event)

    def reported(self, turn: Turn) -> dict[str, float]:
        """What the provider measured in that turn, in ms, by its own names and those of tools."""
        found: dict[str, float] = {}
        for report in self.reports:
            for one in report.turns:
                its = one.reply_id is not None and one.reply_id == turn.reply_id
                if its and self._ids.get(report.conversation_id) == turn.conversation:
                    found |= one.ms | {f"tool {name}": ms for name, ms in one.tools_ms.items()}
        return found

    @property
    def when(self) -> datetime:
        return moment(self.opened.wall_ns)

    @property
    def turns(self) -> list[Turn]:
        return self.transcript.turns.turns

    @property
    def summary(self) -> Summary:
        return self._summary.summary()

    @property
    def problems(self) -> list[Problem]:
        return self._problems.problems()

    def seconds(self, time_ns: int | None) -> float | None:
        return None if time_ns is None else round((time_ns - self.begin_ns) / 1e9, 3)

    @property
    def instrument(self) -> str:
        """What is known of this machine's own error; "" where it was not measured."""
        measured = last_measured(state_folder())
        return measured.sentence if measured else ""

    def statistics(self) -> list[KindStatistics]:
        return list(statistics(self.reader, len(self.reader)))

    def row(self, number: int) -> Row:
        reader, category = self.reader, self.categories.of(number)
        kind, direction = reader.kind(number), reader.direction(number)
        return Row(
            n=number,
            t=self.seconds(reader.time_ns(number)) or 0.0,
            direction=str(direction),
            kind=kind,
            size=reader.size(number),
            turn=reader.turn(number),
            summary=self._says(number, kind, direction)[:SUMMARY_LIMIT],
            marks=tuple(name for name, wanted in NAMES.items() if category in wanted),
        )

    def _says(self, number: int, kind: str, direction: Direction) -> str:
        if direction is Direction.FACT:
            fact = self.reader.fact(number)
            return fact_text(fact) if fact else self.reader.elided(number)
        if self.categories.of(number) in AUDIO and (span := self.reader.header(number).audio):
            level = self.reader.level(number)
            return f"{span.size} bytes of audio" + ("" if level is None else f", {level} dB")
        return self.provider.summarize(kind, self.reader.elided(number))

    def data(self) -> dict[str, Any]:
        """All but the records and the sound, as JSON has it."""
        found = {
            "journal": self.path.name,
            "when": self.when.isoformat("T"),
            "whom": self.whom,
            "ended": self.ended,
            "settings": self.settings,
            "summary": (summary := self.summary),
            "cost": ", ".join([cost_text(summary.cost), *cost_notes(summary.cost)]).strip(", "),
            "problems": [self._problem(one) for one in self.problems],
            "turns": self._turns(),
            "transcript": [line_fields(x, self.begin_ns) for x in self.transcript.lines],
            "instrument": self.instrument,
            "on_record": [report_text(one) for one in self.reports],
            "statistics": [self._kind(one) for one in self.statistics()],
        }
        data: dict[str, Any] = msgspec.to_builtins(found)
        return data

    def _problem(self, problem: Problem) -> dict[str, Any]:
        found = msgspec.to_builtins(msgspec.structs.replace(problem, at_ns=None))
        return {**found, "t": self.seconds(problem.at_ns), "sentence": problem.sentence}

    def _turns(self) -> list[dict[str, Any]]:
        from_ms = slow_from_ms(self.turns)
        return [self._turn(turn, slow=is_slow(turn, from_ms)) for turn in self.turns]

    def _turn(self, turn: Turn, *, slow: bool) -> dict[str, Any]:
        figures = {name: getattr(turn, name) for name in FIGURES}
        tools = [
            {"name": tool.name, "ran_ms": None if run is None else (run[1] - run[0]) / 1e6}
            for tool in turn.tools
            for run in (tool.run,)
        ]
        return {
            "turn": turn.number,
            "conversation": turn.conversation,
            "who": turn.source.value or "agent",
            "t": self.seconds(turn.t0_ns or turn.replied_at_ns),
            "anchor": turn.anchor,
            **{name: None if ms is None else round(ms, 1) for name, ms in figures.items()},
            "tools": tools,
            "segments": _segments(turn),
            "reason": reason(turn),
            "provider_ms": self.reported(turn),
            "interrupted": turn.interrupted,
            "slow": slow,
            "cost": cost_text(turn.cost) if turn.cost else "",
        }

    def _kind(self, kind: KindStatistics) -> dict[str, Any]:
        return {
            "kind": kind.kind,
            "direction": str(kind.direction),
            "count": kind.count,
            "bytes": kind.bytes,
            "per_second": round(kind.per_second, 2),
            "gaps_ms": kind.gaps and {k: round(v, 1) for k, v in kind.gaps._asdict().items()},
        }


def _segments(turn: Turn) -> list[dict[str, Any]]:
    return [
        {
            "name": f"{one.name} {one.what}".strip(),
            "owner": one.owner,
            "setting": one.setting,
            "covers": one.covers,
            "ms": round(one.ms, 3),
        }
        for one in segments(turn)
    ]


class Settings(msgspec.Struct, kw_only=True):
    """What a call was held with, as far as it is on record."""

    provider: str
    version: str
    """Of VoiceScope."""
    asked: list[str] = []
    """First frames, as they were sent."""
    chosen: list[str] = []
    """Names of what was asked to be different from the agent's own."""
    devices: list[str] = []
    formats: list[str] = []
    start_buffer: list[str] = []
    limit_s: int | None = None

    def learn(self, event: Event) -> None:
        match event:
            case SetupChosen(names=names):
                self.chosen = [*dict.fromkeys([*self.chosen, *names])]
            case AudioOpened(block_ms=block_ms):
                _note(self.devices, f"{fact_text(event)}, blocks of {block_ms:g} ms")
            case ConversationStarted(input_format=heard, output_format=spoken):
                _note(self.formats, f"you {heard}, agent {spoken}")
            case BufferChanged():
                _note(self.start_buffer, fact_text(event))
            case DurationLimited(seconds=seconds):
                self.limit_s = seconds
            case _:
                pass


def _note(notes: list[str], text: str) -> None:
    if text not in notes:
        notes.append(text)
