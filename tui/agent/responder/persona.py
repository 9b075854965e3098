"""How a prompt changes what is said: three rules, no language model. Pure.

A prompt that says to be short cuts replies to their first sentence; `Answer always with: X` makes X
every answer; any other prompt is owned up to where the agent has nothing to say by itself.
"""

import re

import msgspec

from tui.agent.profile import AgentTool

_SHORT = re.compile(r"\b(?:terse|brief|briefly|concise|short answers|one sentence)\b", re.I)
_ALWAYS = re.compile(r"answer always with:\s*(?P<answer>[^\n]+)", re.I)
QUOTED = 120
"""Characters of a prompt that are repeated."""


class Persona(msgspec.Struct, frozen=True, kw_only=True):
    """Who answers in a conversation."""

    prompt: str = ""
    language: str = "en"
    max_words: int | None = None
    tools: tuple[AgentTool, ...] = ()
    mcp: bool = False
    failures: frozenset[str] = frozenset()
    """Error types of its protocol, which a user can ask for."""

    def shaped(self, text: str) -> str:
        """What is said in place of `text`."""
        if always := _ALWAYS.search(self.prompt):
            text = always["answer"].strip()
        elif _SHORT.search(self.prompt):
            text = re.split(r"(?<=[.!?…])\s", text.strip())[0]
        if self.max_words is not None:
            text = " ".join(text.split()[: self.max_words])
        return text

    def line(self) -> str:
        """Says which prompt it was given, "" when that can be heard in every answer anyway."""
        if not self.prompt.strip() or _SHORT.search(self.prompt) or _ALWAYS.search(self.prompt):
            return ""
        quoted = " ".join(self.prompt.split())
        quoted = quoted if len(quoted) <= QUOTED else f"{quoted[:QUOTED].rstrip()}…"
        return f"My instructions are: {quoted.rstrip('.')}."
