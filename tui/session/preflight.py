"""Looks at the agent before a call: what it would refuse, and how long it lets a call be.

Knows when an agent can be asked about itself; a card that cannot be read stops nothing.
"""

import asyncio
import contextlib
import importlib

from tui.catalogue import AgentCard
from tui.session.errors import LinkError
from tui.session.link import is_loopback

PATIENCE_S = 2.0
"""A call does not wait longer for a card than this."""


async def read_card(base_url: str, agent_id: str, key: str, key_name: str) -> AgentCard | None:
    """The agent's card; None where it cannot be had."""
    if not agent_id or not (key or is_loopback(base_url)):
        return None
    module = await asyncio.to_thread(importlib.import_module, "tui.session.rest_client")
    with contextlib.suppress(LinkError, TimeoutError):
        async with asyncio.timeout(PATIENCE_S):
            card: AgentCard = await module.Rest(base_url, key, key_name).agent(agent_id)
            return card
    return None
