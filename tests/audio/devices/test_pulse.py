"""A sound server's own devices: listed, told apart, and really the ones that sound and hear."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.audio.fakes import tone
from tests.session.sound.plugs import headset, plugged_in
from tests.vsound import VirtualSoundCard
from tui.audio.devices.device import DeviceMicrophone, DeviceSpeaker
from tui.audio.devices.listing import Listed
from tui.audio.devices.portaudio import list_devices
from tui.audio.devices.pulse import look, read
from tui.audio.devices.pulse_aim import aimed, environ
from tui.audio.ports import AudioUnavailable


@pytest.fixture
def plugged(sound_card: VirtualSoundCard) -> Iterator[VirtualSoundCard]:
    with headset(sound_card):
        yield sound_card


def named(name: str, side: str) -> Listed:
    (one,) = [d for d in list_devices() if (d.name, d.side) == (name, side)]
    return one


def test_the_devices_behind_a_server_are_listed_by_their_names(plugged: VirtualSoundCard) -> None:
    found = list_devices()
    assert {d.name for d in found if d.side == "input"} == {
        "Remapped Monitor of Null Output",
        "Studio 5 (Bluetooth)",
    }
    assert {d.name for d in found if d.side == "output"} == {
        "Null Output (speaker)",
        "Null Output (mouth)",
        "Studio 5 (Bluetooth)",
        "Büro Lautsprecher",
    }
    assert [d.name for d in found if d.is_default] == [
        "Remapped Monitor of Null Output",
        "Null Output (speaker)",
    ]
    desk = named("Büro Lautsprecher", "output")
    assert (desk.host, desk.rate, desk.channels, desk.warning) == ("PulseAudio", 44_100, 2, "")
    assert "100 to 200 ms" in named("Studio 5 (Bluetooth)", "input").warning


@pytest.mark.parametrize("fragment", ["lautsprecher", "desk", "Büro Lautsprecher"])
def test_what_is_chosen_is_what_sounds(plugged: VirtualSoundCard, fragment: str) -> None:
    speaker, microphone = DeviceSpeaker(fragment), DeviceMicrophone("studio")
    try:
        server = look()
        assert server is not None
        places = {(s.side, s.device.id) for s in server.streams}
        assert {("output", "desk"), ("input", "bluez_input.1")} <= places
        assert (speaker.name, speaker.rate) == ("Büro Lautsprecher", 44_100)
        assert (microphone.name, microphone.channels) == ("Studio 5 (Bluetooth)", 1)
        assert os.environ["PULSE_SINK"] == "speaker"  # as the card has it
        with plugged.listen() as default, plugged.listen_to("desk.monitor") as desk:
            speaker.start()
            speaker.write(tone(440, 300, speaker.rate))
            desk.wait_until(lambda pcm: bool((pcm > 5000).any()))
            assert not np.any(default.pcm() > 100)
    finally:
        speaker.close()
        microphone.close()


def test_the_default_goes_by_its_real_name(plugged: VirtualSoundCard) -> None:
    for device in ("", "pulse"):
        speaker, microphone = DeviceSpeaker(device), DeviceMicrophone(device)
        speaker.close()
        microphone.close()
        assert speaker.name == "Null Output (speaker)"
        assert microphone.name == "Remapped Monitor of Null Output"


MOVED_AND_BACK = [
    ("Desk", "Null Output (speaker)"),
    ("", "Null Output (speaker)"),
    ("Null Output (speaker)", "Desk"),
]


def test_a_stream_that_the_server_moves_is_followed(sound_card: VirtualSoundCard) -> None:
    # A stream that runs dry just as its device is pulled out is ended by the driver: nothing is
    # left to be followed. Beside other work that may happen, but not three times.
    rounds = [moved_and_back(sound_card) for _ in range(3)]
    assert MOVED_AND_BACK in rounds, rounds


def moved_and_back(card: VirtualSoundCard) -> list[tuple[str, str]]:
    """What it had been at before, and where it is then; "" for what did not move."""
    with plugged_in(card, "desk", "Desk"):
        speaker = DeviceSpeaker("desk")
        speaker.start()
    try:
        found = [(followed(speaker), speaker.name) for _ in range(2)]
        with plugged_in(card, "desk", "Desk"):
            followed(speaker)  # has it go back
            return [*found, (followed(speaker), speaker.name)]
    finally:
        speaker.close()


def followed(speaker: DeviceSpeaker) -> str:
    server = look()
    assert server is not None
    return speaker.follow(server)


def test_an_unknown_name_gets_the_servers_names_too(plugged: VirtualSoundCard) -> None:
    with pytest.raises(AudioUnavailable, match="called 'kazoo'") as caught:
        DeviceSpeaker("kazoo")
    assert "Büro Lautsprecher" in caught.value.advice


def test_a_channel_that_a_device_has_not_is_said_with_those_it_has(
    plugged: VirtualSoundCard,
) -> None:
    with pytest.raises(AudioUnavailable, match="has no channel 40") as caught:
        DeviceMicrophone(channel=40)
    assert caught.value.advice.startswith("its channels are 1 to 32")


def test_a_side_has_one_aim_at_a_time_and_children_have_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("PULSE_SINK", raising=False)
    monkeypatch.setenv("PULSE_SOURCE", "own")
    monkeypatch.setattr("tui.audio.devices.pulse_aim.LIMIT_S", 0.05)
    refused = []

    def other() -> None:
        with aimed("input", "third"):  # the other side is free
            refused.append(os.environ["PULSE_SOURCE"])
        try:
            with aimed("output", ""):
                raise AssertionError
        except AudioUnavailable as error:
            refused.append(error.reason)

    with aimed("output", "first"):
        assert os.environ["PULSE_SINK"] == "first"
        assert "PULSE_SINK" not in environ()
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert refused == ["third", "the sound system does not answer"]
    assert "PULSE_SINK" not in os.environ
    assert os.environ["PULSE_SOURCE"] == "own"


def test_no_server_no_pactl_and_a_frozen_one_tell_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with VirtualSoundCard() as card:
        card.freeze()
        assert look(0.3) is None
        card.thaw()
        assert look() is not None
    monkeypatch.setenv("PULSE_SERVER", f"unix:{tmp_path}/none")
    assert look() is None
    monkeypatch.setenv("PATH", str(tmp_path))
    assert look() is None


def test_pipewire_and_what_is_not_understood() -> None:
    listing = (
        "Sink #60\n\tName: alsa_output.usb\n\tDescription: USB\n"
        "\tSample Specification: s24le 8ch 96000Hz\n\tSomething New\n"
        "Source #61\n\tName: usb.monitor\n\tSample Specification: nonsense\n"
        '\tProperties:\n\t\tdevice.class = "monitor"\n'
        'Sink Input #7\n\tSink: 99\n\tProperties:\n\t\tapplication.process.id = "5"\n'
        'Sink Input #8\n\tSink: 60\n\tProperties:\n\t\tapplication.process.id = "5"\n'
        'Sink Input #9\n\tSink: 60\n\tProperties:\n\t\tapplication.process.id = "6"\n'
    )
    server = read(listing, "Server Name: PulseAudio (on PipeWire 1.0.5)\n", pid=5)
    assert server.host == "PipeWire"
    (usb,) = server.choosable("output")
    assert (usb.name, usb.rate, usb.channels) == ("USB", 96_000, 8)
    assert server.choosable("input") == []
    assert server.find("output", "usb (alsa_output.usb)") == usb  # when it had a namesake
    assert [stream.index for stream in server.streams] == [8]
    assert server.newest("input") is None
    assert read("", "", pid=5).devices == ()
