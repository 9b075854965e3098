"""The session's ears and mouth together, with everything the user can do to them.

Knows both sides of sound, who follows it, and when devices are needed; no socket. Opening and
losing devices is the keeper's.
"""

import asyncio
from collections.abc import Callable
from typing import Protocol

from tui.audio.peak import Peak
from tui.audio.ports import Block, Port
from tui.catalogue import DeviceChoice
from tui.commands import ChooseDevice, Command, SetHeld, SetMuted, SetPushToTalk, WatchDevices
from tui.events import AudioFormat, CallHeld, Encoding, Event, MicMuted, PushToTalkSet
from tui.session.alarms import NAMES, Alarms
from tui.session.device_watch import DeviceWatch
from tui.session.ears import Ears
from tui.session.echo import EchoGuard
from tui.session.keeper import Keeper
from tui.session.mic_switch import MicSwitch
from tui.session.mouth import SILENT, Mouth
from tui.session.moves import follow_moves
from tui.session.place import Place
from tui.session.plan import Plan
from tui.session.ports import bridge_ms
from tui.session.taping import Taping


class Tap(Protocol):
    """Who follows the sound of a call, such as a recording; called in the loop, must not block."""

    def rates(self, mic_rate: int, speaker_rate: int) -> None:
        """A device was opened, changed or lost; Hz, 0 where there is none."""

    def heard(self, block: Block) -> None:
        """What the microphone captured, before filter and mute."""

    def played(self, block: Block) -> None:
        """What the speaker was given, silence included; `capture_ns` is when it leaves it."""


class Voice:
    """Sound of one session; `emit` takes what is to be put on record."""

    def __init__(self, plan: Plan, emit: Callable[[Event], None]) -> None:
        self.ears = Ears(plan, emit)
        self.mouth = Mouth(plan, emit)
        self._taping = Taping(plan, emit, lambda: self.ears.closed)
        self._alarms = Alarms(emit)
        self._echo = EchoGuard(plan.echo, self._alarms.echo)
        self.taps: list[Tap] = [self._taping, self._echo]
        self._peak = Peak()
        self.ears.filter = self._echo.filter
        self._switch = MicSwitch.at_start(muted=plan.muted, push_to_talk=plan.push_to_talk)
        self.held = False
        self.switched = 0
        """How many of the user's switches were obeyed."""
        self.ears.tap = self._heard
        self.ears.idle = lambda: not self.mouth.playing
        self._enabled = plan.audio
        self._emit = emit
        self._told = False
        self._keeper = Keeper(
            (Place(self.ears, plan.input_device), Place(self.mouth, plan.output_device)),
            emit,
            self._tell_rates,
            rescans=not plan.bridge,
        )
        self._watch = DeviceWatch()

    async def run(self) -> None:
        """What has to go on beside everything else; until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._keeper.keep())
            group.create_task(self._watch.run())
            group.create_task(follow_moves(self._ports, self._emit, self._warn_of_wireless))

    def want(self, wanted: bool) -> None:
        """Open what is not open, or give the devices back: between calls nobody listens.

        What cannot be had is on record and the call goes on without.
        """
        wanted = wanted and self._enabled
        if wanted:
            self._taping.begin()
            self._echo.begin()
            self.mouth.expect()
            if not self._told:
                self._told = True
                self._tell_switch()
        else:
            self._taping.end()
        self.ears.want(wanted)
        self._keeper.want(wanted)

    def handle(self, command: Command) -> None:
        """What the user wants of the sound; never blocks."""
        self.switched += isinstance(command, SetMuted | SetPushToTalk | SetHeld)
        match command:
            case SetMuted() | SetPushToTalk():
                self._turn(command)
            case SetHeld(held=held):
                self._hold(held)
            case WatchDevices(on=on):
                self._watch.want(on)
            case ChooseDevice(side=side, device=device):
                self._keeper.choose(side, device)

    def agree(self, heard: AudioFormat, spoken: AudioFormat) -> None:
        """A conversation starts, in these wire formats."""
        for side, wire in ((self.ears, heard), (self.mouth, spoken)):
            known = wire.encoding is not Encoding.UNKNOWN
            self._alarms.format(side.side, known or not self._enabled)
            if known:
                side.agree(wire)
            side.begin()

    def unsent(self, ms: float) -> None:
        """So much speech did not go out in the last moments; 0 when all of it does."""
        self._alarms.unsent(ms)

    def observe(self, event: Event) -> None:
        """What is said in the call."""
        self._echo.observe(event)

    def end(self) -> None:
        """The call is over: nothing is held any more."""
        if self.held:
            self._hold(False)

    def hear(self) -> list[bytes]:
        """Chunks of the wire format that are due."""
        # First what was played: who takes the echo out of a block must know what caused it.
        self._follow_speaker()
        chunks = self.ears.poll()
        for trouble in self.ears.troubles():
            self._alarms.trouble(trouble)
        for side in (self.ears, self.mouth):
            self._alarms.faults(side.side, side.port)
        self._keeper.check()
        return chunks

    def follow_playback(self) -> None:
        self.mouth.poll()

    async def close(self) -> None:
        self._taping.end()
        await self._keeper.close()

    @property
    def push_to_talk(self) -> bool:
        return self._switch.push_to_talk

    @property
    def advice(self) -> str:
        """Why a side is silent and what to do; "" when both are well."""
        failed = [p for p in self._keeper.places if p.error and p.side.port is None]
        errors = [place.error for place in failed if place.error]
        if not errors:
            return ""
        missing = " and no ".join(NAMES[place.side.side] for place in failed)
        return f"no {missing}: {errors[0].reason}; {errors[0].advice}"

    @property
    def speaker_peak(self) -> float:
        """dBFS of the loudest sample that was played in the last second."""
        return self._peak.dbfs if self.mouth.port is not None else SILENT

    @property
    def recording(self) -> str:
        """The file that the call is recorded to; "" for none."""
        return self._taping.path

    @property
    def bridge_ms(self) -> float | None:
        """Time to devices at the other end of a bridge and back; None without one."""
        return bridge_ms(self.ears.port, self.mouth.port)

    @property
    def echo(self) -> str:
        """What keeps the agent from hearing itself: cancel, gate, or "" for nothing."""
        return self._echo.mode

    @property
    def devices(self) -> tuple[DeviceChoice, ...]:
        """What there is to choose from, while it is watched."""
        used = [(side.side, side.port.name) for side in (self.ears, self.mouth) if side.port]
        return self._watch.devices(used)

    @property
    def devices_advice(self) -> str:
        """Why there is nothing to choose from; "" while there is, or nobody looks."""
        return self._watch.advice

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is wrong at the moment, in words for the user."""
        return self._alarms.texts

    def _turn(self, command: SetMuted | SetPushToTalk) -> None:
        """The user closes the microphone, opens it, or changes how that is done."""
        self._switch = self._switch.obey(command)
        self._told = True
        if isinstance(command, SetPushToTalk):
            self._emit(PushToTalkSet(on=command.on))
        self.ears.mute(self._switch.muted)

    def _tell_switch(self) -> None:
        """What the plan closed from the start."""
        if self._switch.push_to_talk:
            self._emit(PushToTalkSet(on=True))
        if self._switch.muted:
            self._emit(MicMuted(muted=True))

    def _hold(self, held: bool) -> None:
        if held != self.held:
            self.held = held
            self.ears.hold(held)
            self.mouth.hold(held)
            self._emit(CallHeld(held=held))

    def _heard(self, block: Block) -> None:
        for tap in self.taps:
            tap.heard(block)

    def _follow_speaker(self) -> None:
        for block in self.mouth.port.played() if self.mouth.port else ():
            self._peak.feed(block.pcm, block.capture_ns)
            for tap in self.taps:
                tap.played(block)

    def _tell_rates(self) -> None:
        """Other devices are in use."""
        mic, speaker = self.ears.port, self.mouth.port
        for tap in self.taps:
            tap.rates(mic.rate if mic else 0, speaker.rate if speaker else 0)
        self._warn_of_wireless()

    def _ports(self) -> tuple[Port | None, Port | None]:
        return self.ears.port, self.mouth.port

    def _warn_of_wireless(self) -> None:
        for side in (self.ears, self.mouth):
            self._alarms.wireless(side.side, side.port)
