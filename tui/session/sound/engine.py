"""The session's microphone and speaker together, with everything the user can do to them.

Knows both sides of sound, who follows it, and when devices are needed; no socket. Opening and
losing devices is the supervisor's.
"""

import asyncio
from collections.abc import Callable

from tui.audio.chunks import Chunk
from tui.audio.level import FLOOR_DBFS, Peak
from tui.audio.ports import Port
from tui.catalogue import SIDE_NAMES, DeviceChoice
from tui.commands import ChooseDevice, Command, SetHeld, SetMuted, SetPushToTalk, WatchDevices
from tui.events import AudioFormat, CallHeld, Encoding, Event, MicMuted, PushToTalkSet
from tui.plan import Plan
from tui.session.sound.audio_warnings import AudioWarnings
from tui.session.sound.call_recording import CallRecording
from tui.session.sound.device_slot import DeviceSlot
from tui.session.sound.device_supervisor import DeviceSupervisor
from tui.session.sound.device_watch import DeviceWatch
from tui.session.sound.echo_guard import EchoGuard
from tui.session.sound.mic_switch import MicSwitch
from tui.session.sound.microphone import Microphone
from tui.session.sound.open_ports import bridge_ms
from tui.session.sound.speaker import Speaker
from tui.session.sound.stream_moves import follow_moves


class SoundEngine:
    """Sound of one session; `emit` takes what is to be put on record."""

    def __init__(self, plan: Plan, emit: Callable[[Event], None]) -> None:
        self._recording = CallRecording(plan, emit)
        self._audio_warnings = AudioWarnings(emit)
        self._echo = EchoGuard(plan.audio.echo, self._audio_warnings.echo)
        self.microphone = Microphone(plan, emit, self._recording, self._echo)
        self.speaker = Speaker(plan, emit)
        self._peak = Peak()
        self._switch = MicSwitch.at_start(muted=plan.muted, push_to_talk=plan.audio.push_to_talk)
        self.held = False
        self.switched = 0
        """How many of the user's switches were obeyed."""
        self._enabled = plan.audio.enabled
        self._emit = emit
        self._told = False
        self._supervisor = DeviceSupervisor(
            (
                DeviceSlot(self.microphone, plan.audio.input),
                DeviceSlot(self.speaker, plan.audio.output),
            ),
            emit,
            self._tell_rates,
            rescans=not plan.audio.bridge,
        )
        self._watch = DeviceWatch()

    async def run(self) -> None:
        """What has to go on beside everything else; until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._supervisor.keep())
            group.create_task(self._watch.run())
            group.create_task(follow_moves(self._ports, self._emit, self._warn_of_wireless))

    def want(self, wanted: bool) -> None:
        """Open what is not open, or give the devices back: between calls nobody listens.

        What cannot be had is on record and the call goes on without.
        """
        wanted = wanted and self._enabled
        if wanted:
            self._recording.begin()
            self._echo.begin()
            self.speaker.expect()
            if not self._told:
                self._told = True
                self._tell_switch()
        else:
            self._recording.end()
        self.microphone.want(wanted)
        self._supervisor.want(wanted)

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
                self._supervisor.choose(side, device)

    def agree(self, heard: AudioFormat, spoken: AudioFormat) -> None:
        """A conversation starts, in these wire formats."""
        for side, wire in ((self.microphone, heard), (self.speaker, spoken)):
            known = wire.encoding is not Encoding.UNKNOWN
            self._audio_warnings.format(side.side, known or not self._enabled)
            if known:
                side.agree(wire)
            side.begin()

    def unsent(self, ms: float) -> None:
        """So much speech did not go out in the last moments; 0 when all of it does."""
        self._audio_warnings.unsent(ms)

    def observe(self, event: Event) -> None:
        """What is said in the call."""
        self._echo.observe(event)

    def end(self) -> None:
        """The call is over: nothing is held any more."""
        if self.held:
            self._hold(False)

    def hear(self) -> list[Chunk]:
        """Chunks of the wire format that are due."""
        # First what was played: who takes the echo out of a block must know what caused it.
        self._follow_speaker()
        chunks = self.microphone.poll(alone=not self.speaker.playing)
        for trouble in self.microphone.troubles():
            self._audio_warnings.trouble(trouble)
        for side in (self.microphone, self.speaker):
            self._audio_warnings.faults(side.side, side.port)
        self._supervisor.check()
        return chunks

    def follow_playback(self) -> None:
        self.speaker.poll()

    async def close(self) -> None:
        self._recording.end()
        await self._supervisor.close()

    @property
    def push_to_talk(self) -> bool:
        return self._switch.push_to_talk

    @property
    def advice(self) -> str:
        """Why a side is silent and what to do; "" when both are well."""
        failed = [p for p in self._supervisor.places if p.error and p.side.port is None]
        errors = [place.error for place in failed if place.error]
        if not errors:
            return ""
        missing = " and no ".join(SIDE_NAMES[place.side.side] for place in failed)
        return f"no {missing}: {errors[0].reason}; {errors[0].advice}"

    @property
    def speaker_peak(self) -> float:
        """dBFS of the loudest sample that was played in the last second."""
        return self._peak.dbfs if self.speaker.port is not None else FLOOR_DBFS

    @property
    def recording(self) -> str:
        """The file that the call is recorded to; "" for none."""
        return self._recording.path

    @property
    def bridge_ms(self) -> float | None:
        """Time to devices at the other end of a bridge and back; None without one."""
        return bridge_ms(self.microphone.port, self.speaker.port)

    @property
    def echo(self) -> str:
        """What keeps the agent from hearing itself: cancel, gate, or "" for nothing."""
        return self._echo.mode

    @property
    def devices(self) -> tuple[DeviceChoice, ...]:
        """What there is to choose from, while it is watched."""
        used = [
            (side.side, side.port.name) for side in (self.microphone, self.speaker) if side.port
        ]
        return self._watch.devices(used)

    @property
    def devices_advice(self) -> str:
        """Why there is nothing to choose from; "" while there is, or nobody looks."""
        return self._watch.advice

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is wrong at the moment, in words for the user."""
        return self._audio_warnings.texts

    def _turn(self, command: SetMuted | SetPushToTalk) -> None:
        """The user closes the microphone, opens it, or changes how that is done."""
        self._switch = self._switch.obey(command)
        self._told = True
        if isinstance(command, SetPushToTalk):
            self._emit(PushToTalkSet(on=command.on))
        self.microphone.mute(self._switch.muted)

    def _tell_switch(self) -> None:
        """What the plan closed from the start."""
        if self._switch.push_to_talk:
            self._emit(PushToTalkSet(on=True))
        if self._switch.muted:
            self._emit(MicMuted(muted=True))

    def _hold(self, held: bool) -> None:
        if held != self.held:
            self.held = held
            self.microphone.hold(held)
            self.speaker.hold(held)
            self._emit(CallHeld(held=held))

    def _follow_speaker(self) -> None:
        for block in self.speaker.port.played() if self.speaker.port else ():
            self._peak.feed(block.pcm, block.capture_ns)
            self._recording.played(block)
            self._echo.played(block)

    def _tell_rates(self) -> None:
        """Other devices are in use."""
        rates = [side.port.rate if side.port else 0 for side in (self.microphone, self.speaker)]
        self._recording.rates(*rates)
        self._echo.rates(*rates)
        self._warn_of_wireless()

    def _ports(self) -> tuple[Port | None, Port | None]:
        return self.microphone.port, self.speaker.port

    def _warn_of_wireless(self) -> None:
        for side in (self.microphone, self.speaker):
            self._audio_warnings.wireless(side.side, side.port)
