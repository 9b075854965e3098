"""What an agent is asked to do differently, before a call, and how a provider says what it takes.

Knows fields, not whose they are; no socket, no screen. Everything is optional: what is None is
left out of the wire, because an empty or null override is an override too.
"""

import difflib
from collections.abc import Iterator, Sequence
from typing import Any, Literal

import msgspec

Variable = str | int | float | bool | list[Any] | None
"""Lists may hold anything that JSON has."""


class Setup(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One conversation's wishes; also what a profile in the configuration holds."""

    agent_id: str | None = None
    """Another agent than the configured one."""
    first_message: str | None = None
    """"" lets the user begin."""
    prompt: str | None = None
    language: str | None = None
    llm: str | None = None
    temperature: float | None = None
    max_tokens: int | None = None
    voice_id: str | None = None
    stability: float | None = None
    similarity_boost: float | None = None
    speed: float | None = None
    keywords: tuple[str, ...] = ()
    """Words that the recogniser should expect."""
    text_only: bool | None = None
    max_duration_seconds: int | None = None
    soft_timeout_message: str | None = None
    """What the agent says when its answer takes long."""
    dynamic_variables: dict[str, Variable] = {}
    user_id: str | None = None
    environment: str | None = None
    branch_id: str | None = None
    extra_body: dict[str, Any] = {}
    """Sent to a custom LLM as it is, beside temperature and max_tokens."""
    options: dict[str, Any] = {}
    """What only this provider has, by the names of its fields."""

    @property
    def secrets(self) -> tuple[str, ...]:
        """Values that must not be written anywhere: `secret__` variables carry credentials."""
        found = self.dynamic_variables.items()
        secret = [value for name, value in found if name.startswith("secret__")]
        return tuple(str(leaf) for value in secret for leaf in _leaves(value))


def _leaves(value: Any) -> Iterator[Any]:
    """What a value is made of, without recursion: its depth is the user's own."""
    waiting = [value]
    while waiting:
        match waiting.pop():
            case list(items):
                waiting.extend(items)
            case dict(fields):
                waiting.extend(fields.values())
            case None:
                pass
            case leaf:
                yield leaf


def asked(setup: Setup) -> dict[str, Any]:
    """What `setup` asks for, by its fields."""
    usual = Setup()
    values = ((name, getattr(setup, name)) for name in Setup.__struct_fields__)
    return {name: value for name, value in values if value != getattr(usual, name)}


def values(setup: Setup) -> dict[str, Any]:
    """What `setup` asks for, by the fields' names, then the options' own."""
    return {n: value for n, value in asked(setup).items() if n != "options"} | setup.options


def chosen(setup: Setup) -> tuple[str, ...]:
    """The names of that."""
    return tuple(values(setup))


# ── What a provider takes ────────────────────────────────────────────────────────────────────────

ADVANCED = "advanced"
"""The group that is folded away."""
LARGEST = 2**63 - 1
"""What every JSON reader holds of a whole number."""
_TAKES = {
    "integer": "a whole number",
    "number": "a number",
    "yes_no": "true or false",
    "words": "a list of words",
    "json": "an object",
    "variables": "an object",
}
_TYPES: dict[str, Any] = {
    "integer": int,
    "number": int | float,
    "yes_no": bool,
    "json": dict,
    "variables": dict,
}


class SetupField(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the set-up screen. `name` is a field of `Setup`, else a key of `Setup.options`."""

    name: str
    label: str
    kind: Literal[
        "text", "long", "integer", "number", "yes_no", "words", "json", "choice", "variables"
    ] = "text"
    """`variables` is `dynamic_variables`: a row for each that the agent's card names."""
    hint: str = ""
    low: float | None = None
    high: float | None = None
    choices: str | tuple[str, ...] = ()
    """Of a choice: the values, or where they come from: agents, voices, languages, or one of
    the provider's tables."""
    permission: bool = False
    """The agent has to permit that it is overridden."""
    group: str = ""
    """The heading that it stands under; `advanced` is folded away."""
    none: str = "agent's own"
    """What holds where nothing is chosen."""

    @property
    def takes(self) -> str:
        """What its value is, with the range."""
        if self.kind == "choice" and isinstance(self.choices, tuple):
            return f"one of {', '.join(self.choices)}"
        ends = [None if end is None else f"{end:.10g}" for end in (self.low, self.high)]
        match ends:
            case [str(low), str(high)]:
                limits = f", {low} to {high}"
            case [str(low), None]:
                limits = f", {low} and more"
            case [None, str(high)]:
                limits = f", {high} at most"
            case _:
                limits = ""
        return _TAKES.get(self.kind, "a text") + limits

    def wrong(self, value: object) -> str:
        """What is wrong with `value`, in few words; "" where it can be used."""
        if not self._is_kind(value):
            return self.takes
        if self.kind not in ("integer", "number"):
            return ""
        number: Any = value
        if self.low is not None and not number >= self.low:
            return f"at least {self.low:.10g}"
        if self.high is not None and not number <= self.high:
            return f"at most {self.high:.10g}"
        return "" if -LARGEST <= number <= LARGEST else "a smaller number"

    def _is_kind(self, value: object) -> bool:
        if self.kind == "choice" and isinstance(self.choices, tuple):
            return value in self.choices
        if self.kind == "words":
            words: Any = value if isinstance(value, list | tuple) else (None,)
            return all(isinstance(word, str) for word in words)
        kind = _TYPES.get(self.kind, str)
        return isinstance(value, kind) and (kind is bool or not isinstance(value, bool))


def unfit(fields: Sequence[SetupField], setup: Setup) -> tuple[str, ...]:
    """What of `setup` a provider with these fields cannot be asked, a sentence each that begins
    with the name of the key: a value that the field does not take, an option that there is not."""
    known = {field.name: field for field in fields}
    own = [name for name in known if name not in Setup.__struct_fields__]
    problems = [
        f"options.{name}: there is no such option; {_near(name, own)}"
        for name in setup.options
        if name not in own
    ]
    given = {name: (name, value) for name, value in asked(setup).items()}
    given |= {name: (f"options.{name}", setup.options[name]) for name in setup.options}
    problems += [
        f"{key}: {known[name].takes}, not {str(value)[:40]!r}"
        for name, (key, value) in given.items()
        if name in known and known[name].wrong(value)
    ]
    return tuple(problems)


def foreign(fields: Sequence[SetupField], setup: Setup) -> tuple[str, ...]:
    """Names of what `setup` asks for and a provider with these fields has not."""
    known = {field.name for field in fields}
    return tuple(name for name in chosen(setup) if name not in known)


def _near(name: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    if near:
        return f"did you mean {near[0]!r}?"
    return f"known here: {', '.join(known)}" if known else "this provider has none"
