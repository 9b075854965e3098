"""How a server of the OpenAI Realtime protocol is reached: OpenAI's own, or any that speaks it.

Knows addresses, headers and the answer of the REST route that mints client secrets; asks nobody.
The key goes to the configured host alone, and never in the clear but on this machine.
"""

from typing import Any, ClassVar
from urllib.parse import urlencode, urlsplit

import msgspec

from tui.errors import LinkError
from tui.net import is_loopback, without_login
from tui.provider import Access, Dial, Endpoint, Option, Question, Ready, Request, Section

API = "https://api.openai.com"
SOCKET = "/v1/realtime"
SECRETS = "/v1/realtime/client_secrets"
DEFAULT_MODEL = "gpt-realtime-2.1"
MINTED = "ek_"
"""How a client secret begins."""
LIFETIME_S = 60
"""A minted secret starts a conversation at once; it has to outlive slow networks only."""
EMBEDDED_ID = "local"
"""What the embedded agent is called where nobody is named: it serves any model."""
OPTIONS = (Option(flag="--model", key="model", help="the OpenAI Realtime model to talk to"),)
ENVIRONMENT = {
    "OPENAI_BASE_URL": "base_url",
    "OPENAI_ORG_ID": "organization",
    "OPENAI_PROJECT_ID": "project",
}


class OpenAI(Section, frozen=True, kw_only=True):
    callee: ClassVar[str] = "llm"

    model: str = DEFAULT_MODEL
    api_key_env: str = "OPENAI_API_KEY"
    organization: str = ""
    project: str = ""
    mint: bool = False
    """Trade the key for a client secret first, so that the socket never carries the key."""

    @property
    def api(self) -> str:
        return self.base_url or API

    @property
    def whom(self) -> str:
        return self.model


def _section(access: Access) -> OpenAI:
    return access.section if isinstance(access.section, OpenAI) else OpenAI()


def _headers(access: Access) -> dict[str, str]:
    """No version header: the GA protocol has none, and the one of the beta is refused."""
    section = _section(access)
    named = {
        "Authorization": f"Bearer {access.key}" if access.key else "",
        "OpenAI-Organization": section.organization,
        "OpenAI-Project": section.project,
    }
    return {name: value for name, value in named.items() if value}


def _check(access: Access) -> None:
    """Raises LinkError where the address or the key cannot be used."""
    base = access.base_url
    where = access.key_name or "the variable that openai.api_key_env names"
    if not access.key and base.rstrip("/") == API:
        raise LinkError(
            "OpenAI asks for an API key and there is none",
            f"set {where}, or give --base-url for a server of your own, or --local for the "
            "embedded agent",
        )
    if access.key and not base.startswith("https://") and not is_loopback(base):
        raise LinkError(
            f"{urlsplit(without_login(base)).netloc} is not encrypted and the key in {where} would "
            "be readable on the way",
            "use a wss:// or https:// address",
        )


def _dial(access: Access) -> Dial:
    _check(access)
    return _socket(access, _headers(access))


def _socket(access: Access, headers: dict[str, str], secrets: tuple[str, ...] = ()) -> Dial:
    base = access.base_url.rstrip("/").replace("http", "ws", 1)
    query = urlencode({"model": access.whom or DEFAULT_MODEL})
    return Dial(
        url=f"{base}{SOCKET}?{query}",
        headers=headers,
        secrets=secrets,
        refused=_advice(access),
        is_plain=not access.key,
    )


def _advice(access: Access) -> dict[int, str]:
    """What helps where a server refuses by HTTP; OpenAI's own lets in, and closes."""
    where = access.key_name or "the variable that openai.api_key_env names"
    model = f"check the model {access.whom[:80]!r} (--model)"
    return {
        400: f"{model}, and that the server speaks the GA protocol",
        401: f"set a valid key in {where}",
        403: f"check that the key in {where} may use this model and project",
        404: f"{model}, and base_url: what is called there is {SOCKET}",
    }


def _embedded(access: Access, ready: Ready) -> Dial:
    """It takes its own token for a key, and needs no minting."""
    if access.whom != EMBEDDED_ID:
        return _dial(access)
    return _dial(msgspec.structs.replace(access, whom=DEFAULT_MODEL))


# ── Client secrets ───────────────────────────────────────────────────────────────────────────────


def _credential(access: Access) -> Question[Dial] | None:
    """A client secret that starts conversations for a minute; None where none is wanted, or where
    the key is one already, which cannot be traded."""
    if not _section(access).mint or not access.key or access.key.startswith(MINTED):
        return None
    _check(access)
    body = {
        "expires_after": {"anchor": "created_at", "seconds": LIFETIME_S},
        "session": {"type": "realtime", "model": access.whom or DEFAULT_MODEL},
    }

    def refused(status: int, said: str) -> tuple[str, str] | None:
        if status == 401:
            return f"the key in {access.key_name} was refused ({said})", "set a valid key there"
        if status in (403, 404, 405):
            reason = f"no client secret is minted there ({said})"
            return reason, "set openai.mint = false, or check base_url"
        if status in (400, 422):
            return f"no secret for the model {access.whom!r} ({said})", "check --model"
        return None

    def read(answer: Any) -> Dial:
        secret = _secret_of(answer)
        # It belongs to its organization and project: these headers are for keys.
        return _socket(access, {"Authorization": f"Bearer {secret}"}, (secret,))

    request = Request(method="POST", path=SECRETS, headers=_headers(access), json=body)
    return Question(request=request, read=read, refused=refused)


def _secret_of(answer: Any) -> str:
    """Older servers have it a level deeper. Raises ValueError for an answer without one."""
    told = answer if isinstance(answer, dict) else {}
    inner = told.get("client_secret")
    value = told.get("value") or (inner.get("value") if isinstance(inner, dict) else None)
    if not isinstance(value, str) or not value.isascii() or not value.isprintable():
        raise ValueError("no client secret")
    return value


ENDPOINT = Endpoint(dial=_dial, credential=_credential, embedded=_embedded)
