"""Keys of the user's own (`[keys]`), checked against what there is to bind.

Knows bindings by their ids, as `docs/keys.md` lists them; not what they do.
"""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from importlib import import_module
from pkgutil import walk_packages

from textual.binding import Binding
from textual.dom import DOMNode

from tui import dashboard
from tui.config import ConfigError

HINT = "docs/keys.md lists the ids, and F1 the keys of each place"


def checked(keys: Mapping[str, str], places: tuple[type[DOMNode], ...]) -> dict[str, str]:
    """`keys` for `App.set_keymap`. Raises ConfigError for an id that there is not, for a key that
    is none, and where one of `places` would then have two meanings for a key.
    """
    if keys:
        _load_all()
    known = {binding.id: binding for place in _all_places() for binding in _bindings(place)}
    for name, text in keys.items():
        if name not in known:
            near = difflib.get_close_matches(name, [n for n in known if n], n=1, cutoff=0.5)
            raise ConfigError(
                f"keys: there is no {name!r}; " + (f"did you mean {near[0]!r}?" if near else HINT)
            )
        if not all(part.strip() for part in text.split(",")):
            raise ConfigError(f"keys.{name}: {text!r} is no key; write it like 'f9' or 'ctrl+t'")
    for place in places:
        _refuse_clash(keys, place)
    return dict(keys)


def _load_all() -> None:
    """Screens are loaded when they are first shown: their keys can be set before that."""
    for module in walk_packages(dashboard.__path__, f"{dashboard.__name__}."):
        import_module(module.name)


def _refuse_clash(keys: Mapping[str, str], place: type[DOMNode]) -> None:
    meanings: dict[str, set[str]] = {}
    for binding in _bindings(place):
        moved = replace(binding, key=keys.get(binding.id or "", binding.key))
        for single in Binding.make_bindings([moved]):
            meanings.setdefault(single.key, set()).add(binding.id or "")
    for key, names in meanings.items():
        if len(names) > 1 and names & keys.keys():
            raise ConfigError(f"keys: {key!r} would be both {' and '.join(sorted(names))}")


def _bindings(place: type[DOMNode]) -> list[Binding]:
    found = place.__dict__.get("BINDINGS", [])
    return [binding for binding in found if isinstance(binding, Binding)]


def _all_places() -> Iterator[type[DOMNode]]:
    """Everything of ours that has keys and is loaded."""
    waiting: list[type[DOMNode]] = [DOMNode]
    while waiting:
        place = waiting.pop()
        waiting += place.__subclasses__()
        if place.__module__.startswith("tui."):
            yield place
