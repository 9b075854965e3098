"""Opens what lies over the call: set-up, composer, a file to send, the tool dialog.

Knows the backend and the screens; it is told notices and asks nothing by itself. Each screen is
loaded when it is first asked for: the first picture need not wait for any of them.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual.app import App

from tui.backend import Backend, Frames
from tui.commands import DecideTool
from tui.events import Failure
from tui.messages import Feed
from tui.notices import CallState, Notice
from tui.screens.approvals import Approvals
from tui.screens.call import CallScreen

if TYPE_CHECKING:
    from tui.screens.composer import Drafts


class Desk:
    def __init__(
        self,
        app: App[Any],
        backend: Backend,
        feed: Feed,
        clock: Callable[[], int],
        models: Path,
    ) -> None:
        """`models`: the user's own table of language models, where there is one."""
        self._app = app
        self._backend = backend
        self._feed = feed
        self._approvals = Approvals(app, clock)
        self._models = models
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
        elif isinstance(self._app.screen, CallScreen):
            from tui.data.models import load_models  # noqa: PLC0415
            from tui.screens.setup import SetupScreen  # noqa: PLC0415

            models = load_models(self._models)
            self._app.push_screen(SetupScreen(self._feed, directory, models, self._notice))

    def compose(self) -> None:
        from tui.screens.composer import ComposerScreen, Drafts  # noqa: PLC0415

        if isinstance(self._app.screen, ComposerScreen):
            self._app.screen.action_back()
        elif isinstance(self._app.screen, CallScreen):
            self._drafts = self._drafts or Drafts()
            frames = self._backend if isinstance(self._backend, Frames) else None
            over = (self._feed, self._backend, self._notice, self._drafts, frames)
            self._app.push_screen(ComposerScreen(*over, clock=self._clock))

    def devices(self) -> None:
        if isinstance(self._app.screen, CallScreen):
            from tui.screens.devices import DevicesScreen  # noqa: PLC0415

            self._app.push_screen(DevicesScreen(self._feed))

    def tell(self) -> None:
        from tui.screens.composer import ComposerScreen  # noqa: PLC0415
        from tui.screens.context import ContextScreen  # noqa: PLC0415

        if isinstance(self._app.screen, CallScreen | ComposerScreen):
            self._app.push_screen(ContextScreen(self._feed, self._notice, self._context_ids))

    def send_file(self) -> None:
        from tui.screens.composer import ComposerScreen  # noqa: PLC0415
        from tui.screens.send_file import SendFileScreen  # noqa: PLC0415

        if isinstance(self._app.screen, CallScreen | ComposerScreen):
            self._app.push_screen(SendFileScreen(self._feed, self._notice))


def lacks_agent(notice: Notice) -> bool:
    """There was nobody to call: the first start."""
    return notice.state is CallState.FAILED and notice.failure is Failure.NO_AGENT
