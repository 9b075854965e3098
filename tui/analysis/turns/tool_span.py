"""When one tool ran, and when it waited for a person's approval: that is no time of the tool's.

Knows times only.
"""

from collections.abc import Iterable
from dataclasses import dataclass

Interval = tuple[int, int]
"""Monotonic ns."""


@dataclass(slots=True, eq=False)
class ToolSpan:
    """One call; what was not seen is None."""

    name: str
    begun_ns: int
    ended_ns: int | None = None
    ran_ns: int | None = None
    """As the machine that ran it counted, where that is this one."""
    asked_ns: int | None = None
    decided_ns: int | None = None
    held_ns: int | None = None
    """The agent's side waits for an approval; who gives it, or what rule, is told later."""

    @property
    def wait(self) -> Interval | None:
        """From the question to the person's word."""
        if self.asked_ns is None or self.decided_ns is None:
            return None
        return self.asked_ns, self.decided_ns

    @property
    def run(self) -> Interval | None:
        """When it ran; None while it does, and where it was not let."""
        return None if self.ended_ns is None else self.run_until(self.ended_ns)

    def run_until(self, now_ns: int) -> Interval:
        end = self.ended_ns or now_ns
        if self.ended_ns is not None and self.ran_ns is not None:
            return end - self.ran_ns, end
        if self.asked_ns is not None and self.decided_ns is None:
            return end, end
        return self.decided_ns if self.wait and self.decided_ns else self.begun_ns, end


def total_ns(intervals: Iterable[Interval | None], within: Interval | None = None) -> int | None:
    """How long at least one of them lasted, and in `within` where that is given; None of none."""
    found = sorted(one for one in intervals if one is not None)
    if not found:
        return None
    done, last = within or (found[0][0], max(end for _, end in found))
    total = 0
    for begin, end in found:
        total += max(min(end, last) - max(begin, done), 0)
        done = max(done, end)
    return total
