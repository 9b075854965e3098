"""What travels on the screen: signals that widgets subscribe to, and messages they post upwards.

Knows the vocabulary and what an entry is; no session, no widget. The app publishes, because it
alone reads the backend; a widget gets the `Feed` when it is made and never asks who fills it.
"""

from collections.abc import Sequence

from textual.dom import DOMNode
from textual.message import Message
from textual.signal import Signal

from tui.analysis.entry import Entry
from tui.backend.base import ReplayState, ReplayVerb
from tui.commands import Command
from tui.journal.reader import JournalReader
from tui.notices import Notice


class RecordsArrived(Message):
    """Entries that came since the last message, in order; never the same one twice.

    `records` of the journal have now been taken in: those that are no entry here only stream, see
    `entry_choice.STREAMS`.
    """

    def __init__(self, entries: Sequence[Entry], records: int) -> None:
        super().__init__()
        self.entries = entries
        self.records = records


class NoticeArrived(Message):
    """The session, now. `notice.records` is how much of the journal is to be shown."""

    def __init__(self, notice: Notice) -> None:
        super().__init__()
        self.notice = notice


class JournalChanged(Message):
    """All that was shown is void: another journal, or a replay that went back."""

    def __init__(self, reader: JournalReader) -> None:
        super().__init__()
        self.reader = reader


class Feed:
    """The signals of one app."""

    def __init__(self, owner: DOMNode) -> None:
        self.records: Signal[RecordsArrived] = Signal(owner, "records")
        self.notices: Signal[NoticeArrived] = Signal(owner, "notices")
        self.journals: Signal[JournalChanged] = Signal(owner, "journals")
        self.replay: Signal[ReplayState] = Signal(owner, "replay")


class Asked(Message):
    """The user wants `command` done by the session."""

    def __init__(self, command: Command) -> None:
        super().__init__()
        self.command = command


class ReplayAsked(Message):
    def __init__(self, verb: ReplayVerb) -> None:
        super().__init__()
        self.verb = verb


class AgainAsked(Message):
    """The user wants to send a frame again."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


class CopyAsked(Message):
    """The user wants a frame in the clipboard; `whole`: with its audio."""

    def __init__(self, number: int, whole: bool) -> None:
        super().__init__()
        self.number = number
        self.whole = whole
