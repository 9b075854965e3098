"""The session's ears and mouth together: opened, lost, given back between calls.

Knows both sides of sound and when they are needed; no socket. Opening and closing a device happen
in a thread, because a sound server may take its time.
"""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Protocol

from tui.audio.device import rescan
from tui.audio.ports import AudioUnavailable, Block
from tui.events import AudioFailed, AudioFormat, AudioOpened, Event
from tui.session.ears import Ears
from tui.session.mouth import Mouth
from tui.session.plan import Plan
from tui.session.taping import Taping

RETRY_ADVICE = "connect it again, then hang up and call again"
NAMES = {"input": "microphone", "output": "speaker"}


class Tap(Protocol):
    """Who follows the sound of a call, such as a recording; called in the loop, must not block."""

    def rates(self, mic_rate: int, speaker_rate: int) -> None:
        """A device was opened, changed or lost; Hz, 0 where there is none."""

    def heard(self, block: Block) -> None:
        """What the microphone captured, before filter and mute."""

    def played(self, block: Block) -> None:
        """What the speaker was given, silence included; `capture_ns` is when it leaves it."""


class Voice:
    """Sound of one session; `emit` takes what is to be put on record."""

    def __init__(self, plan: Plan, emit: Callable[[Event], None]) -> None:
        self.ears = Ears(plan, emit)
        self.mouth = Mouth(plan, emit)
        self._taping = Taping(plan, emit, lambda: self.ears.muted)
        self.taps: list[Tap] = [self._taping]
        self.ears.tap = self._heard
        self._enabled = plan.audio
        self._emit = emit
        self._ports = asyncio.Lock()
        self._tried = False
        self._failures: dict[str, AudioUnavailable] = {}

    async def open(self) -> None:
        """Open what is not open; what cannot be had is on record and the call goes on without."""
        if not self._enabled:
            return
        self._taping.begin()
        self.mouth.opening = self.mouth.port is None
        async with self._ports:
            self._failures.clear()
            if self._tried and self.ears.port is None and self.mouth.port is None:
                # A headset may have been plugged in since: PortAudio looks only when told to.
                with contextlib.suppress(AudioUnavailable):
                    await asyncio.to_thread(rescan)
            self._tried = True
            await self._open_side(self.ears)
            await self._open_side(self.mouth)
        self.mouth.opening = False

    async def rest(self) -> None:
        """Between calls nobody listens: give the devices back. Files go on to their end."""
        self._taping.end()
        async with self._ports:
            for side in (self.ears, self.mouth):
                port = None if side.is_file else side.leave()
                if port is not None:
                    await asyncio.to_thread(port.close)

    def agree(self, heard: AudioFormat, spoken: AudioFormat) -> None:
        """A conversation starts, in these wire formats."""
        for side, wire in ((self.ears, heard), (self.mouth, spoken)):
            side.agree(wire)
            side.begin()

    def hear(self) -> list[bytes]:
        """Chunks of the wire format that are due."""
        # First what was played: who takes the echo out of a block must know what caused it.
        self._follow_speaker()
        chunks = self.ears.poll()
        self._lose(self.ears)
        return chunks

    def follow_playback(self) -> None:
        self.mouth.poll()
        self._lose(self.mouth)

    def close(self) -> None:
        self._taping.end()
        for side in (self.ears, self.mouth):
            port = side.leave()
            if port is not None:
                port.close()

    @property
    def recording(self) -> str:
        """The file that the call is recorded to; "" for none."""
        return self._taping.path

    @property
    def advice(self) -> str:
        """Why a side is silent and what to do; "" when both are well."""
        if not self._failures:
            return ""
        missing = " and no ".join(NAMES[side] for side in self._failures)
        error = next(iter(self._failures.values()))
        return f"no {missing}: {error.reason}; {error.advice}"

    async def _open_side(self, side: Ears | Mouth) -> None:
        if side.port is not None:
            return
        try:
            port = await side.open()
        except AudioUnavailable as error:
            self._fail(side, error)
            return
        self._tell_rates()
        self._emit(
            AudioOpened(
                side=side.side,
                device=port.name,
                rate=port.rate,
                channels=port.channels,
                block_ms=port.block_ms,
                latency_ms=round(port.latency_ms, 1),
            )
        )

    def _lose(self, side: Ears | Mouth) -> None:
        """A device that went away in a call: the call goes on, this side in silence."""
        if side.port is None or side.port.failed is None:
            return
        reason = side.port.failed
        port = side.leave()
        if port is not None:
            port.close()
        self._tell_rates()
        self._fail(side, AudioUnavailable(reason, RETRY_ADVICE))

    def _heard(self, block: Block) -> None:
        for tap in self.taps:
            tap.heard(block)

    def _follow_speaker(self) -> None:
        for block in self.mouth.port.played() if self.mouth.port else ():
            for tap in self.taps:
                tap.played(block)

    def _tell_rates(self) -> None:
        rates = [side.port.rate if side.port else 0 for side in (self.ears, self.mouth)]
        for tap in self.taps:
            tap.rates(*rates)

    def _fail(self, side: Ears | Mouth, error: AudioUnavailable) -> None:
        self._failures[side.side] = error
        self._emit(AudioFailed(side=side.side, reason=error.reason, advice=error.advice))
