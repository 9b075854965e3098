"""What a client's initiation asks for: the first message and whether the call is in text only.

Pure. Other overrides are read over without complaint. Source: the published description of
`conversation_initiation_client_data`.
"""

import re
from typing import Any

import msgspec

from tui.agent.brain import FIRST_MESSAGE
from tui.providers.elevenlabs_wire import Initiation

_VARIABLE = re.compile(r"\{\{\s*([A-Za-z_]\w*)\s*\}\}")


class Wish(msgspec.Struct, frozen=True):
    first_message: str
    """"" when the agent is to wait for the user."""
    text_only: bool


class MissingVariables(Exception):
    """The first message names variables that the client did not give."""


def read_wish(initiation: Initiation) -> Wish:
    """Raises MissingVariables, whose text is the reason to close with."""
    override = initiation.conversation_config_override
    first = _table(override, "agent").get("first_message")
    # The Python SDK writes text_only one level above where the description has it.
    text_only = _table(override, "conversation").get("text_only") or override.get("text_only")
    message = _filled(first if isinstance(first, str) else FIRST_MESSAGE, initiation)
    return Wish(message, text_only is True)


def _table(override: dict[str, Any], name: str) -> dict[str, Any]:
    found = override.get(name)
    return found if isinstance(found, dict) else {}


def _filled(message: str, initiation: Initiation) -> str:
    variables = initiation.dynamic_variables
    missing = {name for name in _VARIABLE.findall(message) if variables.get(name) is None}
    if missing:
        names = ", ".join(repr(name) for name in sorted(missing))
        raise MissingVariables(f"Missing required dynamic variables in first message: {{{names}}}")
    return _VARIABLE.sub(lambda match: str(variables[match[1]]), message)
