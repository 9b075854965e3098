"""What is opened, kept and given back where openings take their time, each behind a gate."""

import asyncio
import threading
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest

from tests.audio.fakes import FakeClock, FakePort
from tui.audio.ports import AudioUnavailable
from tui.events import AudioFailed, AudioOpened, Event
from tui.session.sound import device_slot as place_module
from tui.session.sound import device_supervisor as keeper_module
from tui.session.sound.device_slot import DeviceSlot
from tui.session.sound.device_supervisor import DeviceSupervisor

A, B = "headset A", "headset B"


@pytest.fixture(autouse=True)
def short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(place_module, "PATIENCE_S", 0.1)
    monkeypatch.setattr(keeper_module, "RETRY_S", 0.05)


class NamedPort(FakePort):
    def __init__(self, name: str) -> None:
        super().__init__(48_000, FakeClock())
        self.name = name
        self.closed = False

    def close(self) -> None:
        self.closed = True


class GatedSide:
    """Opens a device when its gate is open; one in `refused` never, one in `blocked` not now."""

    is_file = outgrown = False

    def __init__(self, side: str) -> None:
        self.side = side
        self.port: NamedPort | None = None
        self.gates: dict[str, threading.Event] = defaultdict(threading.Event)
        self.refused: set[str] = set()
        self.blocked: set[str] = set()
        self.made: list[NamedPort] = []

    def make(self, device: str) -> NamedPort:
        assert self.gates[device].wait(100)
        if device in self.blocked:
            raise AudioUnavailable(place_module.NO_ANSWER, "restart it")
        if device in self.refused:
            raise AudioUnavailable(f"{device} is in use", "close what uses it")
        port = NamedPort(device)
        self.made.append(port)
        return port

    def use(self, port: NamedPort) -> None:
        self.port = port

    def leave(self) -> NamedPort | None:
        port, self.port = self.port, None
        return port


class Kept:
    def __init__(self) -> None:
        self.mic, self.speaker = GatedSide("input"), GatedSide("output")
        self.speaker.gates[""].set()
        self.events: list[Event] = []
        self.slot = DeviceSlot(cast(Any, self.mic), A)
        places = (self.slot, DeviceSlot(cast(Any, self.speaker), ""))
        self.supervisor = DeviceSupervisor(places, self.events.append, lambda: None, rescans=False)

    async def until(self, reached: Callable[[], object]) -> None:
        end = time.monotonic() + 100
        while not reached():
            assert time.monotonic() < end, (self.mic.port, self.events)
            await asyncio.sleep(0.005)

    def in_use(self) -> str | None:
        return self.mic.port.name if self.mic.port else None

    def opened(self) -> list[str]:
        return [e.device for e in self.all(AudioOpened) if e.side == "input"]

    def all(self, kind: type[Event]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]


@asynccontextmanager
async def kept() -> AsyncIterator[Kept]:
    """Both sides are wanted; the speaker opens at once, microphones by their gates."""
    keeping = Kept()
    task = asyncio.create_task(keeping.supervisor.keep())
    keeping.supervisor.want(True)
    try:
        yield keeping
    finally:
        for gate in keeping.mic.gates.values():
            gate.set()
        task.cancel()
        await asyncio.wait({task})
        await keeping.supervisor.close()


async def test_another_device_is_chosen_while_the_first_takes_its_time() -> None:
    async with kept() as keeping:
        await keeping.until(lambda: keeping.all(AudioFailed))
        keeping.supervisor.choose("input", B)
        await keeping.until(lambda: B in keeping.mic.gates)
        keeping.mic.gates[A].set()
        await keeping.until(lambda: [port.closed for port in keeping.mic.made] == [True])
        keeping.mic.gates[B].set()
        await keeping.until(keeping.in_use)
        assert (keeping.in_use(), keeping.slot.device) == (B, B)
        assert not keeping.slot.substituted
        assert keeping.opened() == [B]


async def test_a_wish_outlasts_an_opening_that_takes_too_long() -> None:
    async with kept() as keeping:
        keeping.mic.gates[A].set()
        await keeping.until(lambda: keeping.in_use() == A)
        keeping.supervisor.choose("input", B)
        await keeping.until(lambda: keeping.all(AudioFailed))
        assert keeping.in_use() == A  # it serves until the other one is open
        await asyncio.sleep(4 * keeper_module.RETRY_S)  # tries that must not change a thing
        assert (keeping.in_use(), keeping.slot.wished) == (A, B)
        keeping.mic.gates[B].set()
        await keeping.until(lambda: keeping.in_use() == B)
        assert (keeping.slot.device, keeping.slot.wished) == (B, None)
        assert len(keeping.all(AudioFailed)) == 1
        await keeping.until(lambda: [port.closed for port in keeping.mic.made] == [True, False])


async def test_a_wish_that_is_refused_is_over() -> None:
    async with kept() as keeping:
        keeping.mic.gates[A].set()
        await keeping.until(lambda: keeping.in_use() == A)
        keeping.mic.refused.add(B)
        keeping.supervisor.choose("input", B)
        await keeping.until(lambda: keeping.all(AudioFailed))
        keeping.mic.gates[B].set()
        await keeping.until(lambda: keeping.slot.wished is None)
        reasons = [failed.reason for failed in keeping.all(AudioFailed)]
        assert reasons == ["the sound system does not answer", f"{B} is in use"]
        assert (keeping.in_use(), keeping.slot.device) == (A, A)


async def test_a_wish_that_stands_behind_a_slow_opening_waits_for_it() -> None:
    async with kept() as keeping:
        await keeping.until(lambda: keeping.all(AudioFailed))
        keeping.mic.blocked.add(B)
        keeping.mic.gates[B].set()
        keeping.supervisor.choose("input", B)
        await asyncio.sleep(4 * keeper_module.RETRY_S)  # tries that must not end the wish
        assert keeping.slot.wished == B
        keeping.mic.blocked.clear()
        keeping.mic.gates[A].set()
        await keeping.until(lambda: keeping.in_use() == B)
        assert keeping.opened() == [B]


async def test_the_last_of_two_wishes_counts() -> None:
    async with kept() as keeping:
        keeping.mic.gates[A].set()
        await keeping.until(lambda: keeping.in_use() == A)
        keeping.supervisor.choose("input", B)
        await keeping.until(lambda: keeping.all(AudioFailed))
        keeping.mic.gates[""].set()
        keeping.supervisor.choose("input", "")
        await keeping.until(lambda: keeping.in_use() == "")
        keeping.mic.gates[B].set()
        await keeping.until(lambda: [port.closed for port in keeping.mic.made[-1:]] == [True])
        assert (keeping.in_use(), keeping.slot.device) == ("", "")


async def test_the_default_serves_while_a_named_one_takes_its_time() -> None:
    async with kept() as keeping:
        keeping.mic.gates[""].set()
        await keeping.until(lambda: keeping.in_use() == "")
        assert keeping.slot.substituted
        keeping.mic.gates[A].set()
        await keeping.until(lambda: keeping.in_use() == A)
        assert not keeping.slot.substituted
        assert keeping.opened() == ["", A]


async def test_what_opens_after_the_call_is_given_back() -> None:
    async with kept() as keeping:
        await keeping.until(lambda: keeping.all(AudioFailed))
        keeping.supervisor.want(False)
        await keeping.until(lambda: keeping.speaker.port is None)
        keeping.mic.gates[A].set()
        keeping.mic.gates[""].set()
        await keeping.until(
            lambda: keeping.mic.made and all(port.closed for port in keeping.mic.made)
        )
        assert keeping.in_use() is None
