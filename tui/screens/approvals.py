"""Says that tools wait for the user's word, and brings the dialog up when its key is pressed.

Theory of operation. A question never takes the focus: it comes while somebody types, and what is
being typed must neither be lost nor answer it. The banner of the call screen says it, with a bell;
over any other screen a note does. The dialog opens by a key that text never holds, and goes by
itself when nothing is pending any more.
"""

from collections.abc import Callable
from typing import Any

from textual.app import App

from tui.clean import clean
from tui.commands import DecideTool
from tui.notices import Notice, PendingTool
from tui.screens.call import CallScreen
from tui.screens.tool_dialog import ToolDialog
from tui.widgets.key_names import key_hint


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
        if not isinstance(self._app.screen, CallScreen):
            key = key_hint(self._app.screen, "call.answer", "^r")
            said = f"The agent wants to run {clean(tool.name, 60)}: {key} answers."
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
