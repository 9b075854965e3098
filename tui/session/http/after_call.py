"""What a provider has on record of a conversation: asked once that is over, until it is settled.

Knows pauses; who is asked is given. A provider takes a while to reckon up a call.
"""

import asyncio
from collections.abc import Awaitable, Callable

from tui.errors import LinkError
from tui.events import CallReported, Noted

PAUSES_S = (0.5, 1.0, 2.0, 4.0, 8.0, 8.0)


async def reviewed(ask: Callable[[], Awaitable[CallReported]]) -> CallReported | Noted:
    """What was told last, or why nothing can be had."""
    found: CallReported | Noted = Noted(text="")
    for pause_s in (*PAUSES_S, None):
        try:
            found = await ask()
            if found.is_settled:
                break
        except LinkError as error:
            found = Noted(text=f"the provider's record of this call cannot be had: {error}")
            if not error.transient and error.wait_ms is None:
                break
        if pause_s is not None:
            await asyncio.sleep(pause_s)
    return found
