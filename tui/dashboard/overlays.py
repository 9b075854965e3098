"""Opens what lies over the call: set-up, composer, a file to send, the tool dialog.

Knows the backend and the screens; it is told notices and asks nothing by itself. Each screen is
loaded when it is first asked for: the first picture need not wait for any of them.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from textual.app import App
from textual.screen import Screen

from tui.backend.base import Backend
from tui.commands import DecideTool
from tui.config import state_folder
from tui.dashboard.common.key_names import key_hint
from tui.dashboard.common.keys import COVERED, UNABLE
from tui.dashboard.common.messages import Feed
from tui.dashboard.tools.approval_dialog import ToolDialog
from tui.events import Failure
from tui.journal.reader import JournalReader
from tui.journal.record import Direction
from tui.notices import CallState, Notice, PendingTool
from tui.sanitize import sanitize

MOST_AGAIN = 100_000
"""Bytes of a frame that is put into the composer."""


class Approvals:
    """A notice may be older than the user's word: what was decided is not asked again."""

    def __init__(self, app: App[Any], clock: Callable[[], int]) -> None:
        self._app = app
        self._clock = clock
        self._decided: set[str] = set()
        self._told: set[str] = set()
        self._notice = Notice()
        self._dialog: ToolDialog | None = None

    def hear(self, notice: Notice) -> None:
        self._notice = notice
        ids = {tool.call_id for tool in notice.pending_tools}
        self._decided &= ids
        new = [tool for tool in self._pending if tool.call_id not in self._told]
        self._told = ids
        if new and self._dialog is None:
            self._tell(new[0])
        self._update()

    def decide(self, command: DecideTool) -> None:
        self._decided.add(command.call_id)
        self._update()

    def open(self) -> bool:
        """Show what is pending; False when nothing is."""
        if self._pending and self._dialog is None:
            self._dialog = ToolDialog(self._pending, self._clock)
            self._app.push_screen(self._dialog)
        return bool(self._pending)

    @property
    def _pending(self) -> list[PendingTool]:
        return [t for t in self._notice.pending_tools if t.call_id not in self._decided]

    def _tell(self, tool: PendingTool) -> None:
        self._app.bell()
        if not on_call(self._app):
            key = key_hint(self._app.screen, "call.answer", "^r")
            said = f"The agent wants to run {sanitize(tool.name, 60)}: {key} answers."
            self._app.notify(said, severity="warning", markup=False, timeout=10)

    def _update(self) -> None:
        if self._dialog is None:
            return
        if pending := self._pending:
            self._dialog.show(pending)
        else:
            self._close(self._dialog)

    def _close(self, dialog: ToolDialog) -> None:
        """It may lie under another dialog, which then has to go first."""
        if self._app.screen is dialog:
            dialog.dismiss()
            self._dialog = None
        else:
            dialog.show(())


if TYPE_CHECKING:
    from tui.dashboard.sending.composer import Drafts


class Overlays:
    def __init__(
        self,
        app: App[Any],
        backend: Backend,
        feed: Feed,
        clock: Callable[[], int],
    ) -> None:
        self._app = app
        self._backend = backend
        self._feed = feed
        self._approvals = Approvals(app, clock)
        self._clock = clock
        self._notice = Notice()
        self._drafts: Drafts | None = None
        self._context_ids: list[str] = []
        self._offered = False

    def hear(self, notice: Notice) -> None:
        self._notice = notice
        self._approvals.hear(notice)
        if not self._offered and lacks_agent(notice) and self._backend.directory:
            self._offered = True
            self.set_up()

    def decide(self, command: DecideTool) -> None:
        self._approvals.decide(command)

    def answer(self) -> None:
        if not self._approvals.open():
            self._app.notify("No tool waits for your word.", markup=False, timeout=3)

    def set_up(self) -> None:
        directory = self._backend.directory
        if directory is None:
            self._app.notify("There is nothing to set up here.", markup=False, timeout=3)
        elif self._is_free():
            from tui.dashboard.setup.screen import SetupScreen  # noqa: PLC0415

            self._app.push_screen(
                SetupScreen(self._feed, directory, self._notice, self._backend.sounds)
            )

    def compose(self, text: str = "") -> None:
        """`text`: in place of what was being written."""
        from tui.dashboard.sending.composer import ComposerScreen, Drafts  # noqa: PLC0415
        from tui.dashboard.sending.saved_frames import SavedFrames  # noqa: PLC0415

        if isinstance(self._app.screen, ComposerScreen):
            self._app.screen.action_back()
        elif self._is_free():
            self._drafts = self._drafts or Drafts()
            self._drafts.text = text or self._drafts.text
            saved = SavedFrames(state_folder() / "frames.json")
            over = (self._feed, self._backend, self._notice, self._drafts, saved)
            self._app.push_screen(ComposerScreen(*over, clock=self._clock))

    def send_again(self, reader: JournalReader, number: int) -> None:
        """Into the composer, where it is looked at before it goes out."""
        from tui.analysis.records.json_tree import indented  # noqa: PLC0415

        if not self._backend.live:
            said = "A replay has nobody to send it to."
        elif reader.direction(number) is not Direction.SENT:
            said = "Only what was sent from here can be sent again: rows with →."
        elif reader.size(number) > MOST_AGAIN:
            said = "It is too long for the composer."
        else:
            self.compose(indented(reader.text(number)))
            return
        self._app.notify(said, markup=False, timeout=4)

    def devices(self) -> None:
        if self._is_free():
            from tui.dashboard.devices_screen import DevicesScreen  # noqa: PLC0415

            self._app.push_screen(DevicesScreen(self._feed))

    def tell(self) -> None:
        if self._is_unable("context"):
            return
        from tui.dashboard.sending.composer import ComposerScreen  # noqa: PLC0415
        from tui.dashboard.sending.context import ContextScreen  # noqa: PLC0415

        if self._is_free(ComposerScreen):
            self._app.push_screen(ContextScreen(self._feed, self._notice, self._context_ids))

    def send_file(self) -> None:
        if self._is_unable("files"):
            return
        from tui.dashboard.sending.composer import ComposerScreen  # noqa: PLC0415
        from tui.dashboard.sending.send_file import SendFileScreen  # noqa: PLC0415

        if self._is_free(ComposerScreen):
            self._app.push_screen(SendFileScreen(self._feed, self._notice))

    def _is_free(self, *over: type[Screen[Any]]) -> bool:
        """Whether nothing lies over the call but one of `over`; else that is said."""
        free = on_call(self._app) or isinstance(self._app.screen, over)
        if not free:
            self._app.notify(COVERED, markup=False, timeout=3)
        return free

    def _is_unable(self, what: str) -> bool:
        """Whether the provider cannot do that, which is said then."""
        unable = not getattr(self._backend.capabilities, what)
        if unable:
            self._app.notify(UNABLE[what], markup=False, timeout=3)
        return unable


def on_call(app: App[Any]) -> bool:
    """Whether nothing lies over the call."""
    return len(app.screen_stack) == 1


def lacks_agent(notice: Notice) -> bool:
    """There was nobody to call: the first start."""
    return notice.state is CallState.FAILED and notice.failure is Failure.NO_AGENT
