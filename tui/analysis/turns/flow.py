"""How the sound of a call flows: talk-over, start buffer, gaps, the way to the agent.

Knows events; no turns, no screen.
"""

from tui.events import (
    AudioGlitched,
    BufferChanged,
    Event,
    LinkClosed,
    LinkFailed,
    PlaybackFinished,
    PlaybackFlushed,
    PlaybackStarted,
    RoundTripMeasured,
    SpeechStarted,
    SpeechStopped,
)


class SoundFlow:
    """Of a whole journal; times are monotonic ns."""

    def __init__(self) -> None:
        self.round_trip_ms: float | None = None
        self.buffer_ms: int | None = None
        self.gaps = self.underruns = 0
        self._talk_over_ns = 0
        self._open: dict[str, int] = {}
        """Who speaks, and since when."""
        self._over: dict[str, list[tuple[int, int]]] = {"user": [], "agent": []}

    @property
    def talk_over_ms(self) -> float:
        """How long both spoke at once, by the local detector and the converter."""
        return self._talk_over_ns / 1e6

    def add(self, event: Event, time_ns: int) -> None:
        match event:
            case RoundTripMeasured(round_trip_ms=ms):
                self.round_trip_ms = ms
            case BufferChanged(buffer_ms=ms):
                self.buffer_ms = ms
            case AudioGlitched(what="gap", count=count):
                self.gaps += count
            case AudioGlitched(what="underrun", count=count):
                self.underruns += count
            case _:
                self._speak(event, time_ns)

    def _speak(self, event: Event, time_ns: int) -> None:
        match event:
            case SpeechStarted(at_ns=at_ns):
                self._open.setdefault("user", at_ns)
            case SpeechStopped(at_ns=at_ns):
                self._end("user", at_ns)
            case PlaybackStarted(at_ns=at_ns, buffer_ms=buffer_ms):
                self._open.setdefault("agent", at_ns)
                self.buffer_ms = self.buffer_ms if buffer_ms is None else buffer_ms
            case PlaybackFinished(at_ns=at_ns) | PlaybackFlushed(at_ns=at_ns):
                self._end("agent", at_ns)
            case LinkClosed() | LinkFailed():
                for who in ("user", "agent"):
                    self._end(who, time_ns)
            case _:
                pass

    def _end(self, who: str, at_ns: int) -> None:
        since = self._open.pop(who, None)
        if since is None:
            return
        self._over[who].append((since, at_ns))
        for begin, end in reversed(self._over["agent" if who == "user" else "user"]):
            self._talk_over_ns += max(min(end, at_ns) - max(begin, since), 0)
            if end < since:
                break
