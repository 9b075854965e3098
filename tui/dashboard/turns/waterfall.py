"""The waterfall of turns: where the time of each went, as blocks; p50, p95 and trend by segment.

Knows turns and their segments; no widget. Each kind of segment has a glyph of its own, also in
ASCII: nothing is told by colour. What is painted is quantised to whole cells.
"""

from collections.abc import Sequence

from tui.analysis.turns.figures import counted, segment_spreads, spread
from tui.analysis.turns.flow import SoundFlow
from tui.analysis.turns.segments import Name, Owner, Segment, lengths_ms, segments, total_ms
from tui.analysis.turns.turn import NS_PER_MS, Turn, TurnSource
from tui.analysis.units import duration_text, wait_text
from tui.dashboard.common.cells import crop
from tui.sanitize import sanitize

GLYPHS = {
    Name.ENDPOINTING: "░",
    Name.NETWORK: "~",
    Name.THINKING: "▒",
    Name.TOOL: "▓",
    Name.APPROVAL: "☻",
    Name.SYNTHESIS: "█",
    Name.EARLIER: "◀",
    Name.BUFFER: "▪",
    Name.DEVICE: "│",
    Name.SILENCE: "·",
}
_SHORT = {
    Name.ENDPOINTING: "endpoint",
    Name.THINKING: "think",
    Name.APPROVAL: "you",
    Name.SYNTHESIS: "synth",
    Name.EARLIER: "earlier",
    Name.BUFFER: "buffer",
}
LABELS = ("p50", "p95", "last 5", "of")
LABEL, FIGURE = 8, 10
TREND = 1.25
"""A median of the last five that differs by so much from all is a trend."""
LAST = 5
CAP = 4
"""So many medians are the whole width: one turn of a minute does not make the others dots."""
CELL_MS = 100
"""Of the turn that runs."""
RUNS_MS = 60_000
"""A turn without a reply runs no longer than this."""


def cell(ms: float | None) -> str:
    return "–" if ms is None else wait_text(ms).removesuffix(" ms")


def scale_ms(turns: Sequence[Turn]) -> float:
    """What the whole width of a bar is."""
    totals = [total for turn in turns if (total := total_ms(turn)) is not None]
    usual = spread(totals).median_ms
    return max(min(max(totals), CAP * usual), 1.0) if usual else 1.0


def bar(parts: Sequence[Segment], width: int, whole_ms: float) -> str:
    """As many cells as they take of `width`, an arrow where they are longer."""
    if not parts or width <= 0:
        return ""
    begin, drawn = parts[0].begin_ns, ""
    for part in parts:
        end = round((part.end_ns - begin) / NS_PER_MS * width / whole_ms)
        drawn += GLYPHS[part.name] * (end - len(drawn))
    return drawn if len(drawn) <= width else drawn[: width - 1] + "»"


def labelled(parts: Sequence[Segment], width: int) -> str:
    """All of `width`, with name and length in each segment that has room for them."""
    if not parts:
        return ""
    begin, whole = parts[0].begin_ns, parts[-1].end_ns - parts[0].begin_ns
    drawn = ""
    for part in parts:
        room = round((part.end_ns - begin) * width / whole) - len(drawn)
        said = f"{named(part)} {cell(part.ms)}"
        label = f"{GLYPHS[part.name]}{said}" if len(said) + 2 <= room else ""
        drawn += label + GLYPHS[part.name] * (room - len(label))
    return drawn


def named(part: Segment) -> str:
    match part.name:
        case Name.TOOL:
            return sanitize(part.what, 40)
        case Name.APPROVAL:
            return "your approval"
        case _:
            return part.name.value


def row(turn: Turn, width: int, whole_ms: float) -> str:
    """`#7    voice    3,100  ░░░░▒▒▒█`, and what cut the reply."""
    who = turn.source.value or "agent"
    head = f"#{turn.number:<5}{who:<6}{cell(total_ms(turn)):>8}  "
    cut = ""
    if turn.interrupted:
        cut = " ✂" + (f" {duration_text(turn.barge_in_ms)}" if turn.barge_in_ms is not None else "")
    room = width - len(head) - len(cut)
    return f"{head}{bar(segments(turn), room, whole_ms):<{max(room, 0)}}{cut}"


def head(turns: Sequence[Turn]) -> list[str]:
    """Names, p50, p95, the median of the last five with its trend, and of how many."""
    own = counted(turns)
    found = segment_spreads(own)
    names = [name for name in Name if name.value in found]
    newest = [turn for turn in own if total_ms(turn) is not None][-LAST:]
    recent = [lengths_ms(turn) for turn in newest]
    all_of_it = spread(total_ms(turn) for turn in own)
    last_total = spread(total_ms(turn) for turn in newest).median_ms
    columns = [["total", *_figures(all_of_it.median_ms, all_of_it.p95_ms, last_total),
                f"n={all_of_it.count}"]]  # fmt: skip
    for name in names:
        one = found[name.value]
        last = spread(lengths.get(name.value) for lengths in recent).median_ms
        title = GLYPHS[name] + _SHORT.get(name, name.value)
        columns.append([title, *_figures(one.median_ms, one.p95_ms, last), f"n={one.count}"])
    return [
        f"{label:<{LABEL}}" + "".join(f"{column[place]:>{FIGURE}}" for column in columns)
        for place, label in enumerate(("", *LABELS))
    ]


def _figures(median: float | None, p95: float | None, last: float | None) -> tuple[str, str, str]:
    mark = ""
    if median and last is not None:
        mark = "↑" if last > TREND * median else "↓" if last * TREND < median else ""
    return cell(median), cell(p95), mark + cell(last)


def flow_text(flow: SoundFlow, turns: Sequence[Turn], raised: Sequence[str]) -> str:
    """How the sound flows; what is slow again and again comes first."""
    late = spread(turn.late_ms for turn in turns)
    told = [f"▲ {sentence}" for sentence in raised]
    if flow.round_trip_ms is not None:
        told.append(f"rtt {wait_text(flow.round_trip_ms)}")
    if late.p95_ms is not None:
        told.append(f"jitter p95 {wait_text(late.p95_ms)}")
    if flow.buffer_ms is not None:
        told.append(f"buffer {flow.buffer_ms} ms")
    told += [f"gaps {flow.gaps}", f"underruns {flow.underruns}"]
    told.append(f"talk-over {duration_text(flow.talk_over_ms)}")
    return " · ".join(told)


def running(turns: Sequence[Turn], now_ns: int, width: int) -> str:
    """The turn that waits for its reply, and what it waits for; "" where none does."""
    turn = next((one for one in reversed(turns) if one.source is not TurnSource.NOBODY), None)
    if turn is None or turn.t0_ns is None or turn.heard_ns is not None or turn.interrupted:
        return ""
    elapsed_ms = (now_ns - turn.t0_ns) // NS_PER_MS // CELL_MS * CELL_MS
    done = turn.reply_ns is not None and turn.first_audio_ns is None
    if done or not 0 <= elapsed_ms < RUNS_MS:
        return ""
    parts = [*segments(turn)]
    since = parts[-1].end_ns if parts else turn.t0_ns
    parts.append(_doing(turn, since, max(now_ns, since)))
    text = f"now #{turn.number} {named(parts[-1])} {duration_text(elapsed_ms)} "
    room = max(width - len(text), 1)
    return crop(text + bar(parts, room, max(elapsed_ms, CELL_MS * room)), width)


def _doing(turn: Turn, since_ns: int, now_ns: int) -> Segment:
    """What has no end yet."""
    tool = next((one for one in reversed(turn.tools) if one.ended_ns is None), None)
    if tool is not None and tool.asked_ns is not None and tool.decided_ns is None:
        return Segment(Name.APPROVAL, Owner.YOU, since_ns, now_ns, what=tool.name)
    if tool is not None:
        return Segment(Name.TOOL, Owner.TOOL, since_ns, now_ns, what=tool.name)
    if turn.first_audio_ns is not None:
        return Segment(Name.BUFFER, Owner.VOICESCOPE, since_ns, now_ns)
    accepted = turn.source is TurnSource.TEXT or turn.accepted_ns is not None
    name = Name.THINKING if accepted else Name.ENDPOINTING
    return Segment(name, Owner.AGENT, since_ns, now_ns)
