"""Language models of the ElevenLabs Agents Platform, and what a minute with each costs.

Knows our dated file and the user's, and how the account is asked; asks nobody.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import msgspec

from tui.catalogue import Row, Table
from tui.data.tables import read_tables
from tui.events import Priced
from tui.provider import Access, PriceQuery, Question, Request
from tui.providers.elevenlabs.endpoint import ElevenLabs, headers

FILE = Path(__file__).with_name("models.toml")
USERS = "models.toml"
HOSTS = ".elevenlabs.io"
LARGEST = 1000.0
"""US dollars that nobody takes for a minute."""


class Model(msgspec.Struct, frozen=True, kw_only=True):
    """As published on a date: latency and price are the provider's claims."""

    id: str
    provider: str
    latency_ms: int | None = None
    price_per_minute: float | None = None
    """US dollars."""
    date: str = ""
    source: str = ""


class Plan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    per_minute: float | None = None
    date: str = ""
    source: str = ""


class _File(msgspec.Struct, forbid_unknown_fields=True):
    source: str = ""
    date: str = ""
    models: list[Model] = []
    plan: Plan = Plan()


def tables(folder: Path | None) -> Mapping[str, Table]:
    """A model of the user's replaces ours of the same id and provider."""
    ours, users, problem = read_tables(FILE, folder and folder / USERS, _File)
    found = {(model.provider, model.id): model for model in (*ours.models, *users.models)}
    rows = tuple(_row(model, ours) for model in found.values())
    return {"models": Table(rows=rows, note=f"as of {ours.date}: {ours.source}", problem=problem)}


def _row(model: Model, ours: _File) -> Row:
    parts = (model.price_per_minute, ours.plan.per_minute)
    return Row(
        value=model.id,
        side=_side(model),
        per_minute=None if None in parts else sum(part or 0.0 for part in parts),
        latency_ms=model.latency_ms,
        date=model.date or ours.date,
    )


def prices(query: PriceQuery) -> tuple[Priced, ...]:
    """Of a minute of the plan, and of the language model's part in it."""
    access, card = query.access, query.card
    ours, users, _ = read_tables(FILE, query.folder and query.folder / USERS, _File)
    published = (urlsplit(access.base_url).hostname or "").endswith(HOSTS)
    lists = (users, ours) if published else (users,)
    llm = _llm(lists, query.named or access.setup.llm or (card.llm if card else ""))
    return (llm,) if query.named else (_plan(lists, access), llm)


def _plan(lists: Sequence[_File], access: Access) -> Priced:
    if access.setup.text_only:
        return Priced(part="plan", model="text messages")
    section = access.section
    if isinstance(section, ElevenLabs) and section.per_minute:
        return Priced(part="plan", minute=section.per_minute, source="elevenlabs.per_minute")
    plan = next((file.plan for file in lists if file.plan.per_minute is not None), Plan())
    return Priced(part="plan", minute=plan.per_minute, date=plan.date, source=plan.source)


def _llm(lists: Sequence[_File], name: str) -> Priced:
    for file in lists:
        for one in file.models:
            if one.id == name and one.price_per_minute is not None:
                return Priced(
                    part="llm",
                    model=name,
                    minute=one.price_per_minute,
                    date=one.date or file.date,
                    source=one.source or file.source or USERS,
                )
    return Priced(part="llm", model=name)


def calculated(query: PriceQuery) -> Question[Sequence[Priced]] | None:
    """What ElevenLabs itself reckons for this agent's model with this prompt; None without a key.
    Source: `POST /v1/convai/agent/{agent_id}/llm-usage/calculate` of the API reference."""
    access, card = query.access, query.card
    name = access.setup.llm or (card.llm if card else "")
    if not (name and access.key and access.whom):
        return None

    def read(answer: Any) -> Sequence[Priced]:
        found = msgspec.convert(answer, _Calculated, strict=False).llm_prices
        return tuple(
            Priced(part="llm", model=name, minute=one.price_per_minute, source="llm-usage")
            for one in found
            if one.llm == name and 0 <= one.price_per_minute < LARGEST
        )

    prompt = access.setup.prompt
    path = f"/v1/convai/agent/{quote(access.whom, safe='')}/llm-usage/calculate"
    asked = {"prompt_length": len(prompt)} if prompt else {}
    return Question(
        request=Request(method="POST", path=path, headers=headers(access), json=asked), read=read
    )


class _LlmPrice(msgspec.Struct):
    llm: str
    price_per_minute: float


class _Calculated(msgspec.Struct):
    llm_prices: list[_LlmPrice]


def _side(model: Model) -> str:
    """`Maker       738 ms  $0.0097/min`."""
    latency = "" if model.latency_ms is None else f"{model.latency_ms:,} ms"
    price = "" if model.price_per_minute is None else f"${model.price_per_minute:.4f}/min"
    return f"{model.provider:<10} {latency:>8}  {price:>11}".rstrip()
