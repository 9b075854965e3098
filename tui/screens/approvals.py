"""Brings the tool dialog up and takes it away, as notices say what is pending."""

from collections.abc import Callable
from typing import Any

from textual.app import App

from tui.commands import DecideTool
from tui.notices import Notice
from tui.screens.tool_dialog import ToolDialog


class Approvals:
    """A notice may be older than the user's word: what was decided is not asked again."""

    def __init__(self, app: App[Any], clock: Callable[[], int]) -> None:
        self._app = app
        self._clock = clock
        self._decided: set[str] = set()
        self._notice = Notice()
        self._dialog: ToolDialog | None = None

    def hear(self, notice: Notice) -> None:
        self._notice = notice
        self._decided &= {tool.call_id for tool in notice.pending_tools}
        self._update()

    def decide(self, command: DecideTool) -> None:
        self._decided.add(command.call_id)
        self._update()

    def _update(self) -> None:
        pending = [t for t in self._notice.pending_tools if t.call_id not in self._decided]
        if self._dialog is None:
            if pending:
                self._dialog = ToolDialog(pending, self._clock)
                self._app.push_screen(self._dialog)
        elif pending:
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
