"""`voicescope models`: what the providers' models cost and claim, beside what was measured here.

Knows published tables and the folds of journals; asks no network.
"""

import argparse
import datetime
import math
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from tui.analysis.cost import STALE_DAYS, is_stale
from tui.analysis.entry import EntryStream
from tui.analysis.turns.figures import Spread, counted, spread
from tui.analysis.turns.fold import TurnFold
from tui.analysis.turns.turn import Turn
from tui.backend.launch import journal_folder
from tui.catalogue import Row, Table
from tui.cli.options import examples
from tui.cli.table import table_row
from tui.config import ConfigError, default_path, load
from tui.events import ContextUsed, Event, LinkOpening, Priced, UsageReported
from tui.journal.folder import newest_first
from tui.journal.reader import JournalError, JournalReader
from tui.processes.printing import json_text
from tui.providers import BUILT_IN, UnknownProvider, open_codec, provider_of
from tui.sanitize import sanitize

USUAL = 50
LOCAL = "local agent"
HEAD = ("model", "provider", "$/min", "claimed", "ear p50", "agent p50", "n", "")
WIDTHS = (30, 11, 8, 9, 9, 10, 4, 0)
FIGURES = range(2, 7)
Measured = dict[tuple[str, str], list[Turn]]
"""Turns by provider and model."""


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """A model, published, measured or both."""

    model: str
    provider: str
    per_minute: float | None = None
    """US dollars of a minute of conversation, each side speaking half of it."""
    price: str = ""
    """As it is published."""
    latency_ms: int | None = None
    """As it is claimed."""
    date: str = ""
    stale: bool = False
    ends: datetime.date | None = None
    ear: Spread = Spread()
    agent: Spread = Spread()


def _price(one: Listed) -> float:
    return math.inf if one.per_minute is None else one.per_minute


def _latency(one: Listed) -> float:
    """As measured, else as claimed."""
    known = (one.ear.median_ms, one.agent.median_ms, one.latency_ms)
    return next((float(ms) for ms in known if ms is not None), math.inf)


KEYS: dict[str, Callable[[Listed], float]] = {
    "name": lambda one: 0.0,
    "price": _price,
    "latency": _latency,
}


def main(arguments: list[str]) -> int:
    """0 when there is something to list, 1 when not."""
    parser = argparse.ArgumentParser(
        prog="voicescope models",
        description="List the providers' models: what a minute costs and the latency that is "
        "claimed, by dated tables, beside what was measured in the calls of this machine.",
        epilog=examples("voicescope models --sort price", "voicescope models --filter gemini"),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--provider", metavar="NAME", help=f"of this one: {', '.join(BUILT_IN)}")
    parser.add_argument("--sort", choices=tuple(KEYS), default="name", help="default: name")
    parser.add_argument("--filter", default="", metavar="WORD", help="whose name or maker has WORD")
    parser.add_argument("--json", action="store_true", help="as JSON, one line a model")
    parser.add_argument(
        "--last", type=int, default=USUAL, metavar="N", help="calls to measure by (0: all)"
    )
    parser.add_argument("--config", type=Path, help="configuration file")
    options = parser.parse_args(arguments)
    config = load(options.config)
    names = (options.provider,) if options.provider else BUILT_IN
    folder = (options.config or default_path()).resolve().parent
    try:
        tables = {name: provider_of(name).tables(folder).get("models") for name in names}
    except UnknownProvider as error:
        raise ConfigError(str(error)) from error
    measured = _measured(journal_folder(config.journal), max(options.last, 0))
    word = options.filter.casefold()
    found = [
        one
        for one in _listed(tables, measured, datetime.date.today())
        if word in f"{one.model} {one.provider} {one.price}".casefold()
    ]
    found.sort(key=lambda one: (KEYS[options.sort](one), one.model, one.provider))
    _print(found, tables, as_json=options.json)
    return 0 if found else 1


def _listed(
    tables: dict[str, Table | None], measured: Measured, today: datetime.date
) -> Iterator[Listed]:
    left = dict(measured)
    for provider, table in tables.items():
        for row in table.rows if table else ():
            yield _one(provider, row, left.pop((provider, row.value), []), today)
    for (provider, model), turns in left.items():
        if provider in tables:
            yield _one(provider, Row(value=model), turns, today)


def _one(provider: str, row: Row, turns: list[Turn], today: datetime.date) -> Listed:
    own = counted(turns)
    return Listed(
        model=row.value,
        provider=provider,
        per_minute=None if row.per_minute is None else round(row.per_minute, 6),
        price=row.side,
        latency_ms=row.latency_ms,
        date=row.date,
        stale=is_stale(row.date, today),
        ends=row.ends,
        ear=spread(turn.ear_ms for turn in own),
        agent=spread(turn.agent_ms for turn in own),
    )


# ── Measured ─────────────────────────────────────────────────────────────────────────────────────


def _measured(folder: Path, last: int) -> Measured:
    """By the newest calls; files that are no journals are passed over."""
    found: Measured = defaultdict(list)
    for count, path in enumerate(newest_first(folder), 1):
        try:
            reader = JournalReader.open(path)
        except JournalError:
            continue
        try:
            provider = reader.opened().provider
            turns, model = _read(reader, provider)
        except UnknownProvider:
            continue
        finally:
            reader.close()
        found[provider_of(provider).name, model] += turns
        if count == last:
            break
    return found


def _read(reader: JournalReader, provider: str) -> tuple[list[Turn], str]:
    """Its turns, and the model that it told last."""
    fold, model = TurnFold(), ""
    for entry in EntryStream(reader, lambda: open_codec(provider)).advance():
        fold.add(entry)
        for event in entry.events:
            model = _model(event, provider) or model
    return fold.turns, LOCAL if fold.cost.prices.free else model or "not told"


def _model(event: Event, provider: str) -> str:
    match event:
        case LinkOpening(target=target) if target.partition("/")[0] == LOCAL:
            return LOCAL
        case LinkOpening(target=target) if provider_of(provider).section.callee == "llm":
            return target.partition("/")[2]
        case Priced(part="reply" | "llm", model=model) | ContextUsed(model=model):
            return model
        case UsageReported(user_turn_id=None, model=model):
            return model
        case _:
            return ""


# ── Printed ──────────────────────────────────────────────────────────────────────────────────────


def _print(found: list[Listed], tables: dict[str, Table | None], *, as_json: bool) -> None:
    if as_json:
        for one in found:
            print(json_text(msgspec.to_builtins(one), sys.stdout.encoding))
        return
    if not found:
        print("voicescope: no model of that name", file=sys.stderr)
        return
    print(table_row(HEAD, WIDTHS, FIGURES))
    for one in found:
        print(table_row(_cells(one), WIDTHS, FIGURES))
    print(f"\n$/min: a minute in which each side speaks half. stale: older than {STALE_DAYS} days.")
    for name, table in tables.items():
        if table:
            print(
                sanitize(f"{name}: {table.note}{' · ' * bool(table.problem)}{table.problem}", 300)
            )


def _cells(one: Listed) -> tuple[str, ...]:
    ends = [f"ends {one.ends}"] if one.ends else []
    remarks = ["stale"] * (one.stale and one.per_minute is not None) + ends
    if one.per_minute is None and one.model != LOCAL:
        remarks.insert(0, "price not known")
    price = "0" if one.model == LOCAL else ""
    return (
        one.model,
        one.provider,
        price or ("–" if one.per_minute is None else f"{one.per_minute:.4f}"),
        _ms(one.latency_ms),
        _ms(one.ear.median_ms),
        _ms(one.agent.median_ms),
        str(max(one.ear.count, one.agent.count) or ""),
        ", ".join(remarks),
    )


def _ms(ms: float | None) -> str:
    return "–" if ms is None else f"{ms:,.0f} ms"
