"""Where the time of a turn went: segments that follow each other and sum to its total.

Knows one turn; no other, no provider. Theory of operation: the marks of a turn that are on record,
in their order, are the borders of the base segments. Over them lie, from the lowest to the highest:
the network's share, what the agent had still to say before, tools, and what waited for a person.
Where a mark is missing, the segment that ends later covers both, and says so (`covers`).
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise

from tui.analysis.turns.turn import NS_PER_MS, Turn, TurnSource


class Owner(StrEnum):
    YOU = "you"
    AGENT = "agent"
    TOOL = "tool"
    NETWORK = "network"
    VOICESCOPE = "VoiceScope"
    DEVICE = "device"


class Name(StrEnum):
    """All that there are, in the order in which they usually come."""

    ENDPOINTING = "endpointing"
    NETWORK = "network"
    THINKING = "thinking"
    TOOL = "tool"
    APPROVAL = "approval"
    SYNTHESIS = "synthesis"
    EARLIER = "earlier speech"
    BUFFER = "start buffer"
    DEVICE = "device"
    SILENCE = "silence"
    # Of a barge-in.
    NOTICE = "notice"
    CUT = "cut"


@dataclass(frozen=True, slots=True)
class Segment:
    """`begin_ns` to `end_ns`, monotonic."""

    name: Name
    owner: Owner
    begin_ns: int
    end_ns: int
    setting: str = ""
    """What makes it longer or shorter, with its value where that is known."""
    covers: tuple[str, ...] = ()
    """What is in it that nothing on record tells apart."""
    what: str = ""
    """The tool's name, uncleaned."""

    @property
    def ms(self) -> float:
        return (self.end_ns - self.begin_ns) / NS_PER_MS


def segments(turn: Turn) -> tuple[Segment, ...]:
    """From the end of the user's turn to the last mark of the reply's beginning that is known;
    () for a turn without a figure (`reason` says why)."""
    base = _base(turn)
    return _painted(base, _overlays(turn, base)) if base else ()


def total_ms(turn: Turn) -> float | None:
    """What the segments sum to."""
    found = segments(turn)
    return (found[-1].end_ns - found[0].begin_ns) / NS_PER_MS if found else None


def lengths_ms(turn: Turn) -> dict[str, float]:
    """By name, of all segments of that name together."""
    found: dict[str, float] = {}
    for one in segments(turn):
        found[one.name.value] = found.get(one.name.value, 0.0) + one.ms
    return found


def barge_in_segments(turn: Turn) -> tuple[Segment, ...]:
    """From the user's onset over the reply to silence at the converter."""
    if turn.onset_ns is None or turn.flushed_ns is None or turn.cut is None:
        return ()
    steps = [
        _Step(Name.NOTICE, Owner.AGENT, turn.cut.noticed_ns, covers=("network",)),
        _Step(Name.CUT, Owner.VOICESCOPE, turn.cut.cut_ns),
        _Step(Name.DEVICE, Owner.DEVICE, turn.flushed_ns, "block_ms"),
    ]
    return tuple(_chained(turn.onset_ns, steps))


def reason(turn: Turn) -> str:
    """Why there is no time to the ear; "" where there is one."""
    if turn.ear_ms is not None:
        return ""
    if turn.source is TurnSource.NOBODY:
        return "the agent spoke unasked"
    if turn.replied_at_ns is None:
        return "no reply came"
    if turn.t0_ns is None:
        return "the end of your speech is not known"
    if turn.interrupted:
        return "cut before it was heard"
    return "the reply has no sound" if turn.first_audio_ns is None else "not played"


# ── The marks, in their order ────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Step:
    """A segment by where it ends; None is not on record."""

    name: Name
    owner: Owner
    end_ns: int | None
    setting: str = ""
    covers: tuple[str, ...] = ()


def _base(turn: Turn) -> list[Segment]:
    if turn.t0_ns is None or turn.source is TurnSource.NOBODY:
        return []
    spoken = turn.source is TurnSource.VOICE
    steps = list[_Step]()
    before: tuple[str, ...] = ("endpointing", "recognising") if spoken else ()
    if turn.endpointing_ms is not None:
        covers = () if turn.is_told else before[1:]
        accepted = turn.accepted_ns
        steps.append(_Step(Name.ENDPOINTING, Owner.AGENT, accepted, turn.endpointing, covers))
        before = ()
    text, sound = turn.reply_ns, turn.first_audio_ns
    if text is not None and (sound is None or text < sound):
        steps.append(_Step(Name.THINKING, Owner.AGENT, text, covers=before))
        steps.append(_Step(Name.SYNTHESIS, Owner.AGENT, sound))
    else:
        steps.append(_Step(Name.THINKING, Owner.AGENT, sound, covers=(*before, "synthesis")))
    return _chained(turn.t0_ns, [*steps, *_played(turn)])


def _played(turn: Turn) -> list[_Step]:
    """From the first audio byte on."""
    if turn.first_audio_ns is None or turn.heard_ns is None:
        return []
    held = "start_buffer_ms" + (f" = {turn.buffer_ms}" if turn.buffer_ms is not None else "")
    silence = _Step(Name.SILENCE, Owner.AGENT, turn.audible_ns)
    if turn.queued_ns is None:
        covers = ("device",)
        return [_Step(Name.BUFFER, Owner.VOICESCOPE, turn.heard_ns, held, covers), silence]
    return [
        _Step(Name.BUFFER, Owner.VOICESCOPE, turn.queued_ns, held),
        _Step(Name.DEVICE, Owner.DEVICE, turn.heard_ns, "block_ms"),
        silence,
    ]


def _chained(begin_ns: int, steps: list[_Step]) -> list[Segment]:
    """A mark that is before the one before it makes no segment."""
    found = list[Segment]()
    for step in steps:
        if step.end_ns is not None and step.end_ns > begin_ns:
            found.append(
                Segment(step.name, step.owner, begin_ns, step.end_ns, step.setting, step.covers)
            )
            begin_ns = step.end_ns
    return found


# ── What lies over them ──────────────────────────────────────────────────────────────────────────


def _overlays(turn: Turn, base: list[Segment]) -> list[Segment]:
    """The later lies over the earlier."""
    over = list[Segment]()
    answered = turn.replied_at_ns or base[-1].end_ns
    if turn.round_trip_ms is not None:
        half = round(turn.round_trip_ms * NS_PER_MS / 2)
        begin = base[0].begin_ns
        end = base[0].end_ns if base[0].name is Name.ENDPOINTING else answered
        half = min(half, (end - begin) // 2)
        for at in (begin, end - half):
            over.append(Segment(Name.NETWORK, Owner.NETWORK, at, at + half))
    if turn.free_ns is not None and turn.first_audio_ns is not None:
        over.append(Segment(Name.EARLIER, Owner.AGENT, turn.first_audio_ns, turn.free_ns))
    end = turn.first_audio_ns or answered
    begin = base[0].end_ns if base[0].name is Name.ENDPOINTING else base[0].begin_ns
    for tool in turn.tools:
        run = tool.run_until(end)
        over.append(
            Segment(Name.TOOL, Owner.TOOL, max(run[0], begin), min(run[1], end), what=tool.name)
        )
    for tool in turn.tools:
        if tool.asked_ns is not None:
            until = min(tool.decided_ns or end, end)
            waited = max(tool.asked_ns, begin)
            over.append(
                Segment(Name.APPROVAL, Owner.YOU, waited, until, setting="approve", what=tool.name)
            )
    return over


def _painted(base: list[Segment], over: list[Segment]) -> tuple[Segment, ...]:
    """What is seen of `base` with `over` laid on it, from the first to the last ns of `base`."""
    first, last = base[0].begin_ns, base[-1].end_ns
    layers = [*base, *(one for one in over if one.end_ns > one.begin_ns)]
    borders = sorted({at for one in layers for at in (one.begin_ns, one.end_ns)})
    inner = [at for at in borders if first <= at <= last]
    found = list[Segment]()
    top: Segment | None = None
    for begin, end in pairwise(inner):
        seen = next(one for one in reversed(layers) if one.begin_ns <= begin and end <= one.end_ns)
        since = found.pop().begin_ns if seen is top else begin
        found.append(replace(seen, begin_ns=since, end_ns=end))
        top = seen
    return tuple(found)
