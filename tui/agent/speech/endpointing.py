"""When a user's turn begins, pauses and ends: endpointing over speech scores.

Knows one score after another, a frame (32 ms) each; no audio, no clock, no words.

Theory of operation. QUIET until START voiced frames are collected (a gap of QUIET_AGAIN frames
forgets them): then STARTED, and the state is SPEAKING. After CONFIRM voiced frames the speech is
long enough to be meant: CONFIRMED, once a turn, which is what stops an agent that is talking.
PAUSE silent frames give PAUSED, so that recognition can begin before it is sure that the turn is
over; voice after that gives RESUMED and voids it. END silent frames give ENDED, and so does a turn
of LONGEST frames. A frame is voiced from ON up, and stays voiced down to OFF.
"""

from enum import Enum, auto

from tui.agent.speech.engines import FRAME_MS

ON, OFF = 0.5, 0.35
START = 2
QUIET_AGAIN = 6
CONFIRM = round(224 / FRAME_MS)
PAUSE = round(192 / FRAME_MS)
END = round(480 / FRAME_MS)
LONGEST = int(17_000 / FRAME_MS)
"""With the audio kept from before the start this stays below what recognisers take (18 s)."""


class Signal(Enum):
    STARTED = auto()
    CONFIRMED = auto()
    PAUSED = auto()
    RESUMED = auto()
    ENDED = auto()


class Endpointer:
    def __init__(self) -> None:
        self._speaking = False
        self._voiced = False
        self._voice = 0
        self._silence = 0
        self._frames = 0

    @property
    def speaking(self) -> bool:
        """Between STARTED and ENDED."""
        return self._speaking

    def step(self, score: float) -> list[Signal]:
        """The next frame's probability of speech, 0..1."""
        self._voiced = score >= (OFF if self._voiced else ON)
        signals = self._on_voice() if self._voiced else self._on_silence()
        if self._speaking:
            self._frames += 1
            if self._frames >= LONGEST and Signal.ENDED not in signals:
                signals.append(Signal.ENDED)
        if Signal.ENDED in signals:
            self._speaking = self._voiced = False
            self._voice = self._silence = self._frames = 0
        return signals

    def _on_voice(self) -> list[Signal]:
        signals: list[Signal] = []
        if self._speaking and self._silence >= PAUSE:
            signals.append(Signal.RESUMED)
        self._silence = 0
        self._voice += 1
        if self._voice == START:
            self._speaking = True
            signals.append(Signal.STARTED)
        if self._voice == CONFIRM:
            signals.append(Signal.CONFIRMED)
        return signals

    def _on_silence(self) -> list[Signal]:
        self._silence += 1
        if not self._speaking:
            if self._silence >= QUIET_AGAIN:
                self._voice = 0
            return []
        if self._silence == PAUSE:
            return [Signal.PAUSED]
        return [Signal.ENDED] if self._silence >= END else []
