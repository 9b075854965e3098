"""How a REST route answers: mistakes in the hosted service's JSON, lists by the page.

Knows HTTP; no agents, no conversations.
"""

import time
from collections.abc import Awaitable, Callable, Sequence

from aiohttp import web

from tui.agent.admission import Admission, Refusal
from tui.agent.elevenlabs.rest_json import Json
from tui.agent.log import log

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


def need_key(request: web.Request, admission: Admission) -> None:
    """Raises Problem for a request without the account's key."""
    refusal = admission.refuse_key(request.headers.get("xi-api-key"), time.time())
    if refusal:
        raise Problem(refusal.http, refusal.status, refusal.message)


def page(
    request: web.Request, items: Sequence[Json], token: str, size: int
) -> tuple[Sequence[Json], str | None]:
    """A page, and the cursor of the next one. Raises Problem for what is no number."""
    size = integer(request, "page_size", size, 1, 100)
    start = integer(request, token, 0, 0, len(items))
    end = start + size
    return items[start:end], str(end) if end < len(items) else None


def integer(request: web.Request, name: str, default: int, low: int, high: int) -> int:
    text = request.query.get(name)
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and low <= int(text) <= high):
        raise Invalid(name, f"a number from {low} to {high} is expected")
    return int(text)
