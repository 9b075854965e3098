"""Devices that go, come back, freeze and change in a call: it goes on, and so does its sound.

Real PortAudio streams of a real session process, over a virtual sound card of each test's own.
"""

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.audio.fakes import noise, tone
from tests.session.sound.live import RATE, Live, live_call
from tests.vsound import VirtualSoundCard
from tui.commands import ChooseDevice, SendText, WatchDevices
from tui.events import (
    AudioFailed,
    AudioGlitched,
    AudioOpened,
    AudioWarned,
    Noted,
    PlaybackFinished,
    PlaybackFlushed,
    PlaybackStarted,
    TextSent,
)

DEFAULTS = {"input": "Remapped Monitor of Null Output", "output": "Null Output (speaker)"}
"""What the server calls the devices of a card."""


@pytest.fixture
def card() -> Iterator[VirtualSoundCard]:
    with VirtualSoundCard() as card:
        yield card


@pytest.fixture
def spare() -> Iterator[VirtualSoundCard]:
    with VirtualSoundCard() as card:
        yield card


@pytest.fixture
def card_beside(spare: VirtualSoundCard) -> Iterator[VirtualSoundCard]:
    """The card that is the default while `spare` goes by that name."""
    with VirtualSoundCard(spare=spare) as card:
        yield card


async def both_open(live: Live, count: int = 2) -> None:
    await live.event(AudioOpened, count)
    await live.until(lambda: live.notice.mic_available and live.notice.buffer_ms, "both sides open")


async def is_heard(live: Live, card: VirtualSoundCard) -> None:
    """What is said into the microphone reaches the agent."""
    live.heard_dbfs.clear()
    speaking = await asyncio.to_thread(card.speak, noise(900, 48000, -20), 48000, wait=False)
    await live.until(lambda: sum(level > -40 for level in live.heard_dbfs) > 20, "the voice")
    await asyncio.to_thread(speaking.wait, 20)


def children(pid: int) -> set[int]:
    """Those that look for devices."""
    paths = Path(f"/proc/{pid}/task").glob("*/children")
    found = [int(child) for path in paths for child in path.read_text().split()]
    return {child for child in found if b"tui.session.sound.device_list" in command_of(child)}


def command_of(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:  # it has ended meanwhile
        return b""


async def goes_on_in_silence(live: Live) -> None:
    """The agent gets chunks of nothing, at the pace of a microphone."""
    live.heard_ns.clear()
    await live.until(lambda: len(live.heard_ns) > 25, "chunks without a microphone")
    assert not live.notice.mic_available
    assert max(peak for _, peak in live.heard_ns) == 0
    took_ns = live.heard_ns[25][0] - live.heard_ns[0][0]
    assert took_ns / 1e9 == pytest.approx(0.5, abs=0.2)


async def test_a_microphone_that_opens_and_gives_nothing_is_none(
    card: VirtualSoundCard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck = ["load-module", "module-pipe-source", "source_name=stuck", f"file={tmp_path}/fifo"]
    module = card._pactl(*stuck, "format=s16le", "rate=48000", "channels=1").strip()
    monkeypatch.setenv("PULSE_SOURCE", "stuck")
    async with live_call(tmp_path) as live:
        failed = await live.event(AudioFailed)
        assert failed.reason.endswith("opened, but no sound ever came from it")
        await live.until(lambda: "no sound ever came" in live.notice.audio_advice, "the advice")
        await goes_on_in_silence(live)
        card._pactl("unload-module", module)
        card._pactl(
            "load-module", "module-remap-source", "source_name=stuck", "master=mouth.monitor"
        )
        await both_open(live)
        await is_heard(live, card)
        assert len(live.all(AudioFailed)) == 1


async def test_a_sound_server_that_dies_and_returns_takes_the_call_along(
    card: VirtualSoundCard, tmp_path: Path
) -> None:
    async with live_call(tmp_path) as live:
        await both_open(live)
        await live.say(tone(300, 4000, RATE), 1)
        await live.event(PlaybackStarted)
        card.kill()
        await live.event(AudioFailed, 2)
        assert all("went away" in failed.reason for failed in live.all(AudioFailed))
        await live.until(lambda: not live.notice.mic_available, "the loss in the notice")
        assert "went away" in live.notice.audio_advice
        live.handle(SendText(text="still there?"))
        await live.event(TextSent)
        card.restart()
        began = time.monotonic()
        await both_open(live, 4)
        assert time.monotonic() - began < 20  # two, on a machine that does nothing else
        await is_heard(live, card)
        assert live.notice.audio_advice == ""
        await live.say(tone(300, 500, RATE), 2)
        await live.until(
            lambda: 2 in [e.reply_id for e in live.all(PlaybackFinished)], "the next reply"
        )
        assert len(live.all(AudioFailed)) == 2


async def test_a_frozen_sound_server_keeps_nobody(card: VirtualSoundCard, tmp_path: Path) -> None:
    async with live_call(tmp_path) as live:
        await both_open(live)
        card.freeze()
        began = time.monotonic()
        await live.event(AudioFailed, 2)
        assert time.monotonic() - began < 6  # 0.6, on a machine that does nothing else
        assert all("stands still" in failed.reason for failed in live.all(AudioFailed))
        live.handle(SendText(text="still there?"))
        await live.event(TextSent)
        await goes_on_in_silence(live)
        card.thaw()
        await both_open(live, 4)
        await is_heard(live, card)
        card.freeze()
        await live.event(AudioFailed, 4)
    card.thaw()


async def test_the_default_serves_while_a_named_speaker_is_gone(
    card_beside: VirtualSoundCard, spare: VirtualSoundCard, tmp_path: Path
) -> None:
    async with live_call(tmp_path, output="spare") as live:
        await both_open(live)
        await live.say(tone(300, 6000, RATE), 1)
        await live.event(PlaybackStarted)
        spare.kill()
        opened = await live.event(AudioOpened, 3)
        assert (opened.side, opened.device) == ("output", DEFAULTS["output"])
        assert [failed.side for failed in live.all(AudioFailed)] == ["output"]
        with card_beside.listen() as recording:
            await asyncio.to_thread(recording.wait_until, lambda pcm: bool((pcm > 5000).any()))
        spare.restart()
        opened = await live.event(AudioOpened, 4)
        assert opened.device == "spare"
        with spare.listen() as recording:
            await asyncio.to_thread(recording.wait_until, lambda pcm: bool((pcm > 5000).any()))
        (finished,) = [await live.event(PlaybackFinished)]
        assert finished.heard_ms == pytest.approx(6000, abs=1)
        warned = await live.event(AudioWarned)  # nobody has said a word in six seconds
        assert (warned.what, warned.over) == ("dead", False)
        await live.until(lambda: live.notice.audio_warnings, "the warning in the notice")
        await is_heard(live, card_beside)
        assert (await live.event(AudioWarned, 2)).over
        assert len(live.all(PlaybackStarted)) == 1


async def test_a_named_device_that_is_plugged_in_later_is_found_by_one_process(
    card_beside: VirtualSoundCard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = tmp_path / "alsa.conf"
    known.write_text("</usr/share/alsa/alsa.conf>\n")
    complete = card_beside.environ["ALSA_CONFIG_PATH"]
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(known))
    async with live_call(tmp_path, input="spare") as live:
        await both_open(live)
        assert [e.device for e in live.all(AudioOpened)] == [*DEFAULTS.values()]
        seen, end = set[int](), time.monotonic() + 3.5

        def looked() -> bool:
            seen.update(children(live.process.pid))
            return time.monotonic() > end

        await live.until(looked, "a while of looking")
        assert len(seen) == 1
        Path(complete).replace(known)  # noqa: ASYNC240
        await live.until(
            lambda: "spare" in [e.device for e in live.all(AudioOpened)], "the device that came"
        )
        assert {e.side for e in live.all(AudioFailed)} == {"input"}
        await live.until(lambda: not children(live.process.pid), "the end of the looking")


async def test_a_speaker_that_runs_dry_gets_longer_blocks(
    card: VirtualSoundCard, tmp_path: Path
) -> None:
    """The whole session stands still for longer than its speaker holds, again and again."""
    async with live_call(tmp_path) as live:
        await both_open(live)
        await live.say(tone(337, 15_000, RATE), 1)
        await live.event(PlaybackStarted)
        for _ in range(30):  # not each time is one that the device notices
            os.kill(live.process.pid, signal.SIGSTOP)
            await asyncio.sleep(0.15)  # how long is the point of it
            os.kill(live.process.pid, signal.SIGCONT)
            await asyncio.sleep(0.1)
            if len(live.all(AudioOpened)) > 2:
                break
        opened = await live.event(AudioOpened, 3)
        assert (opened.side, opened.block_ms) == ("output", 40)
        assert [note.text for note in live.all(Noted) if "40 ms" in note.text]
        assert sum(e.count for e in live.all(AudioGlitched) if e.what == "underrun") >= 3
        await live.interrupt(2)
        cut = await live.event(PlaybackFlushed)
        assert cut.heard_ms + cut.dropped_ms == pytest.approx(15_000, abs=1)
        assert len(live.all(PlaybackStarted)) == 1


async def test_a_device_is_changed_in_a_call_by_choice(
    card_beside: VirtualSoundCard, spare: VirtualSoundCard, tmp_path: Path
) -> None:
    async with live_call(tmp_path) as live:
        await both_open(live)
        live.handle(WatchDevices(on=True))
        await live.until(lambda: live.notice.devices, "a list")
        names = {(one.side, one.name) for one in live.notice.devices}
        assert {("output", "spare"), *DEFAULTS.items()} <= names
        used = [(one.side, one.name) for one in live.notice.devices if one.in_use]
        assert sorted(used) == sorted(DEFAULTS.items())
        speaking = await asyncio.to_thread(
            card_beside.speak, noise(1500, 48000, -20), 48000, wait=False
        )
        await live.until(
            lambda: any((one.dbfs or -120) > -30 for one in live.notice.devices), "its meter"
        )
        await asyncio.to_thread(speaking.wait, 20)
        live.handle(WatchDevices(on=False))
        await live.until(lambda: not live.notice.devices, "the end of the list")
        live.handle(ChooseDevice(side="output", device="spare"))
        opened = await live.event(AudioOpened, 3)
        assert opened.device == "spare"
        await live.say(tone(300, 800, RATE), 1)
        with spare.listen() as recording:
            await asyncio.to_thread(recording.wait_until, lambda pcm: bool((pcm > 5000).any()))
        live.handle(ChooseDevice(side="output", device="nowhere"))
        failed = await live.event(AudioFailed)
        assert "nowhere" in failed.reason
        await live.event(PlaybackFinished)
        assert live.notice.buffer_ms
