"""Presets of the filter in the palette.

Knows expressions; the screen shows what passes them.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from textual.command import DiscoveryHit, Hit, Hits, Provider


class Preset(NamedTuple):
    name: str
    expression: str
    help: str


PRESETS = (
    Preset("errors", "is:error", "Errors, frames not understood, tools that failed"),
    Preset("tools", "is:tool", "Tool calls, their results, and what became of them"),
    Preset("turns", "is:talk", "What was said, and nothing else"),
    Preset("all", "", "No filter"),
)


class EventCommands(Provider):
    async def discover(self) -> Hits:
        for name, does, run in self._commands():
            yield DiscoveryHit(name, run, help=does)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for name, does, run in self._commands():
            score = matcher.match(name)
            if score > 0:
                yield Hit(score, matcher.highlight(name), run, help=does)

    def _commands(self) -> Iterator[tuple[str, str, Callable[[], object]]]:
        for preset in PRESETS:
            show = partial(self.screen.run_action, f"show_events({preset.expression!r})")
            yield f"events: show {preset.name}", preset.help, show
        clear = partial(self.screen.run_action, "clear_marks")
        yield "events: clear marks", "No row is marked any more", clear
