"""The transcript as plain text, to keep beside a call, and as fields for programs. Knows lines; no
screen.

Texts are as they came: whoever puts them on a terminal cleans them first.
"""

from collections.abc import Iterable, Iterator
from dataclasses import fields
from typing import Any

import msgspec

from tui.analysis.transcript.line import Line, Role
from tui.sanitize import sanitize

LONGEST = 100_000
_LEFT_OUT = ("time_ns", "final", "records")
_KEYS = {"id": "event_id"}
"""What programs that read the lines call a field that has another name here."""


def line_fields(line: Line, begin_ns: int) -> dict[str, Any]:
    """What `line` has to say, by name; `t` in seconds from `begin_ns` (monotonic)."""
    found: dict[str, Any] = {"t": round((line.time_ns - begin_ns) / 1e9, 3)}
    for field in fields(line):
        value = getattr(line, field.name)
        if field.name not in _LEFT_OUT and value not in (None, "", False):
            key = _KEYS.get(field.name, field.name)
            found[key] = round(value, 1) if isinstance(value, float) else value
    if line.segments is not None:
        found["segments"] = {name: round(ms, 1) for name, ms in line.segments.items()}
    return found


def transcript_text(lines: Iterable[Line], begin_ns: int) -> str:
    """`00:42.1  #7   you    What is …`; times from `begin_ns` (monotonic)."""
    return "".join(f"{row}\n" for line in lines for row in _rows(line, begin_ns))


def _rows(line: Line, begin_ns: int) -> Iterator[str]:
    seconds = max(line.time_ns - begin_ns, 0) / 1e9
    at = f"{int(seconds // 60):02}:{seconds % 60:04.1f}"
    head = f"{at}  #{line.turn:<3} {line.role:<6} "
    yield f"{head}{sanitize(said(line), LONGEST)}"
    for note in notes(line):
        yield f"{' ' * len(head)}{sanitize(note, LONGEST)}"


def said(line: Line) -> str:
    if line.role is not Role.TOOL:
        return line.shown
    arguments = msgspec.json.encode(line.parameters).decode() if line.parameters else ""
    return f"{line.text}({arguments})"


def notes(line: Line) -> Iterator[str]:
    if line.role is Role.TOOL:
        outcome = "error" if line.is_error else (line.state or "ok")
        took = f" after {line.duration_ms:.0f} ms" if line.duration_ms is not None else ""
        if line.waited_ms is not None:
            ran = f" ran {line.ran_ms:.0f} ms," if line.ran_ms is not None else ""
            took = f"{ran} waited {line.waited_ms:.0f} ms for you"
        yield f"→ {outcome}{took}" + (f": {line.result}" if line.result else "")
    if line.interrupted:
        unheard = f", {line.unheard_ms:.0f} ms unheard" if line.unheard_ms else ""
        barge_in = "" if line.barge_in_ms is None else f", barge-in {line.barge_in_ms:.0f} ms"
        estimated = ", words estimated" if line.estimated else ""
        yield f"(interrupted{unheard}{barge_in}{estimated})"
    if line.lacking:
        yield f"(cut short: {line.lacking})"
    if line.first_byte_ms is not None and line.anchor:
        ear = f", {line.ear_ms:.0f} ms to the ear" if line.ear_ms is not None else ""
        human = f"; {line.waited_ms:.0f} ms of it waited for you" if line.waited_ms else ""
        yield f"({line.first_byte_ms:.0f} ms to the first audio{ear}, from: {line.anchor}{human})"
