"""How much of a reply is collected before it is played: more when the network is shaky.

Knows gaps and lengths; no device, no clock.

Theory of operation. A reply that ran dry would not have, had it begun that much later: the buffer
grows by the gap, at least by half of itself, up to MOST_MS. Ten seconds of replies without a gap
take a quarter away again, down to where it began. A pause of the agent's own is longer than what a
buffer could bridge and changes nothing.
"""

from collections import deque

LONGEST_MS = 80
WINDOW_NS = 10_000_000_000
TOO_OFTEN = 3


class BlockSize:
    def __init__(self, block_ms: int) -> None:
        self.block_ms = block_ms
        self._dry: deque[int] = deque(maxlen=TOO_OFTEN)

    def ran_dry(self, now_ns: int) -> bool:
        """The device ran dry; True when `block_ms` has become more for it."""
        self._dry.append(now_ns)
        often = len(self._dry) == TOO_OFTEN and now_ns - self._dry[0] <= WINDOW_NS
        if not often or self.block_ms >= LONGEST_MS:
            return False
        self._dry.clear()
        self.block_ms = min(2 * self.block_ms, LONGEST_MS)
        return True


MOST_MS = 400
STEP_MS = 10
CALM_MS = 10_000
LONGEST_GAP_MS = 1000


class StartBuffer:
    """One network's; it outlives devices and replies."""

    def __init__(self, start_ms: int = 60, most_ms: int = MOST_MS) -> None:
        self.ms = start_ms
        self.reason = ""
        """Of the last change."""
        self._least_ms = start_ms
        self._most_ms = max(start_ms, most_ms)
        self._calm_ms = 0.0

    def gap(self, gap_ms: float) -> None:
        """A reply ran dry for so long before it went on."""
        if gap_ms > LONGEST_GAP_MS:
            return
        self._calm_ms = 0.0
        grown = self.ms + max(self.ms / 2, gap_ms)
        self._change(grown, f"a reply ran dry for {gap_ms:.0f} ms")

    def calm(self, heard_ms: float) -> None:
        """So much was heard without a gap."""
        self._calm_ms += heard_ms
        if self._calm_ms >= CALM_MS:
            self._calm_ms = 0.0
            self._change(self.ms * 3 / 4, "ten seconds without a gap")

    def _change(self, ms: float, reason: str) -> None:
        stepped = round(ms / STEP_MS) * STEP_MS
        bounded = max(self._least_ms, min(stepped, self._most_ms))
        if bounded != self.ms:
            self.ms, self.reason = bounded, reason
