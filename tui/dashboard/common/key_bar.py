"""The footer: the focused pane's keys first, then the keys of the call, as many as fit.

Knows active bindings only: what it shows is what a key does now.
"""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, ClassVar, NamedTuple, Protocol

from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.binding import ActiveBinding, Binding
from textual.dom import DOMNode
from textual.signal import Signal
from textual.strip import Strip
from textual.widget import Widget

from tui.dashboard.common.ascii import draws_ascii
from tui.dashboard.common.key_names import active_name
from tui.notices import CallState, Notice

CALL_ORDER = tuple(
    "replay.toggle replay.step replay.faster replay.slower replay.start replay.end "
    "call.help call.commands call.mute call.connect call.interrupt call.hold call.push_to_talk "
    "call.send_file call.tell call.set_up call.compose call.quit".split()
)
"""Ids of the keys of the call, or of its replay: a pane's keys are dropped before them."""


class Key(NamedTuple):
    key: str
    does: str
    id: str
    active: ActiveBinding


class Notices(Protocol):
    """A feed, as far as it matters here."""

    @property
    def notices(self) -> Signal[Any]: ...


class KeyBar(Widget):
    """One row, rebuilt when the focus, the state or the bindings change."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"keys--key", "keys--text"}

    def __init__(
        self,
        feed: Notices | None = None,
        *,
        call: Sequence[str] = CALL_ORDER,
        id: str | None = None,
    ) -> None:
        """`call`: ids of the call's keys that are shown on this screen; of which none is without a
        `feed`."""
        super().__init__(id=id)
        self._feed = feed
        self._call = call
        self._state = CallState.IDLE
        self._talk = ""
        """What F2 does just now; "" where that is to mute."""
        self.armed = False
        """The next F3 hangs up."""

    def on_mount(self) -> None:
        if self._feed is not None:
            self._feed.notices.subscribe(self, self._on_notice)
        self.screen.bindings_updated_signal.subscribe(self, lambda _: self.refresh())

    def _on_notice(self, message: Any) -> None:
        notice: Notice = message.notice
        closed, opened = ("Talk", "Close mic") if notice.push_to_talk else ("Unmute", "")
        talk = closed if notice.muted else opened
        if (notice.state, talk) != (self._state, self._talk):
            self._state, self._talk = notice.state, talk
            self.refresh()

    def arm(self, armed: bool) -> None:
        if self.armed != armed:
            self.armed = armed
            self.refresh()

    def keys(self) -> list[Key]:
        """What could be shown: the focused widget's keys, the screen's, then the call's."""
        focused = self.screen.focused
        found: dict[str, tuple[int, Key]] = {}
        for active in as_written(self.screen.active_bindings.values()):
            binding = active.binding
            if not binding.show or not active.enabled or not binding.description:
                continue
            if binding.id in CALL_ORDER and binding.id not in self._call:
                continue
            if active.node is focused:
                rank = 0
            elif binding.id in CALL_ORDER:
                rank = 2
            else:
                rank = 1
            found.setdefault(binding.id or binding.action, (rank, self._key(active)))
        return [key for _, key in sorted(found.values(), key=lambda f: (f[0], place(f[1].id)))]

    def _key(self, active: ActiveBinding) -> Key:
        binding = active.binding
        does = self._does(binding.id or "") or binding.description
        enter = binding.key == "enter" and not draws_ascii(self.app)
        return Key("⏎" if enter else active_name(active), does, binding.id or "", active)

    def _does(self, name: str) -> str:
        """What the key does just now; "" where that is always the same."""
        match name:
            case "call.connect":
                return self._hang_up()
            case "call.mute":
                return self._talk
            case _:
                return ""

    def _hang_up(self) -> str:
        if self.armed:
            return "Again!"
        return "Connect" if self._state in (CallState.IDLE, CallState.FAILED) else "Hang up"

    def fitting(self, width: int) -> list[Key]:
        """As many keys as fit: a pane's later keys go first, then the call's last."""
        keys = self.keys()
        while keys and sum(cell_len(key.key) + cell_len(key.does) + 2 for key in keys) > width:
            panes = [key for key in keys if key.id not in CALL_ORDER]
            keys.remove(panes[-1] if len(panes) > 1 else keys[-1])
        return keys

    async def on_click(self, event: events.Click) -> None:
        """As the key does."""
        end = 1
        for key in self.fitting(self.size.width):
            end += cell_len(key.key) + cell_len(key.does) + 2
            if event.x < end:
                await self.app.run_action(key.active.binding.action, key.active.node)
                return

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        name = self.get_component_rich_style("keys--key")
        text = self.get_component_rich_style("keys--text")
        segments = [Segment(" ", text)]
        for key in self.fitting(width):
            segments += [Segment(key.key, name), Segment(f" {key.does} ", text)]
        return Strip(segments).adjust_cell_length(width, text)


def place(name: str) -> int:
    """Where a binding of this id stands among the call's keys; 0 for a pane's."""
    return CALL_ORDER.index(name) if name in CALL_ORDER else 0


def as_written(bindings: Iterable[ActiveBinding]) -> list[ActiveBinding]:
    """The innermost node's first, each node's in the order of its class.

    Textual puts keys of the user's own behind all others.
    """
    return sorted(bindings, key=lambda active: (-len(active.node.ancestors), _written(active)))


def _written(active: ActiveBinding) -> int:
    return _ids(type(active.node)).get(active.binding.id or "", 0)


@cache
def _ids(node: type[DOMNode]) -> dict[str, int]:
    """Ids of a class and of those that it is made of, numbered as they come."""
    found = [
        binding.id or ""
        for base in reversed(node.__mro__)
        for binding in base.__dict__.get("BINDINGS", ())
        if isinstance(binding, Binding)
    ]
    return {name: place for place, name in enumerate(dict.fromkeys(found))}
