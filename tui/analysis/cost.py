"""What a call costs, in US dollars: what was used, by the prices that are on record beside it.

Knows events only: no provider, no list of prices, no clock. What has no price is named, never
guessed: a sum that lacks it is a lower bound.

Theory of operation: usage is added up by model and the time of a conversation by conversation, for
the call and for each turn; money is made of it when it is asked for, as a price may be told after
what it is for. Cached tokens are a part of those that went in, of each kind.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from tui.analysis.units import moment
from tui.events import (
    ContextUsed,
    Event,
    JournalOpened,
    LinkClosed,
    LinkFailed,
    LinkOpened,
    LinkOpening,
    Priced,
    Tokens,
    UsageReported,
)

STALE_DAYS = 90
"""A list of prices that was older than this when the call was held is called stale."""
TIMED = ("plan", "llm")
"""Parts of a price that are for the time of a conversation."""
NOTHING = Tokens()
KINDS = ("text", "audio", "image")


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """Of a call or of a turn."""

    usd: float | None = None
    """As far as prices are known; None where none is."""
    unknown: tuple[str, ...] = ()
    """Whose price is not known: `usd` is then what it costs at least."""
    estimated: bool = False
    """A price of time is an average, or nobody tells what the cached tokens are of."""
    free: bool = False
    """At the local agent."""
    priced_on: str = ""
    """The oldest list that it is made by."""
    stale: bool = False
    tokens_in: int = 0
    tokens_cached: int = 0
    """Of `tokens_in`."""
    tokens_out: int = 0
    context: int = 0
    """Tokens that the model was given with the last reply."""


@dataclass(slots=True)
class Usage:
    """Of one model."""

    part: str
    input: Tokens = NOTHING
    cached: Tokens = NOTHING
    output: Tokens = NOTHING
    seconds: float = 0.0
    estimated: bool = False

    def add(self, event: UsageReported) -> None:
        self.input = _sum(self.input, event.input)
        self.cached = _sum(self.cached, event.cached)
        self.output = _sum(self.output, event.output)
        self.seconds += event.seconds or 0.0
        self.estimated |= event.estimated

    def usd(self, priced: Priced | None) -> float | None:
        """None where something of it has no price."""
        if priced is None:
            return None
        micros = 0.0
        for kind in KINDS:
            into, cached, out = (getattr(t, kind) for t in (self.input, self.cached, self.output))
            rate = getattr(priced, kind)
            if rate is None and (into or out):
                return None
            if rate is not None:
                micros += (into - cached) * rate[0] + cached * rate[1] + out * rate[2]
        if self.seconds and priced.minute is None:
            return None
        return micros / 1e6 + self.seconds * (priced.minute or 0.0) / 60


@dataclass(slots=True)
class PriceList:
    """What is on record of prices."""

    held_on: date | None = None
    """The day of the call, UTC."""
    free: bool = False
    by_model: dict[str, Priced] = field(default_factory=dict)
    expected: dict[str, str] = field(default_factory=dict)
    """Models by the part that they have, for who does not tell whose usage it is."""
    timed: dict[int, dict[str, Priced]] = field(default_factory=dict)
    """Prices of time by conversation and part."""

    def model_of(self, told: str, part: str) -> str:
        return told or self.expected.get(part, "")

    def add(self, priced: Priced, conversation: int) -> None:
        self.free |= priced.free
        if priced.part in TIMED:
            self.timed.setdefault(conversation, {})[priced.part] = priced
        elif not priced.free:
            self.by_model[priced.model] = priced
            self.expected[priced.part] = priced.model

    @property
    def known(self) -> bool:
        """There is something that could be charged, and nothing was."""
        return bool(self.by_model) or any(self.timed.values())

    def is_stale(self, priced_on: str) -> bool:
        return self.held_on is not None and is_stale(priced_on, self.held_on)


class _Charge(NamedTuple):
    name: str
    usd: float | None
    date: str
    is_average: bool


@dataclass(slots=True)
class Spent:
    """What a call or a turn has used; `cost` is made of it by the prices as they are known now."""

    prices: PriceList
    usage: dict[tuple[str, str], Usage] = field(default_factory=dict)
    """By model and part."""
    ns: dict[int, int] = field(default_factory=dict)
    """Time by conversation."""
    context: int = 0

    def use(self, event: UsageReported) -> None:
        part = "reply" if event.user_turn_id is None else "transcript"
        model = self.prices.model_of(event.model, part)
        self.usage.setdefault((model, part), Usage(part)).add(event)
        if part == "reply":
            self.context = event.input.total

    def pass_time(self, conversation: int, ns: int) -> None:
        self.ns[conversation] = self.ns.get(conversation, 0) + ns

    @property
    def cost(self) -> Cost:
        replies = [used for used in self.usage.values() if used.part == "reply"]
        tokens = Cost(
            tokens_in=sum(used.input.total for used in replies),
            tokens_cached=sum(used.cached.total for used in replies),
            tokens_out=sum(used.output.total for used in replies),
            context=self.context,
            estimated=any(used.estimated for used in self.usage.values()),
        )
        if self.prices.free:
            return replace(tokens, usd=0.0, free=True)
        charges = [*self._by_usage(), *self._by_time()]
        sums = [one.usd for one in charges if one.usd is not None]
        unknown = dict.fromkeys(one.name for one in charges if one.usd is None)
        oldest = min((one.date for one in charges if one.usd is not None and one.date), default="")
        known = bool(sums) or (not unknown and self.prices.known)
        return replace(
            tokens,
            usd=round(sum(sums), 8) if known else None,
            unknown=tuple(unknown),
            estimated=tokens.estimated or any(one.is_average for one in charges),
            priced_on=oldest,
            stale=self.prices.is_stale(oldest),
        )

    def _by_usage(self) -> Iterator[_Charge]:
        for (model, part), used in self.usage.items():
            priced = self.prices.by_model.get(model)
            day = priced.date if priced else ""
            yield _Charge(model or f"the model of the {part}", used.usd(priced), day, False)

    def _by_time(self) -> Iterator[_Charge]:
        for conversation, ns in self.ns.items():
            for part, priced in self.prices.timed.get(conversation, {}).items():
                usd = None if priced.minute is None else ns / 60e9 * priced.minute
                yield _Charge(priced.model or f"the {part}", usd, priced.date, usd is not None)


class CostFold:
    """All of a journal."""

    def __init__(self) -> None:
        self.prices = PriceList()
        self.total = Spent(self.prices)
        self.opened_ns: int | None = None
        """When the first conversation began."""
        self._conversation = 0
        self._since_ns: int | None = None
        """How far the time of the present conversation has been added up; None without one."""

    def add(
        self, event: Event, time_ns: int, newest: Spent | None = None, its: Spent | None = None
    ) -> None:
        """`newest`: of the turn that was the newest before this; `its`: of that which it is of."""
        self.pass_time(time_ns, newest)
        match event:
            case JournalOpened(wall_ns=wall_ns):
                self.prices.held_on = moment(wall_ns).date()
            case LinkOpening():
                before = self.prices.timed.get(self._conversation, {})
                self._conversation += 1
                self.prices.timed[self._conversation] = dict(before)
                self._since_ns = None
            case LinkOpened():
                self._since_ns = time_ns
                self.opened_ns = self.opened_ns or time_ns
            case LinkClosed() | LinkFailed():
                self._since_ns = None
            case Priced():
                self.prices.add(event, self._conversation)
            case UsageReported():
                for spent in (self.total, its):
                    if spent is not None:
                        spent.use(event)
            case ContextUsed(tokens=tokens):
                for spent in (self.total, its):
                    if spent is not None:
                        spent.context = max(tokens, 0)
            case _:
                pass

    def pass_time(self, now_ns: int, newest: Spent | None = None) -> None:
        if self._since_ns is None:
            return
        for spent in (self.total, newest):
            if spent is not None:
                spent.pass_time(self._conversation, now_ns - self._since_ns)
        self._since_ns = now_ns


def _sum(one: Tokens, other: Tokens) -> Tokens:
    return Tokens(one.text + other.text, one.audio + other.audio, one.image + other.image)


def is_stale(priced_on: str, today: date) -> bool:
    day = _day(priced_on)
    return day is not None and (today - day).days > STALE_DAYS


def _day(text: str) -> date | None:
    """The first day of what it says: a day, or a month."""
    try:
        return date.fromisoformat(text if text.count("-") > 1 else f"{text}-01")
    except ValueError:
        return None


# ── In words ─────────────────────────────────────────────────────────────────────────────────────


def money(usd: float) -> str:
    """`$0.0103`, `$12.34`."""
    if usd >= 1 or usd == 0:
        return f"${usd:.2f}"
    return f"${usd:.4f}" if usd >= 0.0001 else "<$0.0001"


def cost_text(cost: Cost) -> str:
    """`$0.0103`, `0 (local)`; `≥` where something has no price, `~` where it is an estimate; ""
    where there is nothing to price."""
    if cost.free:
        return "0 (local)"
    if cost.usd is None:
        return "not known" if cost.unknown else ""
    return ("≥" if cost.unknown else "~" if cost.estimated else "") + money(cost.usd)


def cost_notes(cost: Cost) -> list[str]:
    """What there is to say of the figure, a sentence each. Names are as they came."""
    said = [f"price not known for {name}" for name in cost.unknown]
    if cost.stale:
        said.append(f"stale: the price is of {cost.priced_on}")
    return said
