"""A call in numbers: what a report, a headless run and a comparison print.

Knows entries and turns; no file, no provider, no screen.
"""

import msgspec

from tui.analysis.cost import Cost
from tui.analysis.entry import Entry
from tui.analysis.turns.barge_in import false_cause
from tui.analysis.turns.figures import Spread, counted, segment_spreads, spread, unmeasured
from tui.analysis.turns.fold import TurnFold
from tui.analysis.turns.turn import NS_PER_MS, TurnSource
from tui.events import (
    AgentHeardStart,
    AudioGlitched,
    Event,
    GuardrailTriggered,
    Interrupted,
    LinkClosed,
    LinkFailed,
    LinkOpened,
    LinkOpening,
    LinkRetrying,
    McpToolChanged,
    PlaybackFlushed,
    ProtocolErred,
    ProviderErred,
    ToolAnswered,
    ToolCalled,
    ToolReported,
    ToolRequested,
)
from tui.journal.record import Direction


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds, bytes on the wire, and counts, over all conversations of a journal."""

    conversations: int
    duration_s: float
    turns: int
    first_byte: Spread
    """End of the user's turn to the first byte of speech; without turns that waited for a person,
    as in `ear`."""
    ear: Spread
    """End of the user's turn to the first sample at the converter."""
    audible: Spread
    """The same to the first sample that can be heard."""
    segments: dict[str, Spread]
    """Where that time went, by the names of `segments.Name`."""
    unmeasured: dict[str, int]
    """The user's turns without a time to the ear, by why."""
    jitter: Spread
    """The most that a piece of a reply came behind the sound before it."""
    talk_over_ms: float
    """How long both spoke at once."""
    barge_in: Spread
    """The user's onset over a reply to silence at the converter."""
    false_interruptions: int
    """Interruptions by a voice that had nothing to say."""
    interruptions: int
    frames_in: int
    frames_out: int
    bytes_in: int
    bytes_out: int
    audio_in_s: float
    """Speech that came from the agent."""
    audio_out_s: float
    """Audio that went to the agent, silence included."""
    protocol_errors: int
    provider_errors: int
    tools: int
    """Calls of tools, the agent's own and the client's."""
    tool_errors: int
    human_turns: int
    """Turns in which a tool waited for a person's approval, `waited_ms` in all."""
    waited_ms: float
    guardrails: int
    retries: int
    """Attempts at a new conversation after the network was lost."""
    gaps: int
    """Replies that ran dry: silence in the middle of speech, `gap_ms` of it."""
    gap_ms: float
    underruns: int
    """Samples that the device was not given in time."""
    overruns: int
    """Captured blocks that were not taken in time."""
    unsent_ms: float
    """Speech that was dropped because the network stood still."""
    cost: Cost
    closed_by: str | None
    """Who ended the last conversation: user, agent, limit or error; None when it has no end on
    record."""
    code: int | None
    reason: str
    ended_in_order: bool

    def as_json(self) -> str:
        return msgspec.json.encode(self).decode()


_COUNTED = ("interruptions", "protocol", "provider", "guardrails", "retries")


class CallSummary:
    """Adds up the entries of a journal.

    `turns` may be a fold that somebody else feeds with the same entries; then it is only read.
    """

    def __init__(self, turns: TurnFold | None = None) -> None:
        self._turns = turns or TurnFold()
        self._feeds_turns = turns is None
        self._frames = {direction: 0 for direction in Direction}
        self._bytes = {direction: 0 for direction in Direction}
        self._audio_ms = {direction: 0.0 for direction in Direction}
        self._counts = dict.fromkeys(_COUNTED, 0)
        self._tools: dict[tuple[int, str], bool] = {}
        self._glitches = {"gap": 0, "underrun": 0, "overrun": 0}
        self._lost_ms = {"gap": 0.0, "unsent": 0.0}
        self._heard_over = False
        """The agent heard the user begin, and nothing is known to be cut by that yet."""
        self._attempts = self._conversations = 0
        self._live_since: int | None = None
        self._live_ns = 0
        self._last_ns = 0
        self._end: LinkClosed | LinkFailed | None = None

    def add(self, entry: Entry) -> None:
        if self._feeds_turns:
            self._turns.add(entry)
        self._last_ns = entry.time_ns
        for event in entry.events:
            self._add(event, entry.time_ns)
        if entry.direction is not Direction.FACT:
            self._frames[entry.direction] += 1
            self._bytes[entry.direction] += entry.size
            self._audio_ms[entry.direction] += entry.audio_ms or 0.0

    @property
    def ended_in_order(self) -> bool:
        """The last conversation was closed with code 1000."""
        return isinstance(self._end, LinkClosed) and self._end.in_order

    def summary(self) -> Summary:
        turns = self._turns.turns
        own = counted(turns)
        live_ns = self._live_ns + (
            0 if self._live_since is None else self._last_ns - self._live_since
        )
        closed = self._end if isinstance(self._end, LinkClosed) else None
        return Summary(
            conversations=self._conversations,
            duration_s=round(live_ns / NS_PER_MS / 1000, 3),
            turns=len({turn.number for turn in turns if turn.source is not TurnSource.NOBODY}),
            first_byte=spread(turn.first_byte_ms for turn in own),
            ear=spread(turn.ear_ms for turn in own),
            audible=spread(turn.audible_ms for turn in own),
            segments=segment_spreads(own),
            unmeasured=unmeasured(turns),
            jitter=spread(turn.late_ms for turn in turns),
            talk_over_ms=round(self._turns.flow.talk_over_ms, 1),
            false_interruptions=sum(bool(false_cause(turn)) for turn in turns),
            barge_in=spread(turn.barge_in_ms for turn in turns),
            interruptions=self._counts["interruptions"],
            frames_in=self._frames[Direction.RECEIVED],
            frames_out=self._frames[Direction.SENT],
            bytes_in=self._bytes[Direction.RECEIVED],
            bytes_out=self._bytes[Direction.SENT],
            audio_in_s=round(self._audio_ms[Direction.RECEIVED] / 1000, 3),
            audio_out_s=round(self._audio_ms[Direction.SENT] / 1000, 3),
            protocol_errors=self._counts["protocol"],
            provider_errors=self._counts["provider"],
            tools=len(self._tools),
            tool_errors=sum(self._tools.values()),
            human_turns=len(turns) - len(own),
            waited_ms=round(sum(turn.waited_ms or 0.0 for turn in turns), 1),
            guardrails=self._counts["guardrails"],
            retries=self._counts["retries"],
            gaps=self._glitches["gap"],
            gap_ms=round(self._lost_ms["gap"], 1),
            underruns=self._glitches["underrun"],
            overruns=self._glitches["overrun"],
            unsent_ms=round(self._lost_ms["unsent"], 1),
            cost=self._turns.cost.total.cost,
            closed_by=str(closed.by) if closed else None,
            code=closed.code if closed else None,
            reason=self._end.reason if self._end else "",
            ended_in_order=self.ended_in_order,
        )

    def _add(self, event: Event, time_ns: int) -> None:
        match event:
            case LinkOpening():
                self._attempts += 1
                self._end = None
            case LinkOpened():
                self._conversations += 1
                self._live_since = time_ns
            case LinkClosed() | LinkFailed():
                self._end = event
                if self._live_since is not None:
                    self._live_ns += time_ns - self._live_since
                self._live_since = None
            case AgentHeardStart() | Interrupted() | PlaybackFlushed():
                self._interrupted(event)
            case ProtocolErred():
                self._counts["protocol"] += 1
            case ProviderErred():
                self._counts["provider"] += 1
            case AudioGlitched(what=what, count=count, gap_ms=gap_ms):
                self._glitches[what] = self._glitches.get(what, 0) + count
                self._lost_ms["unsent" if what == "unsent" else "gap"] += gap_ms
            case GuardrailTriggered():
                self._counts["guardrails"] += 1
            case LinkRetrying():
                self._counts["retries"] += 1
            case _:
                self._add_tool(event)

    def _interrupted(self, event: AgentHeardStart | Interrupted | PlaybackFlushed) -> None:
        """By the agent's word, or by its having heard the user over a reply that it had given."""
        match event:
            case AgentHeardStart(yields=yields):
                self._heard_over = yields
            case Interrupted():
                self._heard_over = False
                self._counts["interruptions"] += 1
            case PlaybackFlushed(cause="interruption") if self._heard_over:
                self._heard_over = False
                self._counts["interruptions"] += 1
            case _:
                pass

    def _add_tool(self, event: Event) -> None:
        """Several events tell of one call; it failed if one of them says so."""
        match event:
            case ToolCalled(call_id=call_id) | ToolRequested(call_id=call_id):
                failed = False
            case ToolReported(call_id=call_id, is_error=failed):
                pass
            case ToolAnswered(call_id=call_id, is_error=failed):
                pass
            case McpToolChanged(call_id=call_id, state=state):
                failed = state == "failure"
            case _:
                return
        key = self._attempts, call_id
        self._tools[key] = self._tools.get(key, False) or failed
