"""Frames that we do not take, and frames that something of ours fails on: told, and no more."""

import asyncio
import base64
import hashlib
import json
import re
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from websockets.asyncio.server import ServerConnection

from tests.session.rig import METADATA, agent_server, plan_for, running, send
from tui.audio.chunks import Chunk
from tui.audio.level import FLOOR_DBFS
from tui.commands import Connect
from tui.events import (
    AgentResponded,
    AudioGlitched,
    AudioWarned,
    Closer,
    LinkClosed,
    LinkRetrying,
    Noted,
    ProtocolErred,
    VadScored,
)
from tui.notices import CallState
from tui.session import recorder
from tui.session.sound import speaker as mouth

ACCEPT = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
"""RFC 6455 1.3."""


def frame(first: int, payload: bytes, size: int | None = None) -> bytes:
    """A frame of a server whose first byte is `first`, said to be `size` long."""
    size = len(payload) if size is None else size
    if size < 126:
        return bytes([first, size]) + payload
    return bytes([first, 127]) + struct.pack(">Q", size) + payload


class Holder:
    """A server that sends one bad frame and then holds the connection, reading what comes."""

    def __init__(self, bad: bytes) -> None:
        self.bad = bad
        self.heard = b""
        self.ended = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = (await reader.readuntil(b"\r\n\r\n")).decode()
        key = re.search(r"Sec-WebSocket-Key: (\S+)", request)
        assert key
        digest = hashlib.sha1((key[1] + ACCEPT).encode()).digest()  # noqa: S324  RFC 6455
        writer.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + base64.b64encode(digest) + b"\r\n\r\n"
        )
        writer.write(frame(0x81, json.dumps(METADATA).encode()))
        while b"\x89" not in self.heard:  # its first ping, which is never answered
            self.heard += await reader.read(65536)
        writer.write(self.bad)
        try:
            while data := await reader.read(65536):
                self.heard += data
        except ConnectionError:
            pass
        self.ended.set()
        writer.close()


@asynccontextmanager
async def holding(bad: bytes) -> AsyncIterator[tuple[str, Holder]]:
    holder = Holder(bad)
    server = await asyncio.start_server(holder.serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", holder


@pytest.mark.parametrize(
    ("bad", "code", "reason", "said"),
    [
        (frame(0x81, b"{" * 100, size=17 << 20), 1009, "exceeds limit", "it is too large"),
        (frame(0x81, b'{"type":"\xff"}'), 1007, "invalid start byte", "not UTF-8"),
        (frame(0xF1, b"{}"), 1002, "reserved bits", "it breaks the protocol"),
    ],
    ids=["too large", "bad UTF-8", "reserved bits"],
)
async def test_a_frame_that_we_refuse_is_told_with_our_own_code(
    tmp_path: Path, bad: bytes, code: int, reason: str, said: str
) -> None:
    async with (
        holding(bad) as (url, holder),
        running(plan_for(tmp_path, base_url=url)) as rig,
    ):
        rig.session.handle(Connect())
        closed: LinkClosed = await rig.event(LinkClosed, timeout=5)  # a dead link takes 10 s
        assert (closed.by, closed.code, closed.refused) == (Closer.ERROR, code, True)
        assert reason in closed.reason
        await rig.until(lambda: rig.notices.notice.state is CallState.FAILED, "failed")
        assert said in rig.notices.notice.detail and f"code {code}" in rig.notices.notice.detail
        await asyncio.wait_for(holder.ended.wait(), 10)
        assert b"\x88" in holder.heard  # the server was told, too
        assert rig.all(LinkRetrying) == []


@pytest.mark.parametrize("broken", ["act", "record"])
async def test_what_fails_on_a_frame_is_told_beside_it_and_the_call_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    def fail(*_: object) -> None:
        raise ArithmeticError("no such sound")

    if broken == "act":
        monkeypatch.setattr(mouth.Speaker, "play", fail)
    else:
        monkeypatch.setattr(recorder.Recorder, "_loudness", fail)

    async def agent(socket: ServerConnection) -> None:
        audio = {"audio_base_64": "AAA=", "event_id": 1}
        await send(socket, {"type": "audio", "audio_event": audio})
        await send(socket, {"type": "vad_score", "vad_score_event": {"vad_score": 0.5}})
        await socket.wait_closed()

    async with agent_server(agent) as url, running(plan_for(tmp_path, base_url=url)) as rig:
        rig.session.handle(Connect())
        await rig.event(VadScored)
        [erred] = rig.all(ProtocolErred)
        assert erred.reason == "audio: ArithmeticError: no such sound"
        kinds = [entry.kind for entry in rig.read()]
        assert kinds.index("protocol_error") == kinds.index("audio") + 1
        await rig.until(lambda: rig.notices.notice.state is CallState.LIVE, "still live")


async def test_json_in_binary_frames_is_read_and_told_once(tmp_path: Path) -> None:
    async def agent(socket: ServerConnection) -> None:
        for number in (1, 2):
            event = {"agent_response": "Hällo in bytes.", "event_id": number}
            reply = {"type": "agent_response", "agent_response_event": event}
            await socket.send(json.dumps(reply, ensure_ascii=False).encode())
        await socket.send(b"\x00\xff")
        await send(socket, {"type": "vad_score", "vad_score_event": {"vad_score": 0.5}})
        await socket.wait_closed()

    async with agent_server(agent) as url, running(plan_for(tmp_path, base_url=url)) as rig:
        rig.session.handle(Connect())
        await rig.event(VadScored)
        assert [e.text for e in rig.all(AgentResponded)] == ["Hällo in bytes."] * 2
        assert sum("binary" in e.text for e in rig.all(Noted)) == 1
        assert len(rig.all(ProtocolErred)) == 1
        [sound] = [entry.number for entry in rig.read() if entry.kind == "protocol_error"]
        assert rig.reader.text(sound) == "00 ff"


async def test_speech_that_is_not_sent_is_counted_and_told_until_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.session.session.LOSS_TICK_S", 0.05)
    go_on = asyncio.Event()

    async def agent(socket: ServerConnection) -> None:
        socket.transport.pause_reading()
        await go_on.wait()
        socket.transport.resume_reading()
        async for _ in socket:
            pass

    chunk = Chunk(
        bytes(320_000), FLOOR_DBFS
    )  # ten seconds: what is on its way fills the buffers of both sides
    async with agent_server(agent) as url, running(plan_for(tmp_path, base_url=url)) as rig:
        rig.session.handle(Connect())
        await rig.until(lambda: rig.notices.notice.state is CallState.LIVE, "live")
        for _ in range(200):
            rig.session.hear(chunk)
        lost: AudioGlitched = await rig.event(AudioGlitched)
        assert lost.what == "unsent" and lost.gap_ms == lost.count * 10_000
        await rig.until(lambda: "not sent" in str(rig.notices.notice.audio_warnings), "told")
        go_on.set()
        await rig.until(lambda: not rig.notices.notice.audio_warnings, "over")
        warned = [(e.what, e.over) for e in rig.all(AudioWarned)]
        assert warned == [("unsent", False), ("unsent", True)]
