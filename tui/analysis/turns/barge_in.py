"""Replies that were cut: who noticed what when, what of the reply was heard, and whether the
interruption was meant.

Knows events and turns; no screen. What is known only later (the words that the user said over a
reply) is added when it comes.
"""

from collections.abc import Mapping

from tui.analysis.turns.turn import NS_PER_MS, Cut, Turn
from tui.events import (
    AgentHeardStart,
    AgentResponded,
    AgentResponseStreamed,
    AudioReceived,
    AudioWarned,
    CallHeld,
    Event,
    Interrupted,
    LinkClosed,
    LinkFailed,
    MicMuted,
    PlaybackFlushed,
    ReplyId,
    SpeechStarted,
    SpeechStopped,
    UserTranscribed,
    UserTranscriptGuessed,
    UserTurnId,
    UserTurnTaken,
)

SHORT_MS = 400
"""A voice of less than this is more likely a cough than a word."""
BACKCHANNELS = frozenset(
    "yes yeah yep ok okay right sure mhm mm hm hmm uh huh uh-huh aha ah oh i see ja genau".split()
)
"""What people say to show that they listen."""
BACKCHANNEL_WORDS = 3


class Cuts:
    """Of one conversation: adds to turns how their replies were cut."""

    def __init__(self) -> None:
        self._noticed_ns: int | None = None
        self._cut: Turn | None = None
        """The newest reply that was cut by a voice."""
        self._user: UserTurnId | None = None
        """What the user said over it."""
        self._echoes = self._muted = self._held = False

    def add(self, event: Event, time_ns: int, turns: Mapping[ReplyId, Turn]) -> list[Turn]:
        """The turns that `event` changed; `turns` by their replies."""
        match event:
            case AgentHeardStart() | Interrupted():
                self._noticed_ns = time_ns
            case PlaybackFlushed(reply_id=key):
                turn = turns.get(key)
                return [] if turn is None else self._flushed(event, time_ns, turn)
            case AudioWarned(what="echo", over=over):
                self._echoes = not over
            case MicMuted(muted=on):
                self._muted = on
            case CallHeld(held=on):
                self._held = on
            case _:
                return self._after(event)
        return []

    def _flushed(self, event: PlaybackFlushed, time_ns: int, turn: Turn) -> list[Turn]:
        if event.dropped_ms <= 0 or turn.flushed_ns is None:
            return []
        spoken = event.cause == "interruption"
        turn.cut = Cut(
            event.cause,
            time_ns,
            noticed_ns=self._noticed_ns if spoken else None,
            echoes=self._echoes,
            is_closed=self._muted or self._held,
        )
        if spoken:
            self._cut, self._user = turn, None
        return [turn]

    def _after(self, event: Event) -> list[Turn]:
        """What came of the newest one."""
        turn = self._cut
        cut = turn.cut if turn is not None else None
        if turn is None or cut is None:
            return []
        match event:
            case SpeechStarted(at_ns=at_ns) if at_ns > (turn.flushed_ns or 0):
                if cut.is_over:
                    self._cut = None  # the user says something else
            case SpeechStopped(at_ns=at_ns) if cut.voice_ms is None and turn.onset_ns is not None:
                cut.voice_ms = (at_ns - turn.onset_ns) / NS_PER_MS
            case UserTranscriptGuessed(user_turn_id=key) | UserTurnTaken(user_turn_id=key):
                self._user = self._user if self._user is not None else key
            case UserTranscribed(user_turn_id=key, text=text) if self._user in (None, key):
                self._user, cut.words = key, text.strip() or None
            case AudioReceived(reply_id=key) | AgentResponded(reply_id=key) if key != turn.reply_id:
                cut.is_over = True
            case AgentResponseStreamed(reply_id=key) if key != turn.reply_id:
                cut.is_over = True
            case LinkClosed() | LinkFailed():
                cut.is_over = True
            case _:
                return []
        return [turn]


# ── What is said of one ──────────────────────────────────────────────────────────────────────────


def heard_text(turn: Turn) -> str | None:
    """What of its words the user can have heard; None where the agent does not tell."""
    told = [one.corrected.strip() for one in turn.corrected]
    return " ".join(filter(None, told)) if told else None


def unheard_text(turn: Turn) -> str | None:
    """The words that were never heard."""
    told = [_rest(one.original, one.corrected) for one in turn.corrected]
    return " ".join(filter(None, told)) if told else None


def _rest(original: str, corrected: str) -> str:
    heard = corrected.strip().rstrip(".…- ")
    if original.strip().startswith(heard):
        return original.strip()[len(heard) :].strip()
    return " ".join(original.split()[len(corrected.split()) :])


def false_cause(turn: Turn) -> str:  # noqa: PLR0911  one a cause
    """What made the agent give way to a voice that had nothing to say; "" where it was meant, and
    while that is not known."""
    cut = turn.cut
    if cut is None or cut.cause != "interruption":
        return ""
    if cut.words is not None:
        words = cut.words.lower().strip(" .,!?…").replace(",", " ").split()
        short = 0 < len(words) <= BACKCHANNEL_WORDS and BACKCHANNELS.issuperset(words)
        return "it was only a sign of listening" if short else ""
    if not cut.is_over:
        return ""
    if cut.echoes:
        return "the agent heard itself: its sound comes back through the microphone"
    if turn.onset_ns is None:
        closed = ", and the microphone was closed" if cut.is_closed else ""
        return f"the local detector heard nobody{closed}: noise, echo or a voice far away"
    if cut.voice_ms is not None and cut.voice_ms < SHORT_MS:
        return f"a sound of {cut.voice_ms:.0f} ms without words: a cough or a noise"
    return "the agent understood no words"
