"""The text of `pactl list` and `pactl info`, taken apart.

Knows its shape, which has stood still since PulseAudio 4; no process, nothing of what it means.
"""

import re
from dataclasses import dataclass, field

_HEAD = re.compile(r"([A-Z][A-Za-z ]+) #(\d+)$")
_FIELD = re.compile(r"\t([A-Z][A-Za-z ]+): ?(.*)$")
_PROPERTY = re.compile(r'\t\t([\w.-]+) = "(.*)"$')


@dataclass(slots=True)
class Section:
    """`Sink #3` with what is indented below it."""

    kind: str
    index: str
    fields: dict[str, str] = field(default_factory=dict)
    properties: dict[str, str] = field(default_factory=dict)


def sections(text: str) -> list[Section]:
    """What is listed, in its order; unknown lines are passed over."""
    found: list[Section] = []
    for line in text.split("\n"):  # a name may hold any other line break
        if head := _HEAD.match(line):
            found.append(Section(head[1], head[2]))
        elif found and (one := _FIELD.match(line)):
            found[-1].fields.setdefault(one[1], one[2])
        elif found and (one := _PROPERTY.match(line)):
            found[-1].properties.setdefault(one[1], one[2])
    return found


def value_of(text: str, name: str) -> str:
    """Of `pactl info`'s lines the one that begins with `name`; "" where there is none."""
    begins = f"{name}: "
    lines = (line for line in text.split("\n") if line.startswith(begins))
    return next(lines, begins).removeprefix(begins)
