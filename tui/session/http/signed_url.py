"""Gets a signed URL from the ElevenLabs REST API: the key goes there and nowhere else.

Knows HTTP; no WebSocket, no journal.
"""

from urllib.parse import urlencode, urlsplit

import aiohttp
import msgspec

from tui.errors import LinkError
from tui.net import is_loopback, without_login
from tui.session.failures import BUSY, BUSY_ADVICE, RESTARTING, asked_to_wait_ms
from tui.session.http.credentials import check_key
from tui.session.http.failure import HTTP_FAILURES, explain_http
from tui.session.http.proxy import proxy_for

TIMEOUT_S = 10.0


class _Answer(msgspec.Struct):
    signed_url: str


async def signed_url(
    base_url: str,
    agent_id: str,
    key: str,
    key_name: str,
    *,
    environment: str | None = None,
    branch_id: str | None = None,
) -> str:
    """A `wss://` URL that starts one conversation within 15 minutes. Raises LinkError.

    `key_name` is the environment variable the key came from: messages name it, never the key.
    """
    check_key(key, key_name)
    host = urlsplit(base_url).hostname or without_login(base_url)
    if not base_url.startswith("https://") and not is_loopback(base_url):
        raise LinkError(
            f"{without_login(base_url)} is not encrypted and the key would be readable on the way",
            "use an https:// base_url",
        )
    asked = {"agent_id": agent_id, "environment": environment, "branch_id": branch_id}
    query = urlencode({name: value for name, value in asked.items() if value})
    url = f"{base_url.rstrip('/')}/v1/convai/conversation/get-signed-url?{query}"
    timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
    proxy = proxy_for(url)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as client,
            client.get(
                url,
                headers={"xi-api-key": key},
                allow_redirects=False,
                proxy=proxy.url if proxy else None,
            ) as response,
        ):
            body = await response.text(errors="replace")
            if response.status != 200:
                refused = _refused(response.status, body, host, agent_id, key_name)
                refused.wait_ms = asked_to_wait_ms(
                    response.status, response.headers.get("Retry-After")
                )
                raise refused
            return msgspec.json.decode(body, type=_Answer).signed_url
    except HTTP_FAILURES as error:
        raise explain_http(error, host, proxy) from error
    except (aiohttp.ClientError, msgspec.DecodeError, ValueError) as error:
        where = f"{host}, through {proxy}," if proxy else host
        raise LinkError(
            f"{where} did not answer with a signed URL", "check base_url; it is not the API"
        ) from error


def _refused(status: int, body: str, host: str, agent_id: str, key_name: str) -> LinkError:
    detail = f"HTTP {status}{_detail(body)}"
    if 300 <= status < 400:
        return LinkError(f"{host} redirects, which is not followed with a key", "check base_url")
    if status == 401:
        return LinkError(f"the key in {key_name} was refused ({detail})", "set a valid key there")
    if status in (404, 422):
        return LinkError(
            f"there is no agent {agent_id!r} for this key ({detail})",
            "check elevenlabs.agent_id in the config, or --agent-id",
        )
    return LinkError(
        f"{host} gave no signed URL ({detail})",
        BUSY_ADVICE if status == BUSY else "try again later",
        transient=status in RESTARTING,
    )


def _detail(body: str) -> str:
    """`{"detail": "text"}` or `{"detail": {"message": "text"}}`, as the API's errors are."""
    try:
        detail = msgspec.json.decode(body)["detail"]
    except (msgspec.DecodeError, KeyError, TypeError):
        return ""
    message = detail.get("message") if isinstance(detail, dict) else detail
    return f": {message}" if isinstance(message, str) else ""
