"""Proxies as they stand in people's shells: they work, or one true sentence names them."""

import asyncio
import socket as sockets
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.session.rig import plan_for, running
from tui.commands import Connect
from tui.errors import LinkError
from tui.events import LinkFailed
from tui.session.http.proxy import proxy_for

HOST = "agent.example.invalid"
KEY_ENV = "TEST_VOICESCOPE_KEY"
KEYS = pytest.mark.parametrize("key", ["", "sk_any"], ids=["public", "signed"])
_NAMES = ("wss_proxy", "https_proxy", "http_proxy", "all_proxy", "socks_proxy", "no_proxy")


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in _NAMES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    yield


class Answering:
    """A proxy that gives everybody one answer, and keeps what it was asked."""

    def __init__(self, answer: bytes) -> None:
        self._answer = answer
        self.asked: list[str] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            self.asked.append((await reader.readuntil(b"\r\n\r\n")).decode())
        except asyncio.IncompleteReadError:
            pass
        writer.write(self._answer)
        await writer.drain()
        writer.close()


@asynccontextmanager
async def a_proxy(answer: bytes) -> AsyncIterator[tuple[Answering, int]]:
    proxy = Answering(answer)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    async with server:
        yield proxy, server.sockets[0].getsockname()[1]


async def failure(tmp_path: Path, key: str) -> str:
    plan = plan_for(
        tmp_path, base_url=f"https://{HOST}", api_key_env=KEY_ENV if key else "", reconnect=False
    )
    async with running(plan) as rig:
        rig.session.handle(Connect())
        failed: LinkFailed = await rig.event(LinkFailed, timeout=60)
        return f"{failed.reason}; {failed.advice}"


def closed_port() -> int:
    with sockets.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


@KEYS
@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("socks5h://127.0.0.1:{port}", "(https_proxy) is a SOCKS proxy"),
        ("ftp://127.0.0.1:{port}", "is no HTTP proxy"),
        ("127.0.0.1:{port}", "refused the connection"),
        ("http://me@127.0.0.1:{port}", "refused the connection"),
        ("HTTP://me:geheim@127.0.0.1:{port}/", "refused the connection"),
        ("http://me:geh#eim@127.0.0.1:{port}", "is no address"),
        ("http://127.0.0.1:99999", "is no address"),
        ("http://[::1", "is no address"),
        ("http://proxy.example.invalid:3128", "no address is known for the proxy"),
    ],
)
async def test_one_that_does_not_work_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str, value: str, said: str
) -> None:
    monkeypatch.setenv(KEY_ENV, key)
    monkeypatch.setenv("https_proxy", value.format(port=closed_port()))
    told = await failure(tmp_path, key)
    assert said in told and "https_proxy" in told and HOST in told
    assert "geh" not in told and "me" not in told.replace("name", "").split()


@KEYS
@pytest.mark.parametrize(
    ("answer", "login", "said"),
    [
        ("407 Proxy Authentication Required", "", "asks for a login"),
        ("407 Proxy Authentication Required", "me:geheim@", "does not take the login"),
        ("502 Bad Gateway", "", f"does not connect to {HOST} (HTTP 502)"),
    ],
)
async def test_one_that_refuses_is_told_with_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str, *, answer: str, login: str, said: str
) -> None:
    monkeypatch.setenv(KEY_ENV, key)
    text = f"HTTP/1.1 {answer}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    async with a_proxy(text.encode()) as (proxy, port):
        monkeypatch.setenv("ALL_PROXY", f"http://{login}127.0.0.1:{port}")
        told = await failure(tmp_path, key)
    assert said in told and "ALL_PROXY" in told and "geheim" not in told
    assert proxy.asked[0].startswith(f"CONNECT {HOST}:443 ")
    assert ("Proxy-Authorization: Basic bWU6Z2VoZWlt" in proxy.asked[0]) is bool(login)


@KEYS
async def test_one_that_speaks_no_http_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setenv(KEY_ENV, key)
    async with a_proxy(b"220 mail.example ESMTP\r\n") as (_, port):
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")
        told = await failure(tmp_path, key)
    assert "HTTPS_PROXY" in told and f"127.0.0.1:{port}" in told


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "ws://localhost:1", "http://[::1]:1"])
def test_this_machine_is_never_reached_through_one(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://192.0.2.1:3128")
    assert proxy_for(url) is None
    assert proxy_for(f"wss://{HOST}") is not None


@pytest.mark.parametrize(
    ("no_proxy", "url"),
    [
        (HOST, f"wss://{HOST}/x"),
        (".example.invalid", f"https://{HOST}"),
        ("localhost, example.invalid", f"https://{HOST}"),
        (f"{HOST}:8443", f"https://{HOST}:8443"),
        ("*", f"https://{HOST}"),
        ("10.0.0.0/8", "https://10.1.2.3"),
    ],
)
def test_who_is_named_in_no_proxy_is_reached_directly(
    monkeypatch: pytest.MonkeyPatch, no_proxy: str, url: str
) -> None:
    monkeypatch.setenv("https_proxy", "http://192.0.2.1:3128")
    monkeypatch.setenv("no_proxy", no_proxy)
    assert proxy_for(url) is None
    monkeypatch.setenv("no_proxy", "other.example")
    assert proxy_for(url) is not None


def test_a_login_is_kept_and_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "me:ge%23heim@proxy.example")
    proxy = proxy_for(f"https://{HOST}")
    assert proxy is not None
    assert proxy.url == "http://me:ge%23heim@proxy.example:80"
    assert "heim" not in f"{proxy}{proxy!r}" and str(proxy).startswith("the proxy http://proxy.")
    monkeypatch.setenv("https_proxy", "socks5://me:geheim@proxy.example:1080")
    with pytest.raises(LinkError) as refused:
        proxy_for(f"https://{HOST}")
    assert "geheim" not in str(refused.value)
