"""A recorded call as a row of the list, and what is said of the one that is pointed at.

Knows calls; no widget. All text is clean.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

from rich.text import Text

from tui.analysis.units import minutes_text
from tui.backend.recorded import RecordedCall
from tui.dashboard.common.cells import crop, fit
from tui.sanitize import sanitize

WIDE = 110
"""From this width on columns are wider and days are written out."""


class Column(NamedTuple):
    name: str
    narrow: int
    wide: int
    right: bool = False


COLUMNS = (
    Column("when", 12, 16),
    Column("whom", 14, 28),
    Column("length", 6, 8, right=True),
    Column("turns", 5, 6, right=True),
    Column("ear p50/p95", 10, 12, right=True),
    Column("err", 3, 5, right=True),
    Column("ended", 13, 15),
)
NARROW_NAMES = {"ear p50/p95": "p50/p95"}


def heading(width: int) -> str:
    names = [column.name for column in COLUMNS]
    if width < WIDE:
        names = [NARROW_NAMES.get(name, name) for name in names]
    return _line([*names, "tag · note"], width)


def row(call: RecordedCall, width: int, today: date, *, own: bool) -> Text:
    """`own`: it is the call on the screen."""
    length = round(call.summary.duration_s) * 1_000_000_000
    ended = "this call" if own else call.ended
    about = " · ".join(filter(None, (call.about.tag, call.about.note)))
    cells = (
        when(call, today, short=width < WIDE),
        sanitize(call.whom, 60),
        minutes_text(length) if length else "",
        str(call.summary.turns or ""),
        call.ear,
        f"✖{call.errors}" if call.errors else "",
        sanitize(("● " if call.writing else "") + ended, 40),
        sanitize(about, 300),
    )
    style = "bold" if own or call.writing else ""
    return Text(_line(cells, width), style, no_wrap=True)


def when(call: RecordedCall, today: date, *, short: bool = False) -> str:
    """`today 12:50`, `Sat 28 Nov 12:50`, `2025-11-28 12:50`."""
    day = call.began.date()
    if day == today:
        name = "today"
    elif day == today - timedelta(days=1):
        name = "yest." if short else "yesterday"
    elif day.year == today.year:
        name = f"{call.began:%d %b}" if short else f"{call.began:%a %d %b}"
    else:
        return f"{day}" if short else f"{call.began:%Y-%m-%d %H:%M}"
    return f"{name} {call.began:%H:%M}"


def details(call: RecordedCall, words: Sequence[str], width: int) -> str:
    """Two lines: its file and what was said of it; where the words were said, or how it ended."""
    about = (call.path.name, call.about.tag, call.about.note)
    first = " · ".join(sanitize(part, 200) for part in about if part)
    found = call.line_with(words) if words else ""
    second = f"“{found}”" if found else call.summary.reason
    return "\n".join(crop(line, width) for line in (first, sanitize(second, 400)))


def _line(cells: Sequence[str], width: int) -> str:
    parts = []
    for column, text in zip(COLUMNS, cells, strict=False):
        room = column.wide if width >= WIDE else column.narrow
        shown = crop(text, room)
        parts.append(fit(shown, room) if not column.right else " " * (room - len(shown)) + shown)
    return crop(" ".join([*parts, cells[-1]]), width)
