"""How the panes share the screen, as the user wants it.

Knows the call screen's two layouts; no keys. Each layout keeps its own shares: what suits two
columns does not suit panes above each other.
"""

from dataclasses import dataclass

from textual.screen import Screen
from textual.widget import Widget

STEP = 10
SMALLEST, LARGEST = 20, 80
"""Percent."""


@dataclass(slots=True)
class _Shares:
    """Percent of the room: the talk's, and detail's beside the events (None: as they come)."""

    talk: int | None = None
    detail: int | None = None


class PaneSizes:
    def __init__(self, screen: Screen[None], wide_from: int) -> None:
        """`wide_from` cells there are two columns."""
        self._screen = screen
        self._wide_from = wide_from
        self._wide, self._narrow = _Shares(), _Shares()

    def change_talk(self, steps: int) -> None:
        """The transcript's column, or its height where the panes are above each other."""
        shares = self._shares
        usual = 40 if self._is_wide else 33
        shares.talk = _bounded((shares.talk or usual) + steps * STEP)
        self.apply()

    def change_detail(self, steps: int) -> None:
        shares = self._shares
        usual = 40 if self._is_wide else 50
        shares.detail = _bounded((shares.detail or usual) + steps * STEP)
        self.apply()

    def apply(self) -> None:
        """Also when the layout has become the other one."""
        shares = self._shares
        talk, wire, events, detail = (
            self._screen.query_one(name) for name in ("#talk", "#wire", "#events", "#detail")
        )
        for widget in (talk, wire, events, detail):
            widget.styles.width = None
            widget.styles.height = None
        if shares.talk is not None:
            _share(talk, wire, shares.talk, "width" if self._is_wide else "height")
        if shares.detail is not None and self._is_wide:
            _share(detail, events, shares.detail, "height")
        elif shares.detail is not None:
            detail.styles.height = f"{shares.detail}%"

    @property
    def _is_wide(self) -> bool:
        return self._screen.app.size.width >= self._wide_from

    @property
    def _shares(self) -> _Shares:
        return self._wide if self._is_wide else self._narrow


def _bounded(share: int) -> int:
    return max(min(share, LARGEST), SMALLEST)


def _share(one: Widget, other: Widget, share: int, side: str) -> None:
    setattr(one.styles, side, f"{share}fr")
    setattr(other.styles, side, f"{100 - share}fr")
