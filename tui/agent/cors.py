"""What a browser has to be told so that an allowed page may read the REST answers (CORS).

Knows headers; who is allowed is decided before, in `admission`.
"""

from aiohttp import web

KEPT_S = 600


def is_preflight(request: web.Request) -> bool:
    asks = "Access-Control-Request-Method" in request.headers
    return request.method == "OPTIONS" and asks and "Origin" in request.headers


def preflight(request: web.Request) -> web.Response:
    """Anything may be asked: what is not there is answered as such."""
    asked = request.headers
    headers = {
        "Access-Control-Allow-Methods": "GET, POST, PUT, PATCH, DELETE, OPTIONS",
        "Access-Control-Allow-Headers": asked.get("Access-Control-Request-Headers", "*"),
        "Access-Control-Max-Age": str(KEPT_S),
    }
    if asked.get("Access-Control-Request-Private-Network") == "true":  # a public page asks loopback
        headers["Access-Control-Allow-Private-Network"] = "true"
    return web.Response(status=204, headers=headers)


def permit(response: web.StreamResponse, origin: str) -> None:
    """Let the page of `origin` read `response`."""
    response.headers["Access-Control-Allow-Origin"] = origin
    response.headers["Vary"] = "Origin"
