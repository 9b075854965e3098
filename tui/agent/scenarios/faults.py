"""Breaks a connection in the ways that networks and servers do.

Knows the transport below a socket and the bytes of WebSocket frames (RFC 6455, 5.2).
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from tui.agent.link import Over
from tui.agent.scenarios.scenario import Fault

_UNFINISHED = bytes([0x81, 100]) + b'{"type":"agent_response","agent_resp'
"""A text frame that promises 100 bytes and has fewer."""
_GARBAGE = bytes([0xF7, 0xFF]) + bytes(range(64))
"""Reserved bits and an opcode that does not exist."""
SETTLE_S = 0.1
"""Lets the bytes leave before the connection is cut behind them."""


async def inflict(
    fault: Fault,
    transport: asyncio.Transport,
    send: Callable[[dict[str, Any]], Awaitable[None]],
    chatter: dict[str, Any],
) -> None:
    """`chatter`: the frame that floods where the fault has none. Raises Over where the connection
    is gone afterwards."""
    match fault.fault:
        case "flood":
            for _ in range(fault.count):
                await send(fault.frame or chatter)
        case "stall":
            transport.pause_reading()
            await asyncio.sleep(fault.for_ms / 1000)
            transport.resume_reading()
        case "drop":
            await _cut(transport, b"")
        case "half_frame":
            await _cut(transport, _UNFINISHED)
        case "garbage":
            await _cut(transport, _GARBAGE)


async def _cut(transport: asyncio.Transport, parting: bytes) -> None:
    if parting:
        transport.write(parting)
    await asyncio.sleep(SETTLE_S)
    transport.abort()
    raise Over
