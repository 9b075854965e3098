"""Hanging up before there is a call, or when nobody listens any more: at once, in every state."""

import asyncio
import socket as sockets
import sys
import threading
import time
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from websockets.asyncio.server import ServerConnection, serve

from tests.session.rig import Rig, agent_server, plan_for, running
from tui.commands import Connect, HangUp, SendText
from tui.events import Closer, InitiationSent, LinkClosed
from tui.notices import CallState

KEY_ENV = "TEST_VOICESCOPE_KEY"
KEYS = pytest.mark.parametrize("key", ["", "sk_any"], ids=["public", "signed"])


async def hung_up(rig: Rig, within_s: float = 15) -> LinkClosed:
    began = time.monotonic()
    rig.session.handle(HangUp())
    closed: LinkClosed = await rig.event(LinkClosed)
    await rig.until(lambda: rig.notices.notice.state is CallState.IDLE, "idle")
    assert time.monotonic() - began < within_s
    assert closed.by is Closer.USER and rig.notices.notice.detail == "you hung up"
    return closed


def plan_with(tmp_path: Path, key: str, **changes: Any) -> Any:
    return plan_for(tmp_path, api_key_env=KEY_ENV if key else "", **changes)


class Resolver:
    """A resolver that does not answer until it is let."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self.let = threading.Event()

    def getaddrinfo(self, *_: object, **__: object) -> list[Any]:
        self.asked.set()
        self.let.wait(20)
        raise sockets.gaierror(sockets.EAI_AGAIN, "no answer")


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> Resolver:
    mute = Resolver()
    monkeypatch.setattr(sockets, "getaddrinfo", mute.getaddrinfo)
    return mute


@KEYS
async def test_while_the_name_is_looked_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, resolver: Resolver, key: str
) -> None:
    monkeypatch.setenv(KEY_ENV, key)
    plan = plan_with(tmp_path, key, base_url="https://agent.invalid")
    async with running(plan) as rig:
        rig.session.handle(Connect())
        await rig.until(resolver.asked.is_set, "the question")
        await hung_up(rig)
        rig.session.handle(Connect())  # and the session is fit for more
        await rig.until(lambda: rig.notices.notice.state is CallState.CONNECTING, "again")
        resolver.let.set()


SLOW_NAMES = """
import pathlib, socket, sys, time
def getaddrinfo(*_, **__):
    pathlib.Path(sys.argv[1]).touch()
    time.sleep(1000)
socket.getaddrinfo = getaddrinfo
from tui.session.__main__ import main
main()
"""


async def test_quitting_does_not_wait_for_a_resolver(tmp_path: Path) -> None:
    """The lookup is a thread that cannot be stopped: the process ends around it."""
    asked = tmp_path / "asked"
    (tmp_path / "journal").mkdir()
    plan = plan_for(tmp_path / "journal", base_url="https://agent.invalid")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SLOW_NAMES, str(asked), stdin=PIPE, stdout=DEVNULL
    )
    assert process.stdin is not None
    process.stdin.write(msgspec.json.encode(plan) + b"\n" + msgspec.json.encode(Connect()) + b"\n")
    end = time.monotonic() + 100
    while not asked.exists():
        assert time.monotonic() < end, "no lookup"
        await asyncio.sleep(0.01)
    process.stdin.close()
    assert await asyncio.wait_for(process.wait(), 100) == 0


@asynccontextmanager
async def mute_server(trickle: bytes = b"") -> AsyncIterator[tuple[int, asyncio.Event]]:
    """Accepts and says nothing, or one byte every so often; its port, and that somebody came."""
    accepted = asyncio.Event()
    said = trickle * 1000

    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        accepted.set()
        try:
            for number in range(len(said)):
                writer.write(said[number : number + 1])
                await asyncio.sleep(0.02)
            await reader.read()
        except ConnectionError:
            pass
        writer.close()

    server = await asyncio.start_server(hold, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], accepted


@KEYS
@pytest.mark.parametrize("scheme", ["https", "http"], ids=["tls", "upgrade"])
async def test_while_the_other_side_says_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scheme: str, key: str
) -> None:
    monkeypatch.setenv(KEY_ENV, key)
    async with mute_server() as (port, accepted):
        url = f"{scheme}://127.0.0.1:{port}"
        async with running(plan_with(tmp_path, key, base_url=url)) as rig:
            rig.session.handle(Connect())
            await rig.until(accepted.is_set, "a connection")
            await hung_up(rig)


async def test_while_the_upgrade_comes_byte_by_byte(tmp_path: Path) -> None:
    async with mute_server(b"HTTP/1.1 101 Switching Protocols\r\nX-Slow: 1\r\n") as (
        port,
        accepted,
    ):
        async with running(plan_for(tmp_path, base_url=f"http://127.0.0.1:{port}")) as rig:
            rig.session.handle(Connect())
            await rig.until(accepted.is_set, "a connection")
            await hung_up(rig)


async def test_before_the_agent_says_its_first_word_it_hears_a_real_close(tmp_path: Path) -> None:
    ended: list[int | None] = []

    async def converse(socket: ServerConnection) -> None:
        await socket.wait_closed()
        ended.append(socket.close_code)

    async with serve(converse, "127.0.0.1", 0, compression=None) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with running(plan_for(tmp_path, base_url=url)) as rig:
            rig.session.handle(Connect())
            await rig.event(InitiationSent)
            closed = await hung_up(rig)
            await rig.until(lambda: ended, "the agent's end")
    assert ended == [1000] and closed.code == 1000


async def test_before_its_first_word_even_if_it_does_not_answer_the_close(tmp_path: Path) -> None:
    over = asyncio.Event()

    async def deaf(socket: ServerConnection) -> None:
        await socket.recv()
        socket.transport.pause_reading()
        await over.wait()
        socket.transport.abort()

    async with serve(deaf, "127.0.0.1", 0, compression=None) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with running(plan_for(tmp_path, base_url=url)) as rig:
            rig.session.handle(Connect())
            await rig.event(InitiationSent)
            await hung_up(rig)
            over.set()


async def test_when_the_agent_has_stopped_reading(tmp_path: Path) -> None:
    """More waits in the buffers than the network takes: a close frame would wait behind it."""
    over = asyncio.Event()

    async def stuck(socket: ServerConnection) -> None:
        socket.transport.pause_reading()
        await over.wait()
        socket.transport.abort()

    async with agent_server(stuck) as url, running(plan_for(tmp_path, base_url=url)) as rig:
        rig.session.handle(Connect())
        await rig.until(lambda: rig.notices.notice.state is CallState.LIVE, "live")
        for _ in range(40):
            rig.session.handle(SendText(text="x" * 400_000))
        await rig.until(lambda: waiting(rig) > 32_768, "full buffers")  # where a send waits
        await hung_up(rig, within_s=10)  # 0.3 s of it is for a close that may still get through
        over.set()


def waiting(rig: Rig) -> int:
    """Bytes that the network does not take."""
    call = rig.session._call_loop.call
    assert call is not None and call._link._socket is not None
    return call._link._socket.transport.get_write_buffer_size()
