"""What a line of the transcript says: spans of (text, style), clean, not yet wrapped."""

from collections.abc import Iterator
from datetime import datetime
from unicodedata import combining

from tui.analysis.transcript.line import Line, Role
from tui.analysis.units import duration_text, wait_text
from tui.dashboard.common.cells import fit, turn_text
from tui.sanitize import sanitize

Span = tuple[str, str]
LIMIT = 4000
NO_BREAK = "\xa0"
"""A space where no line is to be broken; painted as a space."""
SHORT = 60
NARROW = 40
ROLE = 7


def line_head(line: Line, wall_ns: int, width: int) -> list[Span]:
    """The time, where there is room for it, the turn, and who speaks."""
    style = {Role.YOU: "user", Role.AGENT: "agent", Role.TOOL: "accent"}.get(line.role, "dim")
    name = "·" if line.role is Role.SYSTEM else line.role.value
    role: Span = (fit(name, ROLE), style)
    turn = turn_text(line.turn)
    if width < NARROW:
        return [(f" {turn}", "dim"), role]
    moment = datetime.fromtimestamp(wall_ns / 1e9).astimezone()
    return [(moment.strftime(" %H:%M ") + turn, "dim"), role]


def line_spans(line: Line, spoken: int | None = None, *, slow: bool = False) -> list[Span]:
    """The text, then the figures of its turn. `spoken`: how many characters have been heard."""
    match line.role:
        case Role.TOOL:
            return _tool(line)
        case Role.SYSTEM:
            return [(sanitize(line.text, LIMIT), "dim")]
        case Role.YOU:
            text = sanitize(line.shown, LIMIT)
            return [(text, "text") if line.final else (f"{text} …", "dim")]
        case Role.AGENT:
            return _reply(line, spoken, slow)
        case _:
            return [(sanitize(line.text, LIMIT), "text")]


def _reply(line: Line, spoken: int | None, slow: bool) -> list[Span]:
    spans: list[Span] = []
    if line.thought:
        spans.append((f"({sanitize(line.thought, SHORT)}) ", "dim"))
    if line.state:
        spans.append((f"{sanitize(line.state, SHORT)}: ", "dim"))
    spans += _said(line, spoken)
    if line.interrupted or line.corrected is not None:
        lost = f" {duration_text(line.unheard_ms)} unheard" if line.unheard_ms else ""
        spans.append((f"— ✂{lost}".replace(" ", NO_BREAK), "cut"))
        if line.estimated:
            spans.append((" (words estimated)".replace(" ", NO_BREAK), "dim"))
    if line.lacking:
        spans.append((f" — cut short: {sanitize(line.lacking, SHORT)}", "cut"))
    style, mark = ("slow", "▲ ") if slow else ("dim", "")
    for figure in _figures(line):
        spans.append((f"  {(mark + figure).replace(' ', NO_BREAK)}", style))
        style, mark = "dim", ""  # the first is what the user waited
    if line.feedback:
        spans.append((f"  {sanitize(line.feedback, SHORT)}".replace(" ", NO_BREAK), "accent"))
    return spans


def _said(line: Line, spoken: int | None) -> list[Span]:
    """What has been heard, then what is still to be said."""
    text, mark = line.shown, "" if line.final else "▌"
    if spoken is None or len(text) > LIMIT:
        shown = sanitize(text, LIMIT)
        return [(shown, "text") if line.final else (shown + mark, "dim")]
    while spoken < len(text) and combining(text[spoken]):
        spoken += 1  # a mark goes with its letter
    parts = [
        (sanitize(text[:spoken], LIMIT), "text"),
        (sanitize(text[spoken:], LIMIT) + mark, "still"),
    ]
    return [part for part in parts if part[0]] or [("", "text")]


def _figures(line: Line) -> Iterator[str]:
    """`712 ms → ear 760 ms`: to the first audio byte, to the first sample at the converter;
    `of it 1.8 s for you`: while a tool waited for approval; and `barge-in 180 ms`: from the user's
    onset to silence there."""
    parts = []
    if line.first_byte_ms is not None:
        parts.append(wait_text(line.first_byte_ms))
    elif line.reply_text_ms is not None and line.final:
        parts.append(f"text {wait_text(line.reply_text_ms)}")
    if line.ear_ms is not None:
        parts.append(f"ear {wait_text(line.ear_ms)}")
    if parts:
        yield " → ".join(parts)
    if parts and line.waited_ms:
        yield f"☻ {duration_text(line.waited_ms)} of it waited for you"
    if line.barge_in_ms is not None:
        yield f"barge-in {line.barge_in_ms:.0f} ms"


def _tool(line: Line) -> list[Span]:
    spans: list[Span] = [(f"⚙ {sanitize(line.text, SHORT)}", "accent")]
    if line.parameters:
        said = " ".join(f"{name}={value}" for name, value in line.parameters.items())
        spans.append((f"({sanitize(said, SHORT)})", "text"))
    state = sanitize(line.state, SHORT)
    if not line.final:
        return [*spans, (f" → {state or '…'}", "dim")]
    state = state or ("error" if line.is_error else "ok")
    spans.append((f" → {state}", "alert" if line.is_error else "text"))
    if took := tool_time(line):
        spans.append((f"  {took}", "dim"))
    return spans


def tool_time(line: Line) -> str:
    """`249 ms`; of a call that the user was asked about `ran 275 ms, waited 1.8 s for you`."""
    if line.waited_ms is None:
        return "" if line.duration_ms is None else duration_text(line.duration_ms)
    ran = "" if line.ran_ms is None else f"ran {duration_text(line.ran_ms)}, "
    return f"{ran}waited {duration_text(line.waited_ms)} for you"


def wrap_spans(spans: list[Span], rows: list[str]) -> list[list[Span]]:
    """Give each character of `rows` (the spans' text, wrapped) its span's style back."""
    whole = "".join(text for text, _ in spans)
    ends, end = [], 0
    for text, style in spans:
        end += len(text)
        ends.append((end, style))
    result, position = [], 0
    for row in rows:
        position = max(whole.find(row, position), position)
        result.append(_styled(row, position, ends))
        position += len(row)
    return result


def _styled(row: str, start: int, ends: list[tuple[int, str]]) -> list[Span]:
    parts, done, before = [], 0, 0
    for end, style in ends:
        length = min(max(end - start, before), len(row)) - done
        if length > 0:
            parts.append((row[done : done + length].replace(NO_BREAK, " "), style))
            done += length
        before = done
    return parts
