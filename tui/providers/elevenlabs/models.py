"""Language models of the ElevenLabs Agents Platform, as a table to choose from.

Knows our dated file and the user's; asks nobody.
"""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from tui.catalogue import Row, Table
from tui.data.tables import read_tables

FILE = Path(__file__).with_name("models.toml")
USERS = "models.toml"


class Model(msgspec.Struct, frozen=True, kw_only=True):
    """As published on a date: latency and price are the provider's claims."""

    id: str
    provider: str
    latency_ms: int | None = None
    price_per_minute: float | None = None
    """US dollars."""


class _File(msgspec.Struct, forbid_unknown_fields=True):
    source: str = ""
    date: str = ""
    models: list[Model] = []


def tables(folder: Path | None) -> Mapping[str, Table]:
    """A model of the user's replaces ours of the same id and provider."""
    ours, users, problem = read_tables(FILE, folder and folder / USERS, _File)
    found = {(model.provider, model.id): model for model in (*ours.models, *users.models)}
    rows = tuple(Row(value=model.id, side=_side(model)) for model in found.values())
    return {"models": Table(rows=rows, note=f"as of {ours.date}: {ours.source}", problem=problem)}


def _side(model: Model) -> str:
    """`Maker       738 ms  $0.0097/min`."""
    latency = "" if model.latency_ms is None else f"{model.latency_ms:,} ms"
    price = "" if model.price_per_minute is None else f"${model.price_per_minute:.4f}/min"
    return f"{model.provider:<10} {latency:>8}  {price:>11}".rstrip()
