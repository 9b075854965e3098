"""The app: the one place that knows both the screen and what is behind it.

A background worker takes in what the backend says and posts messages; the app publishes them on
its feed, to which widgets subscribe. Keys of the call are
bound here with priority, so that they work while typing. Exit codes: 0 the user left, 1 the
session process had died and the user left.
"""

import asyncio
import contextlib
import gc
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from rich.console import Console
from rich.segment import Segments
from textual.app import App, SystemCommand
from textual.binding import BindingType
from textual.command import CommandPalette, Provider
from textual.filter import LineFilter, Monochrome, NoColor
from textual.notifications import SeverityLevel
from textual.screen import Screen

from tui.backend.base import Backend, ReplayVerb
from tui.backend.replay import Replay, open_replay
from tui.backend.switches import Switch
from tui.commands import Connect, DecideTool, Interrupt, SetHeld, SetMuted, SetPushToTalk
from tui.config import ConfigError
from tui.dashboard.call_screen import CallScreen, OpenedCall, ReplayScreen
from tui.dashboard.common.dialogs import ConfirmQuit
from tui.dashboard.common.key_bar import KeyBar
from tui.dashboard.common.key_names import key_character, key_hint
from tui.dashboard.common.keys import (
    CALL_KEYS,
    COVERED,
    IN_A_CALL,
    LIVE_ONLY,
    OVER_RECORDED,
    RECORDED,
    SET_UP,
    not_offered,
)
from tui.dashboard.common.messages import (
    AgainAsked,
    Asked,
    Feed,
    JournalChanged,
    NoticeArrived,
    RecordsArrived,
    ReplayAsked,
)
from tui.dashboard.common.pane import Pane
from tui.dashboard.common.text_entry import is_text
from tui.dashboard.connect_key import AGAIN_S, ConnectKey
from tui.dashboard.help_screen import HelpScreen, sections
from tui.dashboard.journal_feed import JournalFeed
from tui.dashboard.overlays import Overlays, on_call
from tui.dashboard.palette import InOrder, Palette, Used, key_commands
from tui.dashboard.status.banner import Banner
from tui.notices import CallState, Notice
from tui.sanitize import sanitize

if TYPE_CHECKING:
    from tui.dashboard.calls.screen import Look


def plain_console() -> Console:
    """For what is said once the screen is gone: without colours, which `printing` would show as
    what they are made of, as it does with whatever an exception's words hold."""
    return Console(markup=False, highlight=False, stderr=True, color_system=None)


def crash_report(console: Console) -> Segments:
    """The present exception. Local variables are left out: they hold keys and signed URLs."""
    from rich.traceback import Traceback  # noqa: PLC0415  only needed for a crash

    trace = Traceback(show_locals=False, width=None)
    return Segments(console.render(trace, console.options))


CLOSE_S = 2.0
UNCOLORED = NoColor()
YOUNG = 20_000
"""Objects made between two collections: records come as many small ones, none of them garbage."""
GONE = "The session process ended. What was said is in the journal. {} starts it again."


class VoiceScopeApp(App[int]):
    """`run()` returns an exit code, which is `return_code` too."""

    CSS_PATH = Path(__file__).with_name("app.tcss")
    TITLE = "VoiceScope"
    ENABLE_COMMAND_PALETTE = True
    BINDINGS: ClassVar[list[BindingType]] = CALL_KEYS
    COMMANDS: ClassVar[set[type[Provider]]] = {InOrder}  # type: ignore[assignment]

    def __init__(
        self,
        backend: Backend,
        *,
        clock: Callable[[], int] = time.monotonic_ns,
        slow_ms: int = 0,
        journals: Path | None = None,
    ) -> None:
        """`slow_ms`: a turn is slow from there on; 0: where it took twice the median.
        `journals`: the folder of recorded calls."""
        super().__init__()
        self._slow_ms = slow_ms
        self.error_console = plain_console()
        self._backend = backend
        self._clock = clock
        self.feed = Feed(self)
        self._told = Notice()
        self.notice = backend.wished(self._told)
        """The newest, with what was switched since."""
        self._journal_feed = JournalFeed(backend, self.post_message)
        self._gone = False
        self._leaving = False
        self._overlays = Overlays(self, backend, self.feed, clock)
        self._used = Used()
        self._journals = journals
        self._look: Look | None = None
        self._connect_key = ConnectKey(backend.send, clock)

    # ── The screen ───────────────────────────────────────────────────────────────────────────────

    def get_default_screen(self) -> Screen[Any]:
        backend = self._backend
        kind = CallScreen if backend.live else ReplayScreen
        shown = (backend.reader, backend.summarize, self._journal_feed.events_of, backend.title)
        return kind(
            self.feed,
            *shown,
            live=backend.live,
            clock=self._clock,
            sounds=backend.sounds,
            able=backend.capabilities,
            take_away=backend.take_away,
            slow_ms=self._slow_ms,
        )

    def get_line_filters(self) -> Sequence[LineFilter]:
        """What NO_COLOR does. Textual chooses before the theme is known, and its greys of a
        terminal's own palette are black on black."""
        found = super().get_line_filters()
        if self.no_color and self.native_ansi_color:
            return [UNCOLORED if isinstance(one, Monochrome) else one for one in found]
        return found

    def on_ready(self) -> None:
        # A full collection over the widget tree takes a tenth of a second: leave the tree out.
        gc.collect()
        gc.freeze()
        gc.set_threshold(YOUNG)
        gc.enable()  # the start has it off: nothing it makes is garbage
        self._listen()

    def _listen(self) -> None:
        self.run_worker(self._consume(), name="session", group="session", exclusive=True)

    # ── The background worker ────────────────────────────────────────────────────────────────────

    async def _consume(self) -> None:
        await self._journal_feed.read()
        if not self._leaving:
            self._session_ended()

    def _session_ended(self) -> None:
        self._gone = True
        gone = Notice(records=self._journal_feed.records, target=self.notice.target)
        self.post_message(NoticeArrived(gone))
        self.screen_stack[0].query_one(Banner).pin(GONE.format(self._key("call.connect", "F3")))

    # ── Publishing ───────────────────────────────────────────────────────────────────────────────

    def on_notice_arrived(self, message: NoticeArrived) -> None:
        self._told = message.notice
        self._publish_notice()

    def _publish_notice(self) -> None:
        self.notice = self._backend.wished(self._told)
        self.feed.notices.publish(NoticeArrived(self.notice))
        self._overlays.hear(self.notice)
        self._connect_key.hear(self.notice)
        if isinstance(self._backend, Replay):
            self.feed.replay.publish(self._backend.state)

    def on_records_arrived(self, message: RecordsArrived) -> None:
        self.feed.records.publish(message)

    def on_journal_changed(self, message: JournalChanged) -> None:
        self.feed.journals.publish(message)

    # ── What the user asks ───────────────────────────────────────────────────────────────────────

    def on_asked(self, message: Asked) -> None:
        match message.command:
            case Connect() as connect:
                self._connect_key.connect(connect, self.notice)
            case DecideTool() as decision:
                self._backend.send(decision)
                self._overlays.decide(decision)
            case command:
                self._backend.send(command)

    def on_again_asked(self, message: AgainAsked) -> None:
        self._overlays.send_again(self._backend.reader, message.number)

    def on_replay_asked(self, message: ReplayAsked) -> None:
        if isinstance(self._backend, Replay):
            self._backend.ask(message.verb)
            self.feed.replay.publish(self._backend.state)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A replay has nobody to mute, to call or to interrupt; set-up has its own F8 and F9."""
        if action in IN_A_CALL and any(s.id == SET_UP for s in self.screen_stack):
            return False
        if action not in LIVE_ONLY:
            return True
        over = any(isinstance(screen, ReplayScreen) for screen in self.screen_stack)
        return self._backend.live and (not over or action in OVER_RECORDED)

    async def _check_bindings(self, key: str, priority: bool = False) -> bool:
        """Where text is typed a character is text, whatever it is bound to elsewhere."""
        if priority and self.focused and self.focused.check_consume_key(key, key_character(key)):
            return False
        if not priority and not on_call(self) and is_text(key_character(key)):
            found = self.screen.active_bindings.get(key)
            if found and found.node is self:
                self.notify(COVERED, timeout=4, markup=False)
                return True
        return await super()._check_bindings(key, priority) or (not priority and self._refuse(key))

    def _refuse(self, key: str) -> bool:
        """Say why a key of the call does nothing here; False for any other key."""
        own = self._bindings.copy()
        own.apply_keymap(self._keymap)
        for binding in own.key_to_bindings.get(key, ()):
            if not self.check_action(binding.action, ()):
                self.notify(COVERED if self._backend.live else RECORDED, timeout=4, markup=False)
                return True
        return False

    def _switch(self, command: Switch) -> None:
        """At once, on the screen, too: the next key builds on it."""
        self._backend.send(command)
        self._publish_notice()

    def action_mute(self) -> None:
        self._switch(SetMuted(muted=not self.notice.muted))
        if isinstance(self.screen, ReplayScreen):  # which shows another's microphone
            state = "closed" if self.notice.muted else "open"
            self.notify(f"Your microphone is {state}.", markup=False, timeout=3)

    def action_hold(self) -> None:
        if self.notice.held or self.notice.state is CallState.LIVE:
            self._switch(SetHeld(held=not self.notice.held))
        else:
            self.notify("There is no call to hold.", markup=False, timeout=3)

    def action_push_to_talk(self) -> None:
        on = not self.notice.push_to_talk
        self._switch(SetPushToTalk(on=on))
        key = self._key("call.mute", "F2")
        opens = f"{key} opens the microphone, {key} again closes it."
        said = opens if on else "The microphone is as it was before."
        self.notify(said, title=f"Push-to-talk {'on' if on else 'off'}", markup=False, timeout=4)

    def action_interrupt(self) -> None:
        self._backend.send(Interrupt())

    async def action_connect(self) -> None:
        if self._gone:
            await self._start_again()
            return
        self.clear_notifications()  # "again hangs up" is not true any more
        armed = self._connect_key.press(self.notice)
        self._show_armed(armed)
        if armed:
            key = self._key("call.connect", "F3")
            self.notify(f"{key} again within 2 s hangs up.", timeout=AGAIN_S, markup=False)
            self.set_timer(AGAIN_S, self._disarm)

    def _key(self, name: str, usual: str) -> str:
        return key_hint(self.screen, name, usual)

    def _disarm(self) -> None:
        self._connect_key.disarm()
        self._show_armed(False)

    def _show_armed(self, armed: bool) -> None:
        for bar in self.screen_stack[0].query(KeyBar):
            bar.arm(armed)

    async def _start_again(self) -> None:
        try:
            await self._backend.restart()
        except OSError as error:
            self.notify(f"It could not be started: {error}", severity="error", markup=False)
            return
        self._gone = False
        self._journal_feed.restart()
        self.screen_stack[0].query_one(Banner).pin("")
        self._listen()

    def action_set_up(self) -> None:
        self._overlays.set_up()

    def action_answer(self) -> None:
        self._overlays.answer()

    async def action_calls(self) -> None:
        """The recorded calls; again: away with them. What is typed in one go behind the key is for
        the list."""
        from tui.backend.recorded import Calls  # noqa: PLC0415
        from tui.dashboard.calls.screen import CallsScreen, Look  # noqa: PLC0415

        if isinstance(self.screen, CallsScreen):
            self.screen.dismiss(None)
        elif self._journals is None:
            self.notify("There is no folder of calls here.", markup=False, timeout=3)
        elif not isinstance(self.screen, CallScreen):
            self.notify(COVERED, markup=False, timeout=3)
        else:
            self._look = self._look or Look(Calls(self._journals))
            screen = CallsScreen(self._look, self._backend.reader.reads)
            await self.push_screen(screen, self._open_call)

    def _open_call(self, path: Path | None) -> None:
        """Over this one, in the place of another that was opened so."""
        if path is None:
            return
        replay = None
        if not self._backend.reader.reads(path):
            try:
                replay = open_replay(path)
            except ConfigError as error:
                self.notify(sanitize(str(error), 400), severity="error", markup=False)
                return
        if isinstance(self.screen, OpenedCall):
            self.screen.dismiss()
        if replay is not None:
            replay.ask(ReplayVerb.END)
            self.push_screen(OpenedCall(replay, self._clock, self._slow_ms))

    def action_devices(self) -> None:
        self._overlays.devices()

    def action_compose(self) -> None:
        self._overlays.compose()

    def action_tell(self) -> None:
        self._overlays.tell()

    def action_send_file(self) -> None:
        self._overlays.send_file()

    # ── Help and leaving ─────────────────────────────────────────────────────────────────────────

    def action_help(self) -> None:
        if not isinstance(self.screen, HelpScreen | CommandPalette):
            focused = self.screen.focused
            name = focused.id.capitalize() if isinstance(focused, Pane) and focused.id else "Keys"
            found = list(self.screen.active_bindings.values())
            self.push_screen(HelpScreen(sections(found, focused, name)))

    async def action_quit(self) -> None:
        if isinstance(self.screen, ConfirmQuit):
            await self.leave()
        elif self._backend.live and self.notice.state is CallState.LIVE and not self._gone:
            self.push_screen(ConfirmQuit(), self._answer_quit)
        else:
            await self.leave()

    async def _answer_quit(self, leave: bool | None) -> None:
        if leave:
            await self.leave()

    async def leave(self, code: int | None = None) -> None:
        """End the call in order and exit; also what a signal handler calls."""
        if not self._leaving:
            self._leaving = True
            await self._close_backend()
            code = int(self._gone) if code is None else code
            self.exit(code, return_code=code)

    async def on_unmount(self) -> None:
        self._leaving = True
        await self._close_backend()

    async def _close_backend(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_S):
                await self._backend.close()

    # ── Textual's own ────────────────────────────────────────────────────────────────────────────

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        return self._used.first(
            [
                *key_commands(self, screen, not_offered(self._backend.capabilities)),
                SystemCommand("view: theme", "Change the colours", self.action_change_theme),
            ]
        )

    def action_command_palette(self) -> None:
        if not isinstance(self.screen, CommandPalette):
            self.push_screen(Palette())

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = True,
    ) -> None:
        """One at a time."""
        self.clear_notifications()
        super().notify(message, title=title, severity=severity, timeout=timeout, markup=markup)

    def _fatal_error(self) -> None:
        """As Textual's, without the local variables."""
        self.bell()
        self._exit_renderables.append(crash_report(self.console))
        self._close_messages_no_wait()
