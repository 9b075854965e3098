"""Bytes as lines of hexadecimal with their characters beside. Knows bytes only."""

BYTES = 16
LIMIT = 16_384
"""More is in the journal."""


def hex_lines(data: bytes, width: int = 80) -> list[str]:
    """`00000010  7b 22 74 …  {"t…`: as many bytes a line as `width` cells hold, 16 at most."""
    step = BYTES if width >= 9 + BYTES * 4 + 2 else BYTES // 2
    lines = [
        f"{at:06x}  {part.hex(' '):<{step * 3 - 1}}  {_shown(part)}"
        for at in range(0, min(len(data), LIMIT), step)
        for part in (data[at : at + step],)
    ]
    rest = len(data) - LIMIT
    return [*lines, f"‹{rest:,} more bytes are in the journal›"] if rest > 0 else lines


def _shown(part: bytes) -> str:
    return "".join(chr(byte) if 32 <= byte < 127 else "." for byte in part)
