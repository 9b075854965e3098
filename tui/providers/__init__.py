"""The providers by name: the one place that knows which there are.

A provider is a folder here whose `provider.py` has a `PROVIDER`; one that is installed beside this
program is found by its entry point in the group `voicescope.providers`.
"""

from collections.abc import Sequence
from functools import cache
from importlib import import_module
from typing import Any

from tui.provider import Codec, DeclaredTool, Guarded, Provider, SecretShapes
from tui.setup import Setup

GROUP = "voicescope.providers"
BUILT_IN = ("elevenlabs", "openai")
"""The first is called where nothing else is asked for, and by the embedded agent."""
LOCAL = "local"
"""What journals of before and `--provider local` call the first one at the embedded agent."""


class UnknownProvider(LookupError):
    """There is no provider of that name; the text says which there are."""


@cache
def provider_of(name: str) -> Provider:
    """Raises UnknownProvider."""
    name = BUILT_IN[0] if name == LOCAL else name
    if name in BUILT_IN:
        found: Provider = import_module(f"tui.providers.{name}.provider").PROVIDER
        return found
    from importlib.metadata import entry_points  # noqa: PLC0415  slow to load, seldom needed

    installed = {entry.name: entry for entry in entry_points(group=GROUP)}
    if name in installed:
        return _installed(installed[name])
    known = ", ".join(sorted({*BUILT_IN, *installed}))
    raise UnknownProvider(f"there is no provider {name!r}; known: {known}")


def _installed(entry: Any) -> Provider:
    try:
        installed = entry.load()
    except Exception as error:  # code of somebody else
        reason = f"{type(error).__name__}: {error}"
        raise UnknownProvider(f"the provider {entry.name!r} cannot be loaded ({reason})") from error
    if not isinstance(installed, Provider):
        raise UnknownProvider(f"the provider {entry.name!r} is none: {entry.value} is no Provider")
    return installed


def built_in() -> list[Provider]:
    return [provider_of(name) for name in BUILT_IN]


def open_codec(
    provider: str, setup: Setup | None = None, tools: Sequence[DeclaredTool] = ()
) -> Codec:
    """A codec for one conversation, or to read a journal of `provider` with. Raises
    UnknownProvider."""
    return Guarded(provider_of(provider).codec(setup or Setup(), tools))


def secret_shapes(provider: str = "") -> tuple[SecretShapes, ...]:
    """Where credentials stand on the wires of all of these, and of `provider`."""
    found = [known.secrets for known in built_in()]
    if provider and provider not in (*BUILT_IN, LOCAL):
        found.append(provider_of(provider).secrets)
    return tuple(found)
