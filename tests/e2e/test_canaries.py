"""Secrets of every kind in one call of the whole program: none is on the screen, in a file or told.

Each has CANARY in it. The agent repeats all that it knows, escaped as gateways escape.
"""

import asyncio
import base64
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path
from urllib.parse import quote, quote_plus

from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response

from tests.e2e.terminal import Terminal, terminal
from tests.session.rig import METADATA, receive
from tests.session.tools.tooling import tool_call

KEY = "sk_CANARY/key+0123456789"
PIN = "p\u00e4ssw\u00f6rt CANARY/\U0001f600"
TOOL = "tool-CANARY=47"
LOGIN = "login-CANARY-1"
PROXY = "proxy-CANARY-2"
SIGNED = "signature-CANARY-3"
SECRETS = (KEY, PIN, TOOL, LOGIN, SIGNED)
CONFIG = f"""
[setup.dynamic_variables]
secret__pin = {json.dumps(PIN, ensure_ascii=False)}
[tools.tell]
run = "canary_tools:tell"
approve = "auto"
env = ["SHOP_CANARY"]
[tools.ask]
run = "canary_tools:tell"
"""
MODULE = "import os\ndef tell(**given): return {'pin': os.environ['SHOP_CANARY'], 'seats': 2}\n"
CRASH = """
import os, sys
from tui.dashboard.app import VoiceScopeApp
def boom(self):
    key = os.environ["ELEVENLABS_API_KEY"]
    raise RuntimeError(len(key))
VoiceScopeApp.action_help = boom
from tui.__main__ import main
sys.exit(main())
"""


def spoken() -> str:
    """All the secrets, in the ways they are written."""
    ways = (str, json.dumps, lambda one: json.dumps(json.dumps(one)), quote, quote_plus)
    return " ".join(way(secret) for secret in SECRETS for way in ways)


class Agent:
    def __init__(self) -> None:
        self.url = ""
        self.told: list[str] = []
        self.logins: list[str | None] = []

    def api(self, socket: ServerConnection, request: Request) -> Response | None:
        """The REST API; None for what is a conversation."""
        if "get-signed-url" not in request.path:
            if request.path.startswith("/v1/convai/conversation"):
                return None
            return socket.respond(HTTPStatus.NOT_FOUND, "{}")
        self.logins.append(request.headers.get("Authorization"))
        url = self.url.replace("http", "ws") + "/v1/convai/conversation?conversation_signature="
        return socket.respond(HTTPStatus.OK, json.dumps({"signed_url": url + SIGNED}))

    async def converse(self, socket: ServerConnection) -> None:
        await socket.recv()
        await socket.send(json.dumps(METADATA))
        reply = {"agent_response": spoken(), "event_id": 1}
        frame = {"type": "agent_response", "agent_response_event": reply}
        await socket.send(json.dumps(frame).replace("/", "\\/").replace("+", "\\u002b"))
        await socket.send(f"no JSON: {spoken()}")
        await socket.send(json.dumps(tool_call("tell", "t1", {})))
        self.told.append((await receive(socket, "client_tool_result"))["result"])
        await socket.send(json.dumps(tool_call("ask", "t2", {"given": spoken()})))
        answer = {"agent_response": "That is all.", "event_id": 2}
        await socket.send(json.dumps({"type": "agent_response", "agent_response_event": answer}))
        await socket.wait_closed()


@asynccontextmanager
async def agent() -> AsyncIterator[Agent]:
    known = Agent()
    async with serve(
        known.converse, "127.0.0.1", 0, process_request=known.api, compression=None
    ) as server:
        known.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield known


def prepare(home: Path) -> dict[str, str]:
    (home / "canary_tools.py").write_text(MODULE)
    (home / "config.toml").write_text(CONFIG, encoding="utf-8")
    proxy = f"http://me:{PROXY}@127.0.0.1:9"
    return {
        "ELEVENLABS_API_KEY": KEY,
        "SHOP_CANARY": TOOL,
        "http_proxy": proxy,
        "https_proxy": proxy,
        "no_proxy": "",
    }


def given(known: Agent, home: Path) -> list[str]:
    """Flags of a call with it."""
    base = known.url.replace("//", f"//me:{LOGIN}@")
    config = str(home / "config.toml")
    return ["--config", config, "--base-url", base, "--agent-id", "agent_1", "--no-audio"]


def check_nothing_shows(home: Path, *printed: bytes) -> None:
    state = home / "state"
    files = [path for path in state.rglob("*") if path.is_file()]
    assert any(path.suffix == ".jsonl" for path in files)
    assert any(path.name == "session.log" for path in files)
    basic = base64.b64encode(f"me:{LOGIN}".encode())
    for what, data in [*((path, path.read_bytes()) for path in files), *enumerate(printed)]:
        assert b"CANARY" not in data and basic not in data, what
        assert quote(PIN)[:12].encode() not in data, what


def look_around(screen: Terminal) -> None:
    screen.wait_for("That is all.")
    screen.wait_for("ask")
    screen.type("\x12")  # Ctrl-R opens the question
    screen.wait_for("Refused by itself")
    screen.type("\x1b")
    screen.type("\x0f")  # Ctrl-O: the set-up, which shows that there is a secret
    screen.wait_for('"secret__p')  # as much of it as the row has room for


async def test_no_secret_is_shown_or_written_by_the_dashboard(tmp_path: Path) -> None:
    env = prepare(tmp_path)
    async with agent() as known:
        arguments = given(known, tmp_path)
        with terminal(*arguments, home=tmp_path, columns=160, rows=45, **env) as screen:
            await asyncio.to_thread(look_around, screen)
            output = bytes(screen.output)
    check_nothing_shows(tmp_path, output)
    assert [json.loads(told) for told in known.told] == [{"pin": "***", "seats": 2}]
    login = "Basic " + base64.b64encode(f"me:{LOGIN}".encode()).decode()
    assert known.logins == [login]


def wait_for_the_trace(screen: Terminal) -> None:
    end = time.monotonic() + 20
    while b"RuntimeError" not in screen.output:
        assert time.monotonic() < end
        time.sleep(0.02)  # what the terminal still holds


async def test_no_secret_is_on_a_crash_screen(tmp_path: Path) -> None:
    env = prepare(tmp_path)
    async with agent() as known:
        arguments = given(known, tmp_path)
        command = (sys.executable, "-c", CRASH)
        with terminal(
            *arguments, home=tmp_path, columns=160, rows=45, command=command, **env
        ) as screen:
            await asyncio.to_thread(screen.wait_for, "That is all.")
            screen.type("\x1bOP")  # F1
            await asyncio.to_thread(screen.end, 20)
            await asyncio.to_thread(wait_for_the_trace, screen)
            output = bytes(screen.output)
    check_nothing_shows(tmp_path, output)


async def test_no_password_of_a_proxy_is_told(tmp_path: Path) -> None:
    env = {**os.environ, **prepare(tmp_path), "HOME": str(tmp_path)}
    env |= {"XDG_STATE_HOME": str(tmp_path / "state"), "XDG_CONFIG_HOME": str(tmp_path / "none")}
    base = f"https://me:{LOGIN}@agent.example.invalid"
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "tui", "run", "--base-url", base, "--agent-id", "a", "--no-audio"],
        env=env,
        capture_output=True,
        timeout=120,
    )
    assert done.returncode != 0 and b"127.0.0.1:9" in done.stderr
    check_nothing_shows(tmp_path, done.stdout, done.stderr)
