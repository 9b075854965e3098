"""Keys, passwords and tokens of the user: where they go, and that they are read nowhere else."""

import asyncio
import base64
import io
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from rich.console import Console
from websockets.asyncio.server import ServerConnection

from tests.session.rig import agent_server, http_server, plan_for, receive, running, send
from tests.session.test_refusals import KEY, KEY_ENV, assert_no_secret, failure
from tests.session.test_setup import api_server
from tests.session.tools.tooling import auto, tool_call
from tui.commands import Connect
from tui.dashboard.app import crash_report
from tui.errors import LinkError
from tui.events import InitiationSent, LinkOpened, LinkOpening, ToolAnswered, ToolAsked
from tui.notices import CallState
from tui.plan import ClientTool
from tui.provider import Access, Upload
from tui.providers.elevenlabs.catalogue import CATALOGUE
from tui.session.http.catalogue_process import Wanted, reply
from tui.session.http.client import Api
from tui.session.http.credentials import check_key, without_secrets
from tui.session.local_agent import LocalAgent
from tui.setup import Setup

# ── An address with a login ──────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("password", ["canary-pass", "cnry", "can%2Fary%40pass"])
async def test_the_password_of_an_address_is_used_and_shown_nowhere(
    tmp_path: Path, password: str
) -> None:
    asked: list[str | None] = []

    async def agent(socket: ServerConnection) -> None:
        assert socket.request is not None
        asked.append(socket.request.headers.get("Authorization"))
        await socket.wait_closed()

    async with agent_server(agent) as url:
        base = url.replace("//", f"//me:{password}@")
        async with running(plan_for(tmp_path, base_url=base)) as rig:
            rig.session.handle(Connect())
            await rig.event(InitiationSent)
            await rig.until(lambda: asked, "the agent")
            await rig.until(lambda: rig.notices.notice.state is CallState.LIVE, "live")
            assert rig.notices.notice.target == url.removeprefix("http://") + "/agent_1"
    assert rig.all(LinkOpening)[0].target == url.removeprefix("http://") + "/agent_1"
    login = base64.b64decode((asked[0] or "").removeprefix("Basic ")).decode()
    assert login == f"me:{password}".replace("%2F", "/").replace("%40", "@")
    assert password.encode() not in (tmp_path / "call.jsonl").read_bytes()


@pytest.mark.parametrize("key", ["", KEY])
@pytest.mark.parametrize("base", ["http://me:cnry@192.0.2.1", "me:cnry@192.0.2.1/x", "//a:cnry@h"])
async def test_no_refusal_of_an_address_shows_its_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, base: str, key: str
) -> None:
    monkeypatch.setenv(KEY_ENV, key)
    failed = await failure(tmp_path, base_url=base, api_key_env=KEY_ENV)
    assert "cnry" not in f"{failed.reason}{failed.advice}"
    answer = await reply(asking(base))
    assert answer.error and "cnry" not in answer.error
    assert b"cnry" not in (tmp_path / "call.jsonl").read_bytes()


# ── A key ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("key", "what"),
    [
        (f"{KEY}\r\nX-More: 1", "a line break"),
        (f"{KEY}\n{KEY}", "a line break"),
        (f"{KEY} {KEY}", "a space"),
        (f"{KEY}\u00a0x", "a space"),
        (f"{KEY}ключ", "a character that no key has"),
        (f"{KEY}\x00".replace("\x00", "\x07"), "a character that no key has"),
    ],
)
async def test_a_key_that_no_header_can_carry(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str, what: str
) -> None:
    monkeypatch.setenv(KEY_ENV, key)
    async with http_server(200, {"signed_url": "ws://127.0.0.1:1"}) as url:
        failed = await failure(tmp_path, base_url=url, api_key_env=KEY_ENV)
        answer = await reply(asking(url))
    assert failed.reason == f"the key in {KEY_ENV} has {what} in it"
    assert answer.error.startswith(failed.reason) and KEY not in answer.error
    assert_no_secret(tmp_path)


async def test_line_ends_around_a_key_are_not_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_ENV, f" {KEY}\r\n")
    async with api_server() as api:
        answer = await reply(asking(api.url))
    assert answer.agents and api.keys == {KEY}


def test_usual_keys_pass() -> None:
    for key in ("", "sk_0123", "a.b-c~d/e+f=", "!~"):
        check_key(key, KEY_ENV)


async def test_the_local_agent_inherits_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    secret = {
        "ELEVENLABS_API_KEY": "canary",
        "OTHER_TOKEN": "canary",
        "my_Password": "canary",
        "AWS_SECRET_ACCESS": "canary",
        "HTTPS_PROXY": "http://me:canary@127.0.0.1:1",
        "DATABASE_URL": "postgres://me:canary@db/x",
        "ODDLY_NAMED": "canary",
    }
    for name, value in secret.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("VISIBLE", "as it was")
    agent = LocalAgent(hide=("ODDLY_NAMED",))
    await agent.spawn()
    try:
        await agent.ready()
        environ = await asyncio.to_thread(Path(f"/proc/{agent.pid}/environ").read_bytes)
    finally:
        await agent.stop()
    assert b"canary" not in environ and b"VISIBLE=as it was" in environ


def test_what_a_child_without_a_key_keeps() -> None:
    usual = {
        "PATH": "/bin",
        "HOME": "/h",
        "LC_ALL": "C",
        "PYTHONPATH": "/x",
        "XDG_STATE_HOME": "/s",
    }
    assert without_secrets(usual) == usual


def asking(base_url: str) -> Wanted:
    return Wanted(provider="elevenlabs", do="agents", base_url=base_url, api_key_env=KEY_ENV)


# ── Where a key goes ────────────────────────────────────────────────────────────────────────────


async def test_a_redirect_of_the_api_is_not_followed() -> None:
    async with api_server() as other, http_server(302, {}, Location=f"{other.url}/v1/x") as url:
        access = Access(base_url=url, key=KEY)
        file = Upload(name="a.txt", data=b"x", mime="text/plain")
        assert CATALOGUE.agents and CATALOGUE.upload
        with pytest.raises(LinkError, match="redirects"):
            await Api(access).ask(CATALOGUE.agents(access, ""))
        with pytest.raises(LinkError, match="redirects"):
            await Api(access).ask(CATALOGUE.upload(access, "conv", file))
    assert not other.asked


async def test_a_signed_url_in_clear_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY_ENV, KEY)
    signed = "ws://192.0.2.1/v1/convai/conversation?conversation_signature=canary_signature"
    async with http_server(200, {"signed_url": signed}) as url:
        failed = await failure(tmp_path, base_url=url, api_key_env=KEY_ENV)
    assert failed.reason == "the address of the call is not encrypted"
    assert_no_secret(tmp_path)


@asynccontextmanager
async def proxy(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[list[object]]:
    """A proxy for everything, by the environment; yields who came to it."""
    visitors: list[object] = []

    async def visit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        visitors.append(writer)
        writer.close()

    server = await asyncio.start_server(visit, "127.0.0.1", 0)
    async with server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        for name in ("http_proxy", "https_proxy", "all_proxy", "ws_proxy", "wss_proxy"):
            monkeypatch.setenv(name, url)
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        yield visitors


async def test_what_is_on_this_machine_is_not_reached_through_a_proxy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY_ENV, KEY)
    async with proxy(monkeypatch) as visitors, api_server() as api:
        setup = Setup(dynamic_variables={"name": "Bo"})
        plan = plan_for(tmp_path, base_url=api.url, api_key_env=KEY_ENV, setup=setup)
        async with running(plan) as rig:
            rig.session.handle(Connect())
            await rig.event(LinkOpened)
        access = Access(base_url=api.url, key=KEY)
        assert CATALOGUE.agents and await Api(access).ask_all(CATALOGUE.agents(access, ""))
    assert not visitors and any("get-signed-url" in path for path in api.asked)


# ── Tools, and what fails ───────────────────────────────────────────────────────────────────────

SECRETS = "import os\ndef tell(): return [os.environ['SHOP_PIN'], 'authorization: Basic abc123']\n"


async def test_what_a_tool_may_know_is_in_no_answer_and_in_no_question(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_PIN", "pin_canary_4711")
    (tmp_path / "pin_tools.py").write_text(SECRETS)
    tools = {
        "tell": auto(run="pin_tools:tell", env=("SHOP_PIN",)),
        "careful": ClientTool(run="pin_tools:tell"),
    }
    told: list[str] = []

    async def agent(socket: ServerConnection) -> None:
        await send(socket, tool_call("tell", "t1", {}))
        told.append((await receive(socket, "client_tool_result"))["result"])
        await send(socket, tool_call("careful", "t2", {"pin": "pin_canary_4711", "n": 1}))
        mcp: dict[str, object] = {
            "service_id": "s",
            "tool_call_id": "m1",
            "tool_name": "t",
            "tool_description": "",
        }
        mcp |= {"parameters": {"pin": "pin_canary_4711"}, "state": "awaiting_approval"}
        await send(socket, {"type": "mcp_tool_call", "mcp_tool_call": mcp})
        await socket.wait_closed()

    journals = tmp_path / "journals"
    journals.mkdir()
    async with agent_server(agent) as url:
        plan = plan_for(journals, base_url=url, tools=tools, tools_folder=str(tmp_path))
        async with running(plan) as rig:
            rig.session.handle(Connect())
            await rig.event(ToolAnswered)
            await rig.until(lambda: len(rig.all(ToolAsked)) == 2, "both questions")
            await rig.until(lambda: len(rig.notices.notice.pending_tools) == 2, "both shown")
            pending = rig.notices.notice.pending_tools
    assert json.loads(told[0]) == ["***", "authorization: Basic abc123"]  # what is ours, no more
    assert [json.loads(one.arguments)["pin"] for one in pending] == ["***", "***"]
    assert b"canary" not in (journals / "call.jsonl").read_bytes()


def test_a_crash_report_has_no_values() -> None:
    said = io.StringIO()
    key = "sk_canary" * 2
    try:
        raise ValueError(len(key))
    except ValueError:
        console = Console(file=said, width=100)
        console.print(crash_report(console))
    assert "ValueError" in said.getvalue() and "sk_canarysk" not in said.getvalue()


async def test_a_log_of_the_session_has_no_password(tmp_path: Path) -> None:
    """Traces quote the words of errors, and those the addresses that failed."""
    script = (
        "import sys\nfrom tui.session.__main__ import _Log\n"
        "from tui.journal.redact import Redactor\n"
        "sys.stderr = _Log(sys.stderr, Redactor())\n"
        "raise ValueError('no proxy at http://me:canary@127.0.0.1:3128')\n"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, stderr=asyncio.subprocess.PIPE
    )
    _, log = await process.communicate()
    assert b"http://me:***@127.0.0.1:3128" in log and b"canary" not in log.splitlines()[-1]
