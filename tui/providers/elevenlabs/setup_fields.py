"""What can be set up of an ElevenLabs agent, as rows of a form; what an agent would refuse of it.

Knows names, limits and permissions; no widget. How it travels is in `setup`.
"""

from functools import partial

from tui.catalogue import AgentCard
from tui.providers.elevenlabs.setup import RESERVED
from tui.setup import ADVANCED, Setup, SetupField

_limit = partial(SetupField, permission=True, group="limits and sound")
_advanced = partial(SetupField, group=ADVANCED)

FIELDS = (
    SetupField(
        name="agent_id", label="agent", kind="choice", choices="agents", none="the configured one"
    ),
    SetupField(name="voice_id", label="voice", kind="choice", choices="voices", permission=True),
    SetupField(
        name="language", label="language", kind="choice", choices="languages", permission=True
    ),
    SetupField(
        name="llm", label="language model", kind="choice", choices="models", permission=True
    ),
    SetupField(name="prompt", label="prompt", kind="long", permission=True),
    SetupField(
        name="first_message", label="first message", hint='"" lets you begin', permission=True
    ),
    SetupField(name="dynamic_variables", label="dynamic variables", kind="variables"),
    _limit(
        name="temperature",
        label="temperature",
        kind="number",
        hint="0 to 2; custom LLM",
        low=0,
        high=2,
    ),
    _limit(
        name="max_tokens", label="max tokens", kind="integer", hint="1 and more; custom LLM", low=1
    ),
    _limit(name="text_only", label="text only", kind="yes_no", hint="no sound either way"),
    _limit(name="speed", label="speed", kind="number", hint="1 is normal", low=0.7, high=5),
    _limit(name="stability", label="stability", kind="number", hint="0 to 1", low=0, high=1),
    _limit(
        name="similarity_boost", label="similarity", kind="number", hint="0 to 1", low=0, high=1
    ),
    _advanced(
        name="keywords",
        label="keywords",
        kind="words",
        hint="names the recogniser should expect, by commas",
        permission=True,
    ),
    _advanced(
        name="soft_timeout_message",
        label="soft timeout",
        hint="said when the answer takes long",
        permission=True,
    ),
    _advanced(
        name="max_duration_seconds",
        label="longest call, s",
        kind="integer",
        hint="1 and more",
        low=1,
        permission=True,
    ),
    _advanced(name="user_id", label="user id", hint="of your own user, for the records"),
    _advanced(name="environment", label="environment", hint="such as production, staging"),
    _advanced(name="branch_id", label="branch", hint="of the agent; its id"),
    _advanced(
        name="extra_body",
        label="extra LLM body",
        kind="json",
        hint='a JSON object for a custom LLM: {"top_p": 0.9}',
        permission=True,
    ),
)


def preflight(card: AgentCard | None, setup: Setup) -> tuple[str, ...]:
    """What this agent would refuse, one sentence each: seen here instead of as a dead socket."""
    if card is None:
        return ()
    problems = [
        f"this agent does not allow {field.name} to be overridden"
        for field in FIELDS
        if field.permission
        and getattr(setup, field.name) not in (None, (), {})
        and field.name not in card.permitted
    ]
    problems += [
        f"this agent needs the dynamic variable {name!r}"
        for name in card.variables
        if name not in card.defaults and name not in setup.dynamic_variables
    ]
    problems += [
        f"dynamic variable {name!r}: names that begin with {RESERVED} are the provider's own"
        for name in setup.dynamic_variables
        if name.startswith(RESERVED)
    ]
    return tuple(problems)
