"""Why no connection came about, in words a user can act on, and whether to try again.

Knows what goes wrong with sockets, TLS and HTTP; opens none.
"""

import socket
import ssl
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from websockets.exceptions import (
    InvalidProxy,
    InvalidProxyMessage,
    InvalidProxyStatus,
    InvalidStatus,
    InvalidURI,
)

from tui.errors import LinkError
from tui.session.http.proxy import Proxy

RESTARTING = frozenset({502, 503, 504})
"""What proxies answer while a server is being replaced (RFC 9110 15.6)."""
BUSY = 429
"""Too many requests (RFC 6585 4): the one refusal that passes by waiting."""
BUSY_ADVICE = "too many calls at once; wait, then call again"


def asked_to_wait_ms(status: int, retry_after: str | None) -> int | None:
    """How long a busy server wants us to stay away, 0 where it does not say; None: not busy.

    `retry_after` is seconds or a date (RFC 9110 10.2.3); what is neither says nothing."""
    if status != BUSY:
        return None
    text = (retry_after or "").strip()
    if text.isascii() and text.isdigit():
        return int(text[:9]) * 1000
    try:
        left_s = parsedate_to_datetime(text).timestamp() - time.time()
    except (ValueError, OverflowError):
        return 0
    return max(round(left_s * 1000), 0)


def explain(  # noqa: PLR0911  one return a cause
    error: BaseException, host: str, proxy: Proxy | None = None, refused: Mapping[int, str] = {}
) -> LinkError:
    """Why no connection came about, in words a user can act on. `refused`: what helps where the
    server answers with that HTTP status; else the usual."""
    match error:
        case InvalidStatus():
            return _refused(error, host, refused)
        case InvalidProxyStatus() if proxy:
            return refused_by_proxy(error.response.status_code, host, proxy)
        case InvalidProxy() | InvalidProxyMessage() if proxy:
            return LinkError(f"{proxy} does not answer as an HTTP proxy", _around(proxy, host))
        case TimeoutError() | OSError() if proxy and not isinstance(error, ssl.SSLError):
            return _proxy_lost(error, host, proxy)
        case ssl.SSLError():
            detail = getattr(error, "verify_message", "") or error.reason or error
            return LinkError(
                f"{host} has no valid certificate ({detail})",
                "check the address, the clock and any proxy; nothing was sent",
            )
        case TimeoutError():
            return LinkError(
                f"{host} did not answer in time",
                "check the network, then call again",
                transient=True,
            )
        case ConnectionRefusedError():
            return LinkError(
                f"{host} refused the connection",
                "check that the agent runs there",
                transient=True,
            )
        case socket.gaierror():
            return LinkError(
                f"no address is known for {host}",
                "check the name and the network, then call again",
                transient=True,
            )
        case OSError():
            reason = error.strerror or str(error)
            return LinkError(
                f"cannot reach {host} ({reason})",
                "check the network, then call again",
                transient=True,
            )
        case InvalidURI():
            return LinkError(f"{host} is no WebSocket address", "give one like wss://host/path")
        case _:
            return LinkError(
                f"{host} does not speak WebSocket here ({type(error).__name__})",
                "check base_url and any proxy",
                # Nothing at all came back: the server went away in the middle of it.
                transient=isinstance(error.__cause__, EOFError),
            )


def refused_by_proxy(status: int, host: str, proxy: Proxy) -> LinkError:
    if status == 407:  # RFC 9110 15.5.8
        wrong = "does not take the login that it was given" if proxy.login else "asks for a login"
        advice = f"write user:password@ before its host in {proxy.source}"
        return LinkError(f"{proxy} {wrong}", advice)
    return LinkError(
        f"{proxy} does not connect to {host} (HTTP {status})",
        _around(proxy, host),
        transient=status in RESTARTING,
    )


def _proxy_lost(error: OSError, host: str, proxy: Proxy) -> LinkError:
    match error:
        case TimeoutError():
            reason = f"{host} did not answer in time through {proxy}"
        case ConnectionRefusedError():
            reason = f"{proxy} refused the connection"
        case socket.gaierror():
            reason = f"no address is known for {proxy}"
        case _:
            reason = f"cannot reach {host} through {proxy} ({error.strerror or error})"
    return LinkError(reason, _around(proxy, host), transient=True)


def _around(proxy: Proxy, host: str) -> str:
    return f"check {proxy.source}, or put {host} into NO_PROXY"


def _refused(error: InvalidStatus, host: str, words: Mapping[int, str]) -> LinkError:
    status = error.response.status_code
    if status in (301, 302, 303, 307, 308):
        target = urlsplit(error.response.headers.get("Location", "")).hostname or "elsewhere"
        return LinkError(f"{host} redirects to {target}, which is not followed", "check base_url")
    usual = {
        401: "set the API key, this agent is not public",
        403: "set the API key, or check that this agent admits you",
        404: "check the agent id and base_url",
        BUSY: BUSY_ADVICE,
    }
    advice = (usual | dict(words)).get(status, "try again later")
    return LinkError(
        f"{host} refused the conversation (HTTP {status})",
        advice,
        transient=status in RESTARTING,
        wait_ms=asked_to_wait_ms(status, error.response.headers.get("Retry-After")),
    )
