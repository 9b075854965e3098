"""How a REST route answers: mistakes in the hosted service's JSON, lists by the page.

Knows HTTP; no agents, no conversations.
"""

from collections.abc import Sequence

from aiohttp import web

from tui.agent.admission import Refusal
from tui.agent.elevenlabs.rest_json import Json
from tui.agent.protocol import Problem


def refused(refusal: Refusal) -> web.Response:
    """A wrong field is told as a list, as the hosted service does."""
    detail: object = {"status": refusal.status, "message": refusal.message}
    if refusal.field:
        detail = [{"loc": [refusal.field], "msg": refusal.message, "type": "value_error"}]
    return web.json_response({"detail": detail}, status=refusal.http)


class Invalid(Problem):
    """A wrong field."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(422, "invalid", message, field)


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
