"""Asks a provider's HTTP API what its contract describes. Slow to load (aiohttp).

Knows HTTP, and that a key goes to the configured host over TLS (or to loopback) and nowhere else;
what is asked, and how an answer reads, are the provider's.
"""

from typing import Any, TypeVar
from urllib.parse import urlsplit

import aiohttp
import msgspec

from tui.errors import LinkError
from tui.net import is_loopback, without_login
from tui.provider import Access, Question, Request
from tui.session.failures import (
    BUSY,
    BUSY_ADVICE,
    RESTARTING,
    asked_to_wait_ms,
    explain,
    refused_by_proxy,
)
from tui.session.http.credentials import check_key
from tui.session.http.proxy import Proxy, proxy_for

TIMEOUT_S = 10.0
MAX_PAGES = 5
MAX_ANSWER = 32 << 20
"""Bytes."""
LONGEST_DETAIL = 300
HTTP_FAILURES = (TimeoutError, aiohttp.ClientConnectionError, aiohttp.ClientHttpProxyError)
MAX_SOUND = 4 << 20
T = TypeVar("T")
Item = TypeVar("Item")


class Api(msgspec.Struct, frozen=True):
    access: Access

    async def ask(self, question: Question[T]) -> T:
        """Raises LinkError."""
        return self._read(question, await self._send(question, question.request))

    async def ask_all(self, question: Question[list[Item]]) -> list[Item]:
        """The first pages of a list. Raises LinkError."""
        found: list[Item] = []
        following: Request | None = question.request
        for _ in range(MAX_PAGES):
            if following is None:
                break
            answer = await self._send(question, following)
            page: list[Item] = self._read(question, answer)
            found += page
            following = question.following(answer)
        return found

    def _read(self, question: Question[T], answer: Any) -> T:
        try:
            return question.read(answer)
        except ValueError as error:
            raise self._odd(None) from error

    async def _send(self, question: Question[Any], request: Request) -> Any:
        """The decoded answer. Raises LinkError."""
        base = self.access.base_url.rstrip("/")
        check_key(self.access.key, self.access.key_name)
        if not base.startswith("https://") and not is_loopback(base):
            readable = " and the key would be readable on the way" if self.access.key else ""
            raise LinkError(
                f"{without_login(base)} is not encrypted{readable}", "use an https:// base_url"
            )
        proxy = proxy_for(base)
        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT_S)) as client,
                client.request(
                    request.method,
                    base + request.path,
                    params=request.query,
                    headers=request.headers,
                    json=request.json,
                    data=_form(request),
                    allow_redirects=False,
                    proxy=proxy.url if proxy else None,
                ) as response,
            ):
                body = await response.content.read(MAX_ANSWER)
                while not response.content.at_eof() and len(body) < MAX_ANSWER:
                    body += await response.content.read(MAX_ANSWER - len(body))
                if not 200 <= response.status < 300:
                    wait = response.headers.get("Retry-After")
                    raise self._refused(question, response.status, body, wait)
                return msgspec.json.decode(body)
        except HTTP_FAILURES as error:
            raise _no_answer(error, self._host, proxy) from error
        except (aiohttp.ClientError, msgspec.DecodeError, ValueError, RecursionError) as error:
            raise self._odd(proxy) from error

    @property
    def _host(self) -> str:
        base_url = self.access.base_url
        return urlsplit(base_url).hostname or without_login(base_url)

    def _odd(self, proxy: Proxy | None) -> LinkError:
        where = f"{self._host}, through {proxy}," if proxy else self._host
        return LinkError(f"{where} did not answer as the API does", "check base_url")

    def _refused(
        self, question: Question[Any], status: int, body: bytes, retry_after: str | None
    ) -> LinkError:
        if 300 <= status < 400:
            return LinkError(f"{self._host} redirects, which is not followed", "check base_url")
        said = f"HTTP {status}{_detail(body)}"
        reason, advice = f"{self._host} refused ({said})", "check the id and base_url"
        if in_its_words := question.refused(status, said):
            reason, advice = in_its_words
        elif status == BUSY:
            advice = BUSY_ADVICE
        elif status in (401, 403):
            advice = f"set a key in {self.access.key_name or 'its variable'} that may do this"
        elif status >= 500:
            advice = "try again later"
        return LinkError(
            reason,
            advice,
            transient=status in RESTARTING,
            wait_ms=asked_to_wait_ms(status, retry_after),
        )


async def fetch(url: str) -> bytes:
    """A sound file of anybody's; no key goes along. Raises LinkError."""
    host = urlsplit(url).hostname or without_login(url)
    if not url.startswith("https://") and not is_loopback(url):
        raise LinkError(f"{host} is not encrypted", "this preview is not played")
    proxy = proxy_for(url)
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT_S)) as client,
            client.get(url, allow_redirects=False, proxy=proxy.url if proxy else None) as response,
        ):
            if response.status != 200:
                raise LinkError(f"{host} refused (HTTP {response.status})", "there is no preview")
            body = bytearray()
            async for piece in response.content.iter_chunked(65_536):
                body += piece
                if len(body) > MAX_SOUND:
                    raise LinkError(f"{host} sends more than a preview", "it is not played")
            return bytes(body)
    except HTTP_FAILURES as error:
        raise _no_answer(error, host, proxy) from error
    except (aiohttp.ClientError, ValueError) as error:
        raise LinkError(f"{host} did not send the preview", "try another voice") from error


def _form(request: Request) -> aiohttp.FormData | None:
    if request.file is None:
        return None
    form = aiohttp.FormData()
    form.add_field(
        "file", request.file.data, filename=request.file.name, content_type=request.file.mime
    )
    return form


def _detail(body: bytes) -> str:
    """What APIs say in a refusal: `detail` or `error`, as a text or an object with `message`."""
    try:
        answer = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        return ""
    for name in ("detail", "error", "message"):
        said = answer.get(name) if isinstance(answer, dict) else None
        said = said.get("message") if isinstance(said, dict) else said
        if isinstance(said, str) and said:
            return f": {said[:LONGEST_DETAIL]}"
    return ""


def _no_answer(error: Exception, host: str, proxy: Proxy | None) -> LinkError:
    """`error` is one of `HTTP_FAILURES`."""
    match error:
        case aiohttp.ClientHttpProxyError() if proxy:
            return refused_by_proxy(error.status, host, proxy)
        case aiohttp.ClientConnectorCertificateError():
            return explain(error.certificate_error, host, proxy)
        case aiohttp.ClientConnectorError():
            return explain(error.os_error, host, proxy)
        case TimeoutError():
            return explain(TimeoutError(), host, proxy)
        case _:
            return explain(OSError(str(error) or type(error).__name__), host, proxy)
