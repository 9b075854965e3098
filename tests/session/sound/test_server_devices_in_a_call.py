"""A sound server's devices in a call: chosen, taken away by the server, and kept from being listed.

A real session process with real streams, on a virtual sound card of each test's own.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.audio.fakes import tone
from tests.session.sound.live import RATE, Live, live_call
from tests.session.sound.plugs import headset, pactl, plug_speaker
from tests.vsound import VirtualSoundCard
from tui.commands import ChooseDevice, WatchDevices
from tui.events import AudioFailed, AudioOpened, AudioWarned, Noted, PlaybackFinished

DESK, STUDIO = "Büro Lautsprecher", "Studio 5 (Bluetooth)"


@pytest.fixture
def card() -> Iterator[VirtualSoundCard]:
    with VirtualSoundCard() as card, headset(card):
        yield card


async def opened(live: Live, count: int) -> dict[str, str]:
    """The devices that are in use after so many openings."""
    await live.event(AudioOpened, count)
    return {event.side: event.device for event in live.all(AudioOpened)}


async def test_each_side_goes_where_it_was_sent_and_can_be_sent_elsewhere(
    card: VirtualSoundCard, tmp_path: Path
) -> None:
    async with live_call(tmp_path, output="lautspr", input="bluez_in") as live:
        assert await opened(live, 2) == {"input": STUDIO, "output": DESK}
        warned = await live.event(AudioWarned)
        assert (warned.side, warned.what) == ("input", "bluetooth")
        assert STUDIO in warned.text
        live.handle(WatchDevices(on=True))
        await live.until(lambda: live.notice.devices, "a list")
        used = {(one.side, one.name) for one in live.notice.devices if one.in_use}
        assert used == {("input", STUDIO), ("output", DESK)}
        live.handle(ChooseDevice(side="input", device="Remapped Monitor of Null Output"))
        assert (await opened(live, 3))["input"] == "Remapped Monitor of Null Output"
        assert (await live.event(AudioWarned, 2)).over
        assert live.all(AudioFailed) == []


async def test_a_speaker_that_the_server_takes_away_is_said(
    card: VirtualSoundCard, tmp_path: Path
) -> None:
    # A stream that runs dry just as its device is pulled out is ended by the driver, and the call
    # opens another. Beside other work that may happen, but not three times.
    for attempt in range(3):
        folder = tmp_path / str(attempt)
        folder.mkdir()
        failed = await failures_where_a_speaker_is_taken_away(card, folder)
        if not failed:
            break
    assert failed == []


async def failures_where_a_speaker_is_taken_away(
    card: VirtualSoundCard, folder: Path
) -> list[AudioFailed]:
    module = plug_speaker(card, "shelf", "Shelf")
    pactl(card, "set-default-sink", "bluez_output.1")
    async with live_call(folder, output="shelf") as live:
        assert (await opened(live, 2))["output"] == "Shelf"
        pactl(card, "unload-module", module)
        await live.until(lambda: live.all(Noted) or live.all(AudioFailed), "where it is now")
        if failed := live.all(AudioFailed):
            return failed
        noted = await live.event(Noted)
        assert noted.text == f"the speaker is now {STUDIO} (the server moved it from Shelf)"
        warned = await live.event(AudioWarned)
        assert (warned.side, warned.what, warned.over) == ("output", "bluetooth", False)
        await live.until(lambda: live.notice.audio_warnings, "the warning in the notice")
        await live.say(tone(300, 500, RATE), 1)
        await live.until(lambda: live.all(PlaybackFinished) or live.all(AudioFailed), "heard")
        return live.all(AudioFailed)


async def test_a_frozen_server_keeps_no_list_of_devices_waiting(
    card: VirtualSoundCard, tmp_path: Path
) -> None:
    async with live_call(tmp_path) as live:
        await opened(live, 2)
        card.freeze()
        try:
            live.handle(WatchDevices(on=True))
            await live.until(lambda: live.notice.devices_advice, "why there is no list")
            told = "the sound server does not answer; restart it"
            assert live.notice.devices_advice == told
        finally:
            card.thaw()
        await live.until(lambda: live.notice.devices, "the list")
        assert live.notice.devices_advice == ""
