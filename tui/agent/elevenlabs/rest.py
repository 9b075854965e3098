"""The REST routes of conversations, next to the socket.

Knows HTTP and the store of calls; the shapes are in `rest_json.py`. Reading the account needs a
key; sending a file or feedback needs the conversation's id alone, as with the hosted service.
"""

import asyncio
import time

import msgspec
from aiohttp import BodyPartReader, web

from tui.agent.call_store import FILES, Call, CallStore, File
from tui.agent.elevenlabs import rest_json as describing
from tui.agent.elevenlabs.rest_answers import Invalid, page
from tui.agent.protocol import NeedKey, Problem

LARGEST_FILE = 20 * 1024 * 1024
"""Bytes. The hosted service publishes no limit; this is as much as our own client sends."""
CALLS = "/v1/convai/conversations"


class Feedback(msgspec.Struct, omit_defaults=True):
    """`feedback` like or dislike, or a `rating` of 1 to 5 with a `comment`."""

    feedback: str | None = None
    rating: int | None = None
    comment: str | None = None


class Rest:
    def __init__(self, call_store: CallStore, need_key: NeedKey) -> None:
        self._call_store = call_store
        self._need_key = need_key

    def routes(self) -> list[web.RouteDef]:
        one = f"{CALLS}/{{id}}"
        return [
            web.get(CALLS, self._list_calls),
            web.get(one, self._call),
            web.delete(one, self._remove),
            web.get(f"{one}/audio", self._audio),
            web.post(f"{one}/files", self._add_file),
            web.get(f"{one}/files/{{file}}", self._file),
            web.delete(f"{one}/files/{{file}}", self._remove_file),
            web.post(f"{one}/feedback", self._feedback),
        ]

    # ── Conversations ────────────────────────────────────────────────────────────────────────────

    async def _list_calls(self, request: web.Request) -> web.Response:
        self._need_key(request)
        agent_id, now = request.query.get("agent_id"), time.time()
        calls = [c for c in self._call_store.newest() if agent_id in (None, c.agent_id)]
        found = [describing.call_summary(call, now) for call in calls]
        listed, cursor = page(request, found, "cursor", 30)
        answer = {"conversations": listed, "has_more": cursor is not None, "next_cursor": cursor}
        return web.json_response(answer)

    async def _call(self, request: web.Request) -> web.Response:
        self._need_key(request)
        return web.json_response(describing.call_detail(self._named_call(request), time.time()))

    async def _remove(self, request: web.Request) -> web.Response:
        """What is known of it goes; one that is under way goes on."""
        self._need_key(request)
        self._call_store.remove(self._named_call(request).id)
        return web.json_response({})

    async def _audio(self, request: web.Request) -> web.Response:
        self._need_key(request)
        tape = self._named_call(request).tape
        if tape is None or tape.is_empty:
            raise Problem(404, "missing_conversation_audio", "There is no sound of it.")
        sound = await asyncio.to_thread(tape.wav)
        return web.Response(body=sound, content_type="audio/wav")

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
        call = self._call_store.find(request.match_info["id"])
        if call is None:
            raise Problem(404, "conversation_not_found", "No conversation has this id.")
        return call


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
