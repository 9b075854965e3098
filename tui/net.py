"""Addresses of an API as people write them. Knows how they are spelled; opens nothing."""

import contextlib
import ipaddress
import re
from urllib.parse import urlsplit

_SCHEMES = {"http": "http", "https": "https", "ws": "http", "wss": "https"}
_ROUTE = re.compile(r"/v1(/[a-z/_-]*)?$")
_LOGIN = re.compile(r"^((?:[a-z][a-z0-9+.-]*:(?=//))?/*)[^/?#]*@", re.IGNORECASE)


class BadAddress(ValueError):
    """One sentence that says what is wrong, without a password."""


def is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost"


def without_login(address: str) -> str:
    return _LOGIN.sub(lambda found: found[1], address)


def base_address(text: str) -> str:
    """`http(s)://host[:port][/path]` of an API, without the routes behind it. Raises BadAddress.

    A scheme that is missing is https, or http on this machine; ws and wss are these two.
    """
    address = text.strip()
    if "://" not in address:
        address = f"{_scheme_for(address)}://{address}"
    shown = without_login(text.strip())
    try:
        parts = urlsplit(address)
        _check_host(parts.hostname or "")
        _ = parts.port
    except ValueError as error:
        raise BadAddress(f"{shown} is no address: {_words(error)}") from error
    scheme = _SCHEMES.get(parts.scheme)
    if scheme is None:
        raise BadAddress(f"{shown} is no address of an API: let it begin with https://")
    if parts.query or parts.fragment:
        raise BadAddress(f"{shown}: give the address without what follows ? or #")
    path = _ROUTE.sub("", parts.path.rstrip("/"))
    return f"{scheme}://{parts.netloc}{path}"


def _scheme_for(address: str) -> str:
    with contextlib.suppress(ValueError):  # which is said of the whole
        if is_loopback(f"//{address}"):
            return "http"
    return "https"


def _check_host(host: str) -> None:
    if not host or any(character.isspace() for character in host):
        raise ValueError("it names no host")
    if ":" not in host:
        host.encode("idna")


def _words(error: ValueError) -> str:
    """What Python says of it, in words of this program; never a piece of the text itself."""
    said = str(error)
    if "IPv6" in said or "IPv4" in said:
        return "an IPv6 host stands in brackets, [::1]"
    if "ort " in said:
        return "a port is a number from 0 to 65535"
    return said if said.startswith("it names") else "that is no name of a host"
