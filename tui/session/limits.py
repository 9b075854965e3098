"""The user's own limits of a call, in time and in money, and what is on record of its prices.

Knows the fold of costs and the two keys; hangs up nothing itself. What has no price is in no sum:
a limit in money that cannot be kept is told when the call begins.
"""

import time
from collections.abc import Callable, Sequence

from tui.analysis.cost import Cost, CostFold, cost_text, money
from tui.events import ContextUsed, Event, LimitNeared, Priced, UsageReported
from tui.plan import SessionKeys

WARN_AT = 0.8


class Limits:
    """Of one call, over all its conversations. `observe` all that happens; `check` now and then."""

    def __init__(
        self,
        keys: SessionKeys,
        emit: Callable[[Event], None],
        price: Callable[[str], Sequence[Priced]],
    ) -> None:
        """`price` tells what a model costs that the agent has named."""
        self._keys = keys
        self._emit = emit
        self._price = price
        self._costs = CostFold()
        self._asked: set[str] = set()
        """Models whose price is on record."""
        self._warned: set[str] = set()
        self._unkept: tuple[str, ...] = ()
        self.reached = ""
        """Why the call is hung up; "" while it is not."""
        self.mark = ""
        """For the status bar."""

    def observe(self, event: Event, time_ns: int) -> None:
        self._costs.add(event, time_ns)
        match event:
            case Priced(model=model):
                self._asked.add(model)
            case UsageReported(model=model) | ContextUsed(model=model):
                if model and model not in self._asked and not self._costs.prices.free:
                    self._asked.add(model)
                    for priced in self._price(model):
                        self._emit(priced)
            case _:
                pass

    @property
    def cost(self) -> Cost:
        return self._costs.total.cost

    def ends_ns(self) -> int:
        """When the limit in time is reached; 0 without one, or while nothing has begun."""
        began, minutes = self._costs.opened_ns, self._keys.max_minutes
        return began + round(minutes * 60e9) if began is not None and minutes else 0

    def check(self, now_ns: int | None = None) -> bool:
        """Whether a limit is newly reached; a warning and the end are told once each."""
        now_ns = time.monotonic_ns() if now_ns is None else now_ns
        self._costs.pass_time(now_ns)
        keys, cost, marks = self._keys, self.cost, list[str]()
        if keys.max_cost:
            self._tell_unkept(cost)
            marks.append("max_cost not kept" if self._unkept else "")
            limit, spent = f"${keys.max_cost:g}", cost_text(cost) or money(0)
            marks.append(self._near("max_cost", (cost.usd or 0) / keys.max_cost, spent, limit))
        if keys.max_minutes and self._costs.opened_ns is not None:
            seconds = (now_ns - self._costs.opened_ns) // 1_000_000_000
            share = seconds / 60 / keys.max_minutes
            spent, limit = f"{seconds // 60}:{seconds % 60:02}", f"{keys.max_minutes:g} min"
            marks.append(self._near("max_minutes", share, spent, limit))
        self.mark = ", ".join(mark for mark in marks if mark)
        return bool(self.reached)

    def _near(self, key: str, share: float, spent: str, limit: str) -> str:
        """The mark, from the warning on."""
        if share >= 1 and not self.reached:
            self.reached = f"{spent} of {limit} ({key})"
            self._emit(LimitNeared(limit=key, text=self.reached, share=round(share, 3)))
        elif WARN_AT <= share < 1 and key not in self._warned:
            self._warned.add(key)
            text = f"near your limit: {spent} of {limit} ({key}); the call is hung up there"
            self._emit(LimitNeared(limit=key, text=text, share=round(share, 3)))
        return f"{min(share, 1):.0%} of {limit}" if share >= WARN_AT else ""

    def _tell_unkept(self, cost: Cost) -> None:
        unknown = cost.unknown or self._without_price()
        new = [name for name in unknown if name not in self._unkept]
        if new:
            self._unkept += tuple(new)
            names = ", ".join(new)
            text = f"max_cost cannot be kept: price not known for {names}"
            self._emit(LimitNeared(limit="max_cost", text=text, share=0.0))

    def _without_price(self) -> tuple[str, ...]:
        """What will be used and has no price, before it is."""
        prices = self._costs.prices
        found = [
            *prices.by_model.values(),
            *(p for one in prices.timed.values() for p in one.values()),
        ]
        return tuple(priced.model or f"the {priced.part}" for priced in found if priced.is_empty)
