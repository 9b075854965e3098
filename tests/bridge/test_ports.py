"""The devices of another machine over a real sshd on loopback: what is said and heard."""

import time
from collections.abc import Callable

import numpy as np
import pytest

from tests.audio.devices.test_device import speechlike
from tests.audio.fakes import MS, Samples, best_match
from tests.audio.torn import one_clean_run
from tests.bridge.conftest import BridgeProcess, Bridges
from tests.vsound import VirtualSoundCard
from tui.audio.bridge.ports import BridgeMicrophone, BridgeSpeaker
from tui.audio.chunks import Chunker
from tui.audio.playback.player import Player
from tui.audio.playback.track import Finished, Progress, Started
from tui.audio.ports import AudioUnavailable, Block
from tui.audio.resample import Resampler


def until(reached: Callable[[], bool], timeout: float = 100.0) -> None:
    deadline = time.monotonic() + timeout
    while not reached():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.005)


@one_clean_run
def test_what_is_said_at_the_laptop_is_heard_at_the_server(
    bridge: BridgeProcess, bridges: Bridges, sound_card: VirtualSoundCard
) -> None:
    assert bridges.socket.stat().st_mode & 0o777 == 0o600
    microphone = BridgeMicrophone(str(bridges.socket))
    chunker, said = Chunker(microphone.rate, 16_000), speechlike(1000, 48_000)
    heard, ages = list[bytes](), list[float]()
    try:
        microphone.start()
        bridge.wait_for("a call uses")
        until(lambda: bool(microphone.read()))
        speaking = sound_card.speak(said, 48_000, wait=False)
        loud = 0

        def complete() -> bool:
            nonlocal loud
            for block in microphone.read():
                for chunk in chunker.cut(block.pcm):
                    heard.append(chunk.data)
                    loud += (chunk.dbfs > -40) * len(chunk.data) // 2
                ages.append((time.monotonic_ns() - block.capture_ns) / MS)
            return loud >= 0.9 * 16_000

        until(complete)
        speaking.wait(100)
        assert microphone.overruns == 0
        assert microphone.round_trip_ms is not None and 0 < microphone.round_trip_ms < 500
    finally:
        microphone.close()
    assert -5 < np.median(ages) < 300
    wanted = Resampler(48_000, 16_000, "medium").process(said)[: int(0.9 * 16_000)]
    _, alike = best_match(np.frombuffer(b"".join(heard), "<i2"), wanted)
    assert alike > 0.95
    bridge.wait_for("no call uses the devices")


@one_clean_run
def test_a_flush_at_the_server_knows_what_was_heard_at_the_laptop(
    bridge: BridgeProcess, bridges: Bridges, sound_card: VirtualSoundCard
) -> None:
    speaker = BridgeSpeaker(str(bridges.socket))
    player, progress = Player(speaker, 24_000), list[Progress]()
    said, blocks = speechlike(3000, 24_000), list[Block]()
    try:
        speaker.start()
        with sound_card.listen() as recording:
            player.play(1, said.tobytes())
            began = time.monotonic()

            def played_for(seconds: float) -> Callable[[], bool]:
                def reached() -> bool:
                    progress.extend(player.poll())
                    blocks.extend(speaker.played())
                    return time.monotonic() - began > seconds

                return reached

            until(played_for(1.0))
            (cut,) = player.flush()
            flushed_ns = time.monotonic_ns()
            until(played_for(1.3))
            player.play(2, said[:4800].tobytes())
            until(played_for(2.6))
            recording.wait_for(0.2)
            heard = recording.pcm()
    finally:
        speaker.close()
    # The card's own clock counts what left it: nothing of the cut rest did.
    first, second = (news for news in progress if isinstance(news, Started))
    (finished,) = (news for news in progress if isinstance(news, Finished))
    assert (first.reply, second.reply, finished.reply) == (1, 2, 2)
    assert 600 < cut.heard_ms < 1300
    assert abs(cut.at_ns - first.at_ns - cut.heard_ms * MS) < 30 * MS
    assert -200 * MS < cut.at_ns - flushed_ns < 200 * MS
    loud = np.flatnonzero(np.abs(heard) > 300)
    gaps = np.flatnonzero(np.diff(loud) > 20 * 48)
    assert len(gaps) == 1, "one reply, silence, another"
    length_ms = (loud[gaps[0]] - loud[0]) / 48
    assert abs(length_ms - cut.heard_ms) < 12
    assert abs(finished.heard_ms - 200) < 3
    check_played(blocks, said[: int(0.5 * 24_000)], first.at_ns, speaker.rate)


def check_played(blocks: list[Block], said: Samples, started_ns: int, rate: int) -> None:
    """What the tap gives is what was played, at its time, silence included."""
    pcm = np.concatenate([block.pcm for block in blocks])
    at, alike = best_match(pcm, Resampler(24_000, rate).process(said))
    assert alike > 0.98
    counted_ns = blocks[0].capture_ns + at * 10**9 // rate
    assert abs(counted_ns - started_ns) < 25 * MS
    ends = [b.capture_ns + len(b.pcm) * 10**9 // rate for b in blocks]
    steps = [(b.capture_ns - end) / MS for b, end in zip(blocks[1:], ends, strict=False)]
    assert max(abs(step) for step in steps) < 25


def test_a_bridge_that_breaks_is_a_lost_device_and_comes_again(
    bridge: BridgeProcess, bridges: Bridges
) -> None:
    microphone, speaker = BridgeMicrophone(str(bridges.socket)), BridgeSpeaker(str(bridges.socket))
    until(lambda: bool(microphone.read()))
    bridge.process.kill()  # the last test that uses this one
    until(lambda: microphone.failed is not None and speaker.failed is not None, 5)
    assert "bridge" in str(microphone.failed)
    assert speaker.flush() == 0
    for port in (microphone, speaker):
        port.close()
    until(lambda: not bridges.socket.exists(), 5)
    with pytest.raises(AudioUnavailable, match=r"no bridge.*voicescope bridge"):
        BridgeMicrophone(str(bridges.socket))
    again = bridges.build()
    try:
        microphone = BridgeMicrophone(str(bridges.socket))
        until(lambda: bool(microphone.read()))
        microphone.close()
    finally:
        assert again.stop() == 0
    assert not bridges.socket.exists()
