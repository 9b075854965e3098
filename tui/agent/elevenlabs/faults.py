"""Breaks a connection in the ways that networks and servers do.

Knows the transport below a socket and the bytes of WebSocket frames (RFC 6455, 5.2).
"""

import asyncio

from tui.agent.elevenlabs.link import Connection, Over
from tui.agent.scenarios.scenario import Fault

_UNFINISHED = bytes([0x81, 100]) + b'{"type":"agent_response","agent_resp'
"""A text frame that promises 100 bytes and has fewer."""
_GARBAGE = bytes([0xF7, 0xFF]) + bytes(range(64))
"""Reserved bits and an opcode that does not exist."""
_SCORE = {"type": "vad_score", "vad_score_event": {"vad_score": 0.1}}
SETTLE_S = 0.1
"""Lets the bytes leave before the connection is cut behind them."""


async def inflict(fault: Fault, link: Connection, transport: asyncio.Transport) -> None:
    """Raises Over where the connection is gone afterwards."""
    match fault.fault:
        case "flood":
            for _ in range(fault.count):
                await link.send(fault.frame or _SCORE)
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
