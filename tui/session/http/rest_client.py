"""The ElevenLabs REST API, as far as a call needs it. Slow to load (aiohttp).

Knows HTTP, and that a key goes to the configured host over TLS (or to loopback) and nowhere else.
"""

from typing import Any
from urllib.parse import quote, urlsplit

import aiohttp
import msgspec

from tui.catalogue import AgentCard, AgentChoice, VoiceChoice
from tui.errors import LinkError
from tui.net import is_loopback, without_login
from tui.providers.elevenlabs import catalogue as cards
from tui.session.http.credentials import check_key
from tui.session.http.failure import HTTP_FAILURES, explain_http
from tui.session.http.proxy import proxy_for

TIMEOUT_S = 10.0
PAGES, PAGE_SIZE = 5, 100
MAX_ANSWER = 32 << 20


class Rest(msgspec.Struct, frozen=True):
    base_url: str
    key: str = ""
    key_name: str = ""
    """The variable that the key came from: messages name it, never the key."""

    async def agents(self, search: str) -> list[AgentChoice]:
        """Raises LinkError, as all of these do."""
        pages = await self._pages("/v1/convai/agents", search, "next_cursor", "cursor")
        return [choice for page in pages for choice in cards.agent_choices(page)]

    async def voices(self, search: str) -> list[VoiceChoice]:
        pages = await self._pages("/v2/voices", search, "next_page_token", "next_page_token")
        return [choice for page in pages for choice in cards.voice_choices(page)]

    async def agent(self, agent_id: str) -> AgentCard:
        answer = await self._ask("GET", f"/v1/convai/agents/{quote(agent_id, safe='')}")
        try:
            return cards.agent_card(answer)
        except ValueError as error:
            raise self._odd() from error

    async def upload(self, conversation_id: str, name: str, data: bytes, mime: str) -> str:
        """Give a file to a conversation; its id there."""
        form = aiohttp.FormData()
        form.add_field("file", data, filename=name, content_type=mime)
        path = f"/v1/convai/conversations/{quote(conversation_id, safe='')}/files"
        answer = await self._ask("POST", path, data=form)
        file_id = answer.get("file_id") if isinstance(answer, dict) else None
        if not isinstance(file_id, str) or not file_id:
            raise self._odd()
        return file_id

    async def _pages(self, path: str, search: str, token: str, parameter: str) -> list[Any]:
        query = {"page_size": str(PAGE_SIZE)}
        if search:
            query["search"] = search
        pages: list[Any] = []
        while len(pages) < PAGES:
            page = await self._ask("GET", path, params=query)
            pages.append(page)
            following = page.get(token) if isinstance(page, dict) else None
            if not isinstance(following, str) or not following or not page.get("has_more"):
                break
            query[parameter] = following
        return pages

    async def _ask(self, method: str, path: str, **options: Any) -> Any:
        base = self.base_url.rstrip("/")
        if not base.startswith("https://") and not is_loopback(base):
            raise LinkError(f"{without_login(base)} is not encrypted", "use an https:// base_url")
        # An agent on this machine asks for a key as well, and takes any.
        key = self.key or ("none" if is_loopback(base) else "")
        check_key(key, self.key_name)
        headers = {"xi-api-key": key} if key else {}
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
        proxy = proxy_for(base)
        options["proxy"] = proxy.url if proxy else None
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as client,
                client.request(
                    method, base + path, headers=headers, allow_redirects=False, **options
                ) as response,
            ):
                body = await response.content.read(MAX_ANSWER)
                while not response.content.at_eof() and len(body) < MAX_ANSWER:
                    body += await response.content.read(MAX_ANSWER - len(body))
                if response.status != 200:
                    raise self._refused(response.status, body)
                return msgspec.json.decode(body)
        except HTTP_FAILURES as error:
            raise explain_http(error, self._host, proxy) from error
        except (aiohttp.ClientError, msgspec.DecodeError, ValueError, RecursionError) as error:
            raise self._odd() from error

    @property
    def _host(self) -> str:
        return urlsplit(self.base_url).hostname or without_login(self.base_url)

    def _odd(self) -> LinkError:
        return LinkError(f"{self._host} did not answer as the API does", "check base_url")

    def _refused(self, status: int, body: bytes) -> LinkError:
        reason = f"{self._host} refused (HTTP {status}){_detail(body)}"
        if 300 <= status < 400:
            return LinkError(f"{self._host} redirects, which is not followed", "check base_url")
        if status in (401, 403):
            wanted = self.key_name or "the API key's variable"
            return LinkError(reason, f"set a key in {wanted} that may do this")
        return LinkError(reason, "check the id and base_url")


def _detail(body: bytes) -> str:
    try:
        detail = msgspec.json.decode(body)["detail"]
    except (msgspec.DecodeError, KeyError, TypeError, RecursionError):
        return ""
    message = detail.get("message") if isinstance(detail, dict) else detail
    return f": {message[:300]}" if isinstance(message, str) else ""
