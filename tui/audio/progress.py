"""What a player tells of its replies. Knows times (monotonic ns) and lengths (ms) only."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Started:
    """The first sample of a reply leaves the converter at `at_ns` (maybe in a few ms)."""

    reply: int
    at_ns: int


@dataclass(frozen=True, slots=True)
class Gap:
    """A reply ran dry at `at_ns` and went on after `gap_ms` of silence: an underrun."""

    reply: int
    at_ns: int
    gap_ms: float


@dataclass(frozen=True, slots=True)
class Finished:
    """The last sample of a reply left the converter at `at_ns`: all `heard_ms` were heard."""

    reply: int
    at_ns: int
    heard_ms: float


Progress = Started | Gap | Finished


@dataclass(frozen=True, slots=True)
class Cut:
    """A reply was flushed: its sound ends at `at_ns`, `dropped_ms` of it are never heard."""

    reply: int
    heard_ms: float
    dropped_ms: float
    at_ns: int
