"""What is remembered of conversations for the REST routes: state, turns, sound, files, feedback.

Knows no frame and no socket; ids of turns are the protocol's own. Bounded: the oldest finished
conversation makes room for a new one.
"""

import secrets
import time
from collections.abc import Iterable

import msgspec

from tui.agent.speech.recording import Tape

KEPT = 200
"""Conversations."""
FILES = 5
"""Files of one conversation, as many as clients send with one message."""
TURNS = 500
TAPED = 8
"""The newest conversations, whose sound is kept."""


class File(msgspec.Struct, frozen=True):
    name: str
    mime: str
    data: bytes


class TurnRecord(msgspec.Struct, kw_only=True):
    role: str
    """user or agent."""
    message: str
    time_in_call_secs: int
    turn_id: str | int
    interrupted: bool = False
    original_message: str | None = None


class Call:
    """One conversation, running or over."""

    def __init__(self, agent_id: str, agent_name: str, now: float) -> None:
        self.id = f"conv_{secrets.token_hex(13)}"
        self.agent_id = agent_id
        self.agent_name = agent_name
        self.started = now
        self._began = time.monotonic()
        self.ended: float | None = None
        self.code: int | None = None
        self.reason = ""
        self.text_only = False
        self.turns: list[TurnRecord] = []
        self.files: dict[str, File] = {}
        self.scores: dict[str | int, str] = {}
        """Feedback by turn id."""
        self.rating: dict[str, object] = {}
        """Feedback on the whole, as it was posted."""
        self.tape: Tape | None = None
        """Its sound, while that is kept."""

    @property
    def status(self) -> str:
        return "in-progress" if self.ended is None else "done"

    def seconds(self, now: float) -> int:
        return int((self.ended or now) - self.started)

    def end(self, code: int | None, now: float) -> None:
        self.code, self.ended = code, now

    def add_file(self, file: File) -> str:
        file_id = f"file_{secrets.token_hex(8)}"
        self.files[file_id] = file
        return file_id

    def score(self, turn_id: str | int, score: str | None) -> None:
        """`score`: like, dislike, or None to clear."""
        if score is None:
            self.scores.pop(turn_id, None)
        else:
            self.scores[turn_id] = score

    def heard(self, audio: bytes) -> None:
        """Audio of the user's that came just now."""
        if self.tape:
            self.tape.heard(audio, time.monotonic() - self._began)

    def spoken(self, audio: bytes) -> None:
        """Audio of the agent's that was sent just now."""
        if self.tape:
            self.tape.spoken(audio, time.monotonic() - self._began)

    def interrupted(self) -> None:
        """What was sent and not heard yet is not played."""
        if self.tape:
            self.tape.interrupted(time.monotonic() - self._began)

    def said(self, role: str, message: str, turn_id: str | int) -> None:
        """`role`: user or agent."""
        self.turns.append(
            TurnRecord(
                role=role,
                message=message,
                time_in_call_secs=self.seconds(time.time()),
                turn_id=turn_id,
            )
        )
        del self.turns[:-TURNS]

    def corrected(self, turn_id: str | int, original: str, heard: str) -> None:
        """The message that it is of: a turn may hold several."""
        for turn in self.turns:
            of_turn = turn.role == "agent" and turn.turn_id == turn_id
            if of_turn and turn.message == original and not turn.interrupted:
                turn.original_message, turn.message, turn.interrupted = original, heard, True
                return


class CallStore:
    def __init__(self) -> None:
        self._calls: dict[str, Call] = {}

    def open(self, agent_id: str, agent_name: str) -> Call:
        call = Call(agent_id, agent_name, time.time())
        self._calls[call.id] = call
        self._make_room()
        for old in list(self._calls.values())[:-TAPED]:
            old.tape = None
        return call

    def find(self, call_id: str) -> Call | None:
        return self._calls.get(call_id)

    def remove(self, call_id: str) -> None:
        self._calls.pop(call_id, None)

    def newest(self) -> Iterable[Call]:
        return reversed(self._calls.values())

    def _make_room(self) -> None:
        while len(self._calls) > KEPT:
            over = (c.id for c in self._calls.values() if c.ended is not None)
            if (oldest := next(over, None)) is None:
                return  # all of them run: the server's own limit holds their number
            del self._calls[oldest]
