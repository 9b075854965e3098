"""The HTTP proxy that stands in the environment, and whether a host is reached through it.

Knows the variables that programs agree on and how they are spelled; opens nothing. A proxy's
password is in `url` alone, which is never shown.
"""

import ipaddress
import os
from dataclasses import dataclass, field
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from tui.errors import LinkError
from tui.net import is_loopback

_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Proxy:
    url: str = field(repr=False)
    address: str
    """Without its login."""
    source: str
    """The variable that names it."""
    login: bool = False

    def __str__(self) -> str:
        return f"the proxy {self.address} ({self.source})"


def proxy_for(url: str) -> Proxy | None:
    """Whom to ask for a connection to `url`; None for nobody. Raises LinkError."""
    parts = urlsplit(url)
    host, secure = parts.hostname or "", parts.scheme in ("https", "wss")
    if is_loopback(url) or _bypassed(host, parts.port or (443 if secure else 80)):
        return None
    proxies = getproxies()
    for kind in ("wss", "https", "all", "socks") if secure else ("ws", "http", "all", "socks"):
        if text := proxies.get(kind, "").strip():
            socks = kind == "socks" and "://" not in text
            return _read(f"socks://{text}" if socks else text, _source(kind), host)
    return None


def _bypassed(host: str, port: int) -> bool:
    return bool(proxy_bypass(f"{host}:{port}")) or _in_a_network(host)


def _in_a_network(host: str) -> bool:
    """NO_PROXY may hold networks, 10.0.0.0/8."""
    text = os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""
    for entry in text.split(","):
        if "/" in entry:
            try:
                if ipaddress.ip_address(host) in ipaddress.ip_network(entry.strip(), strict=False):
                    return True
            except ValueError:
                continue
    return False


def _source(kind: str) -> str:
    names = (f"{kind}_proxy", f"{kind}_proxy".upper())
    return next((name for name in names if os.environ.get(name)), "of this system")


def _read(text: str, source: str, host: str) -> Proxy:
    """Nothing of `text` is shown before its login is known from the rest."""
    text = text if "://" in text else f"http://{text}"
    spelled = "give it as http://host:port, with a login as user:password@, special signs as %xx"
    advice = f"{spelled}; or put {host} into NO_PROXY"
    try:
        parts = urlsplit(text)
        name, port = parts.hostname, parts.port
    except ValueError as error:
        raise LinkError(f"the proxy in {source} is no address", advice) from error
    if not name:
        raise LinkError(f"the proxy in {source} is no address", advice)
    shown = f"[{name}]" if ":" in name else name
    address = f"{parts.scheme}://{shown}" + (f":{port}" if port else "")
    if parts.scheme not in _PORTS:
        what = "a SOCKS proxy" if parts.scheme.startswith("socks") else "no HTTP proxy"
        raise LinkError(f"the proxy {address} ({source}) is {what}, which is not supported", advice)
    login = parts.netloc.rpartition("@")[0]
    before = f"{login}{'' if ':' in login else ':'}@" if login else ""
    target = f"{shown}:{port or _PORTS[parts.scheme]}"
    return Proxy(f"{parts.scheme}://{before}{target}", address, source, bool(login))
