"""Sizes and times for people. Knows numbers only."""

from datetime import datetime

LAST_S = 253_402_214_400
"""The last day of the year 9999."""


def moment(unix_ns: int) -> datetime:
    """In the zone of this machine. A journal's clock may be beyond reason: it is held to the years
    from 1970 to 9999."""
    return datetime.fromtimestamp(min(max(unix_ns / 1e9, 0), LAST_S)).astimezone()


def size_text(size: int) -> str:
    """`62`, `3.2k`, `64.0k`, `1.2M`, `1.9G`."""
    if size < 1000:
        return str(size)
    value, units = size / 1000, "kMG"
    while value >= 999.95 and len(units) > 1:
        value, units = value / 1000, units[1:]
    return f"{value:.1f}{units[0]}"


def bytes_text(size: int) -> str:
    """`812 B`, `3.2 kB`, `1.2 MB`."""
    short = size_text(size)
    return f"{short[:-1]} {short[-1]}B" if short[-1] in "kMG" else f"{short} B"


def duration_text(ms: float) -> str:
    """`640 ms`, `4.1 s`."""
    return f"{ms:.0f} ms" if ms < 1000 else f"{ms / 1000:.1f} s"


def wait_text(ms: float) -> str:
    """`712 ms`, `3,425 ms`, `63.3 s`: how long somebody waited, to the millisecond up to 10 s."""
    return f"{ms:,.0f} ms" if ms < 10_000 else f"{ms / 1000:.1f} s"


def minutes_text(ns: int) -> str:
    """`00:42`, `1:02:03`."""
    seconds = max(ns, 0) // 1_000_000_000
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes:02}:{seconds:02}"
