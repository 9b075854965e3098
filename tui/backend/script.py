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
    AgentCompleted,
    AgentCorrected,
    AgentResponded,
    AgentResponseStreamed,
    AudioReceived,
    LinkOpened,
    PlaybackFinished,
    TextSent,
    UserTranscribed,
    UserTranscriptGuessed,
)
from tui.journal.record import Direction
from tui.notices import CallState, Notice

QUIET_NS = 1_200_000_000
"""Between a reply and the next text."""
QUIET_FIRST_NS = 1_500_000_000
"""For an agent that waits for the user to begin."""
QUIET_VOICE_NS = 4_000_000_000
"""After the words of a reply whose voice has not come yet: who types now would cut it."""
QUIET_FILE_NS = 3_000_000_000
"""After a microphone file: the agent has to notice the end of speech first."""
ANSWER_NS = 30_000_000_000
"""An agent that says nothing for this long after a text, or after the connection was made, does
not answer."""
END_NS = 5_000_000_000
"""How long a session may take to hang up."""
TICK_S = 0.1
"""How often the script is to be asked, whether anything has changed or not."""

_SIGNS = (
    AgentCorrected
    | AgentResponded
    | AgentResponseStreamed
    | AudioReceived
    | TextSent
    | UserTranscribed
    | UserTranscriptGuessed
)
_UNDER_WAY = (CallState.CONNECTING, CallState.LIVE)


class Script:
    """What to say, and for how long; with nothing to do it never hangs up."""

    def __init__(
        self,
        says: Sequence[str],
        *,
        has_file: bool,
        seconds: float | None,
        text_only: bool = False,
    ) -> None:
        self._says = list(says)
        self._has_file = has_file
        self._seconds = seconds
        self._text_only = text_only
        self._ends = bool(says) or has_file or seconds is not None
        self._began_ns = 0
        """When the run's first connection was made: an agent may never say that it is there."""
        self._asked_ns = 0
        """When `next` was first called."""
        self._heard_ns = 0
        """When something last came from the agent, or a connection was made."""
        self._sign_ns = 0
        self._said_ns = 0
        self._voice_awaited = False
        """The words of a reply have come, and neither its voice nor its end."""
        self._file_done_ns = 0
        self._answered = True
        self._hung_up_ns = 0
        self.unanswered: list[str] = []
        """Texts that the agent gave no reply to."""
        self._last_text = ""

    @property
    def wanted(self) -> bool:
        """There is something to do by script."""
        return self._ends

    def read(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            if entry.direction is Direction.RECEIVED:
                self._heard_ns = entry.time_ns
            for event in entry.events:
                if isinstance(event, LinkOpened):
                    self._began_ns = self._began_ns or entry.time_ns
                    self._heard_ns = entry.time_ns
                if isinstance(event, _SIGNS):
                    self._sign_ns = entry.time_ns
                if isinstance(event, (AgentResponded, AudioReceived)):
                    self._answered = self._answered or entry.time_ns > self._said_ns
                    self._voice_awaited = isinstance(event, AgentResponded)
                elif isinstance(event, AgentCompleted | AgentCorrected | PlaybackFinished):
                    self._voice_awaited = False

    def next(self, notice: Notice, now_ns: int) -> list[Command]:
        """What to do now, if anything."""
        if self._hung_up_ns or not self._ends:
            return []
        self._asked_ns = self._asked_ns or now_ns
        live = notice.state is CallState.LIVE
        if live:
            self._began_ns = self._began_ns or notice.live_ns
        silent = notice.state is CallState.CONNECTING and self._is_silent(now_ns)
        if silent:
            self.unanswered += self._says[:1]
        if silent or (notice.state in _UNDER_WAY and self._time_is_up(now_ns)):
            return self._hang_up(now_ns)
        if not live or not self._may_go_on(notice, now_ns):
            return []
        if self._says:
            return [self._say(now_ns)]
        if self._seconds is not None or (self._has_file and not notice.mic_file_finished):
            return []
        return self._hang_up(now_ns)

    def overdue(self, now_ns: int) -> bool:
        """The call should have ended by now."""
        return bool(self._hung_up_ns) and now_ns - self._hung_up_ns > END_NS

    def _is_silent(self, now_ns: int) -> bool:
        """Connected to something that does not begin a conversation."""
        return bool(self._heard_ns) and now_ns - self._heard_ns > ANSWER_NS

    def _time_is_up(self, now_ns: int) -> bool:
        """The time is that of the run: a connection that was lost does not begin it anew."""
        if self._seconds is None:
            return False
        # Without a word of a connection, as on a full disk, patience comes on top.
        began_ns = self._began_ns or self._asked_ns + ANSWER_NS
        return now_ns - began_ns > self._seconds * 1e9

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
        if self._voice_awaited and not self._text_only:
            pause = QUIET_VOICE_NS
        if self._has_file and not self._says:
            pause = QUIET_FILE_NS
        since = max(self._sign_ns, notice.live_ns, self._said_ns, self._file_done_ns)
        return now_ns - since > pause

    def _say(self, now_ns: int) -> Command:
        self._last_text = self._says.pop(0)
        self._said_ns, self._answered = now_ns, False
        return SendText(text=self._last_text)

    def _hang_up(self, now_ns: int) -> list[Command]:
        self._hung_up_ns = now_ns
        return [HangUp()]
