"""What a line of the transcript says: spans of (text, style), clean, not yet wrapped."""

from tui.analysis.transcript import Line, Role
from tui.clean import clean
from tui.widgets.paint import duration_text

Span = tuple[str, str]
LIMIT = 4000
NO_BREAK = "\xa0"
"""A space where no line is to be broken; painted as a space."""
SHORT = 60


def line_spans(line: Line) -> list[Span]:
    """The text, then the figures of its turn."""
    match line.role:
        case Role.TOOL:
            return _tool(line)
        case Role.SYSTEM:
            return [(clean(line.text, LIMIT), "dim")]
        case Role.YOU:
            text = clean(line.shown, LIMIT)
            return [(text, "text") if line.final else (f"{text} …", "dim")]
        case Role.AGENT:
            return _reply(line)


def _reply(line: Line) -> list[Span]:
    text = clean(line.shown, LIMIT)
    spans: list[Span] = [(text, "text") if line.final else (f"{text}▌", "dim")]
    if line.interrupted or line.corrected is not None:
        lost = f" {duration_text(line.unheard_ms)} unheard" if line.unheard_ms else ""
        spans.append((f"— ✂{lost}".replace(" ", NO_BREAK), "cut"))
    if latency := _latency(line):
        spans.append((f"  {latency.replace(' ', NO_BREAK)}", "dim"))
    return spans


def _latency(line: Line) -> str:
    """`712 ms → ear 760 ms`: to the first audio byte, to the first sample at the converter."""
    parts = []
    if line.first_byte_ms is not None:
        parts.append(f"{line.first_byte_ms:.0f} ms")
    elif line.reply_text_ms is not None and line.final:
        parts.append(f"text {line.reply_text_ms:.0f} ms")
    if line.ear_ms is not None:
        parts.append(f"ear {line.ear_ms:.0f} ms")
    return " → ".join(parts)


def _tool(line: Line) -> list[Span]:
    spans: list[Span] = [(f"⚙ {clean(line.text, SHORT)}", "accent")]
    if line.parameters:
        said = " ".join(f"{name}={value}" for name, value in line.parameters.items())
        spans.append((f"({clean(said, SHORT)})", "text"))
    if not line.final:
        return [*spans, (" → …", "dim")]
    spans.append((" → error" if line.is_error else " → ok", "alert" if line.is_error else "text"))
    if line.duration_ms is not None:
        spans.append((f"  {duration_text(line.duration_ms)}", "dim"))
    return spans


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
