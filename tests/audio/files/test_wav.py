"""WAV files: what can be read, what is refused and how, and both file devices by a fake clock."""

import os
import signal
import struct
import subprocess
import sys
import wave
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.audio.fakes import FakeClock, Samples, noise, tone
from tui.audio.devices.playback_queue import FADE_MS
from tui.audio.files.pipe import PipeMicrophone
from tui.audio.files.wav import WavReader, wav_header
from tui.audio.files.wavfile import WavMicrophone, WavSpeaker
from tui.audio.g711 import alaw_encode, ulaw_encode
from tui.audio.ports import AudioUnavailable

RATE = 16000
PCM = tone(440, 200, RATE, peak=12000)
GUID_TAIL = bytes.fromhex("000000001000800000aa00389b71")


def chunk(name: bytes, data: bytes) -> bytes:
    return name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def fmt(kind: int, channels: int, bits: int, rate: int = RATE) -> bytes:
    frame = channels * bits // 8
    return struct.pack("<HHIIHH", kind, channels, rate, rate * frame, frame, bits)


def riff(*chunks: bytes) -> bytes:
    body = b"WAVE" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def in24(pcm: Samples) -> bytes:
    return (pcm.astype("<i4") << 8).view(np.uint8).reshape(-1, 4)[:, :3].tobytes()


STEREO = np.repeat(PCM, 2)
FLOATS = PCM / 32767
EXTENSIBLE_24 = fmt(0xFFFE, 1, 24) + struct.pack("<HHI", 22, 24, 4) + b"\1\0" + GUID_TAIL

G711_STEP = 256
"""Half of the widest step of G.711 at these levels."""

ODD = b"LIST" + struct.pack("<I", 5) + b"INFOx"
BLOCK_ALIGN = 12
"""Where it lies in the description."""


def aligned(form: bytes, frame: int) -> bytes:
    return form[:BLOCK_ALIGN] + struct.pack("<H", frame) + form[BLOCK_ALIGN + 2 :]


def in_data(size: int, pcm: bytes) -> bytes:
    """A chunk of samples whose size is said to be another one."""
    return b"data" + struct.pack("<I", size) + pcm


READABLE = {
    "an odd chunk before": riff(
        chunk(b"fmt ", fmt(1, 1, 16)), ODD + b"\0", chunk(b"data", PCM.tobytes())
    ),
    "one without its padding": riff(
        chunk(b"fmt ", fmt(1, 1, 16)), ODD, chunk(b"data", PCM.tobytes())
    ),
    "one padded by a letter": riff(
        chunk(b"fmt ", fmt(1, 1, 16)), ODD + b"x", chunk(b"data", PCM.tobytes())
    ),
    "two of them, before all": riff(
        ODD, ODD, chunk(b"fmt ", fmt(1, 1, 16)), chunk(b"data", PCM.tobytes())
    ),
    "a block of 0": riff(chunk(b"fmt ", aligned(fmt(1, 1, 16), 0)), chunk(b"data", PCM.tobytes())),
    "a block of 1": riff(chunk(b"fmt ", aligned(fmt(1, 1, 16), 1)), chunk(b"data", PCM.tobytes())),
    "a block of 4": riff(chunk(b"fmt ", aligned(fmt(1, 1, 16), 4)), chunk(b"data", PCM.tobytes())),
    "a block of one channel": riff(
        chunk(b"fmt ", aligned(fmt(1, 2, 16), 2)), chunk(b"data", STEREO.tobytes())
    ),
    "24 bits in 32": riff(
        chunk(b"fmt ", aligned(fmt(1, 1, 24), 4)),
        chunk(b"data", (PCM.astype("<i4") << 16).tobytes()),
    ),
    "a size of 0": riff(chunk(b"fmt ", fmt(1, 1, 16)), in_data(0, PCM.tobytes())),
    "a size without end": riff(chunk(b"fmt ", fmt(1, 1, 16)), in_data(0xFFFFFFFF, PCM.tobytes())),
    "a size beyond the file": riff(chunk(b"fmt ", fmt(1, 1, 16)), in_data(10**9, PCM.tobytes())),
    "16 bit": riff(chunk(b"fmt ", fmt(1, 1, 16)), chunk(b"data", PCM.tobytes())),
    "stereo": riff(chunk(b"fmt ", fmt(1, 2, 16)), chunk(b"data", STEREO.tobytes())),
    "24 bit": riff(chunk(b"fmt ", fmt(1, 1, 24)), chunk(b"data", in24(PCM))),
    "24 bit extensible": riff(chunk(b"fmt ", EXTENSIBLE_24), chunk(b"data", in24(PCM))),
    "32 bit": riff(
        chunk(b"fmt ", fmt(1, 1, 32)), chunk(b"data", (PCM.astype("<i4") << 16).tobytes())
    ),
    "float": riff(chunk(b"fmt ", fmt(3, 1, 32)), chunk(b"data", FLOATS.astype("<f4").tobytes())),
    "double": riff(chunk(b"fmt ", fmt(3, 1, 64)), chunk(b"data", FLOATS.astype("<f8").tobytes())),
    "other chunks": riff(
        chunk(b"LIST", b"odd"), chunk(b"fmt ", fmt(1, 1, 16)), chunk(b"data", PCM.tobytes())
    ),
    "from a pipe": riff(chunk(b"fmt ", fmt(1, 1, 16)), b"data\xff\xff\xff\xff" + PCM.tobytes()),
    "u-law": riff(chunk(b"fmt ", fmt(7, 1, 8)), chunk(b"data", ulaw_encode(PCM))),
    "A-law": riff(chunk(b"fmt ", fmt(6, 1, 8) + b"\0\0"), chunk(b"data", alaw_encode(PCM))),
    "over 4 GB": b"RF64\xff\xff\xff\xffWAVE"
    + chunk(b"ds64", struct.pack("<QQQI", 1 << 33, PCM.nbytes, len(PCM), 0))
    + chunk(b"fmt ", fmt(1, 1, 16))
    + b"data\xff\xff\xff\xff"
    + PCM.tobytes()
    + b"LIST\x04\0\0\0tail",
    "killed recorder": riff(chunk(b"fmt ", fmt(1, 1, 16)), b"data\0\0\0\0" + PCM.tobytes()),
}

REFUSED = {
    "empty": (b"", "does not begin as one"),
    "text": (b"what time is it\n" * 10, "does not begin as one"),
    "mp3": (b"ID3\x04" + bytes(200), "does not begin as one"),
    "no format": (riff(chunk(b"data", PCM.tobytes())), "format is not described"),
    "no data": (riff(chunk(b"fmt ", fmt(1, 1, 16))), "holds no samples"),
    "short format": (riff(chunk(b"fmt ", b"\1\0")), "cut short"),
    "ADPCM": (riff(chunk(b"fmt ", fmt(2, 1, 4)), chunk(b"data", b"\xff" * 80)), "not plain PCM"),
    "no sample": (riff(chunk(b"fmt ", fmt(1, 1, 16)), chunk(b"data", b"")), "holds no samples"),
    "cut": (READABLE["16 bit"][:20], "cut short"),
    "no channels": (riff(chunk(b"fmt ", fmt(1, 0, 16))), "make no sense"),
    "no rate": (riff(chunk(b"fmt ", fmt(1, 1, 16, rate=0))), "make no sense"),
}


@pytest.mark.parametrize("name", READABLE)
def test_every_usual_form_is_read(name: str, tmp_path: Path) -> None:
    path = tmp_path / "in.wav"
    path.write_bytes(READABLE[name])
    reader = WavReader(path)
    assert reader.rate == RATE
    first, rest = reader.read(1000), reader.read(10**6)
    assert len(reader.read(10)) == 0
    reader.close()
    off = np.abs(np.concatenate([first, rest]).astype(int) - PCM)
    assert off.max() <= (G711_STEP if "law" in name else 1)


def test_eight_bits_are_unsigned(tmp_path: Path) -> None:
    path = tmp_path / "in.wav"
    path.write_bytes(riff(chunk(b"fmt ", fmt(1, 1, 8)), chunk(b"data", bytes([0, 128, 255]))))
    assert WavReader(path).read(9).tolist() == [-32768, 0, 32512]


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_wav_is_refused_with_a_remedy(name: str, tmp_path: Path) -> None:
    path = tmp_path / "in.wav"
    content, reason = REFUSED[name]
    path.write_bytes(content)
    with pytest.raises(AudioUnavailable) as caught:
        WavMicrophone(path)
    assert reason in caught.value.reason
    assert str(path) in caught.value.reason
    assert "ffmpeg -i" in caught.value.advice


@pytest.mark.parametrize("name", ["missing.wav", "", "pipe"])
def test_what_cannot_be_opened_is_refused_at_once(name: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(AudioUnavailable, match=r"cannot be read|a folder|no regular file"):
        WavMicrophone(tmp_path / name)


@settings(max_examples=150, deadline=None)
@given(
    start=st.sampled_from([b"", *READABLE.values()]),
    cut=st.integers(0, 120),
    tail=st.binary(max_size=60),
)
def test_broken_files_are_refused_or_read(
    start: bytes, cut: int, tail: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "broken.wav"
    path.write_bytes(start[:cut] + tail)
    try:
        reader = WavReader(path)
    except AudioUnavailable:
        return
    while len(reader.read(1000)):
        pass
    reader.close()


@pytest.mark.parametrize("rate", [8000, 16000, 22050, 44100])
def test_a_file_speaks_in_real_time_and_then_is_silent(
    rate: int, tmp_path: Path, clock: FakeClock
) -> None:
    path, pcm = tmp_path / "in.wav", noise(210, rate, -20)
    path.write_bytes(wav_header(rate, len(pcm)) + pcm.tobytes())
    microphone = WavMicrophone(path, clock=clock)
    assert microphone.read() == []
    begin = clock()
    microphone.start()
    blocks = []
    for ms in (5, 10, 40, 7, 61, 100, 300):
        clock.advance(ms)
        blocks += microphone.read()
        heard = sum(len(block.pcm) for block in blocks)
        assert heard <= (clock() - begin) * rate / 1e9 + 1 < heard + rate / 50 + 2
    sound = np.concatenate([block.pcm for block in blocks])
    assert np.array_equal(sound[: len(pcm)], pcm)
    assert not sound[len(pcm) :].any()
    assert microphone.finished
    index = 0
    for block in blocks:
        assert block.capture_ns == begin + index * 10**9 // rate
        index += len(block.pcm)
    microphone.close()


def test_a_file_waits_for_a_program_that_stood_still(tmp_path: Path, clock: FakeClock) -> None:
    path, pcm = tmp_path / "in.wav", noise(400, RATE, -20)
    path.write_bytes(wav_header(RATE, len(pcm)) + pcm.tobytes())
    microphone = WavMicrophone(path, clock=clock)
    microphone.start()
    clock.advance(100)
    before = microphone.read()
    clock.advance(60_000)
    after = microphone.read()
    assert microphone.overruns == 1
    assert len(after) == 1
    assert clock() - after[0].capture_ns == 20_000_000
    sound = np.concatenate([block.pcm for block in [*before, *after]])
    assert np.array_equal(sound, pcm[: len(sound)])


def read_wav(path: Path) -> Samples:
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth()) == (1, 2)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2")


def test_a_speaker_file_keeps_time(tmp_path: Path, clock: FakeClock) -> None:
    path, pcm = tmp_path / "out.wav", noise(50, RATE, -20)
    speaker = WavSpeaker(path, RATE, clock=clock)
    speaker.start()
    begin = clock()
    clock.advance(105)
    index = speaker.write(pcm)
    assert (index, speaker.written, speaker.consumed, speaker.heard_at(0)) == (0, 800, 0, None)
    clock.advance(25)
    assert speaker.consumed == 320
    assert speaker.heard_at(0) == begin + 120_000_000
    clock.advance(300)
    assert speaker.consumed == 800
    speaker.close()
    sound = read_wav(path)
    assert np.array_equal(sound[1920 : 1920 + 800], pcm)
    assert not sound[:1920].any()
    assert not sound[2720:].any()
    assert len(sound) >= 0.42 * RATE


def test_a_speaker_file_is_never_written_over(tmp_path: Path, clock: FakeClock) -> None:
    """Another session of the same call makes a file of its own."""
    names = list[str]()
    for _ in range(3):
        speaker = WavSpeaker(tmp_path / "out.wav", RATE, clock=clock)
        speaker.start()
        clock.advance(100)
        speaker.close()
        names.append(Path(speaker.name).name)
    assert names == ["out.wav", "out.2.wav", "out.3.wav"]
    assert all(len(read_wav(tmp_path / name)) > 0.1 * RATE for name in names)
    (tmp_path / "empty.wav").touch()
    assert WavSpeaker(tmp_path / "empty.wav", RATE).name.endswith("empty.wav")


def test_a_speaker_file_is_flushed_at_the_next_block(tmp_path: Path, clock: FakeClock) -> None:
    path, pcm = tmp_path / "out.wav", noise(500, RATE, -20)
    speaker = WavSpeaker(path, RATE, clock=clock)
    speaker.start()
    clock.advance(10)
    speaker.write(pcm)
    clock.advance(95)
    fade = RATE * FADE_MS // 1000
    assert speaker.flush() == 8000 - 5 * 320 - fade
    assert speaker.consumed == speaker.written == 8000
    assert speaker.write(pcm[:320]) == 8000
    clock.advance(100)
    speaker.close()
    sound = read_wav(path)
    assert np.array_equal(sound[320:1920], pcm[:1600])
    fading, before = sound[1920 : 1920 + fade].astype(int), pcm[1600 : 1600 + fade].astype(int)
    assert (np.abs(fading) <= np.abs(before)).all()
    assert not sound[1920 + fade : 2240].any()
    assert np.array_equal(sound[2240:2560], pcm[:320])
    assert not sound[2560:].any()


def test_a_killed_process_leaves_a_whole_speaker_file(tmp_path: Path) -> None:
    script = (
        "import sys, time, numpy as np\n"
        "from tui.audio.files.wavfile import WavSpeaker\n"
        "speaker = WavSpeaker(sys.argv[1], 16000)\n"
        "speaker.start()\n"
        "speaker.write(np.full(16000, 1000, np.int16))\n"
        "while speaker.consumed < 4800: time.sleep(0.01)\n"
        "print('played', flush=True)\n"
        "while True: time.sleep(0.01)\n"
    )
    path = tmp_path / "out.wav"
    command = [sys.executable, "-c", script, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "played\n"
        process.send_signal(signal.SIGKILL)
    sound = read_wav(path)
    assert np.count_nonzero(sound == 1000) >= 4800


def test_a_speaker_file_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AudioUnavailable, match="cannot be written"):
        WavSpeaker(tmp_path / "no" / "such" / "folder.wav", RATE)


def test_a_full_disk_is_a_failure_not_a_crash(clock: FakeClock) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("needs /dev/full")
    with pytest.raises(AudioUnavailable, match="No space left"):
        WavSpeaker("/dev/full", RATE, clock=clock)


def two_sided(right: Samples) -> bytes:
    both = np.stack([np.tile(PCM, 5), right], axis=1).astype("<i2")
    return riff(chunk(b"fmt ", fmt(1, 2, 16)), chunk(b"data", both.tobytes()))


LONG = np.tile(PCM, 5)


@pytest.mark.parametrize(
    ("right", "opposite"),
    [
        (-LONG, True),
        (-LONG // 1.05, True),
        (LONG, False),
        (0 * LONG, False),
        (-LONG // 2, False),
        (np.roll(LONG, 9), False),
    ],
    ids=["upside down", "nearly", "the same", "silent", "half of it", "late"],
)
@pytest.mark.parametrize("by", ["file", "pipe"])
def test_channels_that_cancel_each_other_are_told(
    tmp_path: Path, right: Samples, opposite: bool, by: str
) -> None:
    (tmp_path / "s.wav").write_bytes(two_sided(right))
    clock = FakeClock()
    with (tmp_path / "s.wav").open("rb") as file:
        source: WavMicrophone | PipeMicrophone = (
            WavMicrophone(tmp_path / "s.wav", clock=clock)
            if by == "file"
            else PipeMicrophone(file.fileno(), clock=clock)
        )
        source.start()
        assert not source.opposite
        for _ in range(60):
            clock.advance(20)
            source.read()
    assert source.opposite == opposite


def test_one_channel_of_them_is_heard(tmp_path: Path) -> None:
    (tmp_path / "s.wav").write_bytes(two_sided(-LONG))
    reader = WavReader(tmp_path / "s.wav", channel=1)
    assert np.array_equal(reader.read(len(LONG)), LONG)
    assert not reader.opposite


def test_a_speaker_follows_no_link(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").touch()
    for name in ("mine.txt", "none.txt"):
        link = tmp_path / f"{name}.wav"
        link.symlink_to(tmp_path / name)
        with pytest.raises(AudioUnavailable):
            WavSpeaker(link, RATE)
    assert (tmp_path / "mine.txt").read_bytes() == b""
    assert not (tmp_path / "none.txt").exists()


def test_a_speakers_file_is_private(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        WavSpeaker(tmp_path / "s.wav", RATE).close()
    finally:
        os.umask(before)
    assert (tmp_path / "s.wav").stat().st_mode & 0o777 == 0o600
