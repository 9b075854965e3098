"""Presets of the filter in the palette.

Knows expressions; the screen shows what passes them.
"""

from typing import NamedTuple


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
