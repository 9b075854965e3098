"""A call by script: says the given texts one after another and hangs up when all is answered.

Knows notices and entries; no screen, no process. The dashboard and the headless run use the same.

Theory of operation: the conversation is *quiet* when nothing has come from either side for a
while and no reply is being played. A text is said when it is quiet; a call is done when it is
quiet, all texts are said and the microphone file has been spoken to its end.
"""

from collections.abc import Sequence

from tui.analysis.entry import Entry
from tui.commands import Command, HangUp, SendText
from tui.events import (
    AgentCorrected,
    AgentResponded,
    AgentResponseStreamed,
    AudioReceived,
    TextSent,
    UserTranscribed,
    UserTranscriptGuessed,
)
from tui.notices import CallState, Notice

QUIET_NS = 1_200_000_000
"""Between a reply and the next text."""
QUIET_FIRST_NS = 1_500_000_000
"""For an agent that waits for the user to begin."""
QUIET_FILE_NS = 3_000_000_000
"""After a microphone file: the agent has to notice the end of speech first."""
ANSWER_NS = 30_000_000_000
"""An agent that says nothing for this long after a text does not answer it."""

_SIGNS = (
    AgentCorrected
    | AgentResponded
    | AgentResponseStreamed
    | AudioReceived
    | TextSent
    | UserTranscribed
    | UserTranscriptGuessed
)


class Script:
    """What to say, and for how long; with nothing to do it never hangs up."""

    def __init__(self, says: Sequence[str], *, has_file: bool, seconds: float | None) -> None:
        self._says = list(says)
        self._has_file = has_file
        self._seconds = seconds
        self._ends = bool(says) or has_file or seconds is not None
        self._began_ns = 0
        """When the run's first conversation went live."""
        self._sign_ns = 0
        self._said_ns = 0
        self._file_done_ns = 0
        self._answered = True
        self._hung_up = False
        self.unanswered: list[str] = []
        """Texts that the agent gave no reply to."""
        self._last_text = ""

    @property
    def wanted(self) -> bool:
        """There is something to do by script."""
        return self._ends

    def read(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            for event in entry.events:
                if isinstance(event, _SIGNS):
                    self._sign_ns = entry.time_ns
                if isinstance(event, (AgentResponded, AudioReceived)):
                    self._answered = self._answered or entry.time_ns > self._said_ns

    def next(self, notice: Notice, now_ns: int) -> list[Command]:
        """What to do now, if anything."""
        if self._hung_up or not self._ends:
            return []
        live = notice.state is CallState.LIVE
        if live:
            self._began_ns = self._began_ns or notice.live_ns
        if (live or notice.state is CallState.CONNECTING) and self._time_is_up(now_ns):
            return self._hang_up()
        if not live or not self._may_go_on(notice, now_ns):
            return []
        if self._says:
            return [self._say(now_ns)]
        if self._seconds is not None or (self._has_file and not notice.mic_file_finished):
            return []
        return self._hang_up()

    def _time_is_up(self, now_ns: int) -> bool:
        """The time is that of the run: a connection that was lost does not begin it anew."""
        if self._seconds is None or not self._began_ns:
            return False
        return now_ns - self._began_ns > self._seconds * 1e9

    def _may_go_on(self, notice: Notice, now_ns: int) -> bool:
        if not self._answered:
            if now_ns - self._said_ns < ANSWER_NS:
                return False
            self.unanswered.append(self._last_text)
            self._answered = True
        if notice.agent_speaking or notice.speaking:
            self._sign_ns = max(self._sign_ns, now_ns)
            return False
        if notice.mic_file_finished and not self._file_done_ns:
            self._file_done_ns = now_ns
        pause = QUIET_NS if self._sign_ns else QUIET_FIRST_NS
        if self._has_file and not self._says:
            pause = QUIET_FILE_NS
        since = max(self._sign_ns, notice.live_ns, self._said_ns, self._file_done_ns)
        return now_ns - since > pause

    def _say(self, now_ns: int) -> Command:
        self._last_text = self._says.pop(0)
        self._said_ns, self._answered = now_ns, False
        return SendText(text=self._last_text)

    def _hang_up(self) -> list[Command]:
        self._hung_up = True
        return [HangUp()]
