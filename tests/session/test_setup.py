"""What is asked of an agent, what it says of itself before, and what is sent by hand."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest
from aiohttp import web

from tests.session.rig import METADATA, http_server, plan_for, running
from tui.catalogue import AgentCard
from tui.commands import AnswerMcp, Connect, SendContext, SendFeedback, SendFile, SendRaw
from tui.events import (
    ContextSent,
    ConversationStarted,
    DurationLimited,
    FeedbackSent,
    FilesSent,
    FileUploaded,
    InitiationSent,
    LinkClosed,
    McpAnswered,
    Noted,
    PreflightFound,
    Priced,
    RawSent,
    SetupChosen,
    UploadFailed,
)
from tui.notices import CallState
from tui.providers import provider_of
from tui.providers.elevenlabs.catalogue import agent_card, agent_choices, voice_choices
from tui.session.http import upload as files
from tui.session.http.catalogue_process import Reply, Wanted, reply
from tui.setup import Setup

KEY, KEY_ENV = "sk_canary_0123456789", "TEST_VOICESCOPE_KEY"
AGENT: dict[str, Any] = {
    "agent_id": "agent_1",
    "name": "Shop",
    "conversation_config": {
        "agent": {
            "first_message": "Hello {{ name }}, it is {{system__time}}",
            "language": "en",
            "prompt": {
                "prompt": "Help with {{order}}.",
                "llm": "some-model",
                "tools": [{"type": "client", "name": "lights"}, {"type": "system", "name": "x"}],
            },
            "dynamic_variables": {"dynamic_variable_placeholders": {"order": "none"}},
        },
        "tts": {"voice_id": "v1", "agent_output_audio_format": "pcm_16000"},
        "conversation": {"text_only": False, "max_duration_seconds": 300},
    },
    "platform_settings": {
        "overrides": {
            "conversation_config_override": {
                "agent": {"language": True, "prompt": {"prompt": True, "llm": False}},
                "tts": {"speed": True},
            }
        }
    },
}


class Api:
    """A server of both the REST API and conversations."""

    def __init__(self) -> None:
        self.url = ""
        self.asked: list[str] = []
        self.keys: set[str | None] = set()
        self.frames: list[dict[str, Any] | str] = []
        self.uploads: list[tuple[str, str, bytes]] = []
        self.close: tuple[int, str] | None = None
        self.reckoned: list[Any] = []

    async def rest(  # noqa: PLR0911  one return a route
        self, request: web.Request
    ) -> web.StreamResponse:
        self.asked.append(request.path_qs)
        self.keys.add(request.headers.get("xi-api-key"))
        match request.path.split("/")[2:]:
            case ["convai", "agents"]:
                more = "cursor" not in request.query
                page = {"agents": [AGENT], "has_more": more, "next_cursor": "c2" if more else None}
                return web.json_response(page)
            case ["convai", "agents", "agent_1"]:
                return web.json_response(AGENT)
            case ["convai", "agent", "agent_1", "llm-usage", "calculate"]:
                self.reckoned.append(await request.json())
                price = {"llm": "some-model", "price_per_minute": 0.021}
                return web.json_response({"llm_prices": [price]})
            case ["voices"]:
                voice = {"voice_id": "v1", "name": "Ann", "labels": {"accent": "irish"}}
                return web.json_response({"voices": [voice], "has_more": False})
            case ["convai", "conversations", _, "files"]:
                return await self.file(request)
            case ["convai", "conversation", "get-signed-url"]:
                url = self.url.replace("http", "ws") + "/v1/convai/conversation?agent_id=agent_1"
                return web.json_response({"signed_url": url})
            case ["convai", "conversation"]:
                return await self.converse(request)
            case _:
                detail = {"detail": {"message": "not here"}}
                return web.json_response(detail, status=404)

    async def file(self, request: web.Request) -> web.Response:
        part = await (await request.multipart()).next()
        assert isinstance(part, aiohttp.BodyPartReader)
        self.uploads.append((part.filename or "", part.headers["Content-Type"], await part.read()))
        return web.json_response({"file_id": "file_1"})

    async def converse(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.frames.append(await socket.receive_json())
        await socket.send_json(METADATA)
        if self.close:
            await socket.close(code=self.close[0], message=self.close[1].encode())
            return socket
        async for message in socket:
            self.frames.append(message.data)
        return socket


def wanted(do: str, base_url: str, text: str = "") -> Wanted:
    return Wanted(provider="elevenlabs", do=do, base_url=base_url, api_key_env=KEY_ENV, text=text)


@asynccontextmanager
async def api_server() -> AsyncIterator[Api]:
    api = Api()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", api.rest)
    runner = web.AppRunner(app, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    api.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield api
    finally:
        await runner.cleanup()


GOOD = Setup(language="de", dynamic_variables={"name": "Bo", "secret__pin": "pin_canary"})


async def test_what_is_asked_of_the_agent_and_what_limits_the_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY_ENV, KEY)
    async with api_server() as api:
        plan = plan_for(tmp_path, base_url=api.url, api_key_env=KEY_ENV, setup=GOOD)
        async with running(plan) as rig:
            rig.session.handle(Connect())
            await rig.event(ConversationStarted)
            await rig.until(lambda: rig.notices.notice.duration_limit_s == 300, "the limit")
    first = api.frames[0]
    assert isinstance(first, dict)
    assert first["conversation_config_override"]["agent"]["language"] == "de"
    assert first["dynamic_variables"]["secret__pin"] == "pin_canary"
    assert rig.all(SetupChosen)[0].names == ("language", "dynamic_variables")
    assert rig.all(DurationLimited)[0].seconds == 300
    assert rig.all(InitiationSent) and api.keys == {KEY, None}  # None: the socket
    assert not any(kept(tmp_path, secret) for secret in ("pin_canary", KEY))


async def test_the_account_is_asked_what_its_model_costs_and_that_is_on_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY_ENV, KEY)
    section = {"per_minute": 0.1}
    asked = Setup(prompt="Be brief.", dynamic_variables={"name": "Bo"})
    async with api_server() as api:
        plan = plan_for(
            tmp_path, base_url=api.url, api_key_env=KEY_ENV, section=section, setup=asked
        )
        async with running(plan) as rig:
            rig.session.handle(Connect())
            await rig.until(lambda: len(rig.all(Priced)) == 3, "the account's own price")
    plan_minute, unknown, reckoned = rig.all(Priced)
    assert (plan_minute.minute, unknown.is_empty) == (0.1, True)
    assert (reckoned.model, reckoned.minute) == ("some-model", 0.021)
    assert reckoned.date == date.today().isoformat() and reckoned.source == "llm-usage"
    assert api.reckoned == [{"prompt_length": 9}]


@pytest.mark.parametrize(
    ("setup", "said"),
    [
        (Setup(speed=9.0), "speed: a number, 0.7 to 5, not '9.0'"),
        (Setup(options={"pace": 1}), "options.pace: there is no such option;"),
    ],
)
async def test_what_the_provider_does_not_take_is_said_before_the_call(
    tmp_path: Path, setup: Setup, said: str
) -> None:
    async with api_server() as api, running(plan_for(tmp_path, base_url=api.url)) as rig:
        rig.session.handle(Connect(setup=setup))
        assert (await rig.event(PreflightFound)).problems[0].startswith(said)
        await rig.until(lambda: rig.notices.notice.state is CallState.FAILED, "failed")
        assert said in rig.notices.notice.detail
    assert not api.frames


async def test_what_the_provider_has_no_field_for_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = replace(provider_of("elevenlabs"), fields=(), preflight=lambda _, __: ())
    monkeypatch.setattr("tui.session.call_loop.provider_of", lambda _: known)
    async with api_server() as api, running(plan_for(tmp_path, base_url=api.url)) as rig:
        rig.session.handle(Connect(setup=Setup(language="de")))
        said = "elevenlabs cannot be asked for language: left out"
        assert (await rig.event(Noted)).text == said
        await rig.event(ConversationStarted)


def kept(folder: Path, secret: str) -> bool:
    return any(secret.encode() in path.read_bytes() for path in folder.iterdir())


async def test_the_end_names_code_time_overrides_and_remedy(tmp_path: Path) -> None:
    async with api_server() as api, running(plan_for(tmp_path, base_url=api.url)) as rig:
        api.close = (1008, "override not allowed")
        rig.session.handle(Connect(setup=GOOD))
        await rig.event(LinkClosed)
        await rig.until(lambda: rig.notices.notice.state is CallState.FAILED, "failed")
        detail = rig.notices.notice.detail
    for words in ("1008", "override not allowed", "ms after start", "language", "permit it"):
        assert words in detail


async def test_frames_by_hand_and_the_rest_of_what_a_client_can_say(tmp_path: Path) -> None:
    raw = ['{"type": "pong",  "event_id": 5}', "not json at all", '{"type":"feedback"}']
    async with api_server() as api, running(plan_for(tmp_path, base_url=api.url)) as rig:
        rig.session.handle(Connect(setup=GOOD))
        await rig.event(ConversationStarted)
        for text in raw:
            rig.session.handle(SendRaw(text=text))
        rig.session.handle(SendContext(text="on page two", context_id="page"))
        rig.session.handle(SendFeedback(reply_id=3, score="like"))
        rig.session.handle(AnswerMcp(call_id="m1", approved=True))
        await rig.event(McpAnswered)
        await rig.until(lambda: len(api.frames) == 7, "all frames")
    assert api.frames[1:4] == raw
    problems = [sent.problem for sent in rig.all(RawSent)]
    assert problems[0] == "" and problems[1] and problems[2]
    assert rig.all(ContextSent)[0].context_id == "page"
    assert rig.all(FeedbackSent)[0].score == "like"
    kinds = rig.kinds()
    assert kinds[kinds.index("raw_sent") + 1] == "pong"


async def test_a_file_is_uploaded_and_becomes_a_turn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MAX_FILE", 1000)
    (tmp_path / "note.txt").write_text("hello")
    (tmp_path / "large.png").write_bytes(bytes(1001))
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "program.exe").write_bytes(b"MZ\x90\x00\x03")
    (tmp_path / "journal").mkdir()
    plan = plan_for(tmp_path / "journal")
    async with api_server() as api:
        async with running(msgspec.structs.replace(plan, base_url=api.url)) as rig:
            rig.session.handle(Connect(setup=GOOD))
            await rig.event(ConversationStarted)
            for name in ("large.png", "folder.png", "program.exe", "none.pdf"):
                rig.session.handle(SendFile(path=str(tmp_path / name)))
            await rig.until(lambda: len(rig.all(UploadFailed)) == 4, "four refusals")
            rig.session.handle(SendFile(path=str(tmp_path / "note.txt"), text="read this"))
            await rig.event(FilesSent)
            await rig.until(lambda: len(api.frames) == 2, "the turn")
    assert api.uploads == [("note.txt", "text/plain", b"hello")]
    assert rig.all(FileUploaded)[0].size == 5
    turn = json.loads(str(api.frames[1]))
    assert turn["text"]["text"] == "read this" and turn["files"][0]["file_id"] == "file_1"


# ── The REST API by itself ──────────────────────────────────────────────────────────────────────


async def test_questions_to_the_api(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_ENV, KEY)
    async with api_server() as api:

        async def ask(do: str, text: str = "") -> Reply:
            question = Wanted(
                provider="elevenlabs", do=do, base_url=api.url, api_key_env=KEY_ENV, text=text
            )
            return await reply(question)

        agents = (await ask("agents", "sho p&x")).agents
        voices = (await ask("voices")).voices
        card = (await ask("agent", "agent_1")).card
        missing = await ask("agent", "../user")
    assert [agent.name for agent in agents] == ["Shop", "Shop"]  # two pages
    assert "search=sho+p%26x" in api.asked[0] and "cursor=c2" in api.asked[1]
    assert voices[0].labels == ("irish",)
    assert card is not None and card.permitted == {"language", "prompt", "speed"}
    assert (card.variables, card.defaults) == (("name", "order"), {"order": "none"})
    assert card.client_tools == ("lights",)
    assert "404" in missing.error and "not here" in missing.error
    assert api.keys == {KEY} and KEY not in missing.error


async def test_a_key_is_never_asked_with_in_clear() -> None:
    answer = await reply(Wanted(provider="elevenlabs", do="agents", base_url="http://192.0.2.1"))
    assert "not encrypted" in answer.error


async def test_a_key_that_a_server_repeats_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_ENV, KEY)
    async with http_server(401, {"detail": f"{KEY} is no key"}) as url:
        answer = await reply(wanted("agents", url))
    assert "*** is no key" in answer.error and KEY not in answer.error


@pytest.mark.parametrize("odd", [None, [], {}, {"agents": 3}, {"agents": [None, {"name": 1}]}])
def test_odd_answers_are_empty_lists(odd: Any) -> None:
    assert agent_choices(odd) == [] and voice_choices(odd) == []
    with pytest.raises(ValueError, match="not an agent"):
        agent_card(odd)


def test_an_odd_agent_is_read_as_far_as_it_goes() -> None:
    config = {"agent": {"prompt": 3, "first_message": ["{{x}}"]}, "tts": [], "conversation": 1}
    card = agent_card({"agent_id": "a", "conversation_config": config, "platform_settings": "x"})
    assert card == AgentCard(id="a", name="", variables=("x",))
