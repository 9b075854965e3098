"""A comparison as one page that asks for nothing: every turn a dot, and the table below.

Knows names, figures and HTML.
"""

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from statistics import median

from tui.journal.new_file import whole_file
from tui.sanitize import sanitize

WIDTH, ROW, LEFT = 900, 26, 150
"""Of a drawing, in pixels."""
PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>VoiceScope: comparison</title>
<style>
:root {{ color-scheme: light dark }}
body {{ font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 960px }}
svg {{ width: 100%; height: auto; display: block }} text {{ fill: currentColor; font-size: 13px }}
pre {{ overflow-x: auto; padding: 1rem; border: 1px solid #8886; border-radius: 6px }}
</style>
<h1>Comparison</h1>
{drawings}
<pre>{table}</pre>
</html>
"""

Dots = Mapping[str, Sequence[float]]
"""By side, each turn's figure in ms."""


def write_page(path: Path, table: Sequence[str], figures: Mapping[str, Dots]) -> None:
    """`path` is a new file. Raises OSError."""
    drawings = "\n".join(_drawing(name, dots) for name, dots in figures.items())
    with whole_file(path) as part:
        part.write_text(PAGE.format(drawings=drawings, table=_clean("\n".join(table))), "utf-8")


def _drawing(name: str, sides: Dots) -> str:
    """A row a side; the bar is its median."""
    longest = max((ms for dots in sides.values() for ms in dots), default=0.0) or 1.0
    rows = []
    for n, (side, dots) in enumerate(sides.items()):
        y = ROW * n + ROW / 2
        rows.append(f'<text x="0" y="{y + 4}">{_clean(side[:20])}</text>')
        at = [LEFT + (WIDTH - LEFT - 10) * ms / longest for ms in dots]
        rows += [f'<circle cx="{x:.1f}" cy="{y}" r="4" fill="#38b" fill-opacity=".5"/>' for x in at]
        if at:
            x = median(at)
            rows.append(f'<path d="M{x:.1f} {y - 11}v22" stroke="#d33" stroke-width="3"/>')
    height = ROW * len(sides)
    title = f"<h2>{_clean(name)}, 0 to {longest:.0f} ms</h2>"
    return f'{title}\n<svg viewBox="0 0 {WIDTH} {height}" role="img">{"".join(rows)}</svg>'


def _clean(text: str) -> str:
    return "\n".join(escape(sanitize(line, None)) for line in text.split("\n"))
