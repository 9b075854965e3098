"""The REST routes of an account: its agents and tools, the voices and models, who it is.

Knows HTTP and agents; the shapes are in `describing` and `account`. All of it needs a key.
"""

import asyncio
import io
import math
import wave
from collections.abc import Iterable

from aiohttp import web

from tui.agent.elevenlabs import account
from tui.agent.elevenlabs import rest_json as describing
from tui.agent.elevenlabs.rest_answers import page
from tui.agent.elevenlabs.rest_json import Json
from tui.agent.profile import Agents
from tui.agent.protocol import NeedKey, Problem
from tui.agent.speech.alignment import Aligned
from tui.agent.speech.loaded import LoadedSpeech
from tui.agent.speech.synthesis import Manner, Synthesis
from tui.agent.speech.voices import VOICES, VoiceInfo
from tui.events import AudioFormat, Encoding

AGENTS, TOOLS = "/v1/convai/agents", "/v1/convai/tools"
PREVIEW = AudioFormat(Encoding.PCM, 24_000)
SAMPLE = "Hello! This is how I sound."
LOADING_S = 15.0
"""So long a voice may take to load."""


class Account:
    def __init__(self, agents: Agents, need_key: NeedKey, speech: LoadedSpeech) -> None:
        self._agents = agents
        self._speech = speech
        self._need_key = need_key

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get(AGENTS, self._list_agents),
            web.get(f"{AGENTS}/{{id}}", self._agent),
            web.get(TOOLS, self._list_tools),
            web.get(f"{TOOLS}/{{id}}", self._tool),
            web.get("/v1/voices", self._old_voices),
            web.get("/v2/voices", self._voices),
            web.get("/v1/voices/{id}", self._voice),
            web.get("/v1/voices/{id}/preview", self._preview),
            web.get("/v1/models", self._models),
            web.get("/v1/user", self._user),
            web.get("/v1/user/subscription", self._subscription),
        ]

    # ── Agents and voices ────────────────────────────────────────────────────────────────────────

    async def _list_agents(self, request: web.Request) -> web.Response:
        self._need_key(request)
        search = request.query.get("search", "").lower()
        found = [a for a in self._agents if search in f"{a.id} {a.name}".lower()]
        listed, cursor = page(request, [describing.agent_summary(a) for a in found], "cursor", 30)
        answer = {"agents": listed, "has_more": cursor is not None, "next_cursor": cursor}
        return web.json_response(answer)

    async def _agent(self, request: web.Request) -> web.Response:
        self._need_key(request)
        agent = self._agents.known(request.match_info["id"])
        if agent is None:
            raise Problem(404, "document_not_found", "No agent has this id.")
        return web.json_response(describing.agent_detail(agent))

    async def _old_voices(self, request: web.Request) -> web.Response:
        self._need_key(request)
        return web.json_response({"voices": [describing.voice(v, _base(request)) for v in VOICES]})

    async def _voices(self, request: web.Request) -> web.Response:
        self._need_key(request)
        found = [describing.voice(v, _base(request)) for v in _matching(request)]
        listed, token = page(request, found, "next_page_token", 10)
        answer: Json = {"voices": listed, "has_more": token is not None, "total_count": len(found)}
        return web.json_response(answer | {"next_page_token": token})

    async def _voice(self, request: web.Request) -> web.Response:
        self._need_key(request)
        return web.json_response(describing.voice(_named(request), _base(request)))

    async def _preview(self, request: web.Request) -> web.Response:
        """The voice itself, speaking. As with the hosted service it takes no key."""
        voice, sound = _named(request), bytearray()

        async def take(chunk: bytes, last: bool, aligned: Aligned | None) -> None:
            sound.extend(chunk)

        manner = Manner(PREVIEW, voice)
        try:
            async with asyncio.timeout(LOADING_S):
                await Synthesis(self._speech, manner, take, ahead_ms=math.inf).say(SAMPLE)
        except TimeoutError:
            sound.clear()
        if not sound:
            raise Problem(404, "no_preview", "No voice is installed here.")
        with io.BytesIO() as file:
            with wave.open(file, "wb") as wav:
                wav.setnchannels(1)
                wav.setsampwidth(2)
                wav.setframerate(PREVIEW.rate)
                wav.writeframes(sound)
            return web.Response(body=file.getvalue(), content_type="audio/wav")

    # ── Tools, models, the account ───────────────────────────────────────────────────────────────

    async def _list_tools(self, request: web.Request) -> web.Response:
        self._need_key(request)
        search = request.query.get("search", "").lower()
        found = [t for t in account.tools(self._agents) if search in t["tool_config"]["name"]]
        listed, cursor = page(request, found, "cursor", 30)
        answer = {"tools": listed, "has_more": cursor is not None, "next_cursor": cursor}
        return web.json_response(answer)

    async def _tool(self, request: web.Request) -> web.Response:
        self._need_key(request)
        tool_id = request.match_info["id"]
        found = next((t for t in account.tools(self._agents) if t["id"] == tool_id), None)
        if found is None:
            raise Problem(404, "tool_not_found", "No tool has this id.")
        return web.json_response(found)

    async def _models(self, request: web.Request) -> web.Response:
        self._need_key(request)
        return web.json_response(account.models())

    async def _user(self, request: web.Request) -> web.Response:
        self._need_key(request)
        return web.json_response(account.user())

    async def _subscription(self, request: web.Request) -> web.Response:
        self._need_key(request)
        return web.json_response(account.subscription())


def _base(request: web.Request) -> str:
    return f"http://{request.host}"


def _named(request: web.Request) -> VoiceInfo:
    voice_id = request.match_info["id"]
    found = next((voice for voice in VOICES if voice.voice_id == voice_id), None)
    if found is None:
        raise Problem(404, "voice_not_found", "No voice has this id.")
    return found


def _matching(request: web.Request) -> Iterable[VoiceInfo]:
    """Voices that have the words searched for, and the labels asked for."""
    query = request.query
    search = query.get("search", "").lower()
    for info in VOICES:
        words = f"{info.name} {info.language} {info.accent} {info.gender} {info.description}"
        labels = all(query.get(k) in (None, getattr(info, k)) for k in ("gender", "accent"))
        languages, ids = query.getall("language", []), query.getall("voice_ids", [])
        chosen = (not languages or info.language in languages) and (not ids or info.voice_id in ids)
        if search in words.lower() and labels and chosen:
            yield info
