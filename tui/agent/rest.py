"""The REST routes that a client of conversations uses, next to the socket.

Knows HTTP, agents and the ledger; the shapes are in `describing.py`. Reading the account needs a
key; sending a file or feedback needs the conversation's id alone, as with the hosted service.
"""

import time
from collections.abc import Awaitable, Callable, Iterable, Sequence

import msgspec
from aiohttp import BodyPartReader, web

from tui.agent import describing
from tui.agent.admission import Admission, Refusal
from tui.agent.describing import Json
from tui.agent.ledger import FILES, Call, File, Ledger
from tui.agent.log import log
from tui.agent.profile import Agents
from tui.agent.voices import VOICES, VoiceInfo

LARGEST_FILE = 20 * 1024 * 1024
"""Bytes. The hosted service publishes no limit; this is as much as our own client sends."""
AGENTS, CALLS = "/v1/convai/agents", "/v1/convai/conversations"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Problem(Exception):
    def __init__(self, http: int, status: str, message: str) -> None:
        super().__init__(message)
        self.refusal = Refusal(http, status, message)


def refused(refusal: Refusal) -> web.Response:
    log("refused", status=refusal.status)
    detail = {"status": refusal.status, "message": refusal.message}
    return web.json_response({"detail": detail}, status=refusal.http)


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Every mistake is told in the same JSON, those that aiohttp finds included."""
    try:
        return await handler(request)
    except Invalid as invalid:
        return web.json_response({"detail": invalid.detail}, status=422)
    except Problem as problem:
        return refused(problem.refusal)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return refused(Refusal(error.status, error.reason.lower().replace(" ", "_"), error.reason))


class Invalid(Problem):
    """A wrong field: status 422, told as a list, as the hosted service does."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(422, "invalid", message)
        self.detail = [{"loc": [field], "msg": message, "type": "value_error"}]


class Feedback(msgspec.Struct, omit_defaults=True):
    """`feedback` like or dislike, or a `rating` of 1 to 5 with a `comment`."""

    feedback: str | None = None
    rating: int | None = None
    comment: str | None = None


class Rest:
    def __init__(self, agents: Agents, ledger: Ledger, admission: Admission) -> None:
        self._agents = agents
        self._ledger = ledger
        self._admission = admission

    def add_routes(self, app: web.Application) -> None:
        get, post = app.router.add_get, app.router.add_post
        get(AGENTS, self._list_agents)
        get(f"{AGENTS}/{{id}}", self._agent)
        get("/v1/voices", self._old_voices)
        get("/v2/voices", self._voices)
        get(CALLS, self._list_calls)
        get(f"{CALLS}/{{id}}", self._call)
        post(f"{CALLS}/{{id}}/files", self._add_file)
        get(f"{CALLS}/{{id}}/files/{{file}}", self._file)
        app.router.add_delete(f"{CALLS}/{{id}}/files/{{file}}", self._remove_file)
        post(f"{CALLS}/{{id}}/feedback", self._feedback)

    # ── Agents and voices ────────────────────────────────────────────────────────────────────────

    async def _list_agents(self, request: web.Request) -> web.Response:
        self._need_key(request)
        search = request.query.get("search", "").lower()
        found = [a for a in self._agents if search in f"{a.id} {a.name}".lower()]
        page, cursor = _page(request, [describing.agent_summary(a) for a in found], "cursor", 30)
        answer = {"agents": page, "has_more": cursor is not None, "next_cursor": cursor}
        return web.json_response(answer)

    async def _agent(self, request: web.Request) -> web.Response:
        self._need_key(request)
        agent = self._agents.known(request.match_info["id"])
        if agent is None:
            raise Problem(404, "document_not_found", "No agent has this id.")
        return web.json_response(describing.agent_detail(agent))

    async def _old_voices(self, request: web.Request) -> web.Response:
        self._need_key(request)
        return web.json_response({"voices": [describing.voice(v) for v in VOICES]})

    async def _voices(self, request: web.Request) -> web.Response:
        self._need_key(request)
        found = [describing.voice(v) for v in _matching(request)]
        page, token = _page(request, found, "next_page_token", 10)
        answer: Json = {"voices": page, "has_more": token is not None, "total_count": len(found)}
        return web.json_response(answer | {"next_page_token": token})

    # ── Conversations ────────────────────────────────────────────────────────────────────────────

    async def _list_calls(self, request: web.Request) -> web.Response:
        self._need_key(request)
        agent_id, now = request.query.get("agent_id"), time.time()
        calls = [c for c in self._ledger.newest() if agent_id in (None, c.agent_id)]
        found = [describing.call_summary(call, now) for call in calls]
        page, cursor = _page(request, found, "cursor", 30)
        answer = {"conversations": page, "has_more": cursor is not None, "next_cursor": cursor}
        return web.json_response(answer)

    async def _call(self, request: web.Request) -> web.Response:
        self._need_key(request)
        return web.json_response(describing.call_detail(self._named_call(request), time.time()))

    async def _add_file(self, request: web.Request) -> web.Response:
        call = self._named_call(request)
        if len(call.files) >= FILES:
            raise Problem(400, "too_many_files", f"A conversation takes {FILES} files.")
        return web.json_response({"file_id": call.add_file(await _uploaded(request))})

    async def _file(self, request: web.Request) -> web.Response:
        file = self._named_call(request).files.get(request.match_info["file"])
        if file is None:
            raise Problem(404, "file_not_found", "No file has this id.")
        # Never as a page: whatever was sent, a browser is not to run it.
        return web.Response(body=file.data, content_type="application/octet-stream")

    async def _remove_file(self, request: web.Request) -> web.Response:
        file_id = request.match_info["file"]
        if self._named_call(request).files.pop(file_id, None) is None:
            raise Problem(404, "file_not_found", "No file has this id.")
        return web.json_response({"file_id": file_id})

    async def _feedback(self, request: web.Request) -> web.Response:
        call = self._named_call(request)
        try:
            given = msgspec.json.decode(await request.read(), type=Feedback)
        except msgspec.DecodeError as error:
            raise Invalid("body", str(error)) from None
        if given.feedback not in (None, "like", "dislike"):
            raise Invalid("feedback", "like or dislike is expected")
        if given.rating is not None and not 1 <= given.rating <= 5:
            raise Invalid("rating", "1 to 5 is expected")
        call.rating = _as_stored(given)
        return web.json_response({"status": "ok"})

    def _named_call(self, request: web.Request) -> Call:
        call = self._ledger.find(request.match_info["id"])
        if call is None:
            raise Problem(404, "conversation_not_found", "No conversation has this id.")
        return call

    def _need_key(self, request: web.Request) -> None:
        refusal = self._admission.refuse_key(request.headers.get("xi-api-key"), time.time())
        if refusal:
            raise Problem(refusal.http, refusal.status, refusal.message)


def _as_stored(given: Feedback) -> dict[str, object]:
    overall = {"type": "thumbs", "overall_score": given.feedback} if given.feedback else {}
    rated: dict[str, object] = {"type": "rating", "rating": given.rating} if given.rating else {}
    comment = {"comment": given.comment[:1_000]} if given.comment else {}
    return overall | rated | comment


async def _uploaded(request: web.Request) -> File:
    """The multipart field `file`, read in pieces so that nothing larger is ever held."""
    if not request.content_type.startswith("multipart/"):
        raise Invalid("file", "a multipart body is expected")
    async for part in await request.multipart():
        if isinstance(part, BodyPartReader) and part.name == "file":
            data = bytearray()
            while piece := await part.read_chunk(65_536):
                data += piece
                if len(data) > LARGEST_FILE:
                    raise Problem(
                        413, "file_too_large", f"A file has at most {LARGEST_FILE} bytes."
                    )
            mime = part.headers.get("Content-Type", "application/octet-stream")
            return File((part.filename or "file")[:120], mime[:80], bytes(data))
    raise Invalid("file", "the field is missing")


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


def _page(
    request: web.Request, items: Sequence[Json], token: str, size: int
) -> tuple[Sequence[Json], str | None]:
    """A page, and the cursor of the next one. Raises Problem for what is no number."""
    size = _int(request, "page_size", size, 1, 100)
    start = _int(request, token, 0, 0, len(items))
    end = start + size
    return items[start:end], str(end) if end < len(items) else None


def _int(request: web.Request, name: str, default: int, low: int, high: int) -> int:
    text = request.query.get(name)
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and low <= int(text) <= high):
        raise Invalid(name, f"a number from {low} to {high} is expected")
    return int(text)
