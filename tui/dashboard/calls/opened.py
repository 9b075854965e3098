"""What a screen over the app's own needs to show a replay: a feed of its own, and who fills it.

Knows a replay and the messages of the screen; no pane.
"""

from tui.backend.base import Replayed
from tui.dashboard.common.dialogs import ClosedOnce
from tui.dashboard.common.messages import (
    Feed,
    JournalChanged,
    NoticeArrived,
    RecordsArrived,
    ReplayAsked,
)
from tui.dashboard.journal_feed import JournalFeed


class Opened(ClosedOnce[None]):
    """Publishes what the app would, to its own panes alone; the app hears nothing of it."""

    def takes_from(self, replay: Replayed) -> None:
        """Before it is made: its panes are made with these."""
        self._replay = replay
        self.feed = Feed(self)
        self.journal_feed = JournalFeed(replay, self.post_message)

    def on_mount(self) -> None:
        self.run_worker(self.journal_feed.read(), name="replay")

    async def on_unmount(self) -> None:
        await self._replay.close()
        self._replay.reader.close()

    def on_notice_arrived(self, message: NoticeArrived) -> None:
        message.stop()
        self.feed.notices.publish(message)
        self.feed.replay.publish(self._replay.state)

    def on_records_arrived(self, message: RecordsArrived) -> None:
        message.stop()
        self.feed.records.publish(message)

    def on_journal_changed(self, message: JournalChanged) -> None:
        message.stop()
        self.feed.journals.publish(message)

    def on_replay_asked(self, message: ReplayAsked) -> None:
        message.stop()
        self._replay.ask(message.verb)
        self.feed.replay.publish(self._replay.state)
