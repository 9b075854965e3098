"""Who is let in: signatures, browser origins, host names.

Knows strings, a secret and a clock reading; no request object, no socket. Every rule answers with
None for yes, or with the `Refusal` to send.

A page in any browser of this machine can reach a loopback port. Three things keep it out: a browser
sends its page's Origin, which must be loopback or allowed; a name that was re-bound to 127.0.0.1
shows in Host, which must be an address or a name of this machine; and a child of the dashboard
admits nothing but the signed URL that it told its parent.
"""

import base64
import hashlib
import hmac
import ipaddress
import secrets
from collections.abc import Callable
from urllib.parse import urlsplit

import msgspec

LOCAL_AGENT = "local"
SIGNATURE_S = 15 * 60
"""How long a signed URL can start a conversation (as the hosted service documents)."""
FOREVER = 1 << 40


class Refusal(msgspec.Struct, frozen=True):
    """Why a request is refused; the protocol words it."""

    http: int
    status: str
    message: str
    field: str = ""
    """That of the request which is wrong, where it is one."""


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """What the command line decided."""

    parent_only: bool = False
    """Only the URL that was given to the parent is good for anything."""
    key: str | None = None
    """The API key that signs and is asked for; without one any key will do, and most agents are
    public."""
    origins: frozenset[str] = frozenset()
    host_names: frozenset[str] = frozenset({"localhost"})

    def __repr__(self) -> str:
        return f"Policy(parent_only={self.parent_only}, origins={set(self.origins)})"


class Admission:
    def __init__(self, policy: Policy, private: Callable[[str], bool] = lambda _: False) -> None:
        """`private`: does the agent of that id need a signed URL?"""
        self._policy = policy
        self._private = private
        self._secret = secrets.token_bytes(32)

    def refuse_request(self, host: str | None, origin: str | None) -> Refusal | None:
        """Any request. `host`, `origin`: the headers as they came."""
        if not self._is_ours(host):
            return Refusal(403, "host_not_allowed", "This agent answers to its own address only.")
        if origin is not None and not self._may_call(origin):
            message = f"Pages of {origin[:200]} may not use this agent (see --allow-origin)."
            return Refusal(403, "origin_not_allowed", message)
        return None

    def refuse_signing(self, agent_id: str, api_key: str | None, header: str) -> Refusal | None:
        """A request for a signed URL. Of a child only its parent may ask, for its other agents."""
        if self._policy.parent_only and not api_key:
            return Refusal(403, "not_available", "This agent serves its own dashboard only.")
        return self.refuse_key(api_key, 0.0, header) or _missing_agent(agent_id)

    def refuse_key(self, api_key: str | None, now: float, header: str) -> Refusal | None:
        """A request that only the owner of the account may make, with a key in `header`. A child
        of the dashboard takes the signature of its parent's URL for a key."""
        if not api_key:
            return Refusal(401, "needs_authorization", f"The {header} header is missing.")
        if self._policy.parent_only:
            refused = self._refuse_signature(LOCAL_AGENT, api_key, now)
            return refused and Refusal(401, "invalid_api_key", "Invalid API key.")
        if self._policy.key is not None and not _same(api_key, self._policy.key):
            return Refusal(401, "invalid_api_key", "Invalid API key.")
        return None

    def refuse_conversation(
        self, agent_id: str, signature: str | None, now: float
    ) -> Refusal | None:
        """A conversation about to start. `now`: wall clock, s."""
        if refusal := _missing_agent(agent_id):
            return refusal
        if signature is not None:
            return self._refuse_signature(agent_id, signature, now)
        if self._policy.parent_only or self._policy.key is not None or self._private(agent_id):
            message = "This agent needs a signed URL."
            return Refusal(403, "needs_signature", message)
        return None

    def sign(self, agent_id: str, now: float, lifetime_s: int = SIGNATURE_S) -> str:
        """A signature with which a conversation with `agent_id` can start for `lifetime_s`."""
        head = f"{int(now) + lifetime_s}.{secrets.token_urlsafe(6)}"
        return f"{head}.{self._mac(agent_id, head)}"

    def _refuse_signature(self, agent_id: str, signature: str, now: float) -> Refusal | None:
        head, _, mac = signature.rpartition(".")
        if not _same(mac, self._mac(agent_id, head)):
            return Refusal(403, "invalid_signature", "The conversation signature is not valid.")
        if int(head.partition(".")[0]) < now:
            return Refusal(403, "expired_signature", "The signed URL has expired: ask for another.")
        return None

    def _mac(self, agent_id: str, head: str) -> str:
        digest = hmac.digest(self._secret, _bytes(f"{head}\n{agent_id}"), hashlib.sha256)
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")

    def _is_ours(self, host: str | None) -> bool:
        name = _host_name(f"//{host}") if host else None
        return name is not None and (_is_address(name) or name in self._policy.host_names)

    def _may_call(self, origin: str) -> bool:
        return origin.rstrip("/") in self._policy.origins or is_loopback(_host_name(origin))


def is_loopback(host: str | None) -> bool:
    """`localhost` or an address of the loopback network; any other name is not looked up."""
    if host is None:
        return False
    return host == "localhost" or (_is_address(host) and ipaddress.ip_address(host).is_loopback)


def _host_name(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _missing_agent(agent_id: str) -> Refusal | None:
    return None if agent_id else Refusal(422, "missing_agent_id", "agent_id is missing.")


def _same(a: str, b: str) -> bool:
    return hmac.compare_digest(_bytes(a), _bytes(b))


def _bytes(text: str) -> bytes:
    # What comes from a request may hold lone surrogates, which plain UTF-8 refuses.
    return text.encode("utf-8", "surrogatepass")
