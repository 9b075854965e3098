"""What the agent answers: a small deterministic responder, one for each conversation.

Knows words and a clock that it is given; no audio, no socket, no language model. The first rule
that fits wins; the rules are in the order in which they are written in `_RULES`.
"""

import re
from collections.abc import Callable
from datetime import datetime

import msgspec

from tui.agent.responder.arithmetic import work_out
from tui.agent.responder.languages import PHRASES, base
from tui.agent.responder.number_words import date_words, number_words, read_digits, time_words
from tui.agent.responder.persona import Persona
from tui.agent.responder.replies import Block, CallTool, EndCall, Reply, Say, Think
from tui.agent.responder.triggers import triggered

STORY = (
    "Once upon a time, an old lighthouse stood at the edge of a grey and windy sea. "
    "Its keeper was a patient woman called Martha, who had a clock, a cat, and a brass telescope. "
    "Every evening she climbed two hundred steps and lit the lamp for the fishing boats. "
    "One winter night, a thick fog came in, and the lamp could not be seen from the water. "
    "Martha took the dinner bell from the kitchen and carried it to the top of the tower. "
    "She rang it slowly, again and again, until her arms were tired and the tide had turned. "
    "One after another, the boats heard the bell and found their way around the rocks. "
    "In the morning, there was a basket of silver fish on the doorstep, and the cat was happy. "
    "Since that night, the bell has hung beside the lamp, and the boats still listen for it."
)


FIRST_MESSAGE = "Hello! I am the local agent. Ask me the time, a sum, or for a story."

LONGEST = 1_000
"""Characters of a user's turn that are looked at."""
NOTES = 20
"""Contextual updates that are kept, the newest."""

UNKNOWN = "I did not understand that. Say help to hear what I can do."
LOOKUP_ORDER = "lookup_order"
NOBODY = Persona()
HELP = (
    "I can tell you the time and the date, work out sums, repeat what you say, "
    "check an order, and tell you a story. Say goodbye to end the call."
)


class Responder:
    def __init__(
        self, now: Callable[[], datetime] = datetime.now, persona: Persona = NOBODY
    ) -> None:
        self._now = now
        self._persona = persona
        self._phrases = PHRASES.get(base(persona.language))
        self._notes: dict[str, str] = {}

    def respond(self, text: str) -> Reply:
        """The reply to what the user said or typed."""
        return self.in_character(self._reply(text[:LONGEST]))

    def in_character(self, reply: Reply) -> Reply:
        """The reply as the prompt wants it worded; what is no text stays as it is."""
        match reply:
            case Say() | EndCall() | Block() | Think():
                return msgspec.structs.replace(reply, text=self._persona.shaped(reply.text))
            case _:
                return reply

    def _reply(self, text: str) -> Reply:
        plain = text.lower().replace("’", "'").strip()
        found = self._foreign(plain) or triggered(text, self._persona)
        if found is not None:
            return found
        for pattern, rule in _RULES:
            if match := pattern.search(plain):
                reply = rule(self, text, match)
                if reply is not None:
                    return reply
        return self._unknown()

    def _foreign(self, plain: str) -> Reply | None:
        """What the conversation's own language has words for."""
        phrases = self._phrases
        if phrases is None:
            return None
        if re.search(phrases.hears_goodbye, plain):
            return EndCall(phrases.goodbye)
        if re.search(phrases.hears_time, plain):
            now = self._now()
            return Say(phrases.time.format(hour=now.hour, minute=now.minute))
        if re.search(phrases.hears_thanks, plain):
            return Say(phrases.thanks)
        return Say(phrases.greeting) if re.search(phrases.hears_greeting, plain) else None

    def _unknown(self) -> Reply:
        said = self._phrases.unknown if self._phrases else UNKNOWN
        return Say(f"{self._persona.line()} {said}".strip())

    def learn(self, text: str, context_id: str | None = None) -> None:
        """Keep a contextual update; a newer one with the same id takes the place of the older."""
        key = context_id or f"note: {text[:LONGEST]}"
        self._notes.pop(key, None)
        self._notes[key] = text[:LONGEST]
        if len(self._notes) > NOTES:
            del self._notes[next(iter(self._notes))]

    def tool_answered(self, call: CallTool, result: object, is_error: bool) -> Reply:
        """The reply once the client has run the tool. `result`: text, JSON text or a JSON value."""
        if call.name != LOOKUP_ORDER:
            said = f"{call.name} failed" if is_error else f"{call.name} says"
            return self.in_character(Say(f"{said}: {_told(result)}"))
        order = call.parameters.get("id", "")
        if is_error:
            said = f"I am sorry, I could not check order {order}. Please try again later."
            return self.in_character(Say(said))
        return self.in_character(Say(f"Order {order}: {_told(result)}"))

    # ── The rules ────────────────────────────────────────────────────────────────────────────────

    def _echo(self, text: str, match: re.Match[str]) -> Reply:
        words = text.strip()[match.start("words") :].strip(" \"'“”")
        return Say(words[:1].upper() + words[1:])

    def _order(self, text: str, match: re.Match[str]) -> Reply:
        words = re.findall(r"\d+|[a-z]+", match["rest"])
        number = read_digits([w for w in words if w not in ("number", "id")])
        if not number:
            return Say("Which order shall I check? Please tell me its number.")
        return CallTool(LOOKUP_ORDER, {"id": number})

    def _goodbye(self, text: str, match: re.Match[str]) -> Reply:
        return EndCall("Goodbye, and thank you for calling.")

    def _story(self, text: str, match: re.Match[str]) -> Reply:
        return Say(STORY)

    def _time(self, text: str, match: re.Match[str]) -> Reply:
        return Say(f"It is {time_words(self._now().time())}.")

    def _date(self, text: str, match: re.Match[str]) -> Reply:
        return Say(f"Today is {date_words(self._now().date())}.")

    def _sum(self, text: str, match: re.Match[str]) -> Reply | None:
        try:
            value = work_out(text.lower())
        except ZeroDivisionError:
            return Say("Nothing can be divided by zero.")
        return None if value is None else Say(f"That is {number_words(value)}.")

    def _known(self, text: str, match: re.Match[str]) -> Reply:
        if not self._notes:
            return Say("Nobody has told me anything about you yet.")
        return Say(f"This is what I was told: {' '.join(self._notes.values())}")

    def _help(self, text: str, match: re.Match[str]) -> Reply:
        return Say(HELP)

    def _who(self, text: str, match: re.Match[str]) -> Reply:
        return Say(self._persona.line() or "I am the local agent, a small program.")

    def _stop(self, text: str, match: re.Match[str]) -> Reply:
        return Say("All right, I will stop.")

    def _thanks(self, text: str, match: re.Match[str]) -> Reply:
        return Say("You are welcome.")

    def _greeting(self, text: str, match: re.Match[str]) -> Reply:
        return Say("Hello! How can I help you?")

    def _nothing(self, text: str, match: re.Match[str]) -> Reply:
        return Say("I am listening.")


_Rule = Callable[[Responder, str, re.Match[str]], Reply | None]

# "Stop" alone is an order; "stop, what time is it?" is the question behind it.
_NO_MORE = r"(?:\W+(?:please|it|that|now|talking|a|moment|second|minute))*\W*"

_RULES: tuple[tuple[re.Pattern[str], _Rule], ...] = tuple(
    (re.compile(pattern), rule)
    for pattern, rule in (
        (
            r"^(?:please,? )?(?:say|repeat(?: after me)?|echo)\b[\s,:.]*(?P<words>\S.*)",
            Responder._echo,
        ),
        (
            r"\b(?:check|look ?up|find|track|where (?:is|are)|status of)\b"
            r".*?\borders?\b(?P<rest>.*)",
            Responder._order,
        ),
        (r"\b(?:good-?\s?bye|bye|hang up|end the call)\b", Responder._goodbye),
        (r"\bstory\b", Responder._story),
        (r"\bwhat time\b|\bthe time\b", Responder._time),
        (r"\b(?:what|which) (?:day|date)\b|\bthe date\b|\btoday's date\b", Responder._date),
        (r"\d|\b(?:plus|minus|times|multiplied|divided)\b", Responder._sum),
        (r"\bwhat do you (?:know|remember)\b", Responder._known),
        (r"\bwho are you\b|\byour (?:instructions|prompt)\b", Responder._who),
        (r"\bhelp\b|\bwhat can (?:you|i)\b", Responder._help),
        (rf"^(?:please )?(?:stop|wait|be quiet|hold on){_NO_MORE}$", Responder._stop),
        (r"\bthank", Responder._thanks),
        (r"\b(?:hello|hi|hey|good (?:morning|afternoon|evening))\b", Responder._greeting),
        (r"^\W*$", Responder._nothing),
    )
)


def _told(result: object) -> str:
    """A tool's result as a sentence: `{"status": "shipped"}` -> "status shipped."."""
    if isinstance(result, str):
        try:
            decoded: object = msgspec.json.decode(result)
        except msgspec.DecodeError:
            decoded = result
        result = decoded
    if isinstance(result, dict):
        words = ", ".join(f"{str(k).replace('_', ' ')} {v}" for k, v in result.items())
    elif isinstance(result, list):
        words = ", ".join(str(item) for item in result)
    else:
        words = str(result)
    return words if words.endswith((".", "!", "?")) else f"{words}."
