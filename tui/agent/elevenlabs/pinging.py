"""Pings and the round trip that their pongs tell. Knows a clock and ids, no socket."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from tui.agent.elevenlabs.frames import ServerFrame
from tui.providers.elevenlabs import frames as wire

PING_EVERY_S = 2.0


class Pinging:
    def __init__(self, send: Callable[[ServerFrame], Awaitable[None]]) -> None:
        self._send = send
        self._id = 0
        self._at = 0.0
        self._ms: int | None = None

    async def run(self) -> None:
        while True:
            self._id += 1
            self._at = time.monotonic()
            payload = wire.PingPayload(event_id=self._id, ping_ms=self._ms)
            await self._send(wire.Ping(ping_event=payload))
            await asyncio.sleep(PING_EVERY_S)

    def on_pong(self, event_id: int) -> None:
        if event_id == self._id:
            # At least 1: clients take 0 for "not measured".
            self._ms = max(1, round((time.monotonic() - self._at) * 1000))
