"""Guards a call against the agent hearing itself: takes its voice out, and says when it is heard.

Knows the plan's wish, what was played, and what both sides said; no device.
"""

import re
from collections import deque
from collections.abc import Callable
from difflib import SequenceMatcher

from tui.audio.echo import EchoCanceller, EchoGate, EchoRemover
from tui.audio.ports import AudioUnavailable, Block
from tui.events import AgentResponded, ConversationStarted, Event, UserTranscribed

Warn = Callable[[str, bool], None]
"""Takes what is wrong, in words for the user, and whether it has passed."""

FEWEST_WORDS = 4
"""What is shorter shares words with anything: two such utterances of the last SHORT are needed,
each of them word for word the agent's."""
SHORT = 3
ALIKE = 0.7
"""So many of the user's words, in the agent's order, are the agent's own."""
REMEMBERED_WORDS = 400
UNLIKE = 3
"""Utterances in a row that are the user's own: the echo is gone."""

HEARD = {
    "": 'the agent hears itself: use a headset, or set audio.echo = "cancel" or "gate"',
    "cancel": "the agent still hears itself: turn the loudspeaker down, or use a headset",
    "gate": "the agent hears itself, later than it speaks: use a headset",
}


class EchoGuard:
    """Sees what is played, filters what the microphone hears."""

    def __init__(self, wish: str, warn: Warn) -> None:
        self._warn = warn
        self._mic_rate = self._speaker_rate = 0
        self._remover: EchoRemover | None = None
        self._missing = ""
        self._agent_words: list[str] = []
        self._unlike = 0
        self._short: deque[bool] = deque(maxlen=SHORT)
        self._warned = False
        self.mode = ""
        """cancel, gate, or "" for nothing."""
        try:
            if wish == "cancel":
                self._remover = EchoCanceller()
            elif wish == "gate":
                self._remover = EchoGate()
            self.mode = wish if self._remover else ""
        except AudioUnavailable as error:
            self._missing = f"{error.reason}: {error.advice}"

    def begin(self) -> None:
        """A call begins: what cannot be done is said."""
        if self._missing:
            self._warn(self._missing, False)

    def rates(self, mic_rate: int, speaker_rate: int) -> None:
        """Of the devices that are open, in Hz; 0 where there is none."""
        self._mic_rate, self._speaker_rate = mic_rate, speaker_rate

    def played(self, block: Block) -> None:
        """What the speaker was given; before the block of the microphone that hears it."""
        if self._remover is not None and self._speaker_rate:
            self._remover.played(block, self._speaker_rate)

    def filter(self, block: Block) -> Block:
        """What the agent is to hear in place of `block`: as many samples, of the same time."""
        if self._remover is None or not self._mic_rate:
            return block
        return self._remover.remove(block, self._mic_rate)

    def observe(self, event: Event) -> None:
        """What is said: a user who says what the agent says is its echo."""
        match event:
            case ConversationStarted():
                self._agent_words.clear()
            case AgentResponded(text=text):
                self._agent_words = (self._agent_words + _words(text))[-REMEMBERED_WORDS:]
            case UserTranscribed(text=text):
                self._compare(_words(text))

    def _compare(self, said: list[str]) -> None:
        alike = is_echo(said, self._agent_words)
        if len(said) < FEWEST_WORDS:
            self._short.append(alike)
            alike = alike and sum(self._short) > 1
        if alike:
            self._unlike, self._warned = 0, True
            self._warn(HEARD[self.mode], False)
        elif self._warned:
            self._unlike += 1
            if self._unlike >= UNLIKE:
                self._warned = False
                self._warn(HEARD[self.mode], True)


def is_echo(said: list[str], agent: list[str]) -> bool:
    """Whether most words of `said` stand in `agent`, in that order and near each other."""
    matcher = SequenceMatcher(None, agent, said, autojunk=False)
    best = matcher.find_longest_match()
    if len(said) < FEWEST_WORDS:
        return len(said) > 1 and best.size == len(said)
    if best.size < FEWEST_WORDS - 1:
        return False
    # A recogniser mishears some words of an echo: the neighbourhood of the longest run counts.
    near = agent[max(0, best.a - best.b - 4) : best.a + len(said) - best.b + 4]
    blocks = SequenceMatcher(None, near, said, autojunk=False).get_matching_blocks()
    return sum(block.size for block in blocks) >= ALIKE * len(said)


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())
