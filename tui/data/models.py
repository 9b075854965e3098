"""The table of language models: a dated file of ours, and one of the user's beside the config.

Knows TOML and `ModelChoice`; nothing is asked of a network.
"""

import tomllib
from pathlib import Path
from typing import NamedTuple

import msgspec

from tui.catalogue import ModelChoice

TABLE = Path(__file__).with_name("models-2025.toml")


class Models(NamedTuple):
    """`source` and `date` are of our table; `problem` says what is wrong with the user's file."""

    choices: tuple[ModelChoice, ...]
    source: str
    date: str
    problem: str = ""


class _Table(msgspec.Struct, forbid_unknown_fields=True):
    source: str = ""
    date: str = ""
    models: list[ModelChoice] = []


def load_models(extra: Path | None = None) -> Models:
    """Ours, then those of `extra`; a model of the same id and provider replaces ours."""
    ours = _read(TABLE)
    found = {(model.provider, model.id): model for model in ours.models}
    problem = ""
    if extra is not None and extra.exists():
        try:
            found |= {(model.provider, model.id): model for model in _read(extra).models}
        except (OSError, ValueError) as error:  # TOML, UTF-8 and msgspec's errors are ValueErrors
            problem = f"{extra}: {error}"
    return Models(tuple(found.values()), ours.source, ours.date, problem)


def _read(path: Path) -> _Table:
    return msgspec.convert(tomllib.loads(path.read_text("utf-8")), _Table)


def model_text(model: ModelChoice) -> str:
    """`Maker       738 ms  $0.0097/min`."""
    latency = "" if model.latency_ms is None else f"{model.latency_ms:,} ms"
    price = "" if model.price_per_minute is None else f"${model.price_per_minute:.4f}/min"
    return f"{model.provider:<10} {latency:>8}  {price:>11}".rstrip()
