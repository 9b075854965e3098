"""Choosing a microphone and a speaker, with what each microphone hears now.

Knows notices and commands; no device. The session lists devices only while this is open.
"""

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tui.catalogue import DeviceChoice
from tui.commands import ChooseDevice, WatchDevices
from tui.dashboard.common.cells import fit
from tui.dashboard.common.dialogs import Dialog
from tui.dashboard.common.key_names import keyed
from tui.dashboard.common.messages import Asked, Feed, NoticeArrived
from tui.dashboard.vad.levels import FLOOR_DBFS, bar
from tui.sanitize import sanitize

HEADINGS = {"input": "Microphones", "output": "Speakers"}
LOOKING = "Looking for devices …"
NOTHING = "No sound devices"
FOOT = (
    "↑ ↓ point   {devices.choose|Enter} uses it, now   "
    "{devices.default|d} the system's default   {devices.close|Esc} closes"
)
NAME, NAME_WIDE, WIDE = 22, 34, 100
"""Cells of a name, more where the terminal has so many: namesakes often differ at the end."""
METER = 8
"""Cells of a meter."""
PATIENCE_S = 4.7
"""Whoever lists devices has said by then what keeps it."""
SILENT = "The sound server does not answer; restart it. The call goes on in text."


class DevicesScreen(Dialog[None]):
    """Enter changes the device at once, in a call too."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,ctrl+d,q", "close", "Close", id="devices.close"),
        Binding("j", "move('down')", "Down", id="devices.down", show=False),
        Binding("k", "move('up')", "Up", id="devices.up", show=False),
        Binding("enter", "choose", "Use it", id="devices.choose", priority=True),
        Binding("d", "default", "Default", id="devices.default",
                tooltip="Go with the system's default on this side"),
    ]  # fmt: skip

    def __init__(self, feed: Feed) -> None:
        super().__init__()
        self._feed = feed
        self._devices: tuple[DeviceChoice, ...] = ()
        self._rows: list[DeviceChoice | None] = []
        self._told = False
        """There is a note."""

    def compose(self) -> ComposeResult:
        with Vertical(id="devices"):
            yield Static("Sound devices", classes="help-heading", markup=False)
            yield OptionList(id="device-list", compact=True)
            yield Static(LOOKING, id="device-note", markup=False)
            yield Static(keyed(self, FOOT), classes="help-foot", markup=False)

    def on_mount(self) -> None:
        self._feed.notices.subscribe(self, self._on_notice)
        self.post_message(Asked(WatchDevices(on=True)))
        self.set_timer(PATIENCE_S, self._lose_patience)
        self._list.focus()

    def on_unmount(self) -> None:
        self.app.post_message(Asked(WatchDevices(on=False)))

    @property
    def _list(self) -> OptionList:
        return self.query_one("#device-list", OptionList)

    def _on_notice(self, message: NoticeArrived) -> None:
        notice = message.notice
        if notice.devices:
            self._show(notice.devices)
            self._note(notice.audio_advice)
        elif notice.devices_advice:
            self._show(())
            self._note(f"{NOTHING}: {notice.devices_advice}. The call goes on in text.")

    def _lose_patience(self) -> None:
        """By the clock: a session that is kept itself sends no notices either."""
        if not self._devices and not self._told:
            self._note(SILENT)

    def _show(self, devices: tuple[DeviceChoice, ...]) -> None:
        """Levels change in place; the list is made anew only when other devices are there."""
        if [_name(one) for one in devices] != [_name(one) for one in self._devices]:
            self._fill(devices)
        else:
            old = {_name(one): one for one in self._devices}
            for index, row in enumerate(self._rows):
                now = next((one for one in devices if row and _name(one) == _name(row)), None)
                if now is None or row is None:
                    continue
                prompt = self._prompt(now)
                if prompt != self._prompt(old[_name(row)]):
                    self._rows[index] = now
                    self._list.replace_option_prompt_at_index(index, prompt)
        self._devices = devices

    def _fill(self, devices: tuple[DeviceChoice, ...]) -> None:
        pointed = self._pointed
        self._rows = []
        options: list[Option] = []
        for side, heading in HEADINGS.items():
            options.append(Option(Text(heading, style="bold"), disabled=True))
            self._rows.append(None)
            for one in devices:
                if one.side == side:
                    options.append(Option(self._prompt(one)))
                    self._rows.append(one)
        self._list.set_options(options)
        places = {_name(row): index for index, row in enumerate(self._rows) if row}
        in_use = next((places[_name(one)] for one in devices if one.in_use), 1)
        place = places.get(_name(pointed), in_use) if pointed else in_use
        self._list.highlighted = place if devices else None

    def _prompt(self, one: DeviceChoice) -> Text:
        return Text(_row(one, NAME_WIDE if self.app.size.width >= WIDE else NAME))

    def on_resize(self) -> None:
        if self._devices:
            self._fill(self._devices)

    def _note(self, text: str) -> None:
        self._told = bool(text)
        self.query_one("#device-note", Static).update(sanitize(text, 400))

    @property
    def _pointed(self) -> DeviceChoice | None:
        index = self._list.highlighted
        return self._rows[index] if index is not None and index < len(self._rows) else None

    def action_move(self, way: str) -> None:
        if way == "down":
            self._list.action_cursor_down()
        else:
            self._list.action_cursor_up()

    def action_choose(self) -> None:
        if self._pointed is not None:
            self._use(self._pointed.side, self._pointed.name)

    def action_default(self) -> None:
        if self._pointed is not None:
            self._use(self._pointed.side, "")

    def _use(self, side: str, device: str) -> None:
        self.post_message(Asked(ChooseDevice(side=side, device=device)))
        name = sanitize(device, 60) if device else "the system's default"
        self._note(f"Changing to {name} …")

    def action_close(self) -> None:
        self.dismiss()


def _name(one: DeviceChoice) -> tuple[str, str, str]:
    return one.side, one.name, one.host


def _row(one: DeviceChoice, name: int) -> str:
    """`● pulse  ALSA · 44.1 kHz · 32 ch  ▃▃▃▃▃  -32 dB`."""
    mark = "●" if one.in_use else " "
    what = f"{sanitize(one.host, 20)} · {one.rate / 1000:g} kHz · {one.channels} ch"
    tail = " · default" if one.is_default else ""
    warning = f" · {sanitize(one.warning, 60)}" if one.warning else ""
    return f"{mark} {fit(sanitize(one.name, 60), name)} {_meter(one)} {what}{tail}{warning}"


def _meter(one: DeviceChoice) -> str:
    """Nothing for a speaker; a microphone that cannot be heard beside the others says so."""
    if one.side != "input":
        return " " * (METER + 8)
    if one.dbfs is None:
        return fit("not heard", METER + 8)
    share = min(max((one.dbfs - FLOOR_DBFS) / -FLOOR_DBFS, 0.0), 1.0)
    full = round(share * METER)
    level = f"{one.dbfs:4.0f} dB" if one.dbfs > -119 else " --- dB"
    return fit(bar(one.dbfs) * full, METER) + f" {level}"
