"""What a session has to keep to itself: keys, passwords in addresses, what only tools may know.

Knows the environment and the plan; sends nothing and shows nothing.
"""

import base64
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import unquote

from tui.errors import LinkError
from tui.plan import Plan

_KEY_LIKE = re.compile(
    r"key|token|secret|passw|passphrase|pwd\w|credential|cred\b|auth|cookie|proxy", re.I
)
_ADDRESS = re.compile(r"(?:[A-Za-z][\w+.-]*+:(?=//))?/*+([^/?#]*)@")
_PUBLIC = {"", *"PATH HOME LANG LC_ALL LC_CTYPE TZ USER LOGNAME SHELL TERM PWD TMPDIR".split()}
"""What a tool may be given and is no secret: it stands in many an honest text."""
_LOGIN = re.compile(r"://[^/\s@]+@")


def key_of(name: str) -> str:
    """The key in the variable `name`, without the spaces and line ends that files add."""
    return os.environ.get(name, "").strip() if name else ""


def check_key(key: str, name: str) -> None:
    """Raises LinkError for a key that no header can carry."""
    if re.fullmatch(r"[!-~]*", key):
        return
    if "\r" in key or "\n" in key:
        what = "a line break"
    elif any(character.isspace() for character in key):
        what = "a space"
    else:
        what = "a character that no key has"
    where = name or "the API key's variable"
    raise LinkError(f"the key in {where} has {what} in it", f"set {where} to the key alone")


def secrets_of(plan: Plan) -> Iterator[str]:
    """Values that this session must not write, as far as they are known at its start."""
    names = {plan.api_key_env, *hidden(plan)} - _PUBLIC
    yield from (os.environ.get(name, "") for name in names)
    proxies = (value for name, value in os.environ.items() if name.lower().endswith("_proxy"))
    for url in (plan.base_url, *proxies):
        yield from _login(url)


def hidden(plan: Plan) -> tuple[str, ...]:
    """Variables that the local agent has no business with."""
    return (*plan.secret_env, *(name for tool in plan.tools.values() for name in tool.env))


def without_secrets(environ: Mapping[str, str], names: Iterable[str] = ()) -> dict[str, str]:
    """`environ` for a child that needs no key: without `names`, what is called like one, and
    addresses with a login."""
    kept = set(environ) - set(names)
    return {
        name: value
        for name, value in environ.items()
        if name in kept and not _KEY_LIKE.search(name) and not _LOGIN.search(value)
    }


def _login(url: str) -> Iterator[str]:
    """The password of an address, in each form it travels in; of a token alone, the token."""
    match = _ADDRESS.match(url)
    if not match:
        return
    user, _, password = match[1].partition(":")
    yield from {password or user, unquote(password or user)}
    both = f"{unquote(user)}:{unquote(password)}".encode()
    yield base64.b64encode(both).decode()
