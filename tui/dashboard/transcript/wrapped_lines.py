"""The transcript's lines wrapped to the pane's width: which rows are of which line.

Knows the fold of lines and how far each is spoken; no viewport, no painting.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator

from tui.analysis.transcript.fold import TranscriptFold
from tui.analysis.turns.figures import is_slow, slow_from_ms
from tui.dashboard.common.cells import wrap
from tui.dashboard.transcript.line_text import Span, line_head, line_spans, wrap_spans


class WrappedLines:
    """`rows` of spans; `wall_ns` added to a time of the journal is Unix time; `spoken` says how
    many characters of a line have been heard at a time."""

    def __init__(
        self, fold: TranscriptFold, spoken: Callable[[int, int], int | None], wall_ns: int
    ) -> None:
        self._fold = fold
        self._spoken = spoken
        self._wall_ns = wall_ns
        self.rows: list[list[Span]] = []
        self.starts: list[int] = []
        """The first row of each line."""
        self._slow: set[int] = set()
        """Numbers of the turns that were slow."""
        self._judged = 0
        """The version of the turns that was judged last."""

    def wrap(self, first: int, width: int, now_ns: int) -> int:
        """Wrap line `first` and all after it again; the first row of them."""
        start = self.starts[first] if first < len(self.starts) else len(self.rows)
        del self.rows[start:], self.starts[first:]
        for index in range(first, len(self._fold.lines)):
            self.starts.append(len(self.rows))
            self.rows.extend(self._wrap_line(index, width, now_ns))
        return start

    def speak(self, index: int, width: int, now_ns: int) -> Iterator[int] | None:
        """Wrap line `index` as it is spoken now: the rows that changed, None where it has more or
        fewer of them than before."""
        rows = self._wrap_line(index, width, now_ns)
        of_it = self.of(index)
        if len(rows) != len(of_it):
            return None
        changed = [row for row, new in zip(of_it, rows, strict=True) if self.rows[row] != new]
        self.rows[of_it.start : of_it.stop] = rows
        return iter(changed)

    def _wrap_line(self, index: int, width: int, now_ns: int) -> list[list[Span]]:
        line = self._fold.lines[index]
        head = line_head(line, line.time_ns + self._wall_ns, width)
        indent = sum(len(text) for text, _ in head)
        spans = line_spans(line, self._spoken(index, now_ns), slow=line.turn in self._slow)
        room = max(width - indent - 1, 8)
        rows = wrap_spans(spans, wrap("".join(text for text, _ in spans), room))
        margin: Span = (" " * indent, "text")
        return [[*(head if n == 0 else [margin]), *row] for n, row in enumerate(rows)]

    def find_slow(self, limit_ms: int) -> int | None:
        """Judge all turns anew: the first line that is judged otherwise than before."""
        if self._judged == self._fold.turns.version:
            return None
        self._judged = self._fold.turns.version
        turns = self._fold.turns.turns
        from_ms = slow_from_ms(turns, limit_ms)
        now = {turn.number for turn in turns if is_slow(turn, from_ms)}
        changed, self._slow = now ^ self._slow, now
        lines = enumerate(self._fold.lines) if changed else ()
        return next((index for index, line in lines if line.turn in changed), None)

    # ── The rows as text ─────────────────────────────────────────────────────────────────────────

    def parts(self, row: int) -> tuple[list[Span], list[Span]]:
        """What stands before the text of a row, and that."""
        spans, first = self.rows[row], self.starts[self.line_at(row)] == row
        lead = 2 if first else 1  # the time and the speaker, or a margin
        return spans[:lead], spans[lead:]

    def texts(self, first: int) -> Iterator[tuple[int, list[str]]]:
        """Of each line from the `first` on its first row, and the text of each of its rows."""
        for index in range(first, len(self.starts)):
            rows = self.of(index)
            texts = ["".join(text for text, _ in self.parts(row)[1]) for row in rows]
            yield rows.start, texts

    # ── Which rows are of which line ─────────────────────────────────────────────────────────────

    def of(self, index: int) -> range:
        """The rows of line `index`; none of one that is not wrapped yet."""
        if not 0 <= index < len(self.starts):
            return range(0)
        more = index + 1 < len(self.starts)
        return range(self.starts[index], self.starts[index + 1] if more else len(self.rows))

    def line_at(self, row: int) -> int:
        """-1 where there is none."""
        return bisect_right(self.starts, row) - 1

    def of_record(self, number: int, turn: int) -> int | None:
        """The line that a record made or changed; else the last one of its turn before it."""
        lines = self._fold.lines
        near = bisect_right(range(len(lines)), number, key=lambda n: lines[n].records[0])
        for index in range(min(near + 8, len(lines)) - 1, -1, -1):
            line = lines[index]
            at = bisect_left(line.records, number)
            if at < len(line.records) and line.records[at] == number:
                return index
            if line.turn < turn and index < near:
                break
        before = range(min(near, len(lines)) - 1, max(near - 64, 0) - 1, -1)
        return next((index for index in before if lines[index].turn == turn), None)

    def spoken_row(self, index: int) -> int | None:
        """The row in which line `index` has been spoken up to; None where that is not known."""
        rows = self.of(index)
        dim = (n for n in rows if any(s == "still" for _, s in self.rows[n]))
        return next(dim, rows.stop - 1 if rows else None)
