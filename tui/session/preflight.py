"""Looks at the agent before a call: what it is, which of its tools nobody here has, what ends.

Knows when an agent can be asked about itself; a card that cannot be read stops nothing.
"""

import asyncio
import contextlib
import importlib
from collections.abc import Container, Mapping, Sequence
from datetime import date, timedelta

from tui.catalogue import AgentCard, Table
from tui.errors import LinkError
from tui.net import is_loopback
from tui.provider import Access, Catalogue
from tui.setup import Setup, SetupField, values

PATIENCE_S = 2.0
"""A call does not wait longer for a card than this."""
SHOWN, LONGEST_NAME = 5, 60
SOON = timedelta(days=90)
"""Time enough to move to another model."""


async def read_card(catalogue: Catalogue, access: Access) -> AgentCard | None:
    """The agent's card; None where it cannot be had."""
    if (
        catalogue.card is None
        or not access.whom
        or not (access.key or is_loopback(access.base_url))
    ):
        return None
    module = await asyncio.to_thread(importlib.import_module, "tui.session.http.client")
    with contextlib.suppress(LinkError, TimeoutError):
        async with asyncio.timeout(PATIENCE_S):
            card: AgentCard = await module.Api(access).ask(catalogue.card(access))
            return card
    return None


def undeclared(card: AgentCard, declared: Container[str]) -> str:
    """A note on client tools that the agent may ask for and nobody here has; "" for none. It
    stops no call: such a tool is refused when it is asked for."""
    missing = [name[:LONGEST_NAME] for name in card.client_tools if name and name not in declared]
    if not missing:
        return ""
    more = f" and {len(missing) - SHOWN} more" if len(missing) > SHOWN else ""
    return (
        f"client tools that are not declared here, and that the agent may ask for: "
        f"{', '.join(missing[:SHOWN])}{more}. Such calls are refused at once; "
        f"add [tools.{missing[0]}] to the configuration to let it run"
    )


def ending(
    fields: Sequence[SetupField],
    tables: Mapping[str, Table],
    called: Mapping[str, str],
    setup: Setup,
    today: date,
) -> tuple[str, ...]:
    """Notes on what of `setup` is served no longer, or not for long, by the published dates.
    `called`: what holds where the set-up says nothing."""
    chosen = {**called, **values(setup)}
    told = []
    for field in fields:
        table = tables.get(field.choices) if isinstance(field.choices, str) else None
        for row in table.rows if table else ():
            if row.value != chosen.get(field.name) or not row.ends or row.ends - today > SOON:
                continue
            days = (row.ends - today).days
            when = f"ends on {row.ends}, in {days} days" if days > 0 else f"ended on {row.ends}"
            told.append(f"{field.label}: {row.value} {when}; choose another")
    return tuple(told)
